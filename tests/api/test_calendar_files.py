"""A year's days by file, by the official notice and by the law, against two libraries that know them too."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest

from api.calendars.china import calendar_toml, provisional_year, read_notice
from api.calendars.files import SHIPPED, load_calendar
from api.intake import InputError

ANNOUNCED = range(2010, 2027)


def days(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=i) for i in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("year", ANNOUNCED)
def test_every_day_is_worked_or_not_as_two_other_calendars_say(year: int) -> None:
    calendar = load_calendar(country="CN", years=[year])
    other = holidays.country_holidays("CN", years=year)
    for day in days(year):
        worked = calendar.day_type(day) == "workday"
        assert worked == chinese_calendar.is_workday(day), day
        assert worked == other.is_working_day(day), day


@pytest.mark.parametrize("year", ANNOUNCED)
def test_the_statutory_days_are_the_days_off_that_no_weekend_pays_for(year: int) -> None:
    """Weekdays off less weekend days worked leave the days that the law gives; so many are marked statutory."""
    calendar = load_calendar(country="CN", years=[year])
    off = sum(calendar.day_type(d) == "holiday" and d.weekday() < 5 for d in days(year))
    worked = sum(calendar.day_type(d) == "workday" and d.weekday() >= 5 for d in days(year))
    statutory = [d for d, special in calendar.days.items() if special.statutory and d.year == year]
    given = {2015: 12}.get(year, 13 if year >= 2025 else 11)
    assert len(statutory) == given
    across = {2011: -1, 2012: 1}.get(year, 0)  # the last day of 2011 was worked for a day off in 2012
    extended = {2020: 2}.get(year, 0)  # the prolonged holiday: a weekday more off, a Saturday not worked
    assert off - worked == len(statutory) + across + extended


def test_a_holiday_counts_its_days_and_pays_three_times_on_the_statutory_ones() -> None:
    calendar = load_calendar(country="CN", years=[2026])
    spring = {d: s for d, s in calendar.days.items() if d.year == 2026 and s.name == "Spring Festival"}
    assert [s.day_of_holiday for d, s in sorted(spring.items()) if s.kind == "holiday"] == list(range(1, 10))
    assert sorted(d.day for d, s in spring.items() if s.statutory) == [16, 17, 18, 19]
    assert calendar.holiday_name(date(2026, 5, 17)) == "Telecom Day"
    assert calendar.day_type(date(2026, 2, 14)) == "workday"


def test_a_year_without_notice_is_computed_and_marked() -> None:
    calendar = load_calendar(country="CN", years=[2026, 2027, 2029])
    assert calendar.provisional_years == {2027, 2029}
    statutory_2029 = {d for d, s in calendar.days.items() if d.year == 2029 and s.statutory}
    assert {date(2029, 2, 12), date(2029, 2, 13), date(2029, 10, 1), date(2029, 5, 2)} <= statutory_2029


def test_the_law_alone_would_have_told_2025_and_all_but_a_day_of_2026() -> None:
    told = load_calendar(country="CN", years=[2025, 2026])
    for year, wrong in ((2025, set()), (2026, {date(2026, 2, 14), date(2026, 2, 15)})):
        guess = provisional_year(year)
        off = {
            e["first"] + timedelta(days=i) for e in guess["holiday"] for i in range((e["last"] - e["first"]).days + 1)
        }
        worked = {d for e in guess["holiday"] for d in e["make_up_workdays"]}
        apart = {
            d
            for d in days(year)
            if (told.day_type(d) == "workday") != (d in worked or (d.weekday() < 5 and d not in off))
        }
        assert apart == wrong


NOTICE = """国务院办公厅关于2026年
部分节假日安排的通知
各省、自治区、直辖市人民政府,国务院各部委、各直属机构:
经国务院批准,现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦:1月1日(周四)至3日(周六)放假调休,共3天。1月4日(周日)上班。
二、春节:2月15日(农历腊月二十八、周日)至23日(农历正月初七、周一)放假调休,共9天。2月14日(周六)、2月28日(周六)上班。
三、清明节:4月4日(周六)至6日(周一)放假,共3天。
四、劳动节:5月1日(周五)至5日(周二)放假调休,共5天。5月9日(周六)上班。
五、端午节:6月19日(周五)至21日(周日)放假,共3天。
六、中秋节:9月25日(周五)至27日(周日)放假,共3天。
七、国庆节:10月1日(周四)至7日(周三)放假调休,共7天。9月20日(周日)、10月10日(周六)上班。
节假日期间,各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。
"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_text_of_a_notice_gives_the_shipped_year(tmp_path: Path, root: Path, encoding: str) -> None:
    path = tmp_path / "notice.txt"
    path.write_text(NOTICE, encoding=encoding)
    assert calendar_toml(read_notice(path)) == (root / "data/calendar/2026.toml").read_text(encoding="utf-8")


