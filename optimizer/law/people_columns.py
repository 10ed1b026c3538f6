"""The columns of a people file: what each is called, how its text is read and written, its unit, and what it means.

The one table of them: a file is read by it, `Person` is built by it, the pages ask by it and the data dictionary is it.
A column more is one entry here, a field of `Person` of the same name, and its other spellings in
`data/config/headings.toml`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.messages import Words
from forecaster.names import CHINESE_WEEKDAYS, FIGURE_WORDS, ROLE_WORDS, called
from optimizer.law.clocks import span_minutes
from optimizer.law.dates import days_in, one_day, runs_of
from optimizer.law.limits import Limits
from optimizer.law.patterns import Pattern
from optimizer.law.shifts import DAY_OFF, clock_text, end_text
from optimizer.law.skills import MOST_LEVEL, Skills
from optimizer.sentences import refusal

CONTRACT_HOURS_PER_WEEK = 40.0  # full time, by the law's week
MOST_HOURS_PER_WEEK = 168.0  # there are no more in a week
TRUE = {
    "1",
    "1.0",
    "true",
    "yes",
    "y",
    "t",
    "√",
    "x",
    "✓",
    "✔",
    "是",
    "有",
    "可",
    "孕",
    "孕期",
    "怀孕",
    "哺乳",
    "哺乳期",
}
FALSE = {"0", "0.0", "false", "no", "n", "f", "-", "×", "✗", "否", "无", "不", "不可", ""}
ROLE_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "inbound": (
        "agent", "inbound agent", "call center agent", "call centre agent", "contact center agent", "call agent",
        "customer service representative", "customer service agent", "customer service advisor", "customer advisor",
        "customer service rep", "csr", "advisor", "adviser", "representative", "operator", "call taker", "话务员",
        "話務員", "坐席", "座席", "客服代表", "客服", "客服专员", "客服人员", "接线员", "一线话务员", "普通话务员",
        "热线话务员", "呼入", "呼入话务员", "呼入坐席", "呼入座席", "热线坐席", "人工坐席", "人工座席", "话务坐席",
        "kundenberater", "agente", "asesor", "operador", "teleoperador", "atendente", "conseiller",
        "téléconseiller", "operatore",
    ),
    "expert": (
        "mobile expert", "subject matter expert", "sme", "流动专家", "流動專家", "专家", "專家", "专家坐席", "专家座席",
    ),
    "outbound": (
        "outbound agent", "telesales", "telesales agent", "外呼", "外呼台席", "外呼员", "外呼坐席", "外呼座席",
        "外呼话务员", "外呼专员",
    ),
    "qa": (
        "quality", "quality assurance", "quality analyst", "quality specialist", "qa analyst", "质检", "質檢",
        "品质控制", "品質控制", "质检员", "质检专员", "质检岗", "质检人员",
    ),
    "back_office": (
        "backoffice", "back office", "back office agent", "后台", "後台", "后台处理", "后台支撑",
        "后台人员", "后台坐席", "工单处理",
    ),
    "supervisor": (
        "shift supervisor", "floor supervisor", "team leader", "team lead", "team manager", "shift leader",
        "duty manager", "值班长", "值班長", "值班经理", "值班主管", "班长", "班组长", "组长", "现场主管", "teamleiter",
        "superviseur", "chef d'équipe",
        "supervisora", "caposquadra",
    ),
    "business_supervisor": ("on-site business supervisor", "现场业务督导", "現場業務督導", "业务督导", "督导"),
    "vip": ("vip agent", "vip话务员", "vip座席", "vip坐席"),
}  # fmt: skip
SEPARATORS = re.compile(r"[;；、\n]+")
NOTHING_SIGNS = {"-", "无", "無"}


@dataclass(frozen=True)
class PeopleColumn:
    """One column of a people file.

    means
        What it says; what it is called stands in `forecaster.names.FIGURE_WORDS`.
    unit
        Unit and range, as the data dictionary has them.
    read
        Turns a cell's text into the value; `year` is that of dates that tell none, where it is known. An empty cell is
        `default`, and is not read.
    write
        Turns the value into the text that the product's own files have.
    choices
        Spellings, plain, to the values that there are; None where any value may stand.
    required, lists
        Whether everybody must have it; whether it holds several items, parted by `;`.
    of_person
        Turns the value into `Person`'s field of the same name; None where it is none.
    """

    name: str
    means: Words
    unit: Words
    read: Callable[[str, int | None], Any]
    write: Callable[[Any], str] = str
    default: Any = None
    choices: Mapping[str, str] | None = None
    required: bool = False
    lists: bool = False
    of_person: Callable[[Any], Any] | None = lambda value: value

    @property
    def heading(self) -> Words:
        """What a file written for people calls it."""
        return FIGURE_WORDS[self.name]

    def value(self, text: str, *, year: int | None = None) -> Any:
        """Return what a cell's text says.

        Raises
        ------
        Refusal
            With what is wrong and the way out, but no place.
        """
        return self.default if not text.strip() and not self.required else self.read(text.strip(), year)


def plain_word(text: str) -> str:
    """Return a word without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", text.casefold())


