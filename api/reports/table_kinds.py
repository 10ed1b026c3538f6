"""What each report table is beside its numbers, an entry each: title and sheet, formulas, marks, chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from api.reports.colours import AMBER, BLUE, PALE_BLUE, PALE_GREY, TEAL
from api.reports.labels import LABELS, MEASURE_LABELS, Label
from forecaster.messages import Languages, Words


@dataclass(frozen=True)
class Formula:
    """How a workbook's cell is computed from others, stored beside the value that the frame has.

    body
        In Excel's words; `{name}` is the cell of that column in the same row, `{name.days}` the column, `{name.total}`
        its total, `{intervals}` the row's intervals (in the total's row all days'), `{interval_minutes}` their length.
    inputs
        Columns without which the cell stays blank; where the body divides, the last of them is the divisor.
    of_totals
        Whether the total is made by the same formula of totals; it is the sum of the days otherwise.
    """

    body: str
    inputs: tuple[str, ...] = ()
    of_totals: bool = False


@dataclass(frozen=True)
class Mark:
    """A column's numbers that are below, above or equal to zero are shown as bad, or as worth a look."""

    column: str
    criterion: Literal["<", ">", "="]
    look: Literal["bad", "warn"]

    def holds(self, value: float) -> bool:
        """Return whether `value` is to be marked (what is not known is not)."""
        return {"<": value < 0, ">": value > 0, "=": value == 0}[self.criterion]


@dataclass(frozen=True)
class Series:
    """A column as it is drawn; what has `own_axis` is a share or a rate and stands on an axis of its own in Excel."""

    column: str
    colour: str
    dash: Literal["", "dash", "round_dot"] = ""
    own_axis: bool = False


@dataclass(frozen=True)
class TableChart:
    """Bars by day, and lines over them; `second` is the number format of the lines' own axis."""

    bars: tuple[Series, ...]
    lines: tuple[Series, ...] = ()
    second: str = ""


@dataclass(frozen=True)
class TableKind:
    """One kind of table, days down.

    number, sheet, title
        Of it in files and heads.
    of_last_month
        Whether it compares last month with what was published before it, or tells of the month that is planned.
    formulas, means
        Cells that are computed, by column; and the columns whose total is a mean.
    marks
        What is shown as bad or worth a look.
    chart
        What is drawn; None: the grid of days and intervals itself.
    measures
        The month's figures below the table (of `MEASURE_LABELS`), and their formulas.
    labels
        Of columns that no other table has; those that several have are in `LABELS`.
    """

    number: int
    sheet: str
    title: Words
    of_last_month: bool = False
    formulas: Mapping[str, Formula] = field(default_factory=dict)
    means: frozenset[str] = frozenset()
    marks: tuple[Mark, ...] = ()
    chart: TableChart | None = None
    measures: Mapping[str, Formula] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)

    def sheet_name(self, language: Languages) -> str:
        """Return the sheet's name in a language: the number with the Chinese or with the English of `sheet`."""
        number, *words = self.sheet.split()
        kept = [word for word in words if language == "both" or word.isascii() == (language == "en")]
        return " ".join([number, *kept])

    def knows(self, column: str) -> bool:
        """Return whether a column has a name of its own; an interval's is its time."""
        return column in self.labels or column in LABELS

    def label(self, column: str) -> Label:
        """Return what a column is called and how it is written."""
        return self.labels.get(column) or LABELS.get(column) or Label(column, column, "seats")

    def of_weeks(self) -> TableKind:
        """Return the same table of a period that is no month, called so."""
        zh, en = self.title.zh.replace("本月", "本期").replace("上月", "上期"), self.title.en
        en = en.replace("This month", "This period").replace("Last month", "The period before")
        return replace(self, title=Words(zh, en))

    def heading(self, language: Languages) -> str:
        """Return the title with the table's number."""
        zh, en = f"表{self.number} {self.title.zh}", f"Table {self.number}. {self.title.en}"
        return {"zh": zh, "en": en}.get(language, f"{zh}  {self.title.en}")

    def measure(self, name: str) -> Label:
        """Return what one of the month's figures is called."""
        return self.labels.get(name) or MEASURE_LABELS[name]


def _less(one: str, other: str) -> Formula:
    return Formula(f"{{{one}}}-{{{other}}}", (one, other))


def _over(part: str, whole: str) -> Formula:
    return Formula(f"{{{part}}}/{{{whole}}}", (part, whole), of_totals=True)


UNSEEN = Mark("intervals_missing", ">", "warn")
LIMIT_SERIES = tuple(Series(name, PALE_BLUE, "round_dot") for name in ("calls_lower_80", "calls_upper_80"))
OFFERED, HANDLED = Series("calls_offered", PALE_GREY), Series("calls_handled", TEAL)

