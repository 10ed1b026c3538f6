"""Pictures of what could be: other headcounts, contracts and shift sets, and how few start times do."""

from __future__ import annotations

import altair as alt
import pandas as pd

from api.reports.charts import Drawing, styled
from api.reports.colours import AMBER, BLUE, RED
from forecaster.messages import Words
from optimizer.law.rule_words import TERMS

SHORT, OVER = "缺口席时 short", "富余席时 surplus"


def what_if_chart(scenarios: pd.DataFrame) -> Drawing:
    """Return the seat-hours short and beyond need of each scenario (`optimizer.desk.what_if.what_if`), side by side."""
    data = scenarios.assign(
        label=[
            f"{scenario_words(name).said('both')} · {people} 人 · {hours:,.0f} h/周 week"
            for name, people, hours in zip(
                scenarios["scenario"], scenarios["people"], scenarios["contract_hours"], strict=True
            )
        ]
    )
    long = data.rename(columns={"shortage_hours": SHORT, "surplus_hours": OVER}).melt(
        ["label"], [SHORT, OVER], var_name="series", value_name="hours"
    )
    colours = alt.Scale(domain=[SHORT, OVER], range=[RED, AMBER])
    order = data["label"].tolist()
    rows = alt.Y("label:N", sort=order, axis=alt.Axis(title=None, labelLimit=520, grid=False))
    offset = alt.YOffset("series:N", sort=[SHORT, OVER])
    base = alt.Chart(long).encode(rows, offset, alt.X("hours:Q", title="席时 seat-hours"))
    bars = base.mark_bar().encode(alt.Color("series:N", scale=colours))
    figures = base.mark_text(align="left", dx=4, fontSize=10, color="#444").encode(alt.Text("hours:Q", format=",.0f"))
    title = "人数、合同与班次的假设：最好时全月缺多少  What if: seat-hours short and to spare at best"
    return styled(alt.layer(bars, figures), title, height=max(90, 46 * len(order)))


def start_times_chart(curve: pd.DataFrame) -> Drawing:
    """Return seat-hours short a week by number of start times (`optimizer.desk.shift_design.design_shifts`)."""
    number = alt.X("start_times:O", title="上班时间个数 number of start times", axis=alt.Axis(labelAngle=0))
    short = alt.Y("shortage_hours:Q", title="每周缺口席时 seat-hours short a week")
    shown = curve.assign(shown=[_few(str(text)) for text in curve["starts"]])
    base = alt.Chart(shown).encode(number, short)
    line = base.mark_line(color=BLUE, point=alt.OverlayMarkDef(size=50, color=BLUE))
    figures = base.mark_text(align="left", dx=7, dy=-22, fontSize=11, fontWeight="bold", color="#444").encode(
        alt.Text("shortage_hours:Q", format=",.0f")
    )
    starts = base.mark_text(align="left", dx=7, dy=-9, fontSize=9, color="#777").encode(alt.Text("shown:N"))
    title = "上班时间越少，缺口越大：取舍曲线  How few start times leave how little shortage"
    return styled(alt.layer(line, figures, starts), title)


def scenario_words(scenario: str) -> Words:
    """Return a scenario's name (`optimizer.desk.what_if`) in both languages; a shift set keeps its own."""
    if scenario == "as it is":
        return Words("现状", scenario)
    what, _, number = scenario.partition(" ")
    if what in TERMS and number[:1] in "+-":
        return Words(f"{TERMS[what].zh} {number}", scenario)
    return Words(f"{what} 小时合同" if number == "h contracts" else scenario, scenario)


def _few(starts: str) -> str:
    times = starts.split(", ")
    return starts if len(times) <= 4 else f"{', '.join(times[:3])} …"
