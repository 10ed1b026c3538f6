"""The pages that show how to add something are run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "CONTRIBUTING.md"
SECTIONS = re.findall(
    r"^## (How to add .+?)\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize("heading", [heading for heading, _ in SECTIONS])
def test_the_example_of_how_to_add_something_works(heading: str) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", dict(SECTIONS)[heading], re.DOTALL | re.MULTILINE)
    assert blocks, f"{heading}: there is no example"
    exec(compile("\n".join(blocks), f"{PAGE.name}: {heading}", "exec"), {"__name__": "example"})
