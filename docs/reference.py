"""The reference, made from the code it tells of: commands, HTTP, columns, rules, messages, and the packages' faces."""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import re
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from forecaster.messages import Language, Words

ROOMS = ("history", "forecast", "queueing", "requirement", "simulation")
FACES = ("forecaster", *(f"forecaster.{room}" for room in ROOMS), "optimizer", "escalation", "api")
TABLES = ("forecaster.sentences", "optimizer.sentences", "escalation.sentences", "api.sentences")
RAISES = "\nRaises\n------\n"
HEADING = re.compile(r"^(\w+)\n-+$", re.MULTILINE)
# A line, and the lines below it that stand further in.
TERM = re.compile(r"^(?! )(\S[^\n]*)\n((?: {4}[^\n]*\n?)+)", re.MULTILINE)

COMMANDS = Words(
    """# 命令

由程序自身生成；`huawu 命令 --help --language zh` 的内容相同。`HUAWU_LANGUAGE=zh`
设定一次，此后所有命令的说明和输出都是中文。
""",
    "# Commands\n\nMade from the program itself; `huawu COMMAND --help` says the same.\n",
)
HTTP = Words(
    """# HTTP

由服务自己的 OpenAPI 文档（[openapi.json](openapi.json)）生成；正在运行的服务在 `/docs` 带示例地展示它。密钥写在
`Authorization: Bearer …` 里；拒绝是 `application/problem+json`，
带 `code`、`detail` 和中文的 `detail_zh`。
""",
    """# HTTP

Made from the service's own OpenAPI document ([openapi.json](openapi.json)); a running service shows it with examples at
`/docs`. A key goes in `Authorization: Bearer …`; a refusal is `application/problem+json` with `code`, `detail` and
`detail_zh`.
""",
)
COLUMNS = Words(
    """# 列与名称

由程序读写所依据的表生成。随附示例的文件见[数据字典](data.md)，数据框见[数据框与调用](../frames.md)。
""",
    """# Columns and names

Made from the tables that the program itself reads and writes by. The files of the sample are told in
[the data dictionary](data.md), frames in [what crosses the borders](../frames.md).
""",
)
RULE_IDS = Words(
    """# 规则编号

班表的每条规则叫什么，违反时或权衡时怎么说。数值、单位、由什么设定，见[班表](../roster.md#the-rules-by-name)。

""",
    """# Rules by id

What each rule of the roster is called and says where it is broken, or weighed. Numbers, units and by what each is told
stand in [the roster](../roster.md#the-rules-by-name).

""",
)
MESSAGES = Words(
    """# 提示

每条拒绝和备注都有代码，命令行、HTTP（`code`）和页面上都一样。花括号里的是填入的值。
""",
    """# Messages

Every refusal and note has a code, the same on the command line, over HTTP (`code`) and on the pages. Words in braces
are values put in.
""",
)
PYTHON = Words(
    """# Python

分析员可以导入的全部名称，取自代码。点名称看它的参数、单位和报错；也可以[按名称搜索](python/index.html)。
包与包之间传递的数据框见[数据框与调用](../frames.md)。
""",
    """# Python

Every name that an analyst may import, made from the code. A name leads to its arguments, units and errors, which can
also be [searched](python/index.html). The frames that pass between packages are told in
[frames and calls](../frames.md).
""",
)
# Heads of tables and what stands in their cells, in both languages.
SAID = {
    "options": (("选项", "种类", "默认", "含义"), ("option", "kind", "default", "meaning")),
    "parameters": (("参数", "位置", "种类", "必填", "含义"), ("parameter", "in", "kind", "needed", "meaning")),
    "fields": (("字段", "种类", "必填", "含义"), ("field", "kind", "needed", "meaning")),
    "people": (("列", "列名", "单位、范围", "含义"), ("column", "列名", "unit, range", "means")),
    "reports": (("列", "表头", "英文表头", "种类", "口径"),
                ("column", "表头", "head", "kind", "definition")),
    "names": (("名称", "中文", "英文"), ("name", "中文", "English")),
    "rules": (("编号", "名称", "说明"), ("id", "name", "says")),
    "messages": (("代码", "中文", "英文"), ("code", "中文", "English")),
    "offered": (("名称", "作用"), ("name", "what it is or does")),
}  # fmt: skip
CELLS = {
    "handbook": Words("← 手册", "← the handbook"),
    "colon": Words("：", ": "),
    "flag": Words("开关", "flag"),
    "text": Words("文字", "text"),
    "whole number": Words("整数", "whole number"),
    "number": Words("数", "number"),
    "file or folder": Words("文件或文件夹", "file or folder"),
    "datetime": Words("时刻", "datetime"),
    "several": Words("（可多次）", " (several times)"),
    "needed": Words("**必填**", "**needed**"),
    "yes": Words("是", "yes"),
    "query": Words("查询", "query"),
    "path": Words("路径", "path"),
    "header": Words("标头", "header"),
    "list": Words("列表：", "list of "),
    "or": Words(" 或 ", " or "),
    "nothing": Words("无", "nothing"),
    "object": Words("对象", "object"),
    "any": Words("任意", "any"),
    "string": Words("文字", "string"),
    "integer": Words("整数", "integer"),
    "boolean": Words("是否", "boolean"),
    "body": Words("正文：", "Body: "),
    "then": Words("，", ", "),
    "answers": Words("答复：", "Answers: "),
    "answer": Words("{}（{}）", "{} ({})"),
    "refused": Words("；拒绝：", "; refused with "),
    "models": Words("## 数据模型\n\n收发的 JSON，逐个字段。\n",
                    "## Models\n\nWhat is sent and answered as JSON, field by field.\n"),
}  # fmt: skip

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


