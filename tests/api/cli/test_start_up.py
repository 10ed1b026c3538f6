"""The command answers at once, by its version and its help: what a question does not need is not loaded."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.subcommands import PLACES, loaded, said_of
from tests.loading import loaded_after

SOLVERS = {"scipy", "numba", "pyomo", "highspy", "statsmodels"}
OUTPUTS = {"altair", "vl_convert", "xlsxwriter", "openpyxl", "jinja2"}
SERVICE = {"sqlalchemy", "alembic", "fastapi", "uvicorn", "httpx"}
ASK = """
import json, sys
from api.cli import main
sys.argv = ["huawu", *json.loads(sys.argv[1])]
try:
    main()
except SystemExit as ended:
    chinese = {"chinese"} & {name.rpartition(".")[2] for name in sys.modules}
    print(json.dumps([ended.code or 0, sorted({name.partition(".")[0] for name in sys.modules} | chinese)]))
"""


def asked(*arguments: object) -> tuple[int, set[str]]:
    """Return the exit code of `huawu ARGUMENT …` in a fresh Python, and the libraries it has loaded."""
    told = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps([str(one) for one in arguments])],
        check=True,
        capture_output=True,
        text=True,
    )
    code, modules = json.loads(told.stdout.splitlines()[-1])
    return code, set(modules)


def test_the_version_is_shown_without_a_command_and_is_the_newest_of_the_changelog(huawu, root: Path) -> None:
    newest = re.search(r"^## (\S+)", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert huawu("--version") == (0, f"{newest[1]}\n", "")


@pytest.mark.parametrize("question", [["--help"], ["--version"], ["--language", "zh", "--help"]], ids=" ".join)
def test_help_loads_no_numbers_at_all(question):
    code, modules = asked(*question)
    assert code == 0
    assert not modules & (SOLVERS | OUTPUTS | SERVICE | {"numpy", "pandas", "pyarrow"})
    assert ("chinese" in modules) == ("zh" in question)  # its table is read where it is asked for


@pytest.mark.parametrize(
    "command",
    [
        ("inspect", "{bad}"),
        ("forecast", "--history", "{bad}", "--month", "2026-12"),
        ("plan", "--history", "{bad}", "--month", "2026-12", "--people", "{bad}"),
        ("backtest", "--history", "{bad}"),
        ("today", "--history", "{bad}"),
        ("require", "{bad}"),
        ("replay", "{bad}"),
    ],
    ids=lambda command: command[0],
)
def test_a_file_that_cannot_be_used_is_refused_before_anything_slow_is_loaded(command, tmp_path: Path):
    bad = tmp_path / "bad.csv"
    bad.write_text("interval_start,calls\n2026-09-01 00:00,abc\n")
    code, modules = asked(*(part.format(bad=bad) for part in command))
    assert code == 2
    assert not modules & (SOLVERS | OUTPUTS | SERVICE)


def test_the_service_begins_without_what_only_some_answers_need():
    """After a crash the wallboard waits for it; a solver and pictures are loaded with the first that is asked for."""
    slow = {"pyomo", "altair", "vl_convert", "statsmodels", "scipy.signal", "scipy.stats"}
    assert not loaded_after("import api.http.app") & slow


@pytest.mark.parametrize("name", PLACES)
def test_help_says_of_every_subcommand_what_it_says_of_itself(name):
    assert said_of(PLACES[name])
    assert inspect.cleandoc(loaded(name).help) == said_of(PLACES[name])
