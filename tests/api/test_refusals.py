"""What is refused says so in Chinese too, with its place, its value and the way out."""

from __future__ import annotations

import pickle
import re
from datetime import date

import pandas as pd
import pytest

from api.http.field_faults import field_in_chinese
from api.http.problems import HttpRefusal, problem_of
from api.intake import InputError, named, parse_toml, read_history, read_people
from api.intake.sentences import say as say_of_files
from api.names import FILE_WORDS, KEY_ROLE_WORDS, PERMISSIONS
from api.sentences import say
from escalation.ladder import ladder_from_mapping
from forecaster.messages import Refusal, told_of
from forecaster.names import called
from optimizer.law.people import Person, people_from_frame


def english_in(text: str) -> list[str]:
    """Runs of three English words outside of quotes and brackets: a sentence that nobody translated."""
    bare = re.sub(r"“[^”]*”|\"[^\"]*\"|\([^)]*\)", "", text)
    return re.findall(r"[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}", bare)


def history_error(tmp_path, text: str) -> InputError:
    path = tmp_path / "话务.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_history(path)
    return caught.value


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "文件是空的"),
        ("时间,呼入量\n", "只有表头"),
        ("时间,呼入量\n2026-01-05 08:00,很多\n", "第 2 行，“呼入量”列：“很多” 不是数字；请写数字"),
        ("时间,呼入量\n2026-01-05 08:00,-4\n", "“-4” 是负数"),
        ("时间,甲\n2026-01-05 08:00,4\n", "没有呼入量的列；文件中有：时间、甲；请指明哪一列是它"),
        ("甲,呼入量\n2026-01-05 08:00,4\n", "没有时段开始时间的列"),
        ("时间,呼入量\n昨天,4\n", "“昨天” 不是日期时间"),
        ("时间,呼入量\n05/06/2026 08:00,4\n06/06/2026 08:00,4\n", "可能是日/月，也可能是月/日；请选择"),
        ("时间,呼入量\n2026-01-05,4\n2026-01-06,4\n", "每天只有一行；台席按时段计算"),
        ("时间,呼入量\n2026-01-05 08:00,4\n2026-01-05 08:00,5\n2026-01-05 09:00,5\n", "第 2 行已经有了"),
        ("队列,时间,呼入量\na,2026-01-05 08:00,4\nb,2026-01-05 08:00,4\na,2026-01-05 09:00,4\n", "2 个队列（a、b）"),
    ],
)  # fmt: skip
def test_a_history_file_is_refused_in_chinese_with_its_place_and_value(tmp_path, rows, said):
    told = history_error(tmp_path, rows).zh
    assert "话务.csv" in told
    assert said in told
    assert english_in(told) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "1001,魔术师",
            "“魔术师” 不是岗位；请写其中之一：话务员、流动专家、外呼、质检、后台、值班长、现场业务督导、VIP 座席",
        ),
        (",话务员", "有人没有工号；请填上，或删除这一行"),
        ("1001,话务员\n1001,外呼", "第 3 行，“工号”列：“1001” 在第 2 行已经出现过；每人只能有一行"),
    ],
)
def test_a_people_file_is_refused_in_chinese(tmp_path, row, said):
    path = tmp_path / "人员.csv"
    path.write_text(f"工号,岗位\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_people(path)
    assert said in caught.value.zh


def test_a_persons_cell_is_refused_in_its_row_in_chinese():
    frame = pd.DataFrame([{"badge": "1001", "role": "inbound", "leave": "2027-01-04"}])
    with pytest.raises(Refusal) as caught:
        people_from_frame(frame, month=pd.Period("2026-12", "M"))
    assert str(caught.value) == (
        "people row 2 (badge 1001): leave on 2027-01-04 lies outside 2026-12 being planned; correct it"
    )
    assert caught.value.zh == "人员第 2 行（工号 1001）：2027-01-04 的休假不在所排的 2026-12 内；请改正"


def test_a_person_is_refused_in_chinese():
    day = date(2026, 12, 3)
    with pytest.raises(Refusal) as caught:
        Person("1002", leave=frozenset([day]), fixed_shifts={day: "N"})
    assert caught.value.zh == "工号 1002：2026-12-03 休假，却有固定班次 N；请保留其一"


def test_a_ladder_is_refused_in_chinese_by_its_rung():
    rung = {
        "number": 1,
        "role": "expert",
        "rule": "C1",
        "waiting_above": 5,
        "hold_seconds": 300,
        "people": "whole_group",
    }
    with pytest.raises(Refusal) as caught:
        ladder_from_mapping({"name": "x", "rung": [rung, {**rung, "threshold": 1}]})
    assert caught.value.zh.startswith("阶梯：第 2 级：未知的键“threshold”；可用：action、")


def test_toml_is_refused_in_chinese_with_line_and_column():
    with pytest.raises(InputError) as caught:
        parse_toml("a = 1\nb\n", source="阶梯.toml")
    assert caught.value.zh == "阶梯.toml：不是有效的 TOML：第 2 行第 2 列写法有误"
    assert "(at line 2, column 2)" in str(caught.value)


def test_names_within_a_refusal_are_in_the_refusals_own_language():
    part = say("plan.has_none", plan="3f9c", name=called("forecast.csv", FILE_WORDS))
    assert (part.en, part.zh) == ("plan 3f9c has no forecast.csv yet", "计划 3f9c 还没有预测")
    key = say("key.may_not", role=called("wallboard", KEY_ROLE_WORDS), permission=called("act", PERMISSIONS))
    assert key.en == "a key of role wallboard may not do this: it needs permission act"
    assert key.zh == "“看板”的密钥不能这样做：需要“操作”权限"


def test_a_file_is_named_before_a_refusal_within_it_in_both_languages():
    with pytest.raises(InputError) as caught, named("people"):
        raise Refusal(say_of_files("cell.negative"))
    assert (str(caught.value), caught.value.zh) == (
        "people: is negative; correct it, or leave the cell empty where nothing was observed",
        "人员表：是负数；请更正；没有观测就留空",
    )  # fmt: skip


def test_a_refusal_of_a_file_survives_a_process_border():
    error = InputError("a.csv", say_of_files("cell.negative"), row=3, column="seats_signed_in", value=-4)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.zh, again.row, again.value) == (str(error), error.zh, 3, -4)
    assert error.zh == "a.csv，第 3 行，“签入台席”列：“-4” 是负数；请更正；没有观测就留空"


