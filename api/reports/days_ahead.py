"""The next days of a plan as people read them: a line a day, a line a change."""

from __future__ import annotations

import pandas as pd

from api.tomorrow import DaysAhead
from forecaster.messages import LIST_SIGN, Language, Words
from optimizer.desk.changes_ahead import CHANGE_WORDS

DAY = (  # of a day, in the order in which they are read
    Words("日期", "day"), Words("来电", "calls"), Words("八成可能在", "8 in 10 within"),
    Words("发布时", "as published"), Words("按时应答（达标机会）", "in time (kept)"), Words("承诺", "promised"),
    Words("全部采纳后", "with all changes"),
)  # fmt: skip
CHANGE = (  # of a change
    Words("序号", ""), Words("日期", "day"), Words("工号", "badge"), Words("调整", "what"), Words("时间", "time"),
    Words("工时（计薪）", "hours (paid)"), Words("多按时应答", "calls in time"), Words("负担", "burden"),
    Words("涉及规则", "rule"),
)  # fmt: skip
BURDEN_WORDS = (Words("夜班", "night"), Words("周末", "weekend"), Words("节假日", "holiday"))


def days_shown(ahead: DaysAhead, language: Language = "en") -> pd.DataFrame:
    """Return the days with calls, bands and levels as text."""
    rows = [
        (
            str(name)[5:],
            f"{row['calls']:,.0f}",
            f"{row['calls_lower_80']:,.0f}–{row['calls_upper_80']:,.0f}",
            f"{row['published_calls']:,.0f}" + (" !" if row["outside_band"] else ""),
            _level(row, "", language),
            f"{row['wanted']:.0%}",
            _level(row, "_after", language),
        )
        for name, row in ahead.days.iterrows()
    ]
    return pd.DataFrame(rows, columns=[words.said(language) for words in DAY])


def _level(row: pd.Series, ending: str, language: Language) -> str:
    expected, chance = row[f"expected{ending}"], row[f"chance{ending}"]
    if pd.isna(expected):
        return ""
    if pd.isna(chance):
        return f"{expected:.0%}"
    return f"{expected:.0%}" + (f"（{chance:.0%}）" if language == "zh" else f" ({10 * chance:.0f} in 10)")


def changes_shown(ahead: DaysAhead, language: Language = "en") -> pd.DataFrame:
    """Return the changes with what each costs, whom it burdens, and the rule it touches."""
    rows = []
    for number, one in enumerate(ahead.changes, start=1):
        burden = zip(BURDEN_WORDS, (one.nights, one.weekends, one.holidays), strict=True)
        paid = f"（{one.paid_hours:+g}）" if language == "zh" else f" ({one.paid_hours:+g})"
        rows.append(
            (
                number,
                f"{one.day:%m-%d}",
                one.badge,
                CHANGE_WORDS[one.kind].said(language),
                f"{one.start_at:%H:%M}–{one.end_at:%H:%M}",
                f"{one.hours:+g}{paid}",
                f"{one.calls_in_time:+.1f}",
                LIST_SIGN[language].join(f"{count:+g} {name.said(language)}" for name, count in burden if count),
                one.touches.said(language),
            )
        )
    return pd.DataFrame(rows, columns=[words.said(language) for words in CHANGE])