STAFFED_SEATS = TableKind(
    1,
    "1 座席 Seats",
    Words(
        "本月每天每时段员工的座席数及日平均席数表",
        "This month: staffed seats by day and interval, and the day's average",
    ),
    formulas={
        "average_seats": Formula('IF(COUNT({intervals})=0,"",AVERAGE({intervals}))', of_totals=True),
        "seat_hours": Formula("SUM({intervals})*{interval_minutes}/60"),
    },
)
FORECAST_AND_BEARABLE = TableKind(
    2,
    "2 预测 Forecast",
    Words("本月每天话务量的预测及可承受话务量的预测图表", "This month: calls forecast and calls bearable by day"),
    formulas={
        "margin": _less("calls_bearable", "calls_forecast"),
        "margin_share": _over("margin", "calls_forecast"),
    },
    labels={
        "level_lower_80": Label(
            "服务水平下限",
            "Level, lower",
            "share",
            "十天中有八天在上下限之间；这是下限",
            "Lower limit of 8 days in 10",
        ),
        "level_upper_80": Label(
            "服务水平上限",
            "Level, upper",
            "share",
            "十天中有八天在上下限之间；这是上限",
            "Upper limit of 8 days in 10",
        ),
        "level_chance": Label(
            "达标机会", "Chance of target", "share", "当天达到目标的机会", "That the day keeps its target"
        ),
    },
    marks=(Mark("margin", "<", "bad"), Mark("intervals_over", ">", "warn")),
    chart=TableChart(
        (Series("calls_forecast", BLUE),),
        (Series("calls_bearable", TEAL), Series("calls_bearable_busy_hour", AMBER, "dash"), *LIMIT_SERIES),
    ),
)
OFFERED_AND_HANDLED = TableKind(
    3,
    "3 实际 Actual",
    Words("上月每天实际话务量及人员实际话务量情况图表", "Last month: calls offered and calls handled by staff, by day"),
    of_last_month=True,
    formulas={
        "answer_rate": _over("calls_handled", "calls_offered"),
        "calls_per_head": _over("calls_handled", "seats_signed_in"),
        "calls_per_seat_hour": _over("calls_handled", "signed_in_seat_hours"),
    },
    means=frozenset({"seats_signed_in"}),
    marks=(UNSEEN,),
    chart=TableChart((OFFERED, HANDLED), (Series("answer_rate", AMBER, own_axis=True),), "0%"),
)
OFFERED_AND_FORECAST = TableKind(
    4,
    "4 误差 Accuracy",
    Words("上月每天实际话务量及预测话务量情况图表", "Last month: calls offered and calls forecast, by day"),
    of_last_month=True,
    formulas={
        "error": _less("calls_forecast", "calls_offered"),
        "error_share": _over("error", "calls_offered"),
        "in_band": Formula(
            "IF(AND({calls_offered}>={calls_lower_80},{calls_offered}<={calls_upper_80}),1,0)",
            ("error", "calls_lower_80", "calls_upper_80"),
        ),
    },
    marks=(Mark("in_band", "=", "bad"), UNSEEN),
    chart=TableChart((OFFERED,), (Series("calls_forecast", BLUE), *LIMIT_SERIES)),
    measures={
        # |error| summed without ABS over a range that may hold blanks: the positive part less the negative part.
        "wape": Formula(
            'IF(N({calls_offered.total})=0,"",'
            '(SUMIF({error.days},">0")-SUMIF({error.days},"<0"))/{calls_offered.total})'
        ),
        "bias": Formula("{error_share.total}"),
        "hourly_wape": Formula(
            'IF(N({calls_offered.total})=0,"",SUM({absolute_error_by_interval.days})/{calls_offered.total})'
        ),
        "days_in_band": Formula('IF(COUNT({in_band.days})=0,"",AVERAGE({in_band.days}))'),
    },
)
HANDLED_AND_PLANNED = TableKind(
    5,
    "5 人员 Staff",
    Words(
        "上月每天人员实际话务量及人员预测话务量情况图表",
        "Last month: calls handled and calls planned for staff, by day",
    ),
    of_last_month=True,
    formulas={
        "difference": _less("calls_handled", "calls_planned"),
        "calls_per_seat_hour_planned": _over("calls_planned", "seat_hours_planned"),
        "calls_per_seat_hour": _over("calls_handled", "signed_in_seat_hours"),
    },
    labels={
        "hours_above_hindsight": Label(
            "多于事后最优的席时",
            "Hours above hindsight",
            "hours",
            "计划席时 − 若事先知道实际来电，服务目标所需的席时（取整之前）",
            "Seat-hours planned less those the target asks for had the calls been known, before rounding",
        ),
    },
    marks=(UNSEEN,),
    chart=TableChart(
        (HANDLED, Series("calls_planned", PALE_GREY)),
        (
            Series("calls_per_seat_hour", AMBER, own_axis=True),
            Series("calls_per_seat_hour_planned", AMBER, "dash", own_axis=True),
        ),
        "0.0",
    ),
)
