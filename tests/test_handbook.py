"""The handbook: it builds without a warning and without the network, leads nowhere in vain, and shows what is so."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import os
import re
import subprocess
import sys
import tomllib
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

import pytest

from api.cli.subcommands import PLACES, loaded
from tests.test_faces import NAMES
from tests.test_sentences import HALF_WIDTH

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//"""
    r"""|<link\b(?=[^>]*\brel=["']?stylesheet)[^>]*\bhref=["']?(?:https?:)?//"""
    r"""|@import[^;]*//|url\(["']?(?:https?:)?//"""
)


def module(name):
    spec = importlib.util.spec_from_file_location(f"handbook_{name}", DOCS / f"{name}.py")
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


EXAMPLES = module("examples")
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / "data").glob("*.md")])
RUN = [page for page in EXAMPLES.PAGES if not page.name.endswith(".zh.md")]


class Links(HTMLParser):
    """What a page links to, and what can be linked to in it."""

    def __init__(self, text):
        super().__init__()
        self.to, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.ids |= {told[name] for name in ("id", "name") if told.get(name)}
        self.to += [told[name] for name in ("href", "src") if told.get(name)]


def dead_links(site):
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}
    assert len(pages) > 40
    for path, links in pages.items():
        for link in links.to:
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc:
                continue
            target = (path.parent / urllib.parse.unquote(url.path)).resolve() if url.path else path
            target = target / "index.html" if target.is_dir() else target
            anchor = urllib.parse.unquote(url.fragment)
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].ids):
                yield f"{path.relative_to(site)}: {link}"


def test_the_handbook_builds_strictly_links_nowhere_in_vain_and_fetches_nothing(tmp_path):
    """One test, for the build is dear: each fault is told by itself."""
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, DOCS / "handbook.py", tmp_path], cwd=ROOT, env=os.environ | nowhere, timeout=1200,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(set(dead_links(tmp_path))) == []
    shown = [path for path in tmp_path.rglob("*") if path.suffix in {".html", ".css"}]
    assert {path.relative_to(tmp_path) for path in shown if FETCHED.search(path.read_text(encoding="utf-8"))} == set()
    for face, name in NAMES:
        page = (tmp_path / "reference" / "python" / f"{face.replace('.', '/')}.html").read_text(encoding="utf-8")
        assert f'id="{name}"' in page
    for folder, parts in {
        "": ("<strong>Raises</strong>", "<li><strong>shrinkage</strong>: Share of rostered time"),
        "zh": ("<strong>抛出</strong>", "<li><strong>shrinkage</strong>：排了班"),
    }.items():
        seats = tmp_path / folder / "reference" / "python" / "forecaster" / "requirement.html"
        assert all(part in seats.read_text(encoding="utf-8") for part in parts), folder
    for page in (one for one in ENGLISH if one.is_relative_to(DOCS)):
        entries = [(tmp_path / folder / page.relative_to(DOCS).with_suffix(".html")).read_text(encoding="utf-8")
                   for folder in ("", "zh")]  # fmt: skip
        assert entries[0].count("<li>") == entries[1].count("<li>"), page
    languages = {path: re.search(r'<html lang="(\w+)"', path.read_text(encoding="utf-8"))[1]
                 for path in (tmp_path / "index.html", tmp_path / "zh" / "index.html")}  # fmt: skip
    assert list(languages.values()) == ["en", "zh"]


REFERENCE = module("reference")


