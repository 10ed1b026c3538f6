"""RESULTS.md: what was measured, one table a topic, the newest row first, the older ones folded away.

    python -m tests.benchmarks.results      # lay it out anew, and bring its figures to the pages that quote them

A benchmark's output becomes rows: a table that it prints (`roster_scale.print_dated`) goes to the topic that has its
columns, everything else in one row of its topic in `TOPICS`. A line of `figure(NAME, VALUE)` is a figure: README and
the pages under docs quote it as `<!-- figure NAME -->VALUE<!-- / -->`, and are rewritten with it. A line of
`skipped(WHY)` says what could not be measured here, and is no row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("RESULTS.md")
TOPICS = {
    "fleet": "fleet",
    "forecast": "forecast",
    "intake": "tables",
    "kill": "surge",
    "plan": "promise",
    "roster": "roster",
    "roster_breaks": "short breaks",
    "roster_grid": "pages",
    "seats": "seats",
    "shared": "shared queues",
    "simulator": "seats",
    "start": "start-up",
    "surge": "surge",
}
COMMON = ("date", "what", "measured")
FIGURES = "figures"
FIGURE_HEAD = ("date", "figure", "value", "measured by")
SHOWN_LEAST, SHOWN_MOST = 8, 15  # rows of a table that are not folded: those of the newest day, within these limits
RUNS = "runs"
RUN_HEAD = ("date", "benchmark", "processor s", "by the clock s", "other work beside it")
FIGURE = re.compile(r"^figure ([a-z-]+): (.+)$")
SKIPPED = re.compile(r"^skipped: (.+)$")
QUOTED = re.compile(r"(<!-- figure ([a-z-]+) -->).*?(<!-- / -->)", re.DOTALL)


@dataclass
class Topic:
    """A heading with its number of signs, what is said below it, and its table: the names of the columns, and rows."""

    heading: str
    said: str = ""
    head: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    level: int = 2

    def add(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Put rows, in their order, before those that are there."""
        self.rows[:0] = rows


def cells(line: str) -> tuple[str, ...]:
    """Return the cells of a table's line; a sign that parts cells may stand in one behind a backslash."""
    return tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|")))


def topics_of(text: str) -> list[Topic]:
    """Return the topics of the file's text; what stands before the first is one without a heading.

    Raises
    ------
    ValueError
        Where a topic has two tables of different columns, or a row has more or fewer cells than its table.
    """
    found = [Topic("", level=0)]
    said: list[list[str]] = [[]]
    for line in text.splitlines():
        if heading := re.match(r"(#{2,}) (.+)", line):
            found.append(Topic(heading[2], level=len(heading[1])))
            said.append([])
        elif line.startswith("|"):
            _take(found[-1], line)
        elif not re.match(r"</?details>|<details><summary>", line):
            said[-1].append(line)
    for topic, lines in zip(found, said, strict=True):
        topic.said = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return found


def _is_rule(line: str) -> bool:
    return all(re.fullmatch(r":?-+:?", cell) for cell in cells(line))


def _take(topic: Topic, line: str) -> None:
    row = cells(line)
    if not topic.head:
        topic.head = row
    elif row == topic.head or _is_rule(line):
        return
    elif len(row) != len(topic.head):
        raise ValueError(
            f"{topic.heading}: {len(topic.head)} columns ({', '.join(topic.head)}), a row has {len(row)}: {row}"
        )
    else:
        topic.rows.append(row)


def text_of(topics: Iterable[Topic]) -> str:
    """Return the file's text: the rows of a table by day, the newest first, those of one day as they stood."""
    return "\n\n".join(filter(None, (_written(topic) for topic in topics))) + "\n"


