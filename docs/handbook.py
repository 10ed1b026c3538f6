"""Build the handbook in both languages: `python docs/handbook.py [FOLDER]`; `make docs` calls it.

Also what mkdocs is told of this house, as the hook of `mkdocs.yml`: pages made from the code, files of the repository
as pages (where they have no Chinese they are shown in English), `page.zh.md` as the Chinese of `page.md`, and links.
A link is written as it works in the repository; where its target is a page of the handbook it leads there, and where it
is a file that is none it becomes the file's name.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import reference  # noqa: E402 (beside this file)

BROUGHT = {  # files of the repository that are pages of the handbook, and where
    "CONTRIBUTING.md": "repository/contributing.md",
    "CHANGELOG.md": "repository/changelog.md",
    "data/README.md": "reference/data.md",
    "tests/benchmarks/RESULTS.md": "repository/results.md",
}
PLACES = {page: place for place, page in BROUGHT.items()}
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
FENCE = re.compile(r"(^```.*?^```[^\n]*$)", re.DOTALL | re.MULTILINE)
CHINESE = ".zh.md"
ENGLISH_ALONE = "这一页只有英文。"
JOINED = re.compile(  # a line of a list's entry stands in a little, a block of code by four
    r"(?<=[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef”])\n {0,3}(?=[\u4e00-\u9fff“（《])"
    r"|(?<=[，。；：、！？）])\n {0,3}(?=[\w`\[*“])(?!\d+\. )"
)


def main(folder: Path) -> None:
    """Build the English handbook into `folder`, the Chinese one into `zh` below it.

    Raises
    ------
    mkdocs.exceptions.Abort
        If a link leads nowhere, or a page stands in no menu.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("jieba").setLevel(logging.WARNING)
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder)))
    build(load_config(str(ROOT / "mkdocs.zh.yml"), site_dir=str(folder / "zh")))


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages made from the code and from files of the repository; take those of the other language out."""
    for place, page in BROUGHT.items():
        chinese = _chinese_of(place)
        there = chinese if config.theme["language"] == "zh" and chinese.exists() else ROOT / place
        files.append(File.generated(config, page, abs_src_path=str(there)))
    for page, content in reference.pages(config.theme["language"]).items():
        files.append(File.generated(config, page, content=content))
    for file in [one for one in files if one.src_uri.endswith(CHINESE)]:
        files.remove(file)
        english = files.get_file_from_path(file.src_uri.removesuffix(CHINESE) + ".md")
        if config.theme["language"] == "zh" and english is not None:
            files.remove(english)
            files.append(File.generated(config, english.src_uri, abs_src_path=file.abs_src_path))
    return files


def _chinese_of(place: str) -> Path:
    return ROOT / place.replace(".md", CHINESE)


def on_post_page(output: str, *, page: Any, config: Any) -> str:
    """Let the choice of a language lead to the same page in it."""
    return _languages(output, page.url, config)


def on_post_template(output: str, *, template_name: str, config: Any) -> str:
    """Let it lead to the first page where there is no page."""
    return _languages(output, "index.html", config) if template_name == "404.html" else output


def _languages(output: str, url: str, config: Any) -> str:
    folders = {"en": "", "zh": "zh/"} if config.theme["language"] == "en" else {"en": "../", "zh": ""}
    for language, folder in folders.items():
        output = output.replace(f'"language:{language}"', f'"{os.path.relpath(folder + url, Path(url).parent)}"')
    return output


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Files) -> str:
    """Let the links of a page lead to where their targets are in the handbook."""
    del files
    here = page.file.src_uri
    place = Path(PLACES.get(here, f"docs/{here}")).parent
    parts = FENCE.split(markdown)
    parts[::2] = [LINK.sub(lambda found: _led(found, place, Path(here).parent), text) for text in parts[::2]]
    if config.theme["language"] == "zh":  # the end of a line is no blank between Chinese words
        parts[::2] = [JOINED.sub("", text) for text in parts[::2]]
        if here in PLACES and not _chinese_of(PLACES[here]).exists():
            parts[0] = re.sub("^# .*\n", lambda found: f"{found[0]}\n{ENGLISH_ALONE}\n", parts[0], count=1)
    return "".join(parts)


def _led(found: re.Match[str], place: Path, here: Path) -> str:
    picture, text, target = found.groups()
    path, mark, anchor = target.partition("#")
    if not path or ":" in path:
        return found[0]
    named = os.path.normpath(place / path)
    page = BROUGHT.get(named) or (named.removeprefix("docs/") if named.startswith("docs/") else None)
    if page is None:
        if not (ROOT / named).exists():
            return found[0]  # which the build refuses
        return text if "`" in text else f"{text} (`{named}`)"
    return f"{picture}[{text}]({os.path.relpath(page, here)}{mark}{anchor})"


if __name__ == "__main__":
    main(Path(*sys.argv[1:2]) if sys.argv[1:] else ROOT / "out" / "handbook")
