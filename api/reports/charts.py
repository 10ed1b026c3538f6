"""The pictures: one Altair chart each, the same in a notebook, on a page and as a PNG.

Times are drawn on the site's wall clock wherever the page is opened. Texts carry Chinese and English; the fonts are
those that the reader's own machine has.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from api.extras import MissingExtra, of_extra
from api.notices import notice
from api.reports.colours import AMBER, BLUE, RED
from api.reports.five_tables import Table
from api.sentences import refusal
from api.whole_files import write_whole_bytes
from forecaster.history.intervals import wall_clock

CHART_FONT = "Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, Hiragino Sans GB, Segoe UI, sans-serif"
WIDTH, HEIGHT = 900, 260
Drawing = alt.Chart | alt.LayerChart | alt.FacetChart


def _wall(index: pd.Index) -> list[str]:
    """Return each interval's wall clock as if it were UTC: drawn on a UTC scale it stays what the clock showed."""
    return [f"{t.isoformat()}Z" for t in wall_clock(pd.DatetimeIndex(index))]


def styled(chart: Drawing, title: str, height: int = HEIGHT) -> Drawing:
    """Return the chart with its title and size, in the look that all pictures share."""
    styled: Drawing = (
        chart.properties(title=title, width=WIDTH, height=height)
        .configure(font=CHART_FONT)
        .configure_view(stroke=None)
        .configure_title(anchor="start", fontSize=14, color=BLUE)
        .configure_axis(grid=True, gridColor="#E9ECF1", domainColor="#C5CBD5", labelColor="#444", titleColor="#444")
        .configure_legend(orient="bottom", title=None, labelLimit=400)
    )
    return styled


def _time() -> alt.X:
    axis = alt.Axis(title=None, format="%m-%d", labelOverlap=True, tickCount=16)
    return alt.X("at:T", scale=alt.Scale(type="utc"), axis=axis)


def _y(field: str, title: str, **options: Any) -> alt.Y:
    return alt.Y(f"{field}:Q", title=title, **options)


def forecast_chart(forecast: pd.DataFrame, *, actual: pd.Series | None = None) -> Drawing:
    """Return the forecast by interval with its 80 % and 95 % bands; beside it the `actual` calls, if given."""
    data = pd.DataFrame({"at": _wall(forecast.index), **{c: forecast[c].to_numpy() for c in forecast.columns}})
    base = alt.Chart(data)
    layers = [
        base.mark_area(opacity=0.35, color="#B9CFE4").encode(
            _time(), _y("calls_lower_95", ""), alt.Y2("calls_upper_95:Q")
        ),
        base.mark_area(opacity=0.55, color="#8FB3D6").encode(
            _time(), _y("calls_lower_80", ""), alt.Y2("calls_upper_80:Q")
        ),
        base.mark_line(color=BLUE, strokeWidth=1.3).encode(
            _time(),
            _y("calls", "话务量 calls"),
            tooltip=[
                alt.Tooltip("at:T", title="时段 interval", format="%Y-%m-%d %H:%M"),
                alt.Tooltip("calls:Q", title="预测 forecast", format=",.0f"),
                alt.Tooltip("calls_lower_80:Q", title="80 % ≥", format=",.0f"),
                alt.Tooltip("calls_upper_80:Q", title="80 % ≤", format=",.0f"),
            ],
        ),
    ]
    if actual is not None:
        seen = actual.reindex(forecast.index)
        points = pd.DataFrame({"at": _wall(seen.index), "calls_offered": seen.to_numpy()}).dropna()
        layers.append(alt.Chart(points).mark_circle(color=AMBER, size=9).encode(_time(), _y("calls_offered", "")))
    return styled(alt.layer(*layers), "预测话务量与 80 % / 95 % 区间  Forecast calls with their bands")


def seats_chart(coverage: pd.DataFrame) -> Drawing:
    """Return the seats of a plan's coverage by interval, required and rostered, and where they fall short."""
    names = {"seats_required": "所需台席 required", "seats_rostered": "排班台席 rostered", "shortage": "缺口 short"}
    data = pd.DataFrame({"at": _wall(coverage.index), **{c: coverage[c].to_numpy() for c in names}})
    data["top"] = data["seats_rostered"] + data["shortage"]
    data = data.assign(required=names["seats_required"], rostered=names["seats_rostered"], short=names["shortage"])
    base = alt.Chart(data)
    colours = alt.Scale(domain=list(names.values()), range=["#C9D3DF", BLUE, RED])
    need = base.mark_area(interpolate="step-after", opacity=0.9)
    have = base.mark_line(interpolate="step-after", strokeWidth=1.2)
    lack = base.transform_filter("datum.shortage > 0").mark_bar(width=2.6)
    layers = [
        need.encode(_time(), _y("seats_required", "台席 seats"), alt.Color("required:N", scale=colours)),
        have.encode(_time(), _y("seats_rostered", ""), alt.Color("rostered:N", scale=colours)),
        lack.encode(_time(), _y("seats_rostered", ""), alt.Y2("top:Q"), alt.Color("short:N", scale=colours)),
    ]
    return styled(alt.layer(*layers), "所需台席与排班台席  Seats required and rostered")


