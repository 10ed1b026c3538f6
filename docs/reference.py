"""Write the reference of the packages' faces as pages, from their docstrings: `python docs/reference.py FOLDER`."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from pathlib import Path

import pdoc

ROOMS = ("history", "forecast", "queueing", "requirement", "simulation")
FACES = ("forecaster", *(f"forecaster.{room}" for room in ROOMS), "optimizer", "escalation", "api")
HEADING = re.compile(r"^(\w+)\n-+$", re.MULTILINE)
# A line, and the lines below it that stand further in.
TERM = re.compile(r"^(?! )(\S[^\n]*)\n((?: {4}[^\n]*\n?)+)", re.MULTILINE)


def as_markdown(docstring: str) -> str:
    """Return a docstring of the house's style as Markdown: headings bold, what is explained further in as a list."""
    text = HEADING.sub(r"**\1**\n", docstring)
    return TERM.sub(lambda found: f"- **{found[1]}**: {' '.join(found[2].split())}\n", text)


def main(folder: Path) -> None:
    """Write a page for each face into `folder`, and an index of all names with a search."""
    for face in FACES:
        package = importlib.import_module(face)
        for name in package.__all__:
            thing = getattr(package, name)
            thing.__doc__ = as_markdown(inspect.getdoc(thing) or "")
    pdoc.render.configure(docformat="markdown", show_source=False, search=True)
    pdoc.pdoc(*FACES, output_directory=folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