def pages(language: Language) -> dict[str, str]:
    """Return every page in a language, by its place in the handbook."""
    return {
        "reference/commands.md": commands(language),
        "reference/http.md": routes(language),
        "reference/openapi.json": json.dumps(_openapi(), ensure_ascii=False, indent=1),
        "reference/columns.md": columns(language),
        "reference/rules.md": rules(language),
        "reference/messages.md": messages(language),
        "reference/rulebook.md": rulebook(language),
        "reference/python.md": python(language),
        **{f"reference/python/{name}": page for name, page in faces(language).items()},
    }


def rulebook(language: Language) -> str:
    """Return every rule of the rulebook with where it lives, from `rulebook.toml`."""
    told = tomllib.loads((Path(__file__).parent / "rulebook.toml").read_text(encoding="utf-8"))
    parts = [RULEBOOK[language]]
    for part in told["part"]:
        rows = (
            (rule, one[language], f"`{one['module']}`", _test(one["test"]), _page(one["page"], language))
            for rule, one in part["rules"].items()
        )
        parts.append(f"## {part[language]}\n\n" + table(RULEBOOK_HEADS[language], rows))
    return "\n".join(parts)


def _test(name: str) -> str:
    file, mark, begins = name.removeprefix("tests/").partition("::")
    return f"`{file}` `{mark}{begins}`" if mark else f"`{file}`"  # two words, of which the second may go below


def _page(name: str, language: Language) -> str:
    """Return a link to a page, called by its title; the one that is made from the code has it in `COLUMNS`."""
    place = Path(__file__).parent / (name.replace(".md", ".zh.md") if language == "zh" else name)
    text = place.read_text(encoding="utf-8") if place.exists() else COLUMNS.said(language)
    return f"[{text.partition(chr(10))[0].removeprefix('# ')}](../{name})"