def test_what_nobody_foresaw_is_passed_on_and_said_to_be_the_servers_words():
    assert told_of(ValueError("something unheard of")).zh == "服务器说：something unheard of"
    assert b"\xe6\x9c\x8d\xe5\x8a\xa1\xe5\x99\xa8" in problem_of(ValueError("something unheard of")).body


def test_a_problem_document_has_the_code_and_both_languages():
    told = problem_of(HttpRefusal(404, say("order.none", queue="hotline", order="x-1"))).body.decode()
    assert '"status": 404' in told
    assert '"code": "order.none"' in told
    assert '"detail": "queue hotline has no order x-1"' in told
    assert '"detail_zh": "队列 hotline 没有指令 x-1"' in told


def test_a_field_of_a_request_is_named_and_what_is_wrong_with_it():
    error = {"type": "greater_than_equal", "loc": ("body", "shrinkage"), "ctx": {"ge": 0}}
    assert field_in_chinese(error) == "损耗：须不小于 0"
    own = {"type": "value_error", "loc": ("at",), "ctx": {"error": Refusal(say("time.year"))}}
    assert field_in_chinese(own) == "时间：年份须在 2000 到 2100 之间"
    assert field_in_chinese({"type": "unheard_of", "loc": ("body", "month")}) == "月份：不合要求"
