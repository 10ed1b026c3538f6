"""What CONTRIBUTING.md says: its examples run as they stand, hooks ask what `make check` asks, a changelog is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import forecaster

PAGE = Path(__file__).resolve().parents[1] / "CONTRIBUTING.md"
SECTIONS = re.findall(
    r"^## (How to add .+?)\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize("heading", [heading for heading, _ in SECTIONS])
def test_the_example_of_how_to_add_something_works(heading: str) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", dict(SECTIONS)[heading], re.DOTALL | re.MULTILINE)
    assert blocks, f"{heading}: there is no example"
    exec(compile("\n".join(blocks), f"{PAGE.name}: {heading}", "exec"), {"__name__": "example"})


def test_the_chinese_page_has_the_same_examples_and_can_be_led_to_by_the_same_names() -> None:
    pages = [page.read_text(encoding="utf-8") for page in (PAGE, PAGE.with_suffix(".zh.md"))]
    english, chinese = (re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE) for text in pages)
    assert len(english) >= 8
    assert english == chinese
    anchors = [heading.lower().replace(" ", "-") for heading, _ in SECTIONS]
    assert re.findall(r"^## .*\{ #([\w-]+) \}$", pages[1], re.MULTILINE) == anchors


def test_the_hooks_before_a_commit_ask_what_make_check_asks_and_fetch_nothing(root: Path) -> None:
    repositories = yaml.safe_load((root / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [one["repo"] for one in repositories] == ["local"]
    asked = [hook["entry"].split()[:2] for hook in repositories[0]["hooks"]]
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe is not None
    wanted = [line.replace("$(BIN)", ".venv/bin").split() for line in recipe[1].splitlines()]
    assert [hook[0] for hook in asked] == [line[0] for line in wanted]
    assert all(len(hook) == 1 or hook[1] == line[1] for hook, line in zip(asked, wanted, strict=True))


def test_the_changelog_begins_with_this_version_and_tells_each_by_day_and_kind(root: Path) -> None:
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## (.+?) \((\d{4}-\d\d-\d\d)\)$", text, re.MULTILINE)
    assert releases[0][0] == forecaster.__version__
    order = [(day, *map(int, number.split("."))) for number, day in releases]
    assert order == sorted(order, reverse=True)
    assert len(releases) == text.count("\n## ")
    for release in text.split("\n## ")[1:]:
        kinds = re.findall(r"^### (.+)$", release, re.MULTILINE)
        assert kinds == [kind for kind in ("Added", "Changed", "Fixed") if kind in kinds]
        told = [line for line in release.splitlines()[1:] if line and not line.startswith(("### ", "- ", "  "))]
        assert told == []
