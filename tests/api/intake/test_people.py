from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from api.inputs import read_supply
from api.intake import InputError, read_people
from api.intake.vocabulary import aliases
from api.notices import heard
from optimizer.law.limits import Limits
from optimizer.law.patterns import Pattern
from optimizer.law.people import Person, people_from_frame
from optimizer.law.people_columns import PEOPLE_COLUMNS


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


STAFF_LISTS = {
    "an office's, in English": (
        "Employee ID,Position,Contracted hours,Annual leave,Date of joining\n"
        "1001,Customer Service Advisor,37.5,24/12/2026-31/12/2026,2024-01-02\n1002,Team Leader,40,,2020-05-01\n"
    ),
    "in German": (
        "Personalnummer;Funktion;Wochenstunden;Urlaub;Eintritt\n"
        "1001;Kundenberater;37,5;24.12.2026-31.12.2026;02.01.2024\n1002;Teamleiter;40;;01.05.2020\n"
    ),
    "in French": (
        "Matricule;Poste;Heures hebdo;Congés;Date d'embauche\n"
        "1001;Conseiller;37,5;24/12/2026–31/12/2026;2024-01-02\n1002;Superviseur;40;;2020-05-01\n"
    ),
    "of a Chinese centre, in other words": (
        "员工号,岗位类别,周工时,休假日期,入职日期\n"
        "1001,一线话务员,37.5,2026年12月24日至31日,2024/1/2\n1002,值班经理,40,,2020/5/1\n"
    ),
}


@pytest.mark.parametrize("text", STAFF_LISTS.values(), ids=STAFF_LISTS)
def test_a_staff_list_reads_the_same_whatever_its_words(tmp_path: Path, text: str) -> None:
    people = read_people(write(tmp_path, text))
    columns = ["badge", "role", "contract_hours_per_week", "leave", "joined"]
    assert [[row[name] for name in columns] for row in people.to_dict("records")] == [
        ["1001", "inbound", 37.5, "2026-12-24..2026-12-31", "2024-01-02"],
        ["1002", "supervisor", 40.0, "", "2020-05-01"],
    ]


def test_a_date_that_could_begin_with_its_day_or_its_month_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="03/12/2026"):
        read_people(write(tmp_path, "badge,role,leave\n1001,agent,03/12/2026\n"))
    assert read_people(write(tmp_path, "badge,role,leave\n1001,agent,11/11/2026\n"))["leave"][2] == "2026-11-11"