def test_every_operation_and_model_of_the_service_is_told_in_chinese_and_nothing_else():
    document = REFERENCE._openapi()
    told = tomllib.loads((DOCS / "http.zh.toml").read_text(encoding="utf-8"))
    operations = REFERENCE.operations(document)
    models = {
        name: one["description"] for name, one in document["components"]["schemas"].items() if "description" in one
    }
    assert told["operations"].keys() == operations.keys()
    assert told["models"].keys() == models.keys()
    fields = {
        (f"{name} {field}", field)
        for name, one in document["components"]["schemas"].items()
        for field, told in one.get("properties", {}).items()
        if "description" in told
    } | {
        (f"{name} {one['name']}", one["name"])
        for name, operation in operations.items()
        for one in operation.get("parameters", [])
        if REFERENCE.described(one)
    }
    assert {whole if whole in told["fields"] else name for whole, name in fields} == told["fields"].keys()
    assert told["tags"].keys() == {one["tags"][0] for one in operations.values()}
    english = {name: one["description"] for name, one in operations.items()} | models
    assert not [zh for zh in told["fields"].values() if HALF_WIDTH.search(zh) or not re.search("[一-鿿]", zh)]
    for name, zh in (told["operations"] | told["models"]).items():
        assert re.search("[一-鿿]", zh), name
        assert not HALF_WIDTH.search(re.sub("`[^`]*`", "x", zh)), name
        named = [set(re.findall(r"`(\w+)`", text)) for text in (english[name], zh)]
        assert named[0] <= named[1], (name, named[0] - named[1])


def test_every_name_that_python_offers_is_told_in_chinese_of_what_its_english_now_says():
    told = tomllib.loads((DOCS / "python.zh.toml").read_text(encoding="utf-8"))
    english = {name: doc.docstring for name, doc in REFERENCE.docstrings(REFERENCE.documented())}
    assert told["told"].keys() == english.keys() > {name for _, name in NAMES}
    assert told["refused"].keys() == {why for text in english.values() for _, why in REFERENCE.refusals(text)}
    first = {name: " ".join(text.partition("\n\n")[0].split()) for name, text in english.items()}
    assert {name: one["en"] for name, one in told["told"].items()} == first, "is its Chinese still right?"
    chinese = {name: one["zh"] for name, one in told["told"].items()}
    for name, zh in chinese.items():
        said = english[name].partition(REFERENCE.RAISES)[0] + "\n"
        terms, names = ([re.findall(pattern, text) for text in (said, zh + "\n")]
                        for pattern in (r"(?m)^(?! )(.+)\n {4}", r"`([\w.]+)`"))  # fmt: skip
        assert terms[0] == terms[1], name
        assert set(names[0]) <= set(names[1]), name
    for zh in (chinese | told["refused"] | {one: zh for one, zh in told["pdoc"].items() if one[0] != "<"}).values():
        assert re.search("[一-鿿]", zh), zh
    for zh in (chinese | told["refused"]).values():
        assert not HALF_WIDTH.search(re.sub("`[^`]*`", "x", zh)), zh
    pages = "".join(REFERENCE.faces("en").values())
    assert [one for one in told["pdoc"] if one not in pages] == []


def test_the_reference_s_pages_are_in_one_language_but_for_what_is_told_in_both():
    pages = {language: REFERENCE.commands(language) + REFERENCE.routes(language) for language in ("en", "zh")}
    for page in pages.values():
        assert page.count("\n### ") == pages["en"].count("\n### ") > 180
    assert re.findall(r"[\u4e00-\u9fff]+", pages["en"]) == ["五表"]
    heads = re.findall(r"^\|.*\|\n\| ---", pages["zh"], re.MULTILINE)
    assert len(heads) > 130
    assert not re.search("[a-z]{3}", "".join(heads))


def masked(text):
    """A text without its figures, and without the frames and blanks that move with their widths."""
    plain = re.sub(r"[─-╿]|\b[0-9a-f]{12}\b", " ", text)
    return re.sub(r"\s+", " ", re.sub(r"\d[\d.,:]*", "0", plain)).strip()


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_page_s_commands_and_python_run_and_print_what_it_shows(page, tmp_path, program):
    if "curl " in page.read_text(encoding="utf-8"):
        program("curl")
    for file, told in EXAMPLES.outputs(page, tmp_path).items():
        for block, printed in told:
            if block["varies"]:
                assert printed.strip()
            elif block["shown"] is not None:
                assert masked(printed) == masked(block["shown"]), f"{file.name}: run `python docs/examples.py`"


