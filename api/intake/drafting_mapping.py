"""A mapping file to begin with: what was understood of a file, what was guessed, and what has to be said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from api.intake.bundles import files_of
from api.intake.choosing_tables import COLUMNS_ASKED, history_pages, table_looks
from api.intake.columns import Look
from api.intake.errors import InputError
from api.intake.files import TextTable
from api.intake.finding_layout import calls_layout, layout_of
from api.intake.headings import ColumnMapping
from api.intake.layout import COUNTS, Layout
from api.intake.sentences import say
from api.intake.stated import stated_of
from api.intake.table_reading import column_uses
from api.intake.vocabulary import aliases, outcome_of
from forecaster.messages import Language, Message

MOST_WORDS = 12  # of how calls ended, that are listed
LARGEST = 0.95  # of the rows in which calls offered are no fewer than any other count
OF_CALLS = ("arrival_at", "outcome", "wait_seconds", "service_seconds", "talk_seconds", "direction", "call_id")


def mapping_draft(path: str | Path, *, language: Language = "en") -> str:
    """Return a mapping file (TOML) for a history or a log of calls: what was understood, with guesses and questions.

    It can be given back as it is; what huawu is not sure of stands behind `#`, for a person to decide.

    Raises
    ------
    InputError
        If the file holds no table at all.
    """
    path = Path(path)
    with files_of(path) as files:
        tables = [page.table() for file in files for page in history_pages(file, ColumnMapping())]
    table, looks = table_looks(max(tables, key=lambda one: len(one.frame) * len(one.frame.columns)))
    if table.frame.empty:
        raise InputError(path, say("file.no_rows"))
    layout, why = _layout(table, looks)
    names = [*COLUMNS_ASKED, *(OF_CALLS if layout.kind == "calls" else ())]
    head = [say("draft.head", file=path.name, row=table.heading_row), *([say("draft.why", why=why)] if why else [])]
    lines = [f"# {one.said(language)}" for one in [*head, say("draft.names", names=names)]]
    guessed = _guesses(looks, layout)
    lines += ["", "[columns]", *_columns(table, layout, guessed, language)]
    lines += ["", "[file]", f"# heading_row = {table.heading_row}"]
    lines += _outcomes(looks, layout, guessed, language)
    lines += ["", "[cells]", f"# {say('draft.cells').said(language)}"]
    return "\n".join([*lines, '# date_order = "dmy"', '# decimal = ","', '# interval_label = "end"', ""])


def _layout(table: TextTable, looks: Sequence[Look]) -> tuple[Layout, Message | None]:
    """Return how a table is laid out, as far as it can be told, and why no further."""
    try:
        return layout_of(table, looks, ColumnMapping(), stated_of(table)), None
    except InputError as error:
        calls = any(look.outcomes > 0.5 for look in looks)
        layout = calls_layout(table, looks, ColumnMapping()) if calls else Layout()
        return layout, error.wrong


def _columns(table: TextTable, layout: Layout, guessed: Mapping[str, str], language: Language) -> list[str]:
    """Return a line a column: what it is taken for, or what it may be."""
    known = {*aliases("history"), *aliases("call_log")}
    told_apart = layout.measure is not None  # what is measured stands in the rows
    across = {cell.name for cell in layout.cells if cell.day or cell.clock or cell.queue or told_apart}
    lines: list[str] = []
    taken: set[str] = set()
    for use in column_uses(table, layout):
        if use.heading in across:
            continue
        role = use.role or guessed.get(use.heading, "")
        heading = json.dumps(use.heading, ensure_ascii=False)
        shown = " ".join(", ".join(use.examples).split()) or say("draft.empty").said(language)
        if role in known and role not in taken and use.heading not in layout.queues[1:]:
            taken.add(role)
            said = "" if use.role else say("draft.guess").said(language)
            lines.append(f"{'# ' if role == 'outcome' and said else ''}{role} = {heading}  # {said}{shown}")
        else:
            lines.append(f"# ? = {heading}  # {use.meaning.said(language)}: {shown}")
    if across:
        lines.append(f"# {say('draft.across', count=len(across)).said(language)}")
    return lines


def _guesses(looks: Sequence[Look], layout: Layout) -> dict[str, str]:
    """Return what columns of unknown headings are likely to be, by their names.

    The calls offered are whole numbers, and in nearly every row the largest of all that are.
    """
    used = set(layout.used())
    free = [look for look in looks if look.name not in used and look.filled]
    if layout.kind == "calls":
        worded = [look for look in free if look.fit("outcome") and 1 < len(look.texts) <= MOST_WORDS]
        return {worded[0].name: "outcome"} if worded and "outcome" not in layout.roles else {}
    if any(cell.measure in COUNTS for cell in layout.cells):
        return {}
    whole = [
        look for look in free
        if look.numeric and not look.rises and look.when == "" and all(text.isdigit() for text in look.texts)
    ]  # fmt: skip
    if not whole:
        return {}
    texts = [look.column.texts.astype(str).str.strip() for look in whole]
    columns = [np.where(one.str.isdigit(), one, "0").astype(float) for one in texts]
    most = np.max(columns, axis=0)
    best = next((look for look, one in zip(whole, columns, strict=True) if np.mean(one == most) >= LARGEST), None)
    return {} if best is None else {best.name: "calls_offered"}


def _outcomes(looks: Sequence[Look], layout: Layout, guessed: Mapping[str, str], language: Language) -> list[str]:
    """Return the words for how calls ended that are not known, with how often each stands there."""
    names = (layout.roles.get("outcome"), *(name for name, role in guessed.items() if role == "outcome"))
    look = next((one for one in looks if one.name in names), None)
    if look is None or look.binary:
        return []
    counts = Counter(dict(zip(look.texts, map(int, look.weights), strict=True)))
    unknown = [text for text, _ in counts.most_common(MOST_WORDS) if outcome_of(text) is None]
    if not unknown:
        return []
    said = say("draft.outcomes", found=[f"{text} ({counts[text]})" for text in unknown]).said(language)
    listed = json.dumps(unknown, ensure_ascii=False)
    return ["", "[outcomes]", f"# {said}", f"# answered = {listed}", "# abandoned = []", "# no_call = []"]
