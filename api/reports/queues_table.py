"""What a plan of several queues tells of each, as one table for the screen and the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from api.plan import Plan
from forecaster.messages import Words

QUEUE_HEADS = {
    "queue": Words("队列", "queue"),
    "calls": Words("预测话务量", "calls forecast"),
    "people": Words("会接的人", "people who serve it"),
    "alone": Words("单独所需席时", "seat-hours alone"),
    "needed": Words("共用所需席时", "seat-hours, shared"),
    "rostered": Words("已排席时", "rostered"),
    "short": Words("缺口席时", "short"),
    "skill_short": Words("缺技能席时", "short of the skill"),
    "promise": Words("预期按时应答（8/10 个月）", "in time, expected (8 months of 10)"),
    "chance": Words("达标把握", "target kept"),
}


def queues_table(plan: Plan) -> pd.DataFrame:
    """Return a row for each queue of the plan, as text, with columns `QUEUE_HEADS`; empty where it plans one queue."""
    rows = [_row(one) for one in plan.facts.get("queues", ())]
    return pd.DataFrame(rows, columns=list(QUEUE_HEADS))


def _row(told: Mapping[str, Any]) -> dict[str, str]:
    promise = told["promise"]
    expected, chance = promise.get("expected"), promise.get("chance")
    reach = "" if expected is None else f" ({100 * promise['lower_80']:.0f}–{100 * promise['upper_80']:.0f})"
    return {
        "queue": told["queue"],
        "calls": f"{told['calls']:,.0f}",
        "people": f"{told['people']:,}",
        "alone": f"{told['alone_hours']:,.0f}",
        "needed": f"{told['needed_hours']:,.0f}",
        "rostered": f"{told['rostered_hours']:,.0f}",
        "short": f"{told['shortage_hours']:,.1f}",
        "skill_short": f"{told['skill_short_hours']:,.1f}",
        "promise": "–" if expected is None else f"{expected:.1%}{reach}",
        "chance": "–" if chance is None else f"{chance:.0%}",
    }


def pooling_words(plan: Plan) -> Words | None:
    """Return what sharing people saves, None where the plan has one queue or nobody could be shared."""
    told = plan.facts.get("pooling")
    if not told or told["apart_hours"] <= told["as_one_hours"]:
        return None
    saved, most = told["apart_hours"] - told["needed_hours"], told["apart_hours"] - told["as_one_hours"]
    return Words(
        f"共用人员节省 {saved:,.0f} 席时；若全员会接所有队列可省 {most:,.0f} 席时，已得其 {saved / most:.0%}",
        f"sharing people saves {saved:,.0f} seat-hours, {saved / most:.0%} of the {most:,.0f} of one queue of all",
    )