def items_of(text: str) -> list[str]:
    """Return the items of a list written with `;`, `；`, `、` or line ends."""
    return [item.strip() for item in SEPARATORS.split(text) if item.strip() and item.strip() not in NOTHING_SIGNS]


def _role(text: str, year: int | None) -> str:
    del year
    if (role := ROLE_OF.get(plain_word(text))) is None:
        known = [called(one) for one in ROLE_WORDS]
        raise refusal("cell.role", known=known) if text else refusal("cell.no_role", known=known)
    return role


def _hours_told(text: str, wrong: str) -> float:
    try:
        return float(re.sub(r"(?<=\d)\s*(h|hours?|小时)$", "", text).replace(",", "."))
    except ValueError:
        raise refusal(wrong, text=text) from None


def _account(text: str, year: int | None) -> float:
    del year
    hours = _hours_told(text, "cell.account")
    if not math.isfinite(hours):
        raise refusal("cell.account", text=text)
    return hours


def _hours(text: str, year: int | None) -> float:
    del year
    hours = _hours_told(text, "cell.hours")
    if not 0 < hours <= MOST_HOURS_PER_WEEK:
        raise refusal("cell.negative_hours" if hours < 0 else "cell.hours_a_week", text=text)
    return hours


def flag_of(text: str, year: int | None) -> bool:
    """Return what a cell that is yes or no says."""
    del year
    if (word := text.casefold()) in TRUE | FALSE:
        return word in TRUE
    raise refusal("cell.flag", text=text)


def _leave(text: str, year: int | None) -> frozenset[date]:
    return frozenset(day for item in items_of(text.replace(",", ";")) for day in days_in(item, year=year))


def _dated_shifts(text: str, year: int | None) -> Mapping[date, str]:
    codes: dict[date, str] = {}
    for item in items_of(text.replace(",", ";")):
        days, equals, code = item.partition("=" if "=" in item else ":")
        if not equals or not code.strip():
            raise refusal("cell.day_and_shift", text=item)
        code = DAY_OFF if code.strip().casefold() == DAY_OFF else _CODES.get(code.strip(), code.strip())
        for day in days_in(days, year=year):
            if codes.setdefault(day, code) != code:
                raise refusal("cell.two_shifts", day=day, one=codes[day], other=code)
    return MappingProxyType(codes)


def _pattern(text: str, year: int | None) -> Pattern:
    return Pattern.from_text(text, year=year)


def _weekdays(text: str, year: int | None) -> frozenset[int]:
    """Return days of the week, Monday 0, written `Sat, Sun`, `周六、周日` or `六日`."""
    del year
    rest, found = text.casefold(), set()
    for word in re.findall(r"[a-z]+|[一二三四五六日天]", re.sub(r"周末|weekends?", " sat sun ", rest)):
        if word not in _WEEKDAY_OF:
            raise refusal("cell.weekdays", text=text)
        found.add(_WEEKDAY_OF[word])
    if not found or re.search(r"\d", rest):
        raise refusal("cell.weekdays", text=text)
    return frozenset(found)


def _leave_hours(text: str, year: int | None) -> Mapping[date, tuple[tuple[int, int], ...]]:
    parts: dict[date, set[tuple[int, int]]] = {}
    for item in items_of(text.replace(",", ";")):
        if not (found := _PART_OF_DAY.fullmatch(item)):
            raise refusal("cell.leave_hours", text=item)
        day, part = one_day(found["day"], year=year), found["part"].casefold()
        if (span := _HALVES.get(part) or span_minutes(part)) is None:
            raise refusal("cell.leave_hours", text=item)
        parts.setdefault(day, set()).add(span)
    return MappingProxyType({day: tuple(sorted(spans)) for day, spans in parts.items()})


