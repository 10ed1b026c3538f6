"""`huawu fleet plan` refuses in one line what it cannot begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.fleet.conftest import write_fleet


@pytest.mark.parametrize(
    ("change", "arguments", "told"),
    [
        (('month = "2026-09"', 'month = "soon"'), (), "FLEET.toml, column month"),
        (("", ""), ("--cluster", "tcp://127.0.0.1:1"), "the scheduler tcp://127.0.0.1:1 does not answer"),
        (("", ""), ("--cluster", "nowhere"), "nowhere"),
    ],
    ids=["month", "no scheduler", "no address"],
)
def test_a_fault_is_one_line_and_exit_code_2(tmp_path: Path, monkeypatch, huawu, change, arguments, told) -> None:
    monkeypatch.setattr("api.cli.fleet.CONNECT_SECONDS", 1)
    listing = write_fleet(tmp_path)
    listing.write_text(listing.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    code, _, error = huawu("fleet", "plan", listing, "--out", tmp_path / "out", *arguments)
    assert code == 2
    assert told in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()