def test_chinese_headings_and_roles_read_as_the_products_words(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "工号,岗位,技能,周工时,受保护,请假,固定班次,班次意愿\n"
        "1001,话务员,账单;故障,40,否,2026/12/3~2026/12/7,2026-12-24=N,2026-12-31=休\n"
        "1002,值班长,,,是,,,\n",
    )
    people = read_people(path)
    assert people.to_dict("records") == [
        {
            "badge": "1001",
            "role": "inbound",
            "skills": "账单;故障",
            "contract_hours_per_week": 40.0,
            "protected": False,
            "night_eligible": True,
            "leave": "2026-12-03..2026-12-07",
            "fixed_shifts": "2026-12-24=N",
            "wishes": "2026-12-31=off",
            "carry_in": "",
            "limits": "",
            "team": "",
            "leads": "",
            "pattern": "",
            "weekly_days_off": "",
            "leave_hours": "",
            "joined": "",
            "left": "",
            "split_consent": False,
            "hours_account": "",
        },
        {
            "badge": "1002",
            "role": "supervisor",
            "skills": "",
            "contract_hours_per_week": 40.0,
            "protected": True,
            "night_eligible": True,
            "leave": "",
            "fixed_shifts": "",
            "wishes": "",
            "carry_in": "",
            "limits": "",
            "team": "",
            "leads": "",
            "pattern": "",
            "weekly_days_off": "",
            "leave_hours": "",
            "joined": "",
            "left": "",
            "split_consent": False,
            "hours_account": "",
        },
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("badge,role\n1,inbound\n2,\n", ["row 3, column role", "no role"]),
        ("badge,role\n1,inbound\n2,wizard\n", ["row 3, column role: 'wizard'", "is no role"]),
        ("badge,role\n1,inbound\n1,qa\n", ["row 3, column badge: '1'", "row 2"]),
        ("badge,role\n,inbound\n2,qa\n", ["row 2, column badge", "no badge"]),
        ("badge,skills\n1,a\n", ["column role", "badge, skills"]),
        ("badge,role,leave\n1,qa,2026-02-30\n", ["row 2, column leave: '2026-02-30'", "no date"]),
        ("badge,role,leave\n1,qa,2026-12-07..2026-12-03\n", ["row 2, column leave", "no range"]),
        ("badge,role,contract_hours_per_week\n1,qa,-8\n", ["row 2", "negative"]),
        ("badge,role,contract_hours_per_week\n1,qa,many\n", ["row 2", "'many'"]),
        ("badge,role,protected\n1,qa,perhaps\n", ["row 2", "'perhaps'"]),
        ("badge,role,wishes\n1,qa,nights\n", ["row 2", "2026-12-24=N"]),
    ],
)
def test_a_fault_is_one_line_that_names_its_place(tmp_path: Path, text: str, wanted: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read_people(write(tmp_path, text))
    for words in wanted:
        assert words in str(caught.value)


def test_an_excel_file_reads_as_its_csv(tmp_path: Path) -> None:
    table = pd.DataFrame({"badge": [1, 2], "role": ["inbound", "qa"], "contract_hours_per_week": [40, 32.5]})
    table.to_excel(tmp_path / "people.xlsx", index=False)
    table.to_csv(tmp_path / "people.csv", index=False)
    pd.testing.assert_frame_equal(read_people(tmp_path / "people.xlsx"), read_people(tmp_path / "people.csv"))


def test_a_persons_own_limits_are_read_and_a_wrong_one_is_named(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("badge,role,limits\n1,inbound,weekends_a_month=2; shifts_a_month.N=4\n2,inbound,\n")
    assert read_people(path)["limits"].tolist() == ["weekends_a_month=2; shifts_a_month.N=4", ""]
    path.write_text("badge,role,limits\n1,inbound,weekends=2\n")
    with pytest.raises(InputError, match="unknown limit 'weekends'"):
        read_people(path)


@pytest.mark.parametrize(
    ("told", "means"),
    [
        ("2026年11月3日至11月5日", "2026-11-03..2026-11-05"),
        ("2026/11/3~11/5", "2026-11-03..2026-11-05"),
        ("2026-12-30~01-02", "2026-12-30..2027-01-02"),
        ("2026年11月3日至5日", "2026-11-03..2026-11-05"),
        ("11月3日-11月5日", "2026-11-03..2026-11-05"),  # the file's name has the year
        ("11/3；11月9日", "2026-11-03;2026-11-09"),
    ],
)
def test_leave_may_leave_out_what_is_said_before(tmp_path: Path, told: str, means: str) -> None:
    path = tmp_path / "人员2026年11月.csv"
    path.write_text(f"工号,岗位,请假\n1001.0,话务员,{told}\n", encoding="utf-8")
    person = read_people(path).iloc[0]
    assert (person["badge"], person["leave"]) == ("1001", means)


def test_a_date_without_a_year_that_nothing_tells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("工号,岗位,请假\n1001,话务员,11月3日\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 2, column 请假: '11月3日'"):
        read_people(path)


def test_who_may_not_work_nights_arrives_at_the_person_and_none_are_given(tmp_path: Path) -> None:
    path = write(tmp_path, "工号,岗位,可上夜班\n1001,话务员,否\n1002,话务员,\n1003,话务员,yes\n")
    people = people_from_frame(read_people(path))
    assert [person.works_nights for person in people] == [False, True, True]


def test_a_column_that_nobody_understands_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "badge,role,available,preferred_start,hours_owed,\n1,qa,,,12,\n")
    with heard() as said:
        read_people(path)
    assert len(said) == 1
    for name in ("available", "preferred_start", "hours_owed"):
        assert name in said[0].en
        assert name in said[0].zh
    assert "#" not in said[0].en  # a column without heading and cells is none


@pytest.mark.parametrize("column", ["fixed_shifts", "wishes"])
def test_a_range_of_days_gets_its_shift_on_each(tmp_path: Path, column: str) -> None:
    path = write(tmp_path, f"badge,role,{column}\n1,qa,2026-12-30~01-02=N;2027-01-05:休\n")
    person = people_from_frame(read_people(path))[0]
    days = {date(2026, 12, 30) + timedelta(days=n): "N" for n in range(4)}
    assert dict(getattr(person, column)) == {**days, date(2027, 1, 5): "off"}


def test_leave_across_the_border_of_the_month_counts_inside_it(tmp_path: Path) -> None:
    path = write(tmp_path, "badge,role,leave\n1,qa,2026-11-28..2026-12-02;2026-12-30..2027-01-03\n")
    person = people_from_frame(read_people(path), month=pd.Period("2026-12", "M"))[0]
    assert person.leave == {date(2026, 12, day) for day in (1, 2, 30, 31)}
    path = write(tmp_path, "badge,role,leave\n1,qa,2026-11-28..2026-11-30\n")
    people_from_frame(read_people(path), month=pd.Period("2026-11", "M"))
    with pytest.raises(ValueError, match="outside 2026-12"):
        people_from_frame(
            read_people(write(tmp_path, "badge,role,leave\n1,qa,2026-11-28\n")), month=pd.Period("2026-12", "M")
        )


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "badge,role,leave,protected\n1,qa,soon,0\n1,wizard,,maybe\n,qa,,0\n3,qa,soon,0\n")
    with pytest.raises(InputError) as caught:
        read_people(path)
    places = [(fault.row, fault.column) for fault in caught.value.faults]
    assert places == [(2, "leave"), (3, "badge"), (3, "role"), (3, "protected"), (4, "badge"), (5, "leave")]
    assert str(caught.value).endswith("(and 5 more)")