def table(heads: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
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


def commands(language: Language) -> str:
    """Return every command with its arguments and options, in the order of `huawu --help`."""
    from api.cli import chinese
    from api.cli.subcommands import SUBCOMMANDS, loaded

    parts = [COMMANDS.said(language)]
    for panel, names in SUBCOMMANDS.items():
        parts.append(f"\n## {chinese.panel_heading(panel) if language == 'zh' else panel}\n")
        for name in names:
            parts += _command(f"huawu {name}", loaded(name, language), language)
    return "\n".join(parts)


def _command(name: str, command: Any, language: Language) -> Iterator[str]:
    yield f"\n### `{name}`\n\n{inspect.cleandoc(command.help or '')}\n"
    inner = getattr(command, "commands", None)
    if inner is not None:
        for one, sub in inner.items():
            yield from (text.replace("### ", "#### ", 1) for text in _command(f"{name} {one}", sub, language))
        return
    told = [one for one in command.params if one.name != "help" and not getattr(one, "hidden", False)]
    if told:
        yield table(_heads("options", language), (_option(one, language) for one in told))


def _option(one: Any, language: Language) -> tuple[str, ...]:
    written = [*one.opts, *one.secondary_opts] if one.param_type_name == "option" else [one.metavar or one.name.upper()]
    kind = "flag" if getattr(one, "is_flag", False) else one.metavar or _kind(one.type_descriptor.annotation)
    if one.param_type_name == "argument":
        kind = _kind(one.type_descriptor.annotation)
    several = _in("several", language) if one.multiple or one.nargs == -1 else ""
    default = one.default() if callable(one.default) else one.default
    usual = "" if default is None or default is False or default in ((), "") else _code(default)
    needed = _in("needed", language) if one.required else usual
    return (", ".join(map(_code, written)), _in(kind, language) + several, needed, one.help or "")


def _kind(annotation: Any) -> str:
    """Return what a value of an option is, as a reader calls it."""
    inside = get_args(annotation)
    if get_origin(annotation) is Literal:
        return ", ".join(map(_code, inside))
    if get_origin(annotation) is Annotated or get_origin(annotation) in (list, tuple, Union, UnionType):
        return _kind(inside[0])
    kinds = {str: "text", int: "whole number", float: "number", Path: "file or folder", bool: "flag"}
    return kinds.get(annotation, getattr(annotation, "__name__", "text").lower())


def _heads(name: str, language: Language) -> tuple[str, ...]:
    return SAID[name][0 if language == "zh" else 1]


def _in(word: str, language: Language) -> str:
    """Return a word of a cell in a language; one that has no Chinese, such as a name, as it is."""
    return CELLS[word].said(language) if word in CELLS else word


# HTTP


def routes(language: Language) -> str:
    """Return every operation of the service, and the fields of what it takes and gives, from its OpenAPI document."""
    document = _openapi()
    chinese = _http_in_chinese()
    parts = [HTTP.said(language)]
    by_tag: dict[str, list[str]] = {}
    for name, operation in operations(document).items():
        tag = operation["tags"][0]
        said = operation["description"]
        if language == "zh":
            tag = chinese["tags"][tag]
            said = chinese["operations"][name]
        by_tag.setdefault(tag, []).append(_operation(name, said, operation, language))
    parts += [f"## {tag}\n\n" + "\n".join(told) for tag, told in by_tag.items()]
    parts.append(_in("models", language))
    for name, model in sorted(document["components"]["schemas"].items()):
        said = chinese["models"].get(name, "") if language == "zh" else model.get("description", "")
        parts.append(_model(name, said, model, language))
    return "\n".join(parts)


@functools.cache
def _http_in_chinese() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "http.zh.toml").read_text(encoding="utf-8"))