OLDER = {
    2025: """国务院办公厅关于2025年部分节假日安排的通知
一、元旦:1月1日(周三)放假1天,不调休。
二、春节:1月28日(农历除夕、周二)至2月4日(农历正月初七、周二)放假调休,共8天。1月26日(周日)、2月8日(周六)上班。
三、清明节:4月4日(周五)至6日(周日)放假,共3天。
四、劳动节:5月1日(周四)至5日(周一)放假调休,共5天。4月27日(周日)上班。
五、端午节:5月31日(周六)至6月2日(周一)放假,共3天。
六、国庆节、中秋节:10月1日(周三)至8日(周三)放假调休,共8天。9月28日(周日)、10月11日(周六)上班。""",
    2024: """国务院办公厅关于2024年部分节假日安排的通知
一、元旦:1月1日放假,与周末连休。
二、春节:2月10日至17日放假调休,共8天。2月4日(星期日)、2月18日(星期日)上班。鼓励各单位结合带薪年休假等制度落实,安排职工在除夕(2月9日)休息。
三、清明节:4月4日至6日放假调休,共3天。4月7日(星期日)上班。
四、劳动节:5月1日至5日放假调休,共5天。4月28日(星期日)、5月11日(星期六)上班。
五、端午节:6月10日放假,与周末连休。
六、中秋节:9月15日至17日放假调休,共3天。9月14日(星期六)上班。
七、国庆节:10月1日至7日放假调休,共7天。9月29日(星期日)、10月12日(星期六)上班。""",
    2019: """国务院办公厅关于2019年部分节假日安排的通知
一、元旦:2018年12月30日至2019年1月1日放假调休,共3天。2018年12月29日(星期六)上班。
二、春节:2月4日至10日放假调休,共7天。2月2日(星期六)、2月3日(星期日)上班。
三、清明节:4月5日放假,与周末连休。
四、劳动节:5月1日至4日放假调休,共4天。4月28日(星期日)、5月5日(星期日)上班。
五、端午节:6月7日放假,与周末连休。
六、中秋节:9月13日放假,与周末连休。
七、国庆节:10月1日至7日放假调休,共7天。9月29日(星期日)、10月12日(星期六)上班。""",
    2010: """关于2010年部分节假日安排的通知
一、元旦:1月1日至3日放假公休,共3天。其中,1月1日(星期五)为法定节假日,1月2日(星期六)、1月3日(星期日)照常公休。
二、春节:2月13日至19日放假调休,共7天。2月20日(星期六)、21日(星期日)上班。
三、清明节:4月3日至5日放假公休,共3天。
四、劳动节:5月1日至3日放假公休,共3天。
五、端午节:6月14日至16日放假调休,共3天。6月12日(星期六)、13日(星期日)上班。
六、中秋节:9月22日至24日放假调休,共3天。9月19日(星期日)、25日(星期六)上班。
七、国庆节:10月1日至7日放假调休,共7天。9月26日(星期日)、10月9日(星期六)上班。""",
    2017: """国务院办公厅关于2017年部分节假日安排的通知
一、元旦:1月1日放假,1月2日(星期一)补休。
二、春节:1月27日至2月2日放假调休,共7天。1月22日(星期日)、2月4日(星期六)上班。
三、清明节:4月2日至4日放假调休,共3天。4月1日(星期六)上班。
四、劳动节:5月1日放假,与周末连休。
五、端午节:5月28日至30日放假调休,共3天。5月27日(星期六)上班。
六、中秋节、国庆节:10月1日至8日放假调休,共8天。9月30日(星期六)上班。""",
    2023: """国务院办公厅关于2023年部分节假日安排的通知
一、元旦:2022年12月31日至2023年1月2日放假调休,共3天。
二、春节:1月21日至27日放假调休,共7天。1月28日(星期六)、1月29日(星期日)上班。
三、清明节:4月5日放假,共1天。
四、劳动节:4月29日至5月3日放假调休,共5天。4月23日(星期日)、5月6日(星期六)上班。
五、端午节:6月22日至24日放假调休,共3天。6月25日(星期日)上班。
六、中秋节、国庆节:9月29日至10月6日放假调休,共8天。10月7日(星期六)、10月8日(星期日)上班。""",
}


