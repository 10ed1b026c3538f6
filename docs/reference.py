"""The reference, made from the code it tells of: commands, HTTP, columns, rules, messages, and the packages' faces."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

ROOMS = ("history", "forecast", "queueing", "requirement", "simulation")
FACES = ("forecaster", *(f"forecaster.{room}" for room in ROOMS), "optimizer", "escalation", "api")
TABLES = ("forecaster.sentences", "optimizer.sentences", "escalation.sentences", "api.sentences")
HEADING = re.compile(r"^(\w+)\n-+$", re.MULTILINE)
# A line, and the lines below it that stand further in.
TERM = re.compile(r"^(?! )(\S[^\n]*)\n((?: {4}[^\n]*\n?)+)", re.MULTILINE)

HTTP = """# HTTP

Made from the service's own OpenAPI document ([openapi.json](openapi.json)); a running service shows it with examples at
`/docs`. A key goes in `Authorization: Bearer …`; a refusal is `application/problem+json` with `code`, `detail` and
`detail_zh`.
"""
COLUMNS = """# Columns and names 列与名称

Made from the tables that the program itself reads and writes by. The files of the sample are told in
[the data dictionary](data.md), frames in [what crosses the borders](../frames.md).
"""
RULE_IDS = """# Rules by id 规则编号