def operations(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return every operation of an OpenAPI document by its verb and path."""
    return {
        f"{verb.upper()} {path}": operation
        for path, item in document["paths"].items()
        for verb, operation in item.items()
    }


@functools.cache
def _openapi() -> dict[str, Any]:
    from api.http.app import create_app
    from api.settings import Settings, shipped_ladder

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(shipped_ladder(), database_url=f"sqlite:///{folder}/none.db")
        return create_app(settings).openapi()


def _operation(name: str, said: str, operation: Mapping[str, Any], language: Language) -> str:
    told = [f"### `{name}`\n\n{_plain(said)}\n"]
    if operation.get("parameters"):
        rows = (
            (_code(one["name"]), _in(one["in"], language), _schema(one["schema"], language),
             _in("yes", language) if one.get("required") else "",
             meaning(name, one["name"], described(one), language))
            for one in operation["parameters"]
        )  # fmt: skip
        told.append(table(_heads("parameters", language), rows))
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        told.append(f"{_in('body', language)}`{kind}`{_in('then', language)}{_schema(content['schema'], language)}\n")
    answers = [
        _in("answer", language).format(
            status, _schema(content["schema"], language) if "schema" in content else _in(kind, language)
        )
        for status, answer in operation["responses"].items() if status.startswith("2")
        for kind, content in (answer.get("content") or {"nothing": {}}).items()
    ]  # fmt: skip
    refused = [status for status in sorted(operation["responses"]) if not status.startswith("2")]
    last = f"{_in('refused', language)}{', '.join(refused)}" if refused else ""
    told.append(f"{_in('answers', language)}{', '.join(answers)}{last}\n")
    return "\n".join(told)


def described(parameter: Mapping[str, Any]) -> str:
    """Return the description of a parameter, its own or that of what it is."""
    told: str = parameter.get("description") or parameter["schema"].get("description", "")
    return told


def meaning(owner: str, name: str, english: str, language: Language) -> str:
    """Return what a field of an operation or a model means; in Chinese what is not described by what it is called."""
    from forecaster.names import FIGURE_WORDS

    if language == "en":
        return english
    if english:
        fields: dict[str, str] = _http_in_chinese()["fields"]
        return fields.get(f"{owner} {name}") or fields[name]
    return FIGURE_WORDS[name].zh if name in FIGURE_WORDS else ""


def _plain(text: str) -> str:
    """Return a docstring's text as Markdown that has no headings of its own."""
    return as_markdown(inspect.cleandoc(text))


def _schema(schema: Mapping[str, Any], language: Language) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return _in("or", language).join(_schema(one, language) for one in schema[several])
    if "enum" in schema or "const" in schema:
        return ", ".join(_code('""' if one == "" else one) for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return _in("list", language) + _schema(schema.get("items", {}), language)
    kind = str(schema.get("type", ""))
    return _in({"null": "nothing", "": "any"}.get(kind, kind), language)


def _model(name: str, said: str, model: Mapping[str, Any], language: Language) -> str:
    needed = model.get("required", ())
    rows = (
        (_code(field), _schema(one, language), _in("yes", language) if field in needed else "",
         meaning(name, field, one.get("description", ""), language))
        for field, one in model.get("properties", {}).items()
    )  # fmt: skip
    text = f"### {name}\n\n{_plain(said)}\n"
    return text + "\n" + (table(_heads("fields", language), rows) if model.get("properties") else "")


# Columns, rules, messages


def columns(language: Language) -> str:
    """Return every column that is read or written by name: of staff lists, reports, and what else has a name."""
    from api.reports import table_kinds
    from api.reports.labels import LABELS, MEASURE_LABELS
    from forecaster.names import FIGURE_WORDS, GROUP_WORDS, MODE_WORDS, ORDER_STATUS, ROLE_WORDS
    from optimizer.law.people_columns import PEOPLE_COLUMNS

    people = (
        (_code(one.name), one.heading.zh, one.unit.said(language), one.means.said(language)) for one in PEOPLE_COLUMNS
    )
    kinds = [one for one in vars(table_kinds).values() if isinstance(one, table_kinds.TableKind)]
    labels = {**LABELS, **MEASURE_LABELS, **{name: label for kind in kinds for name, label in kind.labels.items()}}
    reports = ((_code(name), one.zh, one.en, one.kind, one.means(language)) for name, one in labels.items())
    parts = [
        COLUMNS.said(language),
        f"## {Words('人员表', 'Staff list').said(language)}\n\n" + table(_heads("people", language), people),
        f"## {Words('报表', 'Reports').said(language)}\n\n" + table(_heads("reports", language), reports),
    ]
    for heading, words in (
        (Words("岗位", "Roles"), ROLE_WORDS),
        (Words("指令所调的组", "Groups that an order calls"), GROUP_WORDS),
        (Words("指令状态", "States of an order"), ORDER_STATUS),
        (Words("班别", "Modes"), MODE_WORDS),
        (Words("列、字段与参数", "Columns, fields and arguments"), FIGURE_WORDS),
    ):
        rows = ((_code(name), one.zh, one.en) for name, one in words.items())
        parts.append(f"## {heading.said(language)}\n\n" + table(_heads("names", language), rows))
    return "\n".join(parts)


def rules(language: Language) -> str:
    """Return every rule of the roster by its id, with the sentence that tells of its breach or its cost."""
    from optimizer.law.rule_words import RULES

    rows = ((_code(one.name), one.label.said(language), _braces(one.says.said(language))) for one in RULES.values())
    return RULE_IDS.said(language) + table(_heads("rules", language), rows)


def messages(language: Language) -> str:
    """Return every sentence that the program says, by its code."""
    parts = [MESSAGES.said(language)]
    seen: set[str] = set()
    for name in TABLES:
        sentences = importlib.import_module(name).SENTENCES
        new = {code: said for code, said in sentences.items() if code not in seen}
        seen |= set(new)
        rows = ((_code(code), _braces(said.zh), _braces(said.en)) for code, said in new.items())
        parts.append(f"## {name.partition('.')[0]}\n\n" + table(_heads("messages", language), rows))
    return "\n".join(parts)


def _braces(sentence: str) -> str:
    """Return a sentence with its fields as code, without how numbers are written in them."""
    told = re.sub(r"[<>*_]", lambda found: f"\\{found[0]}", sentence)
    return re.sub(r"\{([\w\\]+)[^{}]*\}", lambda found: "{" + found[1] + "}", told)


# The packages' faces


def python(language: Language) -> str:
    """Return every name that the packages offer, by package, with the first sentence of what it is."""
    parts = [PYTHON.said(language)]
    for face, module in documented().items():
        rows = (
            (f"[`{doc.name}`](python/{_place(face)}#{doc.name})", _first(told(doc.qualname, doc.docstring, language)))
            for doc in module.own_members
        )
        first = _first(told(face, module.docstring, language))
        parts.append(f"## {face}\n\n{first}\n\n" + table(_heads("offered", language), rows))
    return "\n".join(parts)


def _place(face: str) -> str:
    return f"{face.replace('.', '/')}.html"


def _first(docstring: str) -> str:
    return docstring.partition("\n\n")[0]


def faces(language: Language) -> dict[str, str]:
    """Return the pages of what the packages offer, by file, with an index of all names and its search."""
    import pdoc.render

    modules = documented()
    for name, doc in docstrings(modules):
        doc.docstring = as_markdown(told(name, doc.docstring, language), _in("colon", language))
    pdoc.render.configure(
        docformat="markdown", show_source=False, search=True, template_directory=Path(__file__).parent / "pdoc"
    )
    pdoc.render.env.globals["handbook"] = _in("handbook", language)
    pages = {_place(name): pdoc.render.html_module(one, modules) for name, one in modules.items()}
    pages |= {"index.html": pdoc.render.html_index(modules), "search.js": pdoc.render.search_index(modules)}
    if language == "zh":
        pages = {name: _pdoc_in_chinese(page) for name, page in pages.items()}
    return pages


def documented() -> dict[str, Any]:
    """Return the faces as pdoc sees them, by name, new each time."""
    import pdoc.doc

    modules = {face: importlib.import_module(face) for face in FACES}
    for module in modules.values():
        for name in module.__all__:
            getattr(module, name)  # which loads it: pdoc sees what is there
    return {face: pdoc.doc.Module(module) for face, module in modules.items()}


def docstrings(modules: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield everything that says what it is, with its name; what several faces offer comes once for each."""
    for face, module in modules.items():
        yield face, module
        for one in module.flattened_own_members:
            for doc in (one, *(one.own_members if one.kind == "class" else ())):
                if doc.docstring and not doc.name.startswith("_"):
                    own = getattr(doc.obj, "__qualname__", "") if doc.kind == "function" else ""
                    yield own or doc.qualname, doc  # a function that is the default of a field has its own name


def told(name: str, english: str, language: Language) -> str:
    """Return what a name is said to be, as a docstring in a language; what it refuses has its Chinese once for all."""
    if language == "en":
        return english
    chinese = _python_in_chinese()
    refused = (f"{error}\n    {chinese['refused'][why]}\n" for error, why in refusals(english))
    return chinese["told"][name]["zh"] + "".join(["\n\n抛出\n----\n", *refused] if RAISES in english else [])


def refusals(english: str) -> list[tuple[str, str]]:
    """Return the errors that a docstring tells, each with its reason on one line."""
    return [(error, " ".join(why.split())) for error, why in TERM.findall(english.partition(RAISES)[2])]


@functools.cache
def _python_in_chinese() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "python.zh.toml").read_text(encoding="utf-8"))


def _pdoc_in_chinese(page: str) -> str:
    for english, chinese in _python_in_chinese()["pdoc"].items():
        page = page.replace(english, chinese)
    return page


def as_markdown(docstring: str, colon: str = ": ") -> str:
    """Return a docstring of the house's style as Markdown: headings bold, what is explained further in as a list."""
    text = HEADING.sub(r"**\1**\n", docstring)
    return TERM.sub(lambda found: f"- **{found[1]}**{colon}{' '.join(found[2].split())}\n", text)