def worked_and_paid(path: Path | None, year: int) -> list[tuple[date, bool, bool]]:
    """Of every day whether it is worked and whether it is statutory.

    Where a notice says "joined to the weekend", the calendar file names the weekend too: a rest day either way.
    """
    calendar = load_calendar(path, "CN", [year])
    return [
        (d, calendar.day_type(d) == "workday", d in calendar.days and calendar.days[d].statutory) for d in days(year)
    ]


@pytest.mark.parametrize("year", OLDER)
def test_notices_of_other_years_give_the_same_days_off_and_the_same_pay(tmp_path: Path, year: int) -> None:
    (tmp_path / "notice.txt").write_text(OLDER[year], encoding="utf-8")
    (tmp_path / "year.toml").write_text(calendar_toml(read_notice(tmp_path / "notice.txt")), encoding="utf-8")
    last = {2010: 365, 2024: 366}.get(year, 363)  # the days before the next New Year are in the next notice
    assert worked_and_paid(tmp_path / "year.toml", year)[:last] == worked_and_paid(None, year)[:last]


def written(year: int, tables: dict, form: int) -> str:
    """Return a year's calendar as the text of a notice: three ways to write a day."""

    def day(d: date, before: date | None = None) -> str:
        told_year = f"{d.year}年" if d.year != year or (form == 2 and before is None) else ""
        weekday = "一二三四五六日"[d.weekday()]
        behind = {0: "", 1: f"(星期{weekday})", 2: f"（周{weekday}）"}[form]
        month = "" if before is not None and before.month == d.month and form != 1 else f"{d.month}月"
        return f"{told_year}{month}{d.day}日{behind}"

    lines = [f"各部门:\n  关于{year}年元旦、春节等节假日的具体安排通知如下。"]
    for number, entry in enumerate(tables["holiday"]):
        if entry["name_zh"] not in CHINESE:
            continue
        first, last = entry["first"], entry["last"]
        length = (last - first).days + 1
        span = day(first) if length == 1 else f"{day(first)}{'至' if form else '-'}{day(last, first)}"
        text = f"{'一二三四五六七八九'[number]}、{entry['name_zh']}:{span}放假{'调休' if form else ''},共{length}天。"
        worked = entry.get("make_up_workdays", [])
        text += "、".join(day(d) for d in worked) + "上班。" if worked else ""
        lines.append(text)
    return "\n".join(lines)


CHINESE = {"元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"}


@pytest.mark.parametrize("form", [0, 1, 2])
@pytest.mark.parametrize("year", ANNOUNCED)
def test_every_year_written_as_a_notice_reads_back(tmp_path: Path, root: Path, year: int, form: int) -> None:
    tables = tomllib.loads((root / f"data/calendar/{year}.toml").read_text(encoding="utf-8"))
    (tmp_path / "notice.txt").write_text(written(year, tables, form), encoding="utf-8")
    wanted = [e for e in tables["holiday"] if e["name_zh"] in CHINESE]
    for got, entry in zip(read_notice(tmp_path / "notice.txt")["holiday"], wanted, strict=True):
        assert (got["first"], got["last"]) == (entry["first"], entry["last"])
        assert list(got["make_up_workdays"]) == entry.get("make_up_workdays", [])


@pytest.mark.parametrize("year", ANNOUNCED)
def test_telecom_day_is_named_in_every_year_and_worked_as_its_weekday_is(year: int) -> None:
    calendar = load_calendar(country="CN", years=[year])
    day = date(year, 5, 17)
    assert calendar.holiday_name(day) == "Telecom Day"
    assert calendar.day_type(day) == ("rest_day" if day.weekday() >= 5 else "workday")