def test_a_shift_that_the_catalogue_does_not_have_is_named_with_the_nearest(tmp_path: Path) -> None:
    text = (
        "badge,role,limits,wishes,pattern\n1,inbound,shifts_a_month.QQ=2,2026-12-01=N,D*5 off*2\n"
        "2,inbound,,2026-12-02=Y,ZZ*5 off*2\n"
    )
    with pytest.raises(InputError) as caught:
        read_supply(write(tmp_path, text), pd.Period("2026-12", "M"), country="-")
    assert [(f.row, f.column, f.value) for f in caught.value.faults] == [
        (2, "limits", "QQ"),
        (3, "wishes", "Y"),
        (3, "pattern", "ZZ"),
    ]


def test_days_off_the_phone_are_known_and_a_teams_unknown_shift_is_refused(tmp_path: Path) -> None:
    people = write(tmp_path, "badge,role,team,fixed_shifts\n1,inbound,A,2026-12-08=培训\n")
    (rules := tmp_path / "rules.toml").write_text('[teams]\nA = "早早中中夜夜休休"\n', encoding="utf-8")
    supply = read_supply(people, pd.Period("2026-12", "M"), country="-", rules=rules)
    assert "training" in supply.situation.catalogue
    assert supply.situation.rules.pattern_of(supply.situation.people[0]).days[4:] == ("night", "night", "off", "off")
    rules.write_text('[teams]\nA = "QQ*5 off*2"\n', encoding="utf-8")
    with pytest.raises(InputError, match="'QQ' is no shift of the catalogue"):
        read_supply(people, pd.Period("2026-12", "M"), country="-", rules=rules)


def test_a_team_that_somebody_leads_has_people(tmp_path: Path) -> None:
    text = "工号,岗位,班组,带班\n1,值班长,,A\n2,话务员,A,\n"
    supply = read_supply(write(tmp_path, text), pd.Period("2026-12", "M"), country="-")
    assert [person.leads for person in supply.situation.people] == [{"A"}, frozenset()]
    with pytest.raises(InputError, match=r"people.csv: people row 2 \(badge 1\): leads 'C': nobody is of this team"):
        read_supply(write(tmp_path, text.replace(",A\n2", ",C\n2")), pd.Period("2026-12", "M"), country="-")


def test_what_is_written_reads_back_the_same() -> None:
    days = frozenset({date(2026, 12, 3), date(2026, 12, 4), date(2026, 12, 9)})
    values = {
        "badge": "7", "role": "vip", "skills": ("b", "a"), "contract_hours_per_week": 32.5, "protected": True,
        "night_eligible": False, "leave": days, "fixed_shifts": {date(2026, 12, 24): "N"},
        "wishes": {date(2026, 12, 25): "off"}, "carry_in": {date(2026, 11, 30): "N"},
        "limits": Limits(weekends_a_month=2), "team": "A", "leads": frozenset({"A", "B"}),
        "pattern": Pattern(("early", "N", "off"), date(2026, 11, 30), preferred=True),
        "weekly_days_off": frozenset({5, 6}),
        "leave_hours": {date(2026, 12, 8): ((0, 720), (780, 1020)), date(2026, 12, 9): ((720, 1440),)},
        "joined": date(2026, 12, 3), "left": date(2026, 12, 28), "split_consent": True, "hours_account": -7.5,
    }  # fmt: skip
    assert list(values) == [column.name for column in PEOPLE_COLUMNS]
    for column in PEOPLE_COLUMNS:
        assert column.value(column.write(values[column.name])) == values[column.name]
        assert column.value("") == column.default if not column.required else True


def test_the_table_of_columns_is_what_a_person_has_and_what_headings_are_known_for() -> None:
    own = {field.name for field in dataclasses.fields(Person)} - {"burdens_before"}
    assert {column.name for column in PEOPLE_COLUMNS if column.of_person is not None} == own
    defaults = Person("1")
    for column in PEOPLE_COLUMNS:
        if column.of_person is not None and not column.required:
            assert getattr(defaults, column.name) == column.of_person(column.default)
    assert set(aliases("people")) == {column.name for column in PEOPLE_COLUMNS}
