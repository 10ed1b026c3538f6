"""What `--help` and the faults of usage say in Chinese: of every command and option, whole, and of nothing else."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rich.cells import cell_len

from api.cli import chinese
from api.cli.subcommands import PLACES, SUBCOMMANDS, language_asked, loaded
from tests.test_sentences import HALF_WIDTH

Huawu = Callable[..., tuple[int, str, str]]
HAN = re.compile("[\u4e00-\u9fff]")
NAMED = re.compile(r"--[a-z][a-z-]*")


def commands() -> Iterator[tuple[str, Any]]:
    """Every command and every group by its name, in English."""
    for name in PLACES:
        yield name, loaded(name)
        for inner, sub in getattr(loaded(name), "commands", {}).items():
            yield f"{name} {inner}", sub


def texts() -> Iterator[tuple[str, str, str, str]]:
    """Every text of the help: the command, what of it, its English and its Chinese."""
    for name, command in commands():
        yield name, "says", command.help, chinese.chinese_of(name)
        for one in command.params:
            if one.name != "help":
                yield name, one.name, one.help, chinese.chinese_of_option(name, one.name)
                if isinstance(one.show_default, str):
                    default = f"{one.name}_default"
                    yield name, default, one.show_default, chinese.chinese_of_option(name, default)


def test_every_command_and_option_has_its_chinese_and_names_what_the_english_names():
    told = list(texts())
    assert len(told) > 450
    assert [(name, what) for name, what, _, zh in told if not HAN.search(zh)] == []
    assert [(name, what) for name, what, en, zh in told if {*NAMED.findall(en)} != {*NAMED.findall(zh)}] == []


def test_the_table_has_nothing_that_no_command_uses():
    used: dict[str, set[str]] = defaultdict(set)
    shared = set()
    for name, what, *_ in texts():
        own = what in chinese.CHINESE["command"][name]
        used[name] |= {what} if own else set()
        shared |= set() if own else {what}
    used["huawu"] = {"says", "version", "language"}
    assert {name: {*told} for name, told in chinese.CHINESE["command"].items()} == used
    assert shared == {*chinese.CHINESE["shared"]}
    panels = {one.rich_help_panel for _, command in commands() for one in command.params} - {None}
    assert {*chinese.CHINESE["panels"]} == {*SUBCOMMANDS} | panels


def test_an_option_that_says_the_same_in_english_says_the_same_in_chinese_and_another_another():
    en_to_zh, zh_to_en = defaultdict(set), defaultdict(set)
    for name, what, en, zh in texts():
        option = name if what == "says" else what
        en_to_zh[option, en].add(zh)
        zh_to_en[option, zh].add(en)
    assert [(told, says) for told, says in [*en_to_zh.items(), *zh_to_en.items()] if len(says) > 1] == []


def test_the_chinese_is_punctuated_in_full_width():
    plain = {(name, what): re.sub("`[^`]*`", "x", zh) for name, what, _, zh in texts()}
    plain |= {("fault", one["typer"]): one["zh"] for one in chinese.CHINESE["fault"]}
    assert {place: zh for place, zh in plain.items() if HALF_WIDTH.search(zh)} == {}


def shown(help_page: str) -> str:
    """A help as it is read, without frames, blanks and the ends of lines."""
    return re.sub(r"[\s─-╿`]", "", help_page)


@pytest.mark.parametrize("columns", ["80", "120"])
def test_no_sentence_is_cut_off_on_a_screen(huawu: Huawu, monkeypatch: pytest.MonkeyPatch, columns: str):
    monkeypatch.setenv("COLUMNS", columns)
    code, page, _ = huawu("--language", "zh", "--help")
    assert code == 0
    assert re.search(r"[A-Za-z]{2,} [a-z]{3,} [a-z]{3,}", page) is None
    first = {name: shown(chinese.chinese_of(name).strip().split("\n\n")[0]) for name in ["huawu", *PLACES]}
    assert [name for name, said in first.items() if said not in shown(page)] == []
    for name in ("plan", "rehearse", "replay", "fleet plan", "connect poll"):
        _, page, _ = huawu(*name.split(), "--help", "--language", "zh")
        assert shown(chinese.chinese_of(name)) in shown(page)
        assert not {"…", "`"} & {*page.replace("……", "")}
        framed = [line for line in page.splitlines() if line.startswith(("│", "╭", "╰"))]
        assert {cell_len(line) for line in framed} == {int(columns)}
        assert re.search(r"<(path|str|int|float|bool)\b|Usage|OPTIONS|Options|default|required\]", page) is None


FAULTS = {
    "nosuch": "没有命令 'nosuch'",
    "pan": "是不是 'plan'",
    "fleet pln": "是不是 'plan'",
    "today": "缺少 '--history'",
    "map": "缺少 'HISTORY'",
    "key create --label x": "可填：writer、",
    "today --historie x": "没有选项 --historie；相近的有：--history",
    "today --history": "选项 '--history' 后面要给一个值",
    "demo --serve=1": "选项 '--serve' 不带值",
    "doctor here there": "多出了参数：here there",
    "serve --port x": "'--port' 的值有误：应为整数",
    "serve --port 0": "'--port' 的值有误：不得小于 1",
    "serve --port 99999": "'--port' 的值有误：不得大于",
    "require x --level y": "'--level' 的值有误：应为数字",
    "template forms": "没有 'forms' 这一项，可填：'history'、'people'",
    "overtime --plan . --people x --at noon": "应为时刻",
    "forecast --history x --month 2026-13": "'2026-13' 不是月份",
    "plan --history x --people y": "请给出月份",
    "plan --history x --people y --from 2026-1-1": "'2026-1-1' 不是日期",
}


@pytest.mark.parametrize("words", FAULTS)
def test_a_command_called_wrongly_is_told_in_chinese(huawu: Huawu, monkeypatch: pytest.MonkeyPatch, words: str):
    monkeypatch.setenv("HUAWU_LANGUAGE", "zh")
    monkeypatch.setenv("COLUMNS", "150")
    code, _, error = huawu(*words.split())
    assert code == 2
    assert FAULTS[words] in error
    assert re.search(r"[A-Za-z]{3,} (?:is|for|value|not|to)\b|Usage|Error|Try", error) is None
    monkeypatch.setenv("HUAWU_LANGUAGE", "en")
    code, _, error = huawu(*words.split())
    assert code == 2
    assert "Error" in error
    assert not HAN.search(error)


@pytest.mark.parametrize(
    ("words", "variable", "language"),
    [
        (["plan"], None, "en"),
        (["plan"], "zh", "zh"),
        (["--language", "zh", "plan"], None, "zh"),
        (["plan", "--language=zh", "--help"], "en", "zh"),
        (["--language", "zh", "plan", "--language", "en"], "zh", "en"),
        (["tables", "--language", "both"], "zh", "en"),
        (["check", "--", "--language", "zh"], None, "en"),
        (["plan", "--language"], None, "en"),
    ],
)
def test_the_language_is_the_last_that_is_asked_for(monkeypatch: pytest.MonkeyPatch, words, variable, language):
    if variable is None:
        monkeypatch.delenv("HUAWU_LANGUAGE", raising=False)
    else:
        monkeypatch.setenv("HUAWU_LANGUAGE", variable)
    assert language_asked(words) == language


def test_the_language_before_a_command_is_that_of_its_output(huawu: Huawu, tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HUAWU_LANGUAGE", "en")
    told = ("key", "list", "--database", tmp_path / "keys.db")
    assert "还没有密钥" in huawu("--language", "zh", *told)[1]
    assert "no keys" in huawu("--language", "zh", *told, "--language", "en")[1]
    assert "no keys" in huawu(*told)[1]


def test_what_typer_does_not_say_is_said_as_it_is():
    assert chinese.fault_said("'/tmp/a, b.csv': Permission denied") == "'/tmp/a, b.csv': Permission denied"
