"""Every sentence of the house is said somewhere, in two languages that say the same and look like themselves."""

from __future__ import annotations

import ast
import importlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for package in ("forecaster", "optimizer", "escalation", "api")
    for path in (ROOT / package).rglob("*sentences.py")
)
CHINESE = r"\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"
HALF_WIDTH = re.compile(rf"[{CHINESE}}}][,;:!?]|[,;!?][{CHINESE}]|\([^()]*[{CHINESE}][^()]*\)")


def table(module: str) -> dict[str, object]:
    return importlib.import_module(module).SENTENCES


def sources(module: str) -> dict[Path, ast.Module]:
    """The modules of the table's package, read."""
    paths = sorted((ROOT / module.split(".", maxsplit=1)[0]).rglob("*.py"))
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def speakers(module: str, path: Path, tree: ast.Module) -> set[str]:
    """What the module at `path` calls the table's `say` and `refusal`."""
    if path == ROOT / (module.replace(".", "/") + ".py"):
        return SAYING
    return {
        one.asname or one.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == module
        for one in node.names
        if one.name in SAYING
    }


def codes_said(module: str) -> Iterator[tuple[str, str]]:
    """Every code that is said of the table, as a pattern where a part of it is a value, and where."""
    for path, tree in sources(module).items():
        names = speakers(module, path, tree)
        for node in ast.walk(tree) if names else ():
            if isinstance(node, ast.Call) and node.args and called(node) in names:
                for code in texts(node.args[0]):
                    yield code, f"{path.relative_to(ROOT)}:{node.lineno}"


def written(module: str) -> Counter[str]:
    """How often each text stands in the package."""
    trees = sources(module).values()
    return Counter(
        str(node.value) for tree in trees for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )  # fmt: skip


SAYING = {"say", "refusal"}


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [re.escape(str(node.value))]
    if isinstance(node, ast.IfExp):
        return [*texts(node.body), *texts(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        return ["".join(re.escape(p.value) if isinstance(p, ast.Constant) else r"\w+" for p in node.values)]
    return []


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def without_fields(sentence: str) -> str:
    return "".join(text for text, *_ in Formatter().parse(sentence))


def test_the_tables_are_found():
    assert "escalation.sentences" in TABLES


@pytest.mark.parametrize("module", TABLES)
def test_every_code_that_is_said_has_a_sentence_and_every_sentence_is_said(module):
    known, said, times = table(module), list(codes_said(module)), written(module)
    assert said
    assert [one for one in said if not any(re.fullmatch(one[0], code) for code in known)] == []
    named = {code for code in known if any(re.fullmatch(pattern, code) for pattern, _ in said) or times[code] > 1}
    own = (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
    assert {code for code in known.keys() - named if f'"{code}":' in own} == set()


@pytest.mark.parametrize("module", TABLES)
def test_both_sentences_take_the_same_values(module):
    for code, words in table(module).items():
        assert fields(words.zh) == fields(words.en), code


@pytest.mark.parametrize("module", TABLES)
def test_the_chinese_is_chinese_and_the_english_english(module):
    for code, words in table(module).items():
        assert not re.search(f"[{CHINESE}]", without_fields(words.en)), code
        bare = re.sub(r"“[^”]*”|`[^`]*`|（[^）]*）", "", without_fields(words.zh))
        assert not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}", bare), code
        if re.search(r"[a-z]{3}", without_fields(words.en)):
            assert re.search(f"[{CHINESE}]", words.zh) or not without_fields(words.zh), code


@pytest.mark.parametrize("module", TABLES)
def test_chinese_is_punctuated_in_full_width(module):
    assert {code: words.zh for code, words in table(module).items() if HALF_WIDTH.search(words.zh)} == {}


def literals(path: Path) -> Iterator[str]:
    """Every text of a source file, but for what is said about the code."""
    if path.suffix == ".py":
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        yield from (
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
        )
    elif path.suffix in (".js", ".toml"):
        bare = re.sub(r"^\s*(//|#).*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        yield from re.findall(r'"((?:[^"\\\n]|\\.)*)"', bare)
        yield from re.findall(r"(?s)(?<=`)[^`]*(?=`)|(?<=')[^'\n]*(?=')", bare) if path.suffix == ".js" else ()
    elif path.suffix == ".html":
        yield from re.findall(r">([^<>]+)<", path.read_text(encoding="utf-8"))


READERS = {"api/intake", "api/calendars"}  # full of what people write in their files


def test_chinese_outside_the_tables_is_punctuated_in_full_width_too():
    found = {
        f"{path.relative_to(ROOT)}: {text}"
        for package in ("forecaster", "optimizer", "escalation", "api", "data")
        for path in (ROOT / package).rglob("*.*")
        if path.parent.relative_to(ROOT).as_posix() not in READERS
        for text in literals(path)
        if re.search("[一-鿿]", text)
        and "\\" not in text
        and "(?" not in text
        and HALF_WIDTH.search(re.sub(r"\$\{[^{}]*\}", "x", text))
    }
    assert found == set()


ONE_WORD = {  # a word of the trade, and what else it is called elsewhere: taken from a file that is read, never said
    "备班": "待命|备勤|应急待命|备岗",
    "用餐": "就餐|吃饭",
    "台席": "席位",
    "人员表": "人员名单|花名册",
    "缺口": "短缺",
}
READ = {ROOT / "api" / "intake", ROOT / "api" / "web" / "static" / "shift_codes.js"}


@pytest.mark.parametrize(("word", "others"), ONE_WORD.items())
def test_a_thing_has_one_word_wherever_it_is_said(word, others):
    places = ("forecaster", "optimizer", "escalation", "api", "docs")
    texts = {
        path: path.read_text(encoding="utf-8")
        for place in places for path in (ROOT / place).rglob("*")
        if path.suffix in {".py", ".js", ".html", ".md", ".toml"} and not READ & {path, *path.parents}
    }  # fmt: skip
    assert [path for path, text in texts.items() if word in text]
    assert [(path.name, found[0]) for path, text in texts.items() if (found := re.findall(others, text))] == []
