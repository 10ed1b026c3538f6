"""A first look at a stranger's file, as one HTML page with pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import altair as alt
import pandas as pd

from api.first_look import FirstLook
from api.reports.backtest_page import months_chart
from api.reports.charts import Drawing, forecast_chart, styled, to_svg
from api.reports.colours import BLUE
from api.reports.html_page import STYLE, html_page
from api.reports.inspection import days_chart, week_chart
from api.reports.labels import WEEKDAYS_IN_BOTH
from api.whole_files import write_whole_text
from forecaster.history.intervals import wall_clock
from forecaster.messages import Words

OWN_STYLE = """svg{width:100%}p.said{font-size:1.05rem;background:#F4F8FC;padding:.6rem 1rem;margin:.5rem 0;
border-left:4px solid #2F5D8A}p.alarm{border-color:#C0392B;background:#FDF3F1}p .en{color:#555;display:block}
code{background:#eef1f5;padding:0 .2rem}@media print{h2{break-after:avoid}}"""


def write_first_look(look: FirstLook, path: str | Path, *, alarms: Sequence[Words] = ()) -> Path:
    """Write a first look as one HTML page that needs nothing else; return its path. `alarms` stand at its top."""
    history, name = look.demand.history, look.demand.source.name
    parts = [
        f"<h1>初览 First look: {escape(name)}</h1>",
        *(_said(one, kind="said alarm") for one in alarms),
        "<h2>1 这是什么 What it is</h2>",
        *map(_said, look.what),
        to_svg(days_chart(history, ())),
        to_svg(week_chart(history)),
        "<h2>2 预测可信到什么程度 How well it could have been forecast</h2>",
        *map(_said, look.trusted),
    ]
    if look.scores is not None and len(look.scores) > 2:
        parts.append(to_svg(months_chart(look.scores)))
    parts += [f"<h2>3 {look.month} 需要多少人 What {look.month} would need</h2>", *map(_said, look.needed)]
    if look.forecast is not None and look.requirement is not None:
        parts += [to_svg(forecast_chart(look.forecast)), to_svg(_people_chart(look.requirement))]
    parts += ["<h2>4 接下来给什么 What to give next</h2>", *map(_said, look.lacking)]
    return write_whole_text(Path(path), html_page(name, *parts, style=STYLE + OWN_STYLE))


def _said(words: Words, kind: str = "said") -> str:
    return f"<p class='{kind}'>{escape(words.zh)}<span class=en lang=en>{escape(words.en)}</span></p>"


def _people_chart(need: pd.DataFrame) -> Drawing:
    """Return the people to roster by weekday and time of day, on average over the month."""
    local = wall_clock(pd.DatetimeIndex(need.index))
    table = pd.DataFrame(
        {"weekday": [WEEKDAYS_IN_BOTH[day] for day in local.day_of_week], "time": local.strftime("%H:%M"),
         "people": need["people_to_roster"].to_numpy(dtype=float)}
    )  # fmt: skip
    mean = table.groupby(["weekday", "time"], as_index=False)["people"].mean()
    times = sorted(set(mean["time"]))
    base = alt.Chart(mean).encode(
        alt.X("time:O", axis=alt.Axis(title=None, labelAngle=0, grid=False, values=times[:: max(1, len(times) // 24)])),
        alt.Y("weekday:O", sort=WEEKDAYS_IN_BOTH, axis=alt.Axis(title=None, grid=False)),
    )
    cells = base.mark_rect().encode(alt.Color("people:Q", scale=alt.Scale(range=["#F4F8FC", BLUE]), title="人 people"))
    return styled(cells, "每时段需上班人数（月均） People to roster by time of day, month's mean", 170)
