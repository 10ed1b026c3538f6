"""The command line, run in this process as the shell would run it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from api.cli import main
from forecaster.history.intervals import month_intervals


@pytest.fixture
def huawu(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run `huawu ARGUMENT …`; return exit code, standard output, and standard error without its lines of progress."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["huawu", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        output = capsys.readouterr()
        progress = [line for line in output.err.splitlines(keepends=True) if line.endswith("…\n")]
        errors = [line for line in output.err.splitlines(keepends=True) if line not in progress]
        return int(ended.value.code or 0), output.out, "".join(errors)

    return run


@pytest.fixture
def requirement_file(tmp_path: Path) -> Path:
    """A requirement of one seat round the clock in November 2026."""
    index = month_intervals(pd.Period("2026-11"), "Asia/Shanghai")
    frame = pd.DataFrame(
        {"calls": 5.0, "aht_seconds": 180.0, "offered_load_erlangs": 0.25, "seats_required": 1, "people_to_roster": 1},
        index=index,
    ).assign(service_level=0.9, mean_wait_seconds=5.0, occupancy=0.25)
    path = tmp_path / "requirement.csv"
    frame.to_csv(path)
    return path
