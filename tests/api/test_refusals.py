"""Whatever is refused says so in Chinese too: the source is read for every refusal a page can meet."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.intake import InputError, read_history, read_people
from api.refusals import CHINESE, field_in_chinese, refusal_in_chinese, text_in_chinese

ROOT = Path(__file__).resolve().parent.parent.parent
PLACES = [  # what runs behind the pages, as against the command line, the connectors and a site's own settings
    *sorted((ROOT / "api" / "intake").glob("*.py")),
    *sorted((ROOT / "api" / "http").glob("*.py")),
    *(
        ROOT / name
        for name in (
            "api/calendars/files.py", "api/planner/drafts.py", "api/explore.py", "api/inputs.py", "api/jobs/queue.py",
            "api/jobs/planning.py", "api/jobs/replanning.py", "api/jobs/worker.py", "api/plan.py",
            "api/planner/roster.py", "api/planner/inputs.py", "api/replanning.py", "api/store/handover_rows.py",
            "api/store/ladder_fold.py", "api/store/ladder_log.py", "forecaster/history/day_grid.py",
            "forecaster/forecast/interval_forecast.py", "forecaster/forecast/backtesting.py",
            "forecaster/forecast/named_effects.py", "forecaster/queueing/service_target.py",
            "optimizer/law/changes.py", "optimizer/desk/cover.py", "optimizer/law/limits.py",
            "optimizer/search/problem.py", "optimizer/law/people.py",
            "optimizer/law/people_columns.py", "optimizer/law/lawfulness.py",
            "optimizer/desk/what_if.py", "optimizer/search/rostering.py", "optimizer/search/limit_graph.py",
            "optimizer/search/seat_worth.py",
        )
    ),
]  # fmt: skip
NOT_FOR_PEOPLE = {  # said to programs alone
    "not answered in the lane: {}",
    "plan {} was changed by somebody else; look at it again",
    "the service is stopping",
    "name a folder that `huawu plan` wrote",
    "is not a plan's head: {}",
    "a book has no {}",
}
RAISED = re.compile(r"Error$|^(HTTPException|Refusal|error|error_at|fail_job)$")


def refusals(path: Path) -> Iterator[tuple[int, str]]:
    """Every text that something in the file is refused with, `{}` where a value stands."""
    for scope in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        named: dict[str, list[ast.expr]] = {}
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                named.setdefault(node.targets[0].id, []).append(node.value)
        for node in ast.walk(scope):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if not RAISED.search(name) or getattr(getattr(node.func, "value", None), "id", "") == "logger":
                continue
            said = [*node.args, *(one.value for one in node.keywords if one.arg == "way_out")]
            for argument in said:
                values = named.get(argument.id, []) if isinstance(argument, ast.Name) else [argument]
                for text in [text for value in values for text in texts(value)]:
                    if " " in text.strip():
                        yield node.lineno, text


def texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return [*texts(node.body), *texts(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)]
    return []


def covered(text: str) -> bool:
    while text.startswith("{}: "):
        text = text.removeprefix("{}: ")
    text = text.removesuffix("; {}")
    if text in NOT_FOR_PEOPLE or not re.search("[a-z]", text):
        return True
    shapes = {text, re.sub(r"(?<=\w)\{\}", "", text)}  # a value that may be empty, glued to the word before it
    return any(text_in_chinese(shape.replace("{}", "x1")) for shape in shapes)


def test_there_is_chinese_for_every_refusal_behind_the_pages():
    found = [(path.relative_to(ROOT), line, text) for path in PLACES for line, text in refusals(path)]
    assert len(found) > 200, "the source is read"
    assert [one for one in found if not covered(one[2])] == []


def test_a_sentence_and_its_chinese_have_the_same_values_in_them():
    for english, chinese in CHINESE.items():
        used = {int(number) for number in re.findall(r"\{(\d+)\}", chinese)}
        assert used <= set(range(english.count("{}"))), english
        assert "{}" not in chinese, english
        assert re.search("[\u4e00-\u9fff]|true|ISO", chinese), english


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
        ("时间,甲\n2026-01-05 08:00,4\n", "没有呼入量的列；文件中有：时间, 甲；请指明哪一列是它"),
        ("甲,呼入量\n2026-01-05 08:00,4\n", "没有时段开始时间的列"),
        ("时间,呼入量\n昨天,4\n", "“昨天” 不是日期时间"),
        ("时间,呼入量\n05/06/2026 08:00,4\n06/06/2026 08:00,4\n", "可能是日/月，也可能是月/日；请选择"),
        ("时间,呼入量\n2026-01-05,4\n2026-01-06,4\n", "每天只有一行；台席按时段计算"),
        ("时间,呼入量\n2026-01-05 08:00,4\n2026-01-05 08:00,5\n2026-01-05 09:00,5\n", "第 2 行已经有了"),
        ("队列,时间,呼入量\na,2026-01-05 08:00,4\nb,2026-01-05 08:00,4\na,2026-01-05 09:00,4\n", "含有 2 个队列(a, b)"),
    ],
)  # fmt: skip
def test_a_history_file_is_refused_in_chinese_with_its_place_and_value(tmp_path, rows, said):
    told = refusal_in_chinese(history_error(tmp_path, rows))
    assert "话务.csv" in told
    assert said in told
    assert english_in(told) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "1001,魔术师",
            "“岗位”列：“魔术师” 不是岗位；请写其中之一：话务员、流动专家、外呼、质检、后台、值班长、现场业务督导、VIP",
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
    assert said in refusal_in_chinese(caught.value)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("people row 3 (badge 1001): leave on 2027-01-04 lies outside the month 2026-12 being planned",
         "人员第 3 行(工号 1001)：2027-01-04 的休假不在所排的 2026-12 月内"),
        ("badge 1002: fixed shift N on 2026-12-03, a day of leave; keep one of the two",
         "工号 1002：2026-12-03 休假，却有固定班次 N；请保留其一"),
        ("ladder: rung 3: unknown key 'threshold'; known are action, rule",
         "阶梯：第 3 级：未知的键“threshold”；可用：action, rule"),
        ("is not valid TOML: Expected '=' after a key in a key/value pair (at line 2, column 7)",
         "不是有效的 TOML：第 2 行第 7 列写法有误"),
        ("plan 3f9c has no forecast.csv yet", "计划还没有预测"),
        ("a key of role wallboard may not do this: it needs permission act", "“看板”的密钥不能这样做：需要“操作”权限"),
    ],
)  # fmt: skip
def test_refusals_within_refusals_are_put_together(english, chinese):
    assert text_in_chinese(english) == chinese


def test_what_has_no_chinese_is_passed_on_and_said_to_be_so():
    assert refusal_in_chinese(ValueError("something unheard of")) == "服务器说：something unheard of"
    assert text_in_chinese("something unheard of") is None


def test_a_field_of_a_request_is_named_and_what_is_wrong_with_it():
    error = {"type": "greater_than_equal", "loc": ("body", "shrinkage"), "ctx": {"ge": 0}}
    assert field_in_chinese(error) == "损耗：须不小于 0"
    own = {"type": "value_error", "loc": ("at",), "msg": "Value error, the year must be 2000 to 2100"}
    assert field_in_chinese(own) == "时间：年份须在 2000 到 2100 之间"
    assert field_in_chinese({"type": "unheard_of", "loc": ("body", "month")}) == "月份：不合要求"
