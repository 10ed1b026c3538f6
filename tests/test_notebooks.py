"""What newcomers read first: the README's example does a month, the notebooks lean on the faces alone."""

from __future__ import annotations

import ast
import importlib
import json
import re

import pandas as pd
import pytest

OURS = ("forecaster", "optimizer", "escalation", "api")
NOTEBOOKS = (
    "01_history_to_forecast.ipynb",
    "02_calls_to_seats.ipynb",
    "03_seats_to_roster.ipynb",
    "04_replay_a_surge.ipynb",
    "05_would_the_plans_have_held.ipynb",
    "06_talk_to_the_service.ipynb",
)


def imports_of(code: str) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import | ast.ImportFrom)]


def require_faces(code: str) -> None:
    """Fail unless every name that `code` imports from the product is one that a face offers."""
    for node in imports_of(code):
        modules = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        for module in modules:
            if module.partition(".")[0] in OURS:
                assert isinstance(node, ast.ImportFrom)
                assert {alias.name for alias in node.names} <= set(importlib.import_module(module).__all__), module


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_needs_five_lines_of_imports_all_from_faces_and_is_stored_without_output(root, name):
    cells = json.loads((root / "notebooks" / name).read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    assert len(imports_of("\n".join(code))) <= 5
    require_faces("\n".join(code))
    assert not re.search(r"^(def|class|for|while) ", "\n".join(code), re.MULTILINE), "logic belongs in a package"


def test_every_notebook_is_looked_at(root):
    assert sorted(path.name for path in (root / "notebooks").glob("*.ipynb")) == list(NOTEBOOKS)


@pytest.mark.slow
def test_the_ten_lines_of_the_readme_make_a_lawful_month(root, tmp_path, monkeypatch):
    example = re.search(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    assert len([line for line in example.splitlines() if line and not line.startswith(("import", "from"))]) <= 10
    require_faces(example)
    (tmp_path / "data").symlink_to(root / "data")
    monkeypatch.chdir(tmp_path)
    made: dict = {}
    exec(compile(example, "README.md", "exec"), made)
    assert made["broken"].empty
    roster = pd.read_csv("roster.csv")
    assert set(pd.to_datetime(roster["date"]).dt.to_period("M")) == {pd.Period("2026-12")}
    assert roster["badge"].nunique() > 100
