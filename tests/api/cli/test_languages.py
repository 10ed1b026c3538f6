"""What commands print, in the language that is asked for."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from api.cli import screen
from api.cli.subcommands import PLACES, loaded
from optimizer.desk.activities import PLACED

Huawu = Callable[..., tuple[int, str, str]]
COMMANDS = Path(screen.__file__).parent
PRINTS = {"show", "working", "progress", "said", "frame_table"}
CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")


def told(node: ast.AST) -> str:
    """Return the text of a string as it stands in the source, without what is put into it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return "".join(told(one) for one in node.values) if isinstance(node, ast.JoinedStr) else ""


def test_no_command_prints_a_sentence_that_is_not_in_both_languages():
    calls = [
        (path.name, call)
        for path in COMMANDS.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in PRINTS
    ]
    assert len(calls) > 120
    given = [(name, told(one)) for name, call in calls for one in (*call.args, *(key.value for key in call.keywords))]
    assert [(name, text) for name, text in given if re.search("[A-Za-z]{3,}", text)] == []


@pytest.mark.parametrize("name", [name for name in PLACES if ":" in PLACES[name]])
def test_every_command_can_be_asked_for_either_language(name):
    command = loaded(name)
    for one in getattr(command, "commands", {"": command}).values():
        assert "--language" in [option for parameter in one.params for option in parameter.opts]


def test_what_is_printed_and_what_is_refused_is_in_the_language_asked_for(
    huawu: Huawu, requirement_file: Path, monkeypatch: pytest.MonkeyPatch
):
    forecast = requirement_file.with_name("forecast.csv")
    frame = pd.read_csv(requirement_file)[["interval_start", "calls", "aht_seconds"]].head(48)
    frame.assign(**{f"calls_{end}_{level}": 5.0 for end in ("lower", "upper") for level in (80, 95)}).to_csv(forecast)
    out = requirement_file.with_name("out.csv")
    code, said, _ = huawu("require", forecast, "--out", out, "--language", "zh")
    assert code == 0
    assert said.count("席") == 2
    assert not ENGLISH.search(said.replace(str(out), ""))
    monkeypatch.setenv("HUAWU_LANGUAGE", "zh")
    assert "已写入：" in huawu("require", forecast, "--out", out)[1]
    code, _, error = huawu("require", forecast, "--out", out, "--level", "1.5")
    assert code == 2
    assert CHINESE.search(error)
    monkeypatch.delenv("HUAWU_LANGUAGE")
    code, _, error = huawu("require", forecast, "--out", out, "--level", "1.5")
    assert code == 2
    assert not CHINESE.search(error)


def test_keys_are_listed_in_chinese_too(huawu: Huawu, tmp_path: Path):
    at = ("--database", tmp_path / "keys.db", "--language", "zh")
    assert "还没有密钥" in huawu("key", "list", *at)[1]
    made = huawu("key", "create", "--role", "supervisor", "--label", "现场", *at)[1]
    assert "1 号密钥，类别：值班长" in made
    listed = huawu("key", "list", *at)[1]
    assert all(word in listed for word in ("密钥", "用途", "值班长", "全部", "有效"))
    assert not ENGLISH.search(listed)


def test_a_tables_head_is_broken_before_a_figure_is_cut_off(capsys, monkeypatch):
    monkeypatch.setattr(screen.OUTPUT, "width", 50)
    figures = {f"a long head of column {n}": [f"{n}23,456"] for n in range(3)}
    screen.frame_table(pd.DataFrame(figures | {"four_weeks_before": ["7.9 %"]}))
    shown = capsys.readouterr().out
    assert all(f"{n}23,456" in shown for n in range(3))
    last = "".join(re.findall(r"([^\s┃]*) +┃$", shown, re.MULTILINE))
    assert last == "four_weeks_before", "a name without spaces is whole, too"


def test_columns_have_chinese_names_and_what_is_true_is_said(capsys):
    frame = pd.DataFrame([("1001", "2026-12-01", "例会", "09:00", "10:00")], columns=list(PLACED))
    try:
        screen.speak("zh")
        screen.frame_table(frame.assign(lawful=True, role="expert"), title="")
    finally:
        screen.speak("en")
    shown = capsys.readouterr().out
    assert not re.search("[A-Za-z]", shown)
    assert all(word in shown for word in ("工号", "是", "流动专家"))
