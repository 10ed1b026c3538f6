"""Empty files to begin with: a history and a staff list as workbooks, shifts and a site's days as TOML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from api.names import FILES
from api.reports.colours import BLUE
from api.site import config_file
from api.whole_files import whole_workbook, write_whole_text
from forecaster.messages import Language, Words
from forecaster.names import ROLES, called
from optimizer.law.people_columns import PEOPLE_COLUMNS

Kind = Literal["history", "people", "shifts", "calendar"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ROWS = 2_000  # that have drop-downs
OBLIGATORY = Words("必填。", "Required. ")
EXAMPLE = Words("例：", "For example: ")
CALENDAR = Words(
    """# 本地的日子，叠加在国家节假日之上。去掉一行开头的 # 就起作用。

# billing_days = [1]           # 每月出账日
# learn_from = 2025-03-01      # 只从这一天起学习

# [[campaign]]                 # 活动、群发短信：来电由此起，逐日减退
# name = "短信群发"
# start = 2026-11-11
# days = 5
# half_life_days = 1.5
# kind = "sms"                 # sms 或 campaign

# [[observance]]               # 有名字的日子，学期
# name = "开学"
# first = 2026-09-01
# last = 2026-09-05

# [[fault]]                    # 故障期间的来电不作依据
# name = "充值系统故障"
# start_at = 2026-06-18T14:00:00
# end_at = 2026-06-18T17:30:00

# [[opening]]                  # 营业时间：0 是周一
# weekdays = [0, 1, 2, 3, 4]
# opens = "08:00"
# closes = "20:00"

# [[opening]]                  # 某一天的营业时间；一段日子写 first、last
# date = 2026-12-24
# opens = "08:00"
# closes = "14:00"

# [[closed]]                   # 不营业的日子
# first = 2026-12-25
# last = 2026-12-26
""",
    """# The site's own days, laid over the national holidays. Take the # from the front of a line to use it.

# billing_days = [1]           # days of the month on which bills go out
# learn_from = 2025-03-01      # earlier days teach nothing

# [[campaign]]                 # brings calls that fade from day to day
# name = "Text message to all"
# start = 2026-11-11
# days = 5
# half_life_days = 1.5
# kind = "sms"                 # sms or campaign

# [[observance]]               # a day or days with a name: a school term
# name = "School begins"
# first = 2026-09-01
# last = 2026-09-05

# [[fault]]                    # calls in a fault are nothing to learn from
# name = "Top-up system down"
# start_at = 2026-06-18T14:00:00
# end_at = 2026-06-18T17:30:00

# [[opening]]                  # opening hours: 0 is Monday
# weekdays = [0, 1, 2, 3, 4]
# opens = "08:00"
# closes = "20:00"

# [[opening]]                  # the hours of one day; several days: first and last
# date = 2026-12-24
# opens = "08:00"
# closes = "14:00"

# [[closed]]                   # days on which the line is shut
# first = 2026-12-25
# last = 2026-12-26
""",
)
SHIFTS = Words(
    "# 本站的班次。改成自己的，用 --shifts 给出。\n\n",
    "# The site's shifts. Make them yours, and give them with --shifts.\n\n",
)


@dataclass(frozen=True)
class _Field:
    """A column of a template: what it says, an example, what may be chosen, and whether it has to be there."""

    name: str
    means: Words
    example: str
    choices: Sequence[str] = ()
    required: bool = False


HISTORY = (
    _Field("interval_start", Words("时段的开始，当地时间", "the interval's start, on the local clock"),
           "2026-01-05 08:00", required=True),
    _Field("queue", Words("队列；只有一个就不必填", "the queue; not needed where there is one"), "hotline"),
    _Field("calls_offered", Words("呼入的来电，包括放弃的；没有观测就留空，没有来电写 0",
                                  "calls that came in, abandoned ones too; blank: not observed, 0: none"),
           "42", required=True),
    _Field("calls_answered", Words("接通的来电", "calls answered"), "40"),
    _Field("calls_abandoned", Words("放弃的来电", "calls abandoned"), "2"),
    _Field("aht_seconds", Words("平均处理时长（通话、保持、话后），秒", "mean of talk, hold and wrap-up, in seconds"),
           "185"),
    _Field("seats_signed_in", Words("签入的台席", "seats signed in"), "9"),
)  # fmt: skip
PEOPLE_EXAMPLES = {
    "badge": "8001", "role": "", "skills": "billing; broadband", "contract_hours_per_week": "40", "protected": "0",
    "night_eligible": "1", "leave": "2026-12-03..2026-12-05", "fixed_shifts": "2026-12-24=off",
    "wishes": "2026-12-31=off", "carry_in": "2026-11-30=N", "limits": "weekends_a_month=2",
}  # fmt: skip


def write_template(kind: Kind, path: str | Path, *, language: Language = "en") -> Path:
    """Write a file to begin with, its headings and explanations in one language, and return its path.

    `history` and `people` are workbooks (xlsx) with drop-downs and a comment on each heading; `shifts` and `calendar`
    are TOML files.
    """
    path = Path(path)
    if kind == "calendar":
        write_whole_text(path, CALENDAR.said(language))
    elif kind == "shifts":
        write_whole_text(path, SHIFTS.said(language) + config_file("shifts.toml").read_text(encoding="utf-8"))
    else:
        _write_workbook(path, HISTORY if kind == "history" else _people(language), FILES[kind], language)
    return path


def _people(language: Language) -> tuple[_Field, ...]:
    roles = [words.said(language) for words in ROLES.values()]
    choices: Mapping[str, Sequence[str]] = {"role": roles, "protected": ("0", "1"), "night_eligible": ("1", "0")}
    return tuple(
        _Field(
            column.name, column.means, PEOPLE_EXAMPLES.get(column.name, "") or roles[0], choices.get(column.name, ()),
            column.required,
        )
        for column in PEOPLE_COLUMNS
    )  # fmt: skip


def _write_workbook(path: Path, fields: Sequence[_Field], title: Words, language: Language) -> None:
    with whole_workbook(path) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 (the same bytes each time)
        sheet = book.add_worksheet(title.said(language).replace("'", ""))
        base = {"font_name": "Arial", "bold": True, "font_color": "#FFFFFF", "valign": "vcenter", "text_wrap": True}
        heads = {
            True: book.add_format(base | {"bg_color": BLUE}),
            False: book.add_format(base | {"bg_color": "#7A8699"}),
        }
        text = book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 32)
        for at, field in enumerate(fields):
            heading = called(field.name).said(language)
            told = OBLIGATORY.said(language) if field.required else ""
            sheet.set_column(at, at, max(14, len(heading) + 4), text)
            sheet.write_string(0, at, heading, heads[field.required])
            comment = f"{told}{field.means.said(language)}\n{EXAMPLE.said(language)}{field.example}"
            sheet.write_comment(0, at, comment, {"width": 260, "height": 90, "author": ""})
            if field.choices:
                sheet.data_validation(1, at, ROWS, at, {"validate": "list", "source": list(field.choices)})
