"""A copy of a refused file in which every fault is marked: to be corrected there and given again."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from api.defused import sheet_name
from api.intake.bundles import files_of
from api.intake.errors import InputError
from api.intake.files import FileForm, Page, pages_of
from forecaster.messages import Language, Words

MOST_ROWS_COPIED = 100_000  # of a table that are copied, and as many as reach its last fault
FAULT_FILL = "FFF4C7C3"
FAULTS_SHEET = Words("问题", "faults")
FAULT_HEADS = (
    Words("行", "row"),
    Words("列", "column"),
    Words("值", "value"),
    Words("问题与办法", "what is wrong, and what to do"),
    Words("文件", "file"),
)


def marked_copy(
    path: Path, error: InputError, *, knows: Callable[[str], bool], form: FileForm | None = None, language: Language
) -> bytes:
    """Return a workbook (.xlsx) of the file's tables as they stand, faulty cells coloured and explained in a comment.

    A last sheet lists the faults. The copy, corrected, can be given in place of the file.

    Raises
    ------
    InputError
        If the file holds no table at all.
    """
    faults = error.faults or (error,)
    with files_of(path) as files:
        pages = [
            replace(one, path=told) for file, told in files.items() for one in pages_of(file, knows=knows, form=form)
        ]
        return _marked(pages, faults, language)


def _marked(pages: Sequence[Page], faults: Sequence[InputError], language: Language) -> bytes:
    """Return the workbook of these pages."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    several = len({page.path for page in pages}) > 1
    for number, page in enumerate(pages, start=1):
        own = [one for one in faults if len(pages) == 1 or _is_of(one, page)]
        sheet = book.create_sheet(sheet_name(page.sheet or (page.path.stem if several else "")) or f"Sheet{number}")
        for row in _rows(page, own, language, sheet):
            sheet.append(row)
    listed = book.create_sheet(FAULTS_SHEET.said(language))
    listed.append([head.said(language) for head in FAULT_HEADS])
    for one in faults:
        value = "" if one.value is None else one.value
        told = (one.row or "", one.column or "", value, one.wrong.said(language), Path(one.file).name)
        listed.append([_cell(listed, str(text)) for text in told])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _is_of(fault: InputError, page: Page) -> bool:
    """Return whether a fault stands on one page of several."""
    there = fault.column is None or fault.column in page.heading.names
    return fault.file == f"{page.path}, sheet {page.sheet}" or (fault.file == str(page.path) and there)


def _rows(page: Page, faults: Sequence[InputError], language: Language, sheet: object) -> list[list[object]]:
    """Return a page's rows as cells, where faults stand marked."""
    places: dict[tuple[int, int], list[str]] = {}
    for one in faults:
        at = page.heading.names.index(one.column) if one.column in page.heading.names else 0
        places.setdefault((one.row or page.heading.last + 1 or 1, at), []).append(one.wrong.said(language))
    last = max([MOST_ROWS_COPIED, *(row for row, _ in places)])
    rows = []
    for number, texts in enumerate(islice(page.lines(), last), start=1):
        width = max([len(texts), *(at + 1 for row, at in places if row == number)]) if places else len(texts)
        cells = [*texts, *[""] * (width - len(texts))]
        rows.append([_cell(sheet, text, places.get((number, at), ())) for at, text in enumerate(cells)])
    return rows


def _cell(sheet: object, text: str, wrong: Sequence[str] = ()) -> object:
    """Return a cell that says what the file's does, and never computes."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text)[:32_000] or None)
    if text:
        cell.data_type = "s"
    if wrong:
        cell.fill = PatternFill("solid", start_color=FAULT_FILL)
        cell.comment = Comment("\n".join(wrong), "huawu", width=320, height=110)
    return cell
