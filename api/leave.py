"""Leave for the months ahead: how many may be away on each day, and which requests are granted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from api.defused import sheet_name
from api.inputs import Demand, Supply
from api.planning import forecast_of
from api.reports.sheet_paper import fit_to_paper
from api.reports.workbook_charts import WORKBOOK_FONT
from api.sentences import refusal
from api.site import requirement_of
from api.whole_files import whole_workbook
from forecaster.messages import Language, Words
from forecaster.names import called
from optimizer.desk.leave_quota import SHORT_SHARE, groups_of, leave_quota, with_who_is_away
from optimizer.desk.leave_requests import LeaveRequest, Ranking, decide_leave
from optimizer.law.people import Person
from optimizer.law.people_columns import dated_text, leave_text

MOST_MONTHS = 12  # a history foretells a year
SATURDAY = 5
WORDS = {
    "places": Words("名额", "Places"),
    "requests": Words("申请", "Requests"),
    "title": Words(
        "每日可休人数（{group}，共 {people} 人）；括号内为已休",
        "How many may be away ({group}, of {people}); in brackets who is",
    ),
    "granted": Words("批准", "granted"),
    "refused": Words("未批准", "refused"),
    "badge": Words("工号", "Badge"),
    "first_on": Words("首日", "First day"),
    "last_on": Words("末日", "Last day"),
    "days": Words("天数", "Days"),
    "decision": Words("结果", "Decision"),
    "reason": Words("原因", "Why"),
    "instead": Words("附近可休", "Room instead"),
    "month": Words("月份", "Month"),
}


@dataclass(frozen=True, eq=False)
class LeavePlan:
    """The places by day and group, the decisions on requests, and the people with what they were granted."""

    quota: pd.DataFrame
    decisions: pd.DataFrame
    people: Sequence[Person]


def plan_leave(
    demand: Demand,
    supply: Supply,
    people: Sequence[Person],
    *,
    months: Sequence[pd.Period],
    requests: Sequence[LeaveRequest] = (),
    ranking: Ranking = "fair",
    short_share: float = SHORT_SHARE,
    progress: Callable[[str], None] = lambda _: None,
) -> LeavePlan:
    """Return how many may be away in `months` that follow one another, and what becomes of the requests.

    supply
        Shifts and rules; its own people do not count.
    people
        With the leave they already have in all of the months.

    Raises
    ------
    InputError
        If the history cannot foretell a month that far ahead.
    """
    require_months(len(months))
    needs = []
    for month in months:
        progress(f"{month}")
        needs.append(requirement_of(forecast_of(demand, month), demand.site))
    need = pd.concat(needs)
    need.index = pd.DatetimeIndex(need.index).tz_convert(demand.site.timezone)
    rules = supply.situation.rules
    quota = leave_quota(need, people, supply.situation.catalogue, rules, short_share=short_share)
    groups = set(quota["group"])
    decisions, granted = decide_leave(
        requests,
        quota,
        people,
        group_of=lambda person: [name for name in groups_of(person, rules) if name in groups],
        ranking=ranking,
    )
    quota = with_who_is_away(quota, granted, rules)
    return LeavePlan(quota, decisions, granted)


def require_months(months: int) -> None:
    """Raise Refusal unless places can be counted for so many months at once."""
    if not 1 <= months <= MOST_MONTHS:
        raise refusal("leave.months", most=MOST_MONTHS, months=months)


def leave_request(told: Mapping[str, Any]) -> LeaveRequest:
    """Return a request as HTTP tells it: `badge`, `first_on`, `last_on`, `asked_at`, `points`, `good_days_before`.

    Raises
    ------
    Refusal
        If it ends before it begins.
    """
    first, asked = date.fromisoformat(told["first_on"]), told.get("asked_at")
    return LeaveRequest(
        str(told["badge"]),
        first,
        date.fromisoformat(told["last_on"]) if told.get("last_on") else first,
        datetime.fromisoformat(asked) if asked else None,
        float(told.get("points") or 0),
        float(told.get("good_days_before") or 0),
    )


def staff_of(staff: pd.DataFrame, people: Sequence[Person], month: pd.Period) -> pd.DataFrame:
    """Return a staff list (a people frame) with what it says of one month, and the leave that `people` have in it."""

    def inside(days: Any) -> list[Any]:
        return [day for day in days if pd.Period(day, freq="M") == month]

    return staff.assign(
        leave=[leave_text(inside(person.leave)) for person in people],
        carry_in="",
        **{
            name: [dated_text({day: held[day] for day in inside(held)}) for held in (getattr(p, name) for p in people)]
            for name in ("fixed_shifts", "wishes")
        },
    ).rename_axis(None)


def write_leave(made: LeavePlan, path: Path, *, language: Language) -> Path:
    """Write the workbook: a sheet of the requests with what became of them, and one of places for each group."""

    def said(key: str, **fields: Any) -> str:
        text = WORDS[key].said(language)
        return text.format(**fields) if fields else text

    with whole_workbook(path) as book:
        style = {"font_name": WORKBOOK_FONT, "font_size": 10}
        form = {
            "plain": book.add_format(style),
            "head": book.add_format({**style, "bold": True, "bottom": 1}),
            "title": book.add_format({**style, "bold": True, "font_size": 13}),
            "full": book.add_format({**style, "align": "center", "bg_color": "#F4C7C3"}),
            "free": book.add_format({**style, "align": "center"}),
            "weekend": book.add_format({**style, "align": "center", "bg_color": "#EEF1F5"}),
            "granted": book.add_format({**style, "font_color": "#1B7F3B"}),
            "refused": book.add_format({**style, "font_color": "#B3261E"}),
        }
        if len(made.decisions):
            _write_decisions(book, form, made.decisions, said, language)
        for group, places in made.quota.groupby("group", sort=False):
            name = called(str(group)).said(language)
            there = [sheet.get_name() for sheet in book.worksheets()]
            sheet = book.add_worksheet(sheet_name(f"{said('places')} {name}", there))
            sheet.write_string(0, 0, said("title", group=name, people=int(places["people"].iloc[0])), form["title"])
            _write_places(sheet, form, places, said("month"))
    return path


def _write_decisions(
    book: xlsxwriter.Workbook,
    form: dict[str, Any],
    decisions: pd.DataFrame,
    said: Callable[[str], str],
    language: Language,
) -> None:
    sheet = book.add_worksheet(said("requests"))
    widths = {"badge": 10, "first_on": 12, "last_on": 12, "days": 7, "decision": 11, "reason": 52, "instead": 24}
    for column, (name, width) in enumerate(widths.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, said(name), form["head"])
    reason = "reason_zh" if language == "zh" else "reason"
    for row, one in enumerate(decisions.to_dict("records"), start=1):
        word = "granted" if one["granted"] else "refused"
        instead = f"{one['instead_first_on']} – {one['instead_last_on']}" if one["instead_first_on"] else ""
        texts = [one["badge"], str(one["first_on"]), str(one["last_on"]), None, said(word), one[reason], instead]
        for column, text in enumerate(texts):
            if text is not None:
                sheet.write_string(row, column, text, form[word if column == 4 else "plain"])
        sheet.write_number(row, 3, one["days"], form["free"])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(decisions), len(widths) - 1)
    fit_to_paper(sheet)


def _write_places(sheet: Any, form: dict[str, Any], places: pd.DataFrame, month: str) -> None:
    """Write a grid: a row a month, a column a day, red where there is no place left, weekends grey."""
    sheet.write_string(2, 0, month, form["head"])
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, 31, 5.5)
    for day in range(1, 32):
        sheet.write_number(2, day, day, form["head"])
    rows = {name: row for row, name in enumerate(dict.fromkeys(day.strftime("%Y-%m") for day in places["date"]), 3)}
    for name, row in rows.items():
        sheet.write_string(row, 0, name, form["plain"])
    for one in places.to_dict("records"):
        text = f"{one['may_be_away']}" + (f" ({one['away']})" if one["away"] else "")
        row = rows[one["date"].strftime("%Y-%m")]
        sheet.write_string(
            row,
            one["date"].day,
            text,
            form["full" if not one["left"] else "weekend" if one["date"].weekday() >= SATURDAY else "free"],
        )
    sheet.freeze_panes(3, 1)
    fit_to_paper(sheet)
