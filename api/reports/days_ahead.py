"""The next days of a plan as people read them: a line a day, a line a change."""

from __future__ import annotations

import pandas as pd

from api.tomorrow import DaysAhead
from optimizer.desk.changes_ahead import KINDS


def days_shown(ahead: DaysAhead) -> pd.DataFrame:
    """Return the days with calls, bands and levels as text."""
    days = ahead.days
    rows = [
        {
            "day": str(name)[5:],
            "calls": f"{row['calls']:,.0f}",
            "8 in 10 within": f"{row['calls_lower_80']:,.0f}–{row['calls_upper_80']:,.0f}",
            "as published": f"{row['published_calls']:,.0f}" + (" !" if row["outside_band"] else ""),
            "in time (kept)": _level(row, ""),
            "promised": f"{row['wanted']:.0%}",
            "with all changes": _level(row, "_after"),
        }
        for name, row in days.iterrows()
    ]
    return pd.DataFrame(rows)


def _level(row: pd.Series, ending: str) -> str:
    expected, chance = row[f"expected{ending}"], row[f"chance{ending}"]
    if pd.isna(expected):
        return ""
    return f"{expected:.0%}" + ("" if pd.isna(chance) else f" ({10 * chance:.0f} in 10)")


def changes_shown(ahead: DaysAhead, language: str) -> pd.DataFrame:
    """Return the changes with what each costs, whom it burdens, and the rule it touches."""
    rows = []
    for number, one in enumerate(ahead.changes, start=1):
        burden = {"night": one.nights, "weekend": one.weekends, "holiday": one.holidays}
        rows.append(
            {
                "": number,
                "day": f"{one.day:%m-%d}",
                "badge": one.badge,
                "what": KINDS[one.kind].zh if language == "zh" else KINDS[one.kind].en,
                "time": f"{one.start_at:%H:%M}–{one.end_at:%H:%M}",
                "hours (paid)": f"{one.hours:+g} ({one.paid_hours:+g})",
                "calls in time": f"{one.calls_in_time:+.1f}",
                "burden": ", ".join(f"{count:+g} {name}" for name, count in burden.items() if count),
                "rule": one.touches.zh if language == "zh" else one.touches.en,
            }
        )
    return pd.DataFrame(rows)
