"""Why each day's forecast is what it is, and what the history taught of special days, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from api.inputs import Demand
from api.reports.labels import day_words
from forecaster.forecast.effects import EFFECTS, own_effect
from forecaster.forecast.explain import LEVEL, explain_days, learned_effects
from forecaster.forecast.interval_forecast import predict_history
from forecaster.history.calendar import Effect
from forecaster.history.intervals import month_intervals, plan_cutoff
from forecaster.messages import Words

SMALLEST_SHARE = 0.002  # what moves a day by less is not worth a line
LIMIT_COLUMNS = ("lower_95", "upper_95")


def effect_words(effect: str, own: Sequence[Effect] = ()) -> Words:
    """Return what an effect of the models, or of a site's `own`, is called: by its name where it has no words."""
    part = own_effect(effect)
    if part is not None:
        return part.words.filled(follows=_day_named(effect.removeprefix(part.name)))
    return next((one.words for one in (*own, *EFFECTS) if one.words and one.name == effect), _day_named(effect))


def _day_named(name: str) -> Words:
    return Words(day_words(name, "zh"), name)


def reasons_of(demand: Demand, month: pd.Period) -> dict[str, Any]:
    """Return the forecast of `month` taken apart, as plain JSON values.

    `days`: by date the `level` (calls of an ordinary day) and the `factors` that make the day's calls of it, each with
    its words and whether it is `special` (not one of those that every day has). `learned`: what the history taught of
    each special effect, a factor with its 95 % limits.
    """
    history, own = demand.history, demand.calendar.effects
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
                    _factor(name, float(row[name]), own)
                    for name in effects
                    if abs(float(row[name]) - 1) >= SMALLEST_SHARE
                ],
            }
            for day, row in table.iterrows()
        },
        "learned": [
            _factor(str(name), float(row["factor"]), own)
            | {limit: round(float(row[limit]), 3) for limit in LIMIT_COLUMNS}
            for name, row in learned.iterrows()
        ],
    }


def _factor(effect: str, factor: float, own: Sequence[Effect]) -> dict[str, Any]:
    words, part = effect_words(effect, own), own_effect(effect)
    told = {"effect": effect, "zh": words.zh, "en": words.en, "factor": round(factor, 4)}
    return {**told, "special": part is None or part.special}
