from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from api.intake import InputError, read_people


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


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
            "leave": "2026-12-03..2026-12-07",
            "fixed_shifts": "2026-12-24=N",
            "wishes": "2026-12-31=off",
            "carry_in": "",
            "limits": "",
        },
        {
            "badge": "1002",
            "role": "supervisor",
            "skills": "",
            "contract_hours_per_week": 40.0,
            "protected": True,
            "leave": "",
            "fixed_shifts": "",
            "wishes": "",
            "carry_in": "",
            "limits": "",
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
