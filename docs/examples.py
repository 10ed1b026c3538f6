"""Run the commands and the Python of the handbook's pages, and write what they print: `make examples`.

A block of `bash` or `python` is run in its page's own folder, where the shipped sample lies as `data/sample`. The block
of `text` below it, behind `<!-- output -->`, is what it prints; `<!-- output 1-8,15 -->` shows these lines of it and
`…` for what lies between, and `varies` behind them that they hang on the roster found and are an example. A Chinese
page (`page.zh.md`) has the blocks of the English one, and is run with `HUAWU_LANGUAGE=zh`, as it tells its reader to.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PAGES = sorted(
    page for page in (ROOT / "docs").rglob("*.md") if "```bash" in (text := page.read_text(encoding="utf-8"))
    or "```python" in text
)  # fmt: skip
BLOCK = re.compile(
    r"^```(?P<language>bash|python)\n(?P<code>.*?)^```\n"
    r"(?:\n<!-- output(?: (?P<lines>[\d,-]+))?(?P<varies> varies)? -->\n```text\n(?P<shown>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)
BY_SHELL = re.compile(r"[|;&><$*]")
PORT = "8000"  # as the pages write it; whichever is free is taken
WIDTH = "88"
SET = ("PATH", "PYTHONPATH", "COLUMNS", "HUAWU_LANGUAGE")


@dataclass
class Place:
    """Where a page's blocks run: a folder, a port of its own, the names of its Python, what runs in the background."""

    folder: Path
    port: str = ""
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "example"})
    behind: list[subprocess.Popen[str]] = field(default_factory=list)


@contextlib.contextmanager
def place(folder: Path, language: str) -> Iterator[Place]:
    """Prepare a folder with the sample, go there, and end afterwards what was begun in the background."""
    folder.mkdir()
    console = importlib.import_module("api.cli.screen").OUTPUT
    width, console.width = console.width, int(WIDTH)  # whatever COLUMNS was when it was made
    (folder / "data").symlink_to(ROOT / "data")
    (folder / "bin").mkdir()
    command = folder / "bin" / "huawu"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        here = Place(folder, port=str(free.getsockname()[1]))
    before = {name: os.environ.get(name) for name in (*SET, "HUAWU_DATABASE_URL")}
    values = (f"{folder / 'bin'}:{before['PATH']}", str(ROOT), WIDTH, language)
    os.environ |= dict(zip(SET, values, strict=True))
    try:
        with contextlib.chdir(folder):
            yield here
    finally:
        console.width = width
        for process in here.behind:
            process.terminate()
            process.wait(30)
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ |= {name: value} if value is not None else {}


def run(language: str, code: str, here: Place) -> str:
    """Return what a block prints.

    Raises
    ------
    RuntimeError
        If a command of it fails, with what it said.
    """
    code = code.replace(PORT, here.port)
    if language == "python":
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "example", "exec"), here.names)
        said = printed.getvalue()
    else:
        said = _script(code, here)
    return said.replace(here.port, PORT).replace(f"{here.folder}/", "")


def _script(code: str, here: Place) -> str:
    """Run a block of the shell: plain commands of huawu in this process, what ends with `&` behind, else by bash."""
    lines = [line for line in code.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    if all(line.startswith("huawu ") and not BY_SHELL.search(line) for line in lines):
        return "".join(_huawu(shlex.split(line, comments=True)[1:]) for line in lines)
    if lines[0].rstrip().endswith("&"):
        log = here.folder / "behind.log"
        with log.open("a", encoding="utf-8") as out:
            words = [sys.executable, "-m", "api.cli", *shlex.split(lines[0].rstrip(" &"))[1:]]
            here.behind.append(subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, text=True))
        _wait(here, log)
        return ""
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{code}\n{done.stdout}{done.stderr}")
    return done.stdout