def _long(wide: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return a row per date and interval."""
    flat = wide.rename_axis("date").reset_index()
    return flat.melt("date", var_name="interval", value_name=value).dropna()


def seats_grid_chart(table: Table) -> Drawing:
    """Return table 1 as a heat grid: days down, intervals across; a red frame marks seats short of the need."""
    columns = table.intervals
    wide = table.frame[columns]
    data = _long(wide, "seats")
    short = _long(wide * 0 if table.short is None else table.short[columns], "short")
    data = data.merge(short, on=["date", "interval"], how="left")
    data["date"] = data["date"].astype(str)
    base = alt.Chart(data)
    every = max(1, len(columns) // 24)
    axis = alt.Axis(title=None, labelAngle=0, grid=False, values=[str(c) for c in columns[::every]], labelFontSize=9)
    days = alt.Axis(labelFontSize=9, grid=False)
    place = alt.X("interval:O", axis=axis, sort=None), alt.Y("date:O", title=None, axis=days)
    tooltip = [
        alt.Tooltip("date:O", title="日期 date"),
        alt.Tooltip("interval:O", title="时段 interval"),
        alt.Tooltip("seats:Q", title="台席 seats"),
        alt.Tooltip("short:Q", title="缺口 short"),
    ]
    shade = alt.Color("seats:Q", scale=alt.Scale(range=["#F4F8FC", BLUE]), title="台席 seats")
    cells = base.mark_rect().encode(*place, shade, tooltip=tooltip)
    marks = base.transform_filter("datum.short > 0").mark_rect(filled=False, stroke=RED, strokeWidth=1.2).encode(*place)
    return styled(alt.layer(cells, marks), table.kind.title.zh + "  Staffed seats", height=15 * len(wide) + 10)


def table_chart(table: Table) -> Drawing:
    """Return the chart that a table carries: bars for what happened or is expected, lines beside them.

    Raises
    ------
    ValueError
        For a table of intervals, whose picture is `seats_grid_chart`.
    """
    chart = table.kind.chart
    if chart is None:
        raise refusal("chart.none", number=table.number)
    bars, lines = ([one for one in part if not one.own_axis] for part in (chart.bars, chart.lines))
    drawn = [*bars, *lines]
    data = table.frame[[one.column for one in drawn]].copy()
    data.insert(0, "date", [f"{day.isoformat()}T00:00:00Z" for day in table.frame.index])
    labels = {one.column: table.kind.label(one.column) for one in drawn}
    names = {column: f"{label.zh} {label.en}" for column, label in labels.items()}
    colours = alt.Scale(domain=list(names.values()), range=[one.colour for one in drawn])
    long = data.melt("date", var_name="column", value_name="calls").dropna()
    long["series"] = long["column"].map(names)
    days = alt.X("utcmonthdate(date):O", axis=alt.Axis(title=None, format="%m-%d", labelAngle=-90))
    tooltip = [
        alt.Tooltip("date:T", title="日期 date", format="%Y-%m-%d"),
        alt.Tooltip("series:N", title=" "),
        alt.Tooltip("calls:Q", title="话务量 calls", format=",.0f"),
    ]
    colour = alt.Color("series:N", scale=colours)
    columns = (
        alt.Chart(long[long["column"].isin([one.column for one in bars])])
        .mark_bar()
        .encode(
            days,
            _y("calls", "话务量 calls"),
            colour,
            xOffset=alt.XOffset("series:N", sort=list(names.values())),
            tooltip=tooltip,
        )
    )
    over = (
        alt.Chart(long[long["column"].isin([one.column for one in lines])])
        .mark_line(point=alt.OverlayMarkDef(size=14))
        .encode(days, _y("calls", ""), colour, tooltip=tooltip)
    )
    return styled(alt.layer(columns, over), f"{table.kind.title.zh}  {table.kind.title.en}")


def spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return the chart's Vega-Lite specification, data included."""
    with alt.data_transformers.enable("default", max_rows=None):
        made: dict[str, Any] = chart.to_dict()
    return made


def write_png(chart: alt.TopLevelMixin, path: str | Path) -> Path:
    """Draw the chart into a PNG file, without network or browser; return its path.

    Raises
    ------
    MissingExtra
        If what draws is not installed.
    """
    with of_extra("pictures"):
        import vl_convert
    return write_whole_bytes(Path(path), vl_convert.vegalite_to_png(spec(chart), scale=1.5))


def png_if_drawn(chart: alt.TopLevelMixin, path: Path) -> list[Path]:
    """Return the PNG file of a chart that stands beside the figures; where nothing can draw it, say so instead."""
    try:
        return [write_png(chart, path)]
    except MissingExtra as lacking:
        notice(lacking.message)
        return []


def to_svg(chart: alt.TopLevelMixin) -> str:
    """Return the chart as an SVG element for a page without scripts; where nothing can draw it, what is missing."""
    try:
        with of_extra("pictures"):
            import vl_convert
    except MissingExtra as lacking:
        notice(lacking.message)
        return f"<p>{escape(lacking.message.said('both'))}</p>"
    svg: str = vl_convert.vegalite_to_svg(spec(chart))
    return svg