def _leave_hours_text(parts: Mapping[date, tuple[tuple[int, int], ...]]) -> str:
    def span(first: int, last: int) -> str:
        half = {(0, NOON): "am", (NOON, MINUTES_PER_DAY): "pm"}.get((first, last))
        return half or f"{clock_text(first)}-{end_text(last)}"

    return ";".join(f"{day}={span(*one)}" for day, spans in sorted(parts.items()) for one in spans)


def _date_text(day: date | None) -> str:
    return "" if day is None else str(day)


def _skills(text: str, year: int | None) -> tuple[str, ...]:
    del year
    skills = Skills(dict.fromkeys(items_of(text)))
    for skill, level in skills.levels.items():
        if not 1 <= level <= MOST_LEVEL:
            raise refusal("cell.skill_level", skill=skill, level=level, most=MOST_LEVEL)
    return skills.items_told()


def _limits(text: str, year: int | None) -> Limits:
    del year
    return Limits.from_text(text)


def leave_text(days: Iterable[date]) -> str:
    """Return days of leave as a staff list has them."""
    return ";".join(f"{run[0]}..{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs_of(days))


def dated_text(codes: Mapping[date, str]) -> str:
    """Return shifts by day as a staff list has them."""
    return ";".join(f"{day}={code}" for day, code in sorted(codes.items()))


ROLE_OF = {plain_word(word): role for role, words in ROLE_SPELLINGS.items() for word in (role, *words)}
NOON = MINUTES_PER_DAY // 2
_PART_OF_DAY = re.compile(r"(?P<day>[^=\s]+)\s*[=\s]\s*(?P<part>.+)")
_HALVES = {
    **dict.fromkeys(("am", "morning", "上午"), (0, NOON)),
    **dict.fromkeys(("pm", "afternoon", "下午"), (NOON, MINUTES_PER_DAY)),
}
_CODES = {"休": DAY_OFF, "休息": DAY_OFF, "培训": "training", "会议": "meeting", "支援": "lent", "借调": "lent"}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEKDAY_OF = {
    **{word: number for number, word in enumerate(CHINESE_WEEKDAYS)},
    "天": 6,
    **{day.casefold()[:length] + rest: number for number, day in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
       for length, rest in ((3, ""), (9, ""), (9, "s"))},
}  # fmt: skip
_DATED: dict[str, Any] = {
    "read": _dated_shifts, "write": dated_text, "default": MappingProxyType({}), "lists": True,
}  # fmt: skip
_NO_BY_DEFAULT = Words("1 或 0；空白为 0", "1 or 0; blank = 0")


def _same(text: str) -> Words:
    return Words(text, text)


PEOPLE_COLUMNS: tuple[PeopleColumn, ...] = (
    PeopleColumn(
        "badge", Words("人员编号；不保存姓名", "a person's number; names are never stored"),
        Words("不重复", "unique"), lambda text, year: text, required=True,
    ),
    PeopleColumn(
        "role", Words("所属岗位", "what the person works as"),
        Words("；".join(f"`{role}` {words.zh}" for role, words in ROLE_WORDS.items()),
              "; ".join(f"`{role}` {words.zh}" for role, words in ROLE_WORDS.items())),
        _role, default="inbound", choices=ROLE_OF, required=True,
    ),
    PeopleColumn(
        "skills", Words("会接的业务", "what the person can be asked"),
        Words("多项用 `;`，各可带 `:级别`，1 至 9；不写为 1", "list, `;`, each with `:level` from 1 to 9; none = 1"),
        _skills, ";".join,
        default=(), lists=True, of_person=Skills,
    ),
    PeopleColumn(
        "contract_hours_per_week",
        Words("每周计薪工时，班表不会超过", "paid hours a week, which the roster never passes"),
        Words("小时，大于 0、至多 168；空白为 40", "hours, above 0 to 168; blank = 40"),
        _hours, lambda hours: f"{hours:g}", default=CONTRACT_HOURS_PER_WEEK,
    ),
    PeopleColumn(
        "protected", Words("怀孕七个月以上，或哺乳未满一岁的婴儿：不上夜班，不加班",
              "≥ 7 months pregnant or nursing a child under 1: no nights, no overtime"),
        _NO_BY_DEFAULT, flag_of, lambda flag: str(int(flag)), default=False,
    ),
    PeopleColumn(
        "night_eligible", Words("因其他原因不上夜班的人写 0", "0 keeps the person out of nights for any other reason"),
        Words("1 或 0；空白为 1", "1 or 0; blank = 1"), flag_of, lambda flag: str(int(flag)), default=True,
    ),
    PeopleColumn(
        "leave", Words("不上班的日子", "days not worked"),
        Words("日期或范围 `a..b`，多项用 `;`，每项至少有一天在本月",
              "dates or ranges `a..b`, `;`, some of each in the month"),
        _leave, leave_text, default=frozenset(), lists=True,
    ),
    PeopleColumn(
        "fixed_shifts", Words("必须照办的班次或休息", "shifts or days off that bind"),
        Words("`日期=班次`、`a..b=班次`、`日期=off`；不在线的 `日期=training`、`meeting`、`lent`；多项用 `;`，在本月内",
              "`date=shift`, `a..b=shift`, `date=off`, off the phone `date=training`, `meeting`, `lent`; `;`, "
              "in the month"),
        **_DATED,
    ),
    PeopleColumn(
        "wishes", Words("尽量满足的班次或休息", "shifts or days off that are weighed"),
        Words("`日期=班次`、`a..b=班次` 或 `日期=off`，多项用 `;`", "`date=shift`, `a..b=shift` or `date=off`, `;`"),
        **_DATED,
    ),
    PeopleColumn(
        "carry_in", Words("上月最后几天的班次：间隔、夜班、跨月的一周接着算；给了上月班表就不需要",
              "last month's last shifts: rest, nights and the straddling week count on; not needed where last month's"
              " roster is given"),
        Words("`日期=班次`，多项用 `;`，都在本月之前", "`date=shift`, `;`, before the month"), of_person=None, **_DATED,
    ),
    PeopleColumn(
        "limits", Words("个人的限制，先于全场的", "limits of one's own, before the site's"),
        _same("`weekends_a_month=2; shifts_a_month.N=4`"),
        _limits, lambda limits: limits.text(), default=Limits(), lists=True,
    ),
    PeopleColumn(
        "team", Words("所属班组；班组的轮班模式写在班表规则里",
              "whom the person works with; a team's pattern stands in the rules file"),
        Words("名称", "name"), lambda text, year: text, default="",
    ),
    PeopleColumn(
        "leads", Words("所带的班组；班组上班时应有带班的人在岗",
              "the teams that the person leads: somebody who leads a team is to be on duty when it is at work"),
        Words("名称，多个用 `;`", "names, `;`"),
        lambda text, year: frozenset(items_of(text)), lambda teams: ";".join(sorted(teams)),
        default=frozenset(), lists=True,
    ),
    PeopleColumn(
        "pattern", Words("循环的轮班模式，先于班组的；写“尽量”则只是意愿",
              "a cycle of days that goes round, before the team's; `preferred` weighs it"),
        _same("`4-on-2-off`, `D*5 off*2 from 2026-11-30`, `早早中中夜夜休休 尽量`"),
        _pattern, lambda pattern: pattern.text() if pattern else "",
    ),
    PeopleColumn(
        "weekly_days_off", Words("每周固定休息的日子", "days of the week that are always free"),
        _same("`Sat, Sun`, `周六、周日`"), _weekdays,
        lambda days: ", ".join(_WEEKDAYS[day] for day in sorted(days)), default=frozenset(),
    ),
    PeopleColumn(
        "leave_hours", Words("半天假、小时假", "leave by the half day or the hour"),
        Words("`日期=am`、`日期=pm`、`日期=13:00-17:00`，多项用 `;`", "`date=am`, `date=pm`, `date=13:00-17:00`, `;`"),
        _leave_hours, _leave_hours_text, default=MappingProxyType({}), lists=True,
    ),
    PeopleColumn(
        "joined", Words("入职日，月中入职的按天折算", "first day of employment; hours and shares count by the day"),
        Words("日期", "date"), lambda text, year: one_day(text, year=year), _date_text,
    ),
    PeopleColumn(
        "left", Words("离职前最后一天", "last day of employment"),
        Words("日期", "date"), lambda text, year: one_day(text, year=year), _date_text,
    ),
    PeopleColumn(
        "split_consent", Words("本人同意上两头班", "whether the person agrees to split shifts"),
        _NO_BY_DEFAULT, flag_of, lambda flag: str(int(flag)), default=False,
    ),
    PeopleColumn(
        "hours_account",
        Words("平均工时的周期内，本月之前比平均多做（负数为少做）的工时",
              "hours beyond the average, or below it, before the month in the span that hours are averaged over"),
        Words("小时，可为负；空白则照上月的计划", "hours, also negative; blank = as last month's plan has it"),
        _account, lambda hours: "" if hours is None else f"{hours:g}", default=None,
    ),
)  # fmt: skip
