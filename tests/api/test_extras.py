"""What is installed on request alone: nothing else needs it, and its absence is one sentence."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import altair as alt
import pandas as pd
import pytest

from api.extras import EXTRAS, MissingExtra
from api.notices import heard
from api.reports.charts import png_if_drawn, to_svg, write_png
from api.store.database import open_database

OURS = ("forecaster", "optimizer", "escalation", "api")
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def named(requirements: list[str]) -> set[str]:
    """Return the distributions that a list of requirements names, as registries spell them."""
    return {re.match(r"[\w.-]+", one)[0].lower().replace("_", "-") for one in requirements}


def imported(root: Path) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the libraries that the product loads with its modules, and inside functions: by library, who does."""
    early: dict[str, set[str]] = {}
    late: dict[str, set[str]] = {}
    for path in (path for package in OURS for path in (root / package).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = {node for one in ast.walk(tree) if isinstance(one, FUNCTIONS) for node in ast.walk(one)}
        typing = {
            node for one in ast.walk(tree) if isinstance(one, ast.If) and "TYPE_CHECKING" in ast.unparse(one.test)
            for node in ast.walk(one)
        }  # fmt: skip
        for node in ast.walk(tree):
            if node in typing or not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
            for top in {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - set(OURS):
                (late if node in inside else early).setdefault(top, set()).add(str(path.relative_to(root)))
    return early, late


def test_what_is_installed_always_is_enough_to_load_every_module(root):
    always = named(project(root)["dependencies"])
    of = packages_distributions()
    early, _ = imported(root)
    early.pop("starlette", None)  # fastapi is made of it, as pydantic
    early.pop("pydantic", None)
    lacking = {
        library: places for library, places in early.items()
        if not {name.lower().replace("_", "-") for name in of.get(library, [library])} & always
    }  # fmt: skip
    assert lacking == {}


def test_what_a_function_loads_is_installed_always_or_by_an_extra_that_is_no_tool_of_tests(root):
    told = project(root)
    offered = named(told["dependencies"])
    for name, requirements in told["optional-dependencies"].items():
        offered |= named(requirements) if name != "test" else set()
    of = packages_distributions()
    _, late = imported(root)
    assert len(late) > 10
    for library, places in late.items():
        if library not in ("starlette", "pydantic"):
            names = {name.lower().replace("_", "-") for name in of.get(library, [library])}
            assert names & offered or any(one.startswith(f"{library}-") for one in offered), (library, places)


def test_every_extra_that_a_sentence_names_is_there(root):
    extras = set(project(root)["optional-dependencies"])
    told = set(EXTRAS)
    for path in [*(root / "api").rglob("*.py"), *(root / "docs").glob("*.md"), root / "README.md"]:
        told |= set(re.findall(r"huawu\[([a-z]+)\]", path.read_text(encoding="utf-8")))
    assert {"pictures", "postgresql", "cluster", "traces"} <= told <= extras


def test_a_chart_that_nothing_can_draw_is_a_sentence_where_it_would_stand(without_pictures, tmp_path):
    chart = alt.Chart(pd.DataFrame({"x": [1, 2]})).mark_point().encode(x="x:Q")
    with heard() as said:
        shown = to_svg(chart)
        assert png_if_drawn(chart, tmp_path / "chart.png") == []
    assert [one.en for one in said] == ["charts and PDF files need more: pip install 'huawu[pictures]'"]
    assert shown.startswith("<p>图表与 PDF 需另行安装：请执行 pip install")
    with pytest.raises(MissingExtra, match=re.escape("huawu[pictures]")):
        write_png(chart, tmp_path / "chart.png")
    assert list(tmp_path.iterdir()) == []


def test_postgresql_without_its_driver_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=re.escape("PostgreSQL needs more: pip install 'huawu[postgresql]'")):
        open_database("postgresql://nobody@127.0.0.1/none")
