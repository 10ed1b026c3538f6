"""`huawu replay` prints the rulebook's worked cases: the minute of every order and release, for both profiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

Huawu = Callable[..., tuple[int, str, str]]

# waiting minute by minute; orders and releases as rung@minute, by the recommended and by the literal profile
CASES = {
    "five for an hour": ([5] * 61, "", ""),
    "six for eighty minutes": ([6] * 80, "1@5 2@10 3@15", "1@5 2@10 3@15"),
    "ten for eighty minutes": ([10] * 80, "1@5 2@10 3@15", "1@5 2@10 3@15"),
    "eleven from the start": ([11] * 40, "1@5 2@10 3@15 4@16 5@21 6@26", ""),
    "forty once": ([40] + [0] * 30, "", ""),
    "seven, eleven at minute 3": ([7, 7, 7, 11] + [7] * 6, "1@5", "1@9"),
    "seven, five at minute 3": ([7, 7, 7, 5] + [7] * 6, "1@9", "1@9"),
    "up and down again": (
        [7] * 16 + [11, 11] + [5] * 30,
        "1@5 2@10 3@15 4@16 -4@23 -3@28 -2@33 -1@38",
        "1@5 2@10 3@15 4@16 -4@18 -3@19 -2@20 -1@21",
    ),
}
START = pd.Timestamp("2026-12-01T09:00:00+08:00")


def replayed(huawu: Huawu, folder: Path, waiting: list[int], profile: str) -> pd.DataFrame:
    at = [(START + pd.Timedelta(minutes=k)).isoformat() for k in range(len(waiting))]
    pd.DataFrame({"at": at, "waiting": waiting}).to_csv(folder / "readings.csv", index=False)
    code, _, error = huawu("replay", folder / "readings.csv", "--profile", profile, "--out", folder / "decisions.csv")
    assert (code, error) == (0, "")
    return pd.read_csv(folder / "decisions.csv", parse_dates=["at"])


@pytest.mark.parametrize("profile", ["recommended", "literal"])
@pytest.mark.parametrize("case", CASES)
def test_worked_case(huawu: Huawu, tmp_path: Path, case: str, profile: str) -> None:
    waiting, recommended, literal = CASES[case]
    decisions = replayed(huawu, tmp_path, waiting, profile)
    moves = decisions.loc[decisions["kind"].isin(["order", "release"])]
    printed = [
        f"{'-' if kind == 'release' else ''}{int(rung)}@{int((at - START).total_seconds() // 60)}"
        for at, kind, rung in zip(moves["at"], moves["kind"], moves["rung"], strict=True)
    ]
    assert " ".join(dict.fromkeys(printed)) == (recommended if profile == "recommended" else literal)


def test_a_queue_that_stays_between_five_and_ten_is_held_after_the_third_rung(huawu: Huawu, tmp_path: Path) -> None:
    decisions = replayed(huawu, tmp_path, [6] * 80, "recommended")
    assert list(decisions.columns) == ["at", "kind", "rung", "role", "people", "reason"]
    assert decisions["kind"].iloc[-1] == "holding"