What each rule of the roster is called and says where it is broken, or weighed. Numbers, units and by what each is told
stand in [the roster](../roster.md#the-rules-by-name).

"""
MESSAGES = """# Messages 提示

Every refusal and note has a code, the same on the command line, over HTTP (`code`) and on the pages. Words in braces
are values put in.
"""

RULEBOOK = {
    "en": """# The rulebook, rule by rule

What a mobile operator's rules for its hotline ask for, a line each in our words, and where the product keeps it: the
module, the tests that show it (after `::`, how their names begin), and the page that tells more. `C` stands for the
steps of an emergency, `N` for what is nearby, `L` for how the ladder of `C1` to `C9` is read to the letter; the shipped
reading is `recommended`, and every number of it stands in a ladder file.
""",
    "zh": """# 规则全表

运营商热线排班规定的要求，每条一句话，并列出产品中的所在：模块、验证它的测试（`::` 之后是测试名的开头）、详述页面。

`C` 是应急步骤，`N` 是相关规定，`L` 是对 `C1` 至 `C9` 的逐条细则；默认解读为 `recommended`，其中的数字都在阶梯文件里。
""",
}
RULEBOOK_HEADS = {"en": ("", "what it says", "module", "test", "page"), "zh": ("", "要求", "模块", "测试", "页面")}


def pages() -> dict[str, str]:
    """Return every page by its place in the handbook."""
    return {
        "reference/commands.md": commands(),
        "reference/http.md": routes(),
        "reference/openapi.json": json.dumps(_openapi(), ensure_ascii=False, indent=1),
        "reference/columns.md": columns(),
        "reference/rules.md": rules(),
        "reference/messages.md": messages(),
        **{f"reference/python/{name}": page for name, page in faces().items()},
    }


def rulebook(language: str) -> str:
    """Return every rule of the rulebook with where it lives, from `rulebook.toml`."""
    told = tomllib.loads((Path(__file__).parent / "rulebook.toml").read_text(encoding="utf-8"))
    parts = [RULEBOOK[language]]
    for part in told["part"]:
        rows = (
            (rule, one[language], f"`{one['module']}`", f"`{one['test'].removeprefix('tests/')}`", _page(one["page"]))
            for rule, one in part["rules"].items()
        )
        parts.append(f"## {part[language]}\n\n" + table(RULEBOOK_HEADS[language], rows))
    return "\n".join(parts)


def _page(name: str) -> str:
    return f"[{name.rpartition('/')[2].removesuffix('.md')}](../{name})"


def table(heads: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
    """Return rows as a table of Markdown; a bar or a line's end in a cell is kept from breaking it."""
    lines = [heads, ("---",) * len(heads), *rows]
    told = ("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)
    return "\n".join(told) + "\n"


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())


def _code(text: object) -> str:
    """Return a text as code, which may itself hold what marks code."""
    return f"`` {text} ``" if "`" in str(text) else f"`{text}`"


# Commands


def commands() -> str:
    """Return every command with its arguments and options, in the order of `huawu --help`."""
    from api.cli.subcommands import SUBCOMMANDS, loaded

    parts = ["# Commands 命令\n\nMade from the program itself; `huawu COMMAND --help` says the same.\n"]
    for panel, names in SUBCOMMANDS.items():
        parts.append(f"\n## {panel}\n")
        for name in names:
            parts += _command(f"huawu {name}", loaded(name))
    return "\n".join(parts)


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"\n### `{name}`\n\n{inspect.cleandoc(command.help or '')}\n"
    inner = getattr(command, "commands", None)
    if inner is not None:
        for one, sub in inner.items():
            yield from (text.replace("### ", "#### ", 1) for text in _command(f"{name} {one}", sub))
        return
    told = [one for one in command.params if one.name != "help" and not getattr(one, "hidden", False)]
    if told:
        yield table(("option", "kind", "default", "meaning"), (_option(one) for one in told))


def _option(one: Any) -> tuple[str, ...]:
    written = [*one.opts, *one.secondary_opts] if one.param_type_name == "option" else [one.metavar or one.name.upper()]
    kind = "flag" if getattr(one, "is_flag", False) else one.metavar or _kind(one.type_descriptor.annotation)
    if one.param_type_name == "argument":
        kind = _kind(one.type_descriptor.annotation)
    several = " (several times)" if one.multiple or one.nargs == -1 else ""
    default = one.default() if callable(one.default) else one.default
    usual = "" if default is None or default is False or default in ((), "") else _code(default)
    return (", ".join(map(_code, written)), kind + several, "**needed**" if one.required else usual, one.help or "")


def _kind(annotation: Any) -> str:
    """Return what a value of an option is, as a reader calls it."""
    inside = get_args(annotation)
    if get_origin(annotation) is Literal:
        return ", ".join(map(_code, inside))
    if get_origin(annotation) is Annotated or get_origin(annotation) in (list, tuple, Union, UnionType):
        return _kind(inside[0])
    kinds = {str: "text", int: "whole number", float: "number", Path: "file or folder", bool: "flag"}
    return kinds.get(annotation, getattr(annotation, "__name__", "text").lower())


# HTTP


def routes() -> str:
    """Return every operation of the service, and the fields of what it takes and gives, from its OpenAPI document."""
    document = _openapi()
    parts = [HTTP]
    by_tag: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            by_tag.setdefault(operation.get("tags", ["service"])[0], []).append(_operation(verb, path, operation))
    parts += [f"## {tag}\n\n" + "\n".join(told) for tag, told in by_tag.items()]
    parts.append("## Models\n\nWhat is sent and answered as JSON, field by field.\n")
    parts += [_model(name, model) for name, model in sorted(document["components"]["schemas"].items())]
    return "\n".join(parts)


def _openapi() -> dict[str, Any]:
    from api.http.app import create_app
    from api.settings import Settings, shipped_ladder

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(shipped_ladder(), database_url=f"sqlite:///{folder}/none.db")
        return create_app(settings).openapi()


def _operation(verb: str, path: str, operation: Mapping[str, Any]) -> str:
    told = [f"### `{verb.upper()} {path}`\n\n{_plain(operation.get('description') or operation.get('summary', ''))}\n"]
    if operation.get("parameters"):
        rows = (
            (_code(one["name"]), one["in"], _schema(one["schema"]), "yes" if one.get("required") else "",
             one.get("description") or one["schema"].get("description", ""))
            for one in operation["parameters"]
        )  # fmt: skip
        told.append(table(("parameter", "in", "kind", "needed", "meaning"), rows))
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        told.append(f"Body: `{kind}`, {_schema(content['schema'])}\n")
    answers = [
        f"{status} ({_schema(content['schema']) if 'schema' in content else kind})"
        for status, answer in operation["responses"].items() if status.startswith("2")
        for kind, content in (answer.get("content") or {"nothing": {}}).items()
    ]  # fmt: skip
    refused = [status for status in sorted(operation["responses"]) if not status.startswith("2")]
    told.append(f"Answers: {', '.join(answers)}" + (f"; refused with {', '.join(refused)}\n" if refused else "\n"))
    return "\n".join(told)


def _plain(text: str) -> str:
    """Return a docstring's text as Markdown that has no headings of its own."""
    return as_markdown(inspect.cleandoc(text))


def _schema(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_schema(one) for one in schema[several])
    if "enum" in schema or "const" in schema:
        return ", ".join(_code(one) for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_schema(schema.get('items', {}))}"
    return {"null": "nothing", "object": "object", "": "any"}.get(kind := str(schema.get("type", "")), kind)


def _model(name: str, model: Mapping[str, Any]) -> str:
    needed = model.get("required", ())
    rows = (
        (_code(field), _schema(one), "yes" if field in needed else "", one.get("description", ""))
        for field, one in model.get("properties", {}).items()
    )
    text = f"### {name}\n\n{_plain(model.get('description', ''))}\n"
    return text + "\n" + (table(("field", "kind", "needed", "meaning"), rows) if model.get("properties") else "")


# Columns, rules, messages


def columns() -> str:
    """Return every column that is read or written by name: of staff lists, reports, and what else has a name."""
    from api.reports import table_kinds
    from api.reports.labels import LABELS, MEASURE_LABELS
    from forecaster.names import FIGURE_WORDS, GROUP_WORDS, MODE_WORDS, ORDER_STATUS, ROLE_WORDS
    from optimizer.law.people_columns import PEOPLE_COLUMNS

    people = ((_code(one.name), one.heading.zh, one.unit.en, one.means.zh, one.means.en) for one in PEOPLE_COLUMNS)
    kinds = [one for one in vars(table_kinds).values() if isinstance(one, table_kinds.TableKind)]
    labels = {**LABELS, **MEASURE_LABELS, **{name: label for kind in kinds for name, label in kind.labels.items()}}
    reports = ((_code(name), one.zh, one.en, one.kind, one.means_zh, one.means_en) for name, one in labels.items())
    parts = [
        COLUMNS,
        "## Staff list 人员表\n\n" + table(("column", "列名", "unit, range", "含义", "means"), people),
        "## Reports 报表\n\n" + table(("column", "表头", "head", "kind", "口径", "definition"), reports),
    ]
    for heading, words in (
        ("Roles 岗位", ROLE_WORDS),
        ("Groups that an order calls 指令所调的组", GROUP_WORDS),
        ("States of an order 指令状态", ORDER_STATUS),
        ("Modes 班别", MODE_WORDS),
        ("Columns, fields and arguments 列、字段与参数", FIGURE_WORDS),
    ):
        rows = ((_code(name), one.zh, one.en) for name, one in words.items())
        parts.append(f"## {heading}\n\n" + table(("name", "中文", "English"), rows))
    return "\n".join(parts)


def rules() -> str:
    """Return every rule of the roster by its id, with the sentence that tells of its breach or its cost."""
    from optimizer.law.rule_words import RULES

    rows = ((_code(one.name), one.label.zh, _braces(one.says.zh), _braces(one.says.en)) for one in RULES.values())
    return RULE_IDS + table(("id", "名称", "说明", "says"), rows)


def messages() -> str:
    """Return every sentence that the program says, by its code."""
    parts = [MESSAGES]
    seen: set[str] = set()
    for name in TABLES:
        sentences = importlib.import_module(name).SENTENCES
        new = {code: said for code, said in sentences.items() if code not in seen}
        seen |= set(new)
        rows = ((_code(code), _braces(said.zh), _braces(said.en)) for code, said in new.items())
        parts.append(f"## {name.partition('.')[0]}\n\n" + table(("code", "中文", "English"), rows))
    return "\n".join(parts)


def _braces(sentence: str) -> str:
    """Return a sentence with its fields as code, without how numbers are written in them."""
    told = re.sub(r"[<>*_]", lambda found: f"\\{found[0]}", sentence)
    return re.sub(r"\{([\w\\]+)[^{}]*\}", lambda found: "{" + found[1] + "}", told)


# The packages' faces


def faces() -> dict[str, str]:
    """Return the pages of what the packages offer, by file, with an index of all names and its search."""
    import pdoc

    kept = {}
    for face in FACES:
        package = importlib.import_module(face)
        for name in package.__all__:
            thing = getattr(package, name)
            kept[thing] = thing.__doc__
            thing.__doc__ = as_markdown(inspect.getdoc(thing) or "")
    pdoc.render.configure(docformat="markdown", show_source=False, search=True)
    with tempfile.TemporaryDirectory() as folder:
        pdoc.pdoc(*FACES, output_directory=Path(folder))
        made = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        pages = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in made}
    for thing, told in kept.items():
        thing.__doc__ = told
    return pages


def as_markdown(docstring: str) -> str:
    """Return a docstring of the house's style as Markdown: headings bold, what is explained further in as a list."""
    text = HEADING.sub(r"**\1**\n", docstring)
    return TERM.sub(lambda found: f"- **{found[1]}**: {' '.join(found[2].split())}\n", text)