def test_every_block_that_could_be_run_is_run():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        begun = re.findall(r"^ *```(\w*)", text, re.MULTILINE)[::2]
        assert set(begun) <= {"bash", "python", "text", "toml"}, page
        found = list(EXAMPLES.BLOCK.finditer(text))
        assert len(found) == sum(one in ("bash", "python") for one in begun), page


def rules():
    told = tomllib.loads((DOCS / "rulebook.toml").read_text(encoding="utf-8"))
    return {rule: one for part in told["part"] for rule, one in part["rules"].items()}


def test_every_rule_of_the_rulebook_is_told_and_where_it_lives_is_there():
    counts = {"P": (1, 4), "B": (1, 3), "C": (0, 10), "N": (1, 7), "L": (1, 37)}
    wanted = {f"{part}{n}" for part, (first, last) in counts.items() for n in range(first, last + 1)}
    assert rules().keys() == wanted
    generated = {"reference/columns.md"}
    for rule, one in rules().items():
        assert one["en"].endswith("."), rule
        assert one["zh"].endswith("。"), rule
        assert (ROOT / one["module"]).is_file(), rule
        assert (DOCS / one["page"]).is_file() or one["page"] in generated, rule
        file, _, begins = one["test"].partition("::")
        names = re.findall(r"^def (test_\w+)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
        assert any(name.startswith(begins) for name in names), rule


@pytest.mark.parametrize("rule", [rule for rule in rules() if rule[0] == "L"])
def test_a_rule_of_the_ladder_is_shown_by_tests_that_name_it(rule):
    test = rules()[rule]["test"]
    named = re.search(rf"\b{rule}\b|_{rule.lower()}_", (ROOT / test.partition("::")[0]).read_text(encoding="utf-8"))
    assert named, test


TOLD = re.compile(r"`(huawu [^`]+)`|^ {4}(huawu .+)$", re.MULTILINE)
SHELL = re.compile(r"^```bash\n(.*?)^```", re.DOTALL | re.MULTILINE)


def commands_told(page):
    """Every command that a page tells, in its text or in a block, as words."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = [line for block in SHELL.findall(text) for line in block.splitlines() if line.startswith("huawu ")]
    for line in [inline or indented for inline, indented in TOLD.findall(text)] + blocks:
        told = re.split(r"\s[|&#>]|\s*;\s|…", line)[0]
        yield " ".join(told.split()), told.replace("(", " ").split()[1:]


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_command_that_a_page_tells_is_there_with_its_options(page):
    for told, words in commands_told(page):
        if not words or words[0].isupper() or words[0].startswith("-"):
            continue
        assert words[0] in PLACES, told
        command = loaded(words[0])
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
        for name, inner in getattr(command, "commands", {}).items():
            if name in words[1:2]:
                known |= {option for one in inner.params for option in one.opts}
        used = {word.partition("=")[0] for word in words[1:] if word.startswith("--")}
        assert used <= known, told


TYPED = [*DOCS.glob("tutorials/*.md"), *DOCS.glob("how-to*.md"), *DOCS.glob("queues*.md")]


@pytest.mark.parametrize("page", TYPED, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_command_that_is_told_to_be_typed_has_all_the_options_it_needs(page):
    for told, words in commands_told(page):
        if not any(word.startswith("--") for word in words) or words[-1].startswith("--"):  # named, or an option named
            continue
        command = loaded(words[0])
        command = getattr(command, "commands", {}).get(words[1], command)
        needed = [set(one.opts) for one in command.params if one.required and one.param_type_name == "option"]
        assert all(options & {word.partition("=")[0] for word in words} for options in needed), told


def shape(page):
    """What a page is made of: its headings' depths, its tables, its blocks."""
    text = page.read_text(encoding="utf-8")
    plain = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = [len(one) for one in re.findall(r"^(#+) ", plain, re.MULTILINE)]
    return headings, len(re.findall(r"^\| ?---", plain, re.MULTILINE)), len(re.findall(r"^```", text, re.MULTILINE))


ENGLISH = [page for page in PAGES if not page.name.endswith(".zh.md")]


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_is_there_in_chinese_and_has_the_same_parts(page):
    assert shape(page.with_suffix(".zh.md")) == shape(page)


def test_no_chinese_page_is_without_its_english():
    assert [page for page in {*PAGES} - {*ENGLISH} if page.with_suffix("").with_suffix(".md") not in ENGLISH] == []


def test_the_chinese_of_the_pages_is_punctuated_in_full_width():
    code = re.compile(r"^```.*?^```|^ {4}.*$|`[^`\n]*`|\]\([^)]*\)|<!--.*?-->", re.DOTALL | re.MULTILINE)
    chinese = {*PAGES, ROOT / "CONTRIBUTING.zh.md"} - {*ENGLISH}
    said = {page: code.sub("", page.read_text(encoding="utf-8")) for page in chinese}
    assert {(page.name, found[0]) for page, text in said.items() for found in HALF_WIDTH.finditer(text)} == set()


def test_the_tables_that_pages_have_from_the_code_are_as_the_code_has_them():
    tables = module("tables")
    told = set()
    for page in tables.PAGES:
        text = page.read_text(encoding="utf-8")
        assert text == tables.filled(text, tables.language_of(page)), f"{page.name}: run `python docs/tables.py`"
        told |= set(re.findall(r"<!-- table ([a-z-]+) -->", text))
    assert told == tables.TABLES.keys()


READ = {".py", ".js", ".html", ".css", ".toml"}


def test_a_name_that_a_page_tells_is_one_the_product_has():
    places = [path for folder in ("forecaster", "optimizer", "escalation", "api", "data", "docs", "tests")
              for path in (ROOT / folder).rglob("*")]  # fmt: skip
    known = {path.stem for path in places}
    for path in places:
        if path.suffix in READ:
            known |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    known |= {f"HUAWU_{one.upper()}" for one in known}
    for page in [*PAGES, *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CONTRIBUTING.zh.md"))]:
        plain = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        told = {name for code in re.findall(r"`([^`\n]+)`", plain) for name in re.findall(r"\w+", code) if "_" in name}
        assert told <= known, page


DOTTED = re.compile(r"\b(?:forecaster|optimizer|escalation|api)(?:\.\w+)+")


def test_what_a_page_calls_by_its_whole_name_is_there():
    for page in PAGES:
        for name in set(DOTTED.findall(page.read_text(encoding="utf-8"))):
            assert resolved(name) is not None, f"{page.name}: {name}"


CALL = re.compile(r"\b((?:forecaster|optimizer|escalation|api)(?:\.\w+)+)\(([^()]*)")


@pytest.mark.parametrize("page", ["frames.md", "frames.zh.md"])
def test_a_call_that_a_page_tells_takes_what_it_is_given(page):
    calls = CALL.findall((DOCS / page).read_text(encoding="utf-8"))
    assert len(calls) > 40
    for name, given in calls:
        takes = inspect.signature(resolved(name)).parameters
        told = re.findall(r"(?:^|, )(\w+)", re.sub(r"\{.*?\}|\[.*?\]", "", given))
        anything = any(one.kind is one.VAR_KEYWORD for one in takes.values())
        assert anything or set(told) <= takes.keys(), (name, told)


def resolved(name):
    """What a dotted name means, or nothing where there is none of that name."""
    first, *rest = name.split(".")
    thing, place = importlib.import_module(first), first
    for part in rest:
        place += f".{part}"
        if not hasattr(thing, part):
            with contextlib.suppress(ImportError):
                importlib.import_module(place)
        thing = getattr(thing, part, None) or getattr(thing, "__annotations__", {}).get(part)
    return thing
