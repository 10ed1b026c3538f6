"""Why each day's forecast is what it is, and what the history taught of special days, in both languages."""

from __future__ import annotations

from typing import Any

import pandas as pd

from api.inputs import Demand
from api.reports.labels import day_words
from api.sentences import Sentence
from forecaster.forecast.explain import LEVEL, explain_days, learned_effects
from forecaster.forecast.interval_forecast import predict_history
from forecaster.forecast.named_effects import WEEKDAYS
from forecaster.history.intervals import month_intervals, plan_cutoff

SMALLEST_SHARE = 0.002  # what moves a day by less is not worth a line
PLAIN = {  # effects that every day has: they make no day special
    "weekday": Sentence("星期", "weekday"),
    "recent weeks": Sentence("近几周水平", "recent weeks"),
    "day of month": Sentence("月内位置", "day of the month"),
    "season": Sentence("季节", "season"),
    "rest season": Sentence("休息日的季节", "season of rest days"),
    "latest days": Sentence("最近几天", "latest days"),
    "today so far": Sentence("今日至今", "today so far"),
    "step to come": Sentence("可能的水平变化", "step to come"),
    "opening hours": Sentence("营业时间", "opening hours"),
    "rounding": Sentence("取整", "rounding"),
} | {f"weekday {name}": Sentence(f"星期{zh}", name) for name, zh in zip(WEEKDAYS, "一二三四五六日", strict=True)}
SPECIAL = {
    "holiday": Sentence("节假日", "holiday"),
    "day before a holiday": Sentence("节前一天", "day before a holiday"),
    "day after a holiday": Sentence("节后一天", "day after a holiday"),
    "bridge day": Sentence("夹在假期间", "between days off"),
    "make-up working day": Sentence("调休上班", "make-up working day"),
    "sms": Sentence("短信群发", "text message to all"),
    "campaign": Sentence("营销活动", "campaign"),
}
AFTER_BILLING = "billing day +"
AROUND = "around "
STEP = "level step "
DAY_OF_MONTH = "day of month "
LIMITS = ("lower_95", "upper_95")


def effect_words(effect: str) -> Sentence:
    """Return what an effect of the models is called."""
    known = (PLAIN | SPECIAL).get(effect)
    if known is not None:
        return known
    if effect.startswith(AFTER_BILLING):
        days = int(effect.removeprefix(AFTER_BILLING))
        return (
            Sentence("出账日", "billing day") if not days else Sentence(f"出账后第 {days} 天", f"{days} d after bills")
        )
    if effect.startswith(STEP):
        day = effect.removeprefix(STEP)
        return Sentence(f"{day} 起水平变化", f"level step from {day}")
    if effect.startswith(AROUND):
        name = effect.removeprefix(AROUND)
        return Sentence(f"{day_words(name, 'zh')}前后", f"around {name}")
    if effect.startswith(DAY_OF_MONTH):
        return Sentence(f"每月 {effect.removeprefix(DAY_OF_MONTH)} 日", effect)
    return Sentence(day_words(effect, "zh"), effect)


def reasons_of(demand: Demand, month: pd.Period) -> dict[str, Any]:
    """Return the forecast of `month` taken apart, as plain JSON values.

    `days`: by date the `level` (calls of an ordinary day) and the `factors` that make the day's calls of it, each with
    its words and whether it is `special` (not one of those that every day has). `learned`: what the history taught of
    each special effect, a factor with its 95 % limits.
    """
    history = demand.history
    intervals = month_intervals(month, history.timezone, interval_minutes=history.interval_minutes)
    past = history.before(plan_cutoff(month, history.timezone))
    prediction = predict_history(past, intervals, calendar=demand.calendar)
    table, learned = explain_days(prediction), learned_effects(prediction)
    effects = [name for name in table.columns if name not in (LEVEL, "calls")]
    return {
        "days": {
            f"{day:%Y-%m-%d}": {
                "level": round(float(row[LEVEL]), 1),
                "factors": [
                    _factor(name, float(row[name])) for name in effects if abs(float(row[name]) - 1) >= SMALLEST_SHARE
                ],
            }
            for day, row in table.iterrows()
        },
        "learned": [
            {**_factor(str(name), float(row["factor"])), **{limit: round(float(row[limit]), 3) for limit in LIMITS}}
            for name, row in learned.iterrows()
        ],
    }


def _factor(effect: str, factor: float) -> dict[str, Any]:
    words = effect_words(effect)
    told = {"effect": effect, "zh": words.zh, "en": words.en, "factor": round(factor, 4)}
    return {**told, "special": effect not in PLAIN and not effect.startswith((STEP, DAY_OF_MONTH))}