def test_the_sites_billing_days_stand_beside_the_shipped_years(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("billing_days = [1, 5]\n", encoding="utf-8")
    assert load_calendar([SHIPPED, tmp_path / "own.toml"], "CN", [2026]).billing_days == (1, 5)


def test_a_notice_without_a_year_or_a_holiday_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notice.txt"
    path.write_text("放假通知", encoding="utf-8")
    with pytest.raises(InputError, match="which year"):
        read_notice(path)
    path.write_text("关于2027年部分节假日安排的通知", encoding="utf-8")
    with pytest.raises(InputError, match="names no holiday"):
        read_notice(path)


def test_the_site_adds_its_own_days(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(
        'billing_days = [1, 15]\n[[campaign]]\nname = "Back to campus"\nstart = 2026-09-01\ndays = 14\nsize = 0.2\n'
        '[[fault]]\nname = "Down"\nstart_at = 2026-06-18T14:00:00\nend_at = 2026-06-18T19:00:00\n',
        encoding="utf-8",
    )
    calendar = load_calendar([path], "CN", [2026])
    assert calendar.billing_days == (1, 15)
    assert calendar.campaigns[0].size == 0.2
    assert calendar.faults[0].end_at == datetime(2026, 6, 18, 19)  # noqa: DTZ001 (local)


def test_a_school_term_is_a_named_stretch_that_leaves_holidays_alone(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('[[observance]]\nname = "School term"\nfirst = 2026-09-01\nlast = 2026-10-15\n', encoding="utf-8")
    calendar = load_calendar([path.parent, SHIPPED], "CN", [2026])
    assert calendar.holiday_name(date(2026, 9, 10)) == "School term"
    assert calendar.day_type(date(2026, 9, 10)) == "workday"
    assert calendar.holiday_name(date(2026, 10, 2)) == "National Day"
    assert calendar.day_type(date(2026, 9, 20)) == "workday"


def test_another_country_comes_from_the_library() -> None:
    calendar = load_calendar(country="FR", years=[2012])
    assert calendar.day_type(date(2012, 7, 14)) == "holiday"
    assert calendar.day_type(date(2012, 7, 16)) == "workday"
    assert not calendar.provisional_years


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("holidays = 3\n", "unknown key 'holidays'"),
        ('[[holiday]]\nname = "A"\nfirst = 2026-01-03\nlast = 2026-01-01\n', "holiday 'A': its last day"),
        ("[[holiday]]\nfirst = 2026-01-03\n", "the key 'name' is missing"),
        ('[[campaign]]\nname = "A"\nstart = "soon"\ndays = 3\n', "start must be a date"),
        ("billing_days = [32]\n", "'32'"),
        ("billing_days = 5\n", r"like this: billing_days = \[5\]"),
        ("learn_from = 3\n", "like this: learn_from = 2025-03-01"),
        ("rest_weekdays = [5, 7]\n", "from 0 .Monday. to 6, got 7"),
        ('rest_weekdays = ["Saturday"]\n', "from 0 .Monday. to 6, got 'Saturday'"),
        ('year = "2026"\n', "like this: year = 2026"),
        ('[holiday]\nname = "A"\nfirst = 2026-01-03\n', r"holiday is written like this: \[\[holiday\]\]$"),
        ("holiday = [3]\n", r"like this: \[\[holiday\]\]"),
        ("[[closed]]\nfirst = 2026-01-03\nlast = 2026-01-01\n", "its last day"),
        ('[[effect]]\nname = "bridge day"\nfactor = -1\n', "or 0"),
        ("billing_days = [\n", "not valid TOML"),
    ],
)
def test_a_calendar_file_with_a_fault_is_refused(tmp_path: Path, text: str, wanted: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=wanted):
        load_calendar([path], None)


def test_a_notice_that_names_a_day_there_is_not_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notice.txt"
    path.write_text("关于2027年部分节假日安排的通知\n一、元旦：2月30日放假。\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"notice.txt: '2月30日放假' 元旦: names a day that there is not"):
        read_notice(path)


def test_closed_days_hours_by_date_and_the_first_day_to_learn_from_are_read(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(
        "learn_from = 2025-03-01\n[[closed]]\ndate = 2026-12-24\n[[closed]]\nfirst = 2026-12-26\nlast = 2026-12-27\n"
        '[[opening]]\ndate = 2026-12-31\nopens = "08:00"\ncloses = "14:00"\n'
        '[[effect]]\nname = "bridge day"\nfactor = 0\n',
        encoding="utf-8",
    )
    calendar = load_calendar(file, None)
    assert calendar.closed == {date(2026, 12, 24), date(2026, 12, 26), date(2026, 12, 27)}
    assert calendar.opening_on == {date(2026, 12, 31): (480, 840)}
    assert (calendar.learn_from, calendar.told_effects) == (date(2025, 3, 1), {"bridge day": 0.0})


def test_opening_hours_are_read_and_nonsense_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text('[[opening]]\nweekdays = [0, 1]\nopens = "08:30"\ncloses = "24:00"\n', encoding="utf-8")
    assert load_calendar(file, None).opening_minutes == {0: (510, 1440), 1: (510, 1440)}
    for bad in ('weekdays = [7]\nopens = "08:00"\ncloses = "20:00"', 'weekdays = [1]\nopens = "20:00"\ncloses = "8"'):
        file.write_text(f"[[opening]]\n{bad}\n", encoding="utf-8")
        with pytest.raises(InputError, match="opening"):
            load_calendar(file, None)