def _written(topic: Topic) -> str:
    parts = [f"{'#' * topic.level} {topic.heading}" if topic.heading else "", topic.said]
    if topic.head:
        rows = sorted(topic.rows, key=lambda row: row[0][:10], reverse=True)
        newest = next((len(list(group)) for _, group in groupby(rows, lambda row: row[0][:10])), 0)
        shown = min(max(newest, SHOWN_LEAST), SHOWN_MOST)
        parts.append(_table(topic.head, rows[:shown]))
        if older := rows[shown:]:
            count = f"{len(older)} older row{'s' if len(older) > 1 else ''}"
            parts += [f"<details><summary>{count}</summary>", _table(topic.head, older), "</details>"]
    return "\n\n".join(filter(None, parts))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(["| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows)])


def figure(name: str, value: str) -> None:
    """Print a figure that pages may quote, for whoever gathers the output."""
    print(f"figure {name}: {value}", flush=True)


def skipped(why: str) -> None:
    """Print that something cannot be measured here, and why, for whoever gathers the output."""
    print(f"skipped: {why}", flush=True)


def skipped_of(printed: str) -> list[str]:
    """Return what a benchmark said that it cannot measure here."""
    return [found[1] for line in printed.splitlines() if (found := SKIPPED.match(line))]


def measurements_of(printed: str) -> list[str]:
    """Return the lines of a benchmark that tell what it measured."""
    return [line for line in printed.splitlines() if line.strip() and not SKIPPED.match(line)]


def put_down(name: str, printed: str, *, date: str, took: tuple[str, str, str]) -> None:
    """Write what a benchmark printed, what it took and what ran beside it into the file, whole or not at all."""
    text = recorded(FILE.read_text(encoding="utf-8"), name, printed, date=date, beside=took[-1])
    topics = topics_of(text)
    _topic(topics, RUNS, RUN_HEAD).add([(date, f"`{name}`", *took)])
    _write(text_of(topics))


def runs_of(text: str, date: str) -> set[str]:
    """Return the benchmarks that were run and put down on a day."""
    rows = next((one.rows for one in topics_of(text) if one.head == RUN_HEAD), [])
    return {row[1].strip("`") for row in rows if row[0].startswith(date)}


def _write(text: str) -> None:
    beside = FILE.with_suffix(".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(FILE)  # a power cut leaves the one or the other


def recorded(text: str, name: str, printed: str, *, date: str, beside: str = "") -> str:
    """Return the file's text with what benchmark `name` printed on a date: its tables, its figures, and the rest.

    beside
        How many of the machine's cores did other work meanwhile.
    """
    topics = topics_of(text)
    rest: list[str] = []
    tables: list[list[tuple[str, ...]]] = []  # the names of the columns, then rows, whatever was printed between them
    figures: list[tuple[str, ...]] = []
    for line, after in pairwise([*measurements_of(printed), ""]):
        if line.startswith("|") and _is_rule(after):
            tables.append([cells(line)])
        elif line.startswith("|") and tables:
            tables[-1] += [] if _is_rule(line) else [cells(line)]
        elif told := FIGURE.match(line):
            figures.append((date, told[1], told[2], f"`{name}`"))
        else:
            rest.append(" ".join(line.split()).replace("|", "\\|"))
    for head, *rows in tables:
        _topic(topics, topic_of(name) if head == COMMON else name, head).add(rows)
    if figures:
        _topic(topics, FIGURES, FIGURE_HEAD).add(figures)
    if rest:
        what = f"`{name}`, other work on {beside}" if beside else f"`{name}`"
        _topic(topics, topic_of(name), COMMON).add([(date, what, "; ".join(rest))])
    return text_of(topics)


def _topic(topics: list[Topic], heading: str, head: tuple[str, ...]) -> Topic:
    """Return the topic of these columns (of those that many have, the one so called); a new one where there is none."""
    alike = [one for one in topics if one.head == head and (head != COMMON or one.heading == heading)]
    if not alike:
        alike = [Topic(heading, head=head)]
        topics.append(alike[0])
    return alike[0]


def topic_of(name: str) -> str:
    """Return the topic of a benchmark: that of its own name, or else of the first word of it."""
    return TOPICS.get(name) or TOPICS.get(name.partition("_")[0]) or name


def figures_of(text: str) -> dict[str, str]:
    """Return the newest value of every figure."""
    kept = next((one.rows for one in topics_of(text) if one.head == FIGURE_HEAD), [])
    by_day = sorted(kept, key=lambda row: row[0][:10])  # of one day the first is the newest
    return {row[1]: row[2] for _, rows in groupby(by_day, lambda row: row[0][:10]) for row in reversed(list(rows))}


def quoting(page: str, figures: Mapping[str, str]) -> str:
    """Return a page's text with the values of the figures that it quotes.

    Raises
    ------
    KeyError
        Of a figure that is not there.
    """
    return QUOTED.sub(lambda found: found[1] + figures[found[2]] + found[3], page)


def pages() -> list[Path]:
    """Return the pages that may quote a figure."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def main() -> None:
    """Lay the file out anew, and rewrite the pages that quote its figures."""
    text = text_of(topics_of(FILE.read_text(encoding="utf-8")))
    _write(text)
    for page in pages():
        before = page.read_text(encoding="utf-8")
        if (after := quoting(before, figures_of(text))) != before:
            page.write_text(after, encoding="utf-8")
            print(f"figures brought to {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
