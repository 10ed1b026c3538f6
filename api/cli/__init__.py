"""The command `huawu`."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer
from rich.console import Console

from api import __version__
from api.cli.subcommands import Subcommands
from api.notices import listening
from forecaster.messages import Refusal, Words

app = typer.Typer(
    name="huawu",
    cls=Subcommands,
    help="話務 huawu: next month's calls, seats and lawful roster, and the sign-in ladder when the queue climbs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _huawu(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.", is_eager=True, callback=_show_version)
    ] = False,
    language: Annotated[
        Literal["en", "zh"] | None,
        typer.Option(
            "--language", help="What is printed, this help too, is in this language; HUAWU_LANGUAGE says it for good."
        ),
    ] = None,
) -> None:
    del version, language  # which the subcommand looks for by itself
    told: set[str] = set()

    def tell_once(said: Words) -> None:
        from api.cli.screen import spoken

        line = f"- {spoken(said)}"
        if line not in told:
            print(line, file=sys.stderr)
        told.add(line)

    context.with_resource(listening(tell_once))


def main() -> None:
    """Run the command line; bad input ends in one line on standard error and exit code 2."""
    try:
        app()
    except (ValueError, OSError) as error:
        from api.cli.screen import show_faults

        faults = getattr(error, "faults", ())
        if faults:
            show_faults(faults)
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"huawu: {_one_line(error)}")
        sys.exit(2)


def _one_line(error: Exception) -> str:
    from api.cli.screen import spoken

    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join((spoken(error.message) if isinstance(error, Refusal) else str(error)).split())
