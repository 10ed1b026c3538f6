"""Empty files to begin with: workbooks with drop-downs and comments; shifts and a site's days as TOML too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from api.intake.settings_rows import DAY_KINDS as KINDS_OF_DAYS
from api.intake.vocabulary import words_of_file
from api.names import FILE_WORDS
from api.reports.colours import BLUE
from api.reports.workbook_charts import WORKBOOK_FONT
from api.site import config_file
from api.whole_files import whole_workbook, write_whole_text
from forecaster.messages import Language, Words
from forecaster.names import ROLE_WORDS, called
from optimizer.law.people_columns import PEOPLE_COLUMNS

TemplateKind = Literal["history", "people", "shifts", "calendar"]
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
    choices: Sequence[str | Words] = ()
    required: bool = False
    heading: str = ""


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
TABLES: Mapping[str, Sequence[_Field]] = {
    "shifts": (
        _Field("code", Words("班次代码", "the shift's code"), "D", required=True),
        _Field("starts", Words("开始时间；有几个就用分号隔开", "when it starts; several, parted by semicolons"),
               "08:00; 09:00", required=True),
        _Field("ends", Words("结束时间；只有一个开始时间时可代替时长",
                             "when it ends; in place of a length where there is one start"), "16:00"),
        _Field("lengths_minutes", Words("时长，分钟，含用餐", "its length in minutes, the meal included"), "480"),
        _Field("meal_minutes", Words("用餐，分钟", "the meal, in minutes"), "60"),
        _Field("meal_window_minutes", Words("用餐最早与最晚开始于上班后多少分钟",
                                            "first and last begin of the meal, in minutes after the start"), "180-300"),
        _Field("breaks", Words("工间休息：时长，最早与最晚开始于上班后多少分钟；几次用分号隔开；不计工时的加 unpaid",
                               "short breaks: length, first and last begin in minutes after the start, parted by "
                               "semicolons; unpaid ones say so"), "15: 60-150; 15: 330-405"),
        _Field("roles", Words("哪些岗位可以上；空：所有岗位", "who may work it; blank: everybody"), "inbound"),
        _Field("months", Words("哪些月份有；空：全年", "in which months; blank: all"), "6; 7; 8"),
        _Field("handover_minutes", Words("交接，分钟；所有班次相同，写在第一行",
                                         "handover in minutes, the same for all: in the first row"), "10"),
    ),
    "calendar": (
        _Field("kind", Words("这是什么", "what it is"), "campaign", tuple(KINDS_OF_DAYS.values()), required=True),
        _Field("name", Words("名称；学到的影响以它为名", "its name, under which its effect is learned"), "11.11"),
        _Field("first", Words("第一天；故障写开始时刻", "the first day; of a fault the instant it began"),
               "2026-11-11"),
        _Field("last", Words("最后一天；故障写结束时刻", "the last day; of a fault the instant it ended"),
               "2026-11-15"),
        _Field("opens", Words("营业时间：几点开始", "opening hours: from"), "08:00"),
        _Field("closes", Words("营业时间：几点结束", "opening hours: until"), "20:00"),
        _Field("weekdays", Words("营业时间、每周休息日：星期几；用分号隔开",
                                 "of opening hours and rest days: which, parted by semicolons"), "Mon; Tue"),
        _Field("days", Words("活动：持续几天；出账日：每月几日",
                             "of a campaign how many days; of billing which days of the month"),
               "5"),
        _Field("half_life_days", Words("活动：几天后减半", "of a campaign: after how many days it has halved"), "1.5"),
        _Field("factor", Words("影响：为平日的几倍", "of an effect: times an ordinary day"), "1.2"),
    ),
}  # fmt: skip
PEOPLE_EXAMPLES = {
    "badge": "8001", "role": "", "skills": "billing; broadband", "contract_hours_per_week": "40", "protected": "0",
    "night_eligible": "1", "leave": "2026-12-03..2026-12-05", "fixed_shifts": "2026-12-24=off",
    "wishes": "2026-12-31=off", "carry_in": "2026-11-30=N", "limits": "weekends_a_month=2",
}  # fmt: skip


def write_template(kind: TemplateKind, path: str | Path, *, language: Language = "en") -> Path:
    """Write a file to begin with, its headings and explanations in one language, and return its path.

    A workbook with drop-downs and a comment on each heading; `shifts` and `calendar` are TOML where the path does not
    end in .xlsx.
    """
    path = Path(path)
    if kind in TABLES and path.suffix == ".xlsx":
        _write_workbook(path, _settings(TABLES[kind], kind, language), FILE_WORDS[kind], language)
    elif kind == "calendar":
        write_whole_text(path, CALENDAR.said(language))
    elif kind == "shifts":
        write_whole_text(path, SHIFTS.said(language) + config_file("shifts.toml").read_text(encoding="utf-8"))
    else:
        _write_workbook(path, HISTORY if kind == "history" else _people(language), FILE_WORDS[kind], language)
    return path


def _settings(fields: Sequence[_Field], kind: str, language: Language) -> tuple[_Field, ...]:
    """Return the fields of a table of settings, headed as they are read."""
    words = words_of_file()[kind]
    return tuple(replace(field, heading=words[field.name][language][0]) for field in fields)


def _people(language: Language) -> tuple[_Field, ...]:
    roles = [words.said(language) for words in ROLE_WORDS.values()]
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
        sheet = book.add_worksheet(title.said(language).replace("'", ""))
        base = {
            "font_name": WORKBOOK_FONT,
            "bold": True,
            "font_color": "#FFFFFF",
            "valign": "vcenter",
            "text_wrap": True,
        }
        heads = {
            True: book.add_format(base | {"bg_color": BLUE}),
            False: book.add_format(base | {"bg_color": "#7A8699"}),
        }
        text = book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 32)
        for at, field in enumerate(fields):
            heading = field.heading or called(field.name).said(language)
            told = OBLIGATORY.said(language) if field.required else ""
            sheet.set_column(at, at, max(14, len(heading) + 4), text)
            sheet.write_string(0, at, heading, heads[field.required])
            comment = f"{told}{field.means.said(language)}\n{EXAMPLE.said(language)}{field.example}"
            sheet.write_comment(0, at, comment, {"width": 260, "height": 90, "author": ""})
            if field.choices:
                source = [one.said(language) if isinstance(one, Words) else one for one in field.choices]
                sheet.data_validation(1, at, ROWS, at, {"validate": "list", "source": source})
