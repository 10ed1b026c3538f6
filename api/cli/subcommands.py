"""What `huawu` can be asked for: every subcommand's place, loaded when it is called."""

from __future__ import annotations

import ast
import functools
import gc
import importlib
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

# By panel of `huawu --help`, in its order: the subcommand, its module in this folder, and its function or app there.
SUBCOMMANDS: dict[str, dict[str, str]] = {
    "The month": {"demo": "demo:demo", "plan": "month:plan", "tables": "month:tables"},
    "Many queues": {"fleet": "fleet:fleet_app"},
    "One stage of the month": {
        name: f"stages:{name}" for name in ("forecast", "today", "require", "roster", "check", "backtest", "staff")
    },
    "The roster from day to day": {
        "tomorrow": "days_ahead:tomorrow",
        **{name: f"roster_days:{name}" for name in ("cover", "overtime", "swap", "replan", "activities")},
    },
    "What else it could be": {
        "why": "alternatives:why",
        "what-if": "alternatives:what_if",
        "shifts": "alternatives:shifts_design",
        "rehearse": "rehearsal:rehearse",
        "leave": "leave:leave",
    },
    "The floor": {
        "replay": "floor:replay",
        "serve": "floor:serve",
        "connect": "connect:connect_app",
        "key": "key:key_app",
        "backup": "safekeeping:backup",
        "restore": "safekeeping:restore",
        "purge": "safekeeping:purge",
        "doctor": "safekeeping:doctor",
    },
    "Records and reports": {
        name: f"records:{name}" for name in ("publish", "versions", "export", "report", "capacity")
    },
    "Files in and out": {
        "inspect": "data_files:inspect",
        "map": "data_files:map_columns",
        "template": "data_files:template",
        "calendar": "data_files:calendar",
    },
}
PLACES = {name: place for panel in SUBCOMMANDS.values() for name, place in panel.items()}


class Subcommands(TyperGroup):
    """The subcommands of the table: told of by their docstrings, loaded when they are called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = dict.fromkeys(PLACES, TyperCommand(None))  # the names; `get_command` tells more

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """Return what `--help` shows of a subcommand."""
        del ctx
        panel = next((panel for panel, places in SUBCOMMANDS.items() if cmd_name in places), None)
        if panel is None:
            return None
        return TyperCommand(cmd_name, help=said_of(PLACES[cmd_name]), rich_help_panel=panel)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the subcommand itself; of one that is not there, what is like it."""
        if args[0] in PLACES:
            return args[0], loaded(args[0]), args[1:]
        return super().resolve_command(ctx, args)


def said_of(place: str) -> str:
    """Return what a subcommand says of itself: its docstring, read from the source without loading the module."""
    module, _, name = place.partition(":")
    tree = _source(module)
    function = next((one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name), tree)
    return ast.get_docstring(function) or ""


@functools.cache
def _source(module: str) -> ast.Module:
    return ast.parse(Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8"))


@functools.cache
def loaded(name: str) -> Any:
    """Return the subcommand `name` as Typer understands it, from its module."""
    module, _, attribute = PLACES[name].partition(":")
    gc.disable()  # looking for garbage while modules load finds none, and takes an eighth of the time
    try:
        from api.cli.options import with_groups

        found = getattr(importlib.import_module(f"api.cli.{module}"), attribute)
    finally:
        gc.enable()
    if isinstance(found, typer.Typer):
        for command in found.registered_commands:
            if command.callback is not None:
                command.callback = with_groups(command.callback)
        return typer.main.get_command(found)
    alone = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    alone.command(name)(with_groups(found))
    return typer.main.get_command(alone)