def _huawu(words: list[str]) -> str:
    """Run a command in this process, where what it needs is loaded already."""
    from typer.testing import CliRunner

    from api.cli import app

    done = CliRunner().invoke(app, words)
    if done.exit_code:
        raise RuntimeError(f"huawu {shlex.join(words)}\n{done.output}\n{done.exception!r}")
    return done.stdout


def _wait(here: Place, log: Path) -> None:
    for _ in range(3000):
        if here.behind[-1].poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{here.port}/healthz", timeout=5).close()
            return
        time.sleep(0.2)
    raise RuntimeError(f"the service does not answer\n{log.read_text(encoding='utf-8')}")


def chosen(printed: str, lines: str | None) -> str:
    """Return the lines of an output that a page shows; `…` stands for those left out between them."""
    every = [line.rstrip() for line in printed.rstrip("\n").splitlines()]
    if lines is None:
        return _unframed(every)
    shown: list[str] = []
    at = 0
    for part in lines.split(","):
        first, _, last = part.partition("-")
        begin, end = int(first) - 1, int(last or (len(every) if part.endswith("-") else first))
        shown += (["…"] if begin > at else []) + every[begin:end]
        at = end
    return _unframed([*shown, *(["…"] if at < len(every) else [])])


def _unframed(lines: list[str]) -> str:
    """Return lines without the frames of their tables, which fonts with Chinese draw twice as wide."""
    rows = [line for line in lines if line.strip("─━┏┓┗┛┳┻╋┡┩╇└┘┴┬┼├┤╞╡╪ ") or not line]
    return "".join(re.sub("^[│┃] ", "", line).replace("│", " ").replace("┃", " ").rstrip() + "\n" for line in rows)


def outputs(english: Path, folder: Path) -> dict[Path, list[tuple[re.Match[str], str]]]:
    """Run a page's blocks and those of its Chinese page; return each block with what it prints.

    Python says the same in both: where its blocks are the same and there are no others, they are run once.

    Raises
    ------
    RuntimeError
        If a command fails, or the Chinese page has not the same blocks.
    """
    chinese = english.with_suffix(".zh.md")
    pages = [page for page in (english, chinese) if page.exists()]
    blocks = [list(BLOCK.finditer(page.read_text(encoding="utf-8"))) for page in pages]
    if len({len(one) for one in blocks}) > 1:
        raise RuntimeError(f"{chinese.name} has {len(blocks[1])} blocks to run, {english.name} {len(blocks[0])}")
    printed: list[list[str]] = []
    for language, its in zip(("en", "zh"), blocks, strict=False):
        if printed and _python(its) and _python(its) == _python(blocks[0]):
            printed.append(printed[0])
            continue
        with place(folder / language, language) as here:
            printed.append([run(block["language"], block["code"], here) for block in its])
    return {
        page: [(block, chosen(said, block["lines"])) for block, said in zip(its, told, strict=True)]
        for page, its, told in zip(pages, blocks, printed, strict=True)
    }


def _python(blocks: list[re.Match[str]]) -> list[str]:
    """Return the code of blocks that are all Python, without its comments; nothing where some are not."""
    if any(block["language"] != "python" for block in blocks):
        return []
    return [re.sub(r"\s*#.*$", "", block["code"], flags=re.MULTILINE) for block in blocks]


def write(english: Path) -> None:
    """Run a page's blocks and write what they print into it and its Chinese page."""
    with tempfile.TemporaryDirectory() as folder:
        for page, told in outputs(english, Path(folder)).items():
            text = page.read_text(encoding="utf-8")
            blocks = BLOCK.finditer(text)  # found again, for the page may have been edited meanwhile
            for block, (_, printed) in reversed(list(zip(blocks, told, strict=True))):
                if block["shown"] is not None:
                    text = text[: block.start("shown")] + printed + text[block.end("shown") :]
            page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:] or [str(one) for one in PAGES if not one.name.endswith(".zh.md")]):
        write(page.resolve())
