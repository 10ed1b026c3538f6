"""The workbook's first sheet: three sentences, the key figures as links to their tables, what is in it, a signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.reports.colours import BLUE
from api.reports.key_figures import SIGNED, TITLE, Figure, figures_by_month, head_lines, sentences
from api.reports.sheet_paper import fit_to_paper
from api.reports.sheet_writer import Place, SheetWriter
from api.reports.table_heads import TABLE
from forecaster.history.periods import period_title
from forecaster.messages import Words

NAME = Words("封面", "Cover")
LAST, ROOM = 3, 94.0  # columns A to D, and the characters that they hold
CONTENTS = Words("内容", "Contents")
FORMS = {"share": "0.0%", "calls": "#,##0", "hours": "#,##0", "rate": "#,##0.0", "number": "#,##0"}


def write_cover(writer: SheetWriter, places: Mapping[int, Place]) -> None:
    """Add the cover; `places` tells where each table's figures stand."""
    facts, language = writer.tables, writer.language
    sheet = writer.book.add_worksheet(writer.words(NAME, " "))
    across: dict[str, Any] = {"last": LAST, "room": ROOM}
    title = f"{writer.words(TITLE, ' ')}  {facts.queue}  {period_title(facts.month, writer.language)}"
    row = writer.paragraph(sheet, 0, title, **across, size=22, bold=True, font_color=BLUE)
    for words in head_lines(facts):
        row = writer.paragraph(sheet, row, writer.words(words), **across, size=10)
    for words in sentences(facts):
        row = writer.paragraph(sheet, row + 1, writer.words(words), **across, size=13)
    head = writer.format(bold=True, font_size=11, bg_color=BLUE, font_color="#FFFFFF")
    row += 1
    for month, figures in figures_by_month(facts):
        for column in range(LAST + 1):
            sheet.write(row, column, writer.words(month, "  ") if column == 0 else "", head)
        for row, figure in enumerate(figures, start=row + 1):  # noqa: B020
            _write_figure(writer, sheet, row, figure, places[figure.table.number])
        row += 1
    row += 1
    sheet.write(row, 0, writer.words(CONTENTS, " "), writer.format(bold=True, font_size=11))
    for row, table in enumerate(facts.tables, start=row + 1):  # noqa: B020
        name = table.kind.sheet_name(language)
        sheet.write_url(row, 0, f"internal:'{name}'!A1", writer.format(font_size=10, font_color=BLUE, underline=1),
                        table.kind.heading(language))  # fmt: skip
    line = writer.format(bottom=1, font_size=11)
    for column, words in enumerate(SIGNED):
        sheet.write(row + 3, column, writer.words(words, " "), line)
    _set_up(sheet, row + 4)


def _write_figure(writer: SheetWriter, sheet: Any, row: int, figure: Figure, place: Place) -> None:
    """Write a figure as a link to its total, or to its measure below the table (which starts two rows lower)."""
    label, table = figure.label, figure.table
    cell = place.cell(place.total, figure.name) if not figure.is_measure else f"D{_measure_row(figure, place) + 1}"
    formula = f"='{table.kind.sheet_name(writer.language)}'!{cell}"
    sheet.write(row, 0, writer.words(label, "  "), writer.format(font_size=11))
    number = writer.format(font_size=13, bold=True, align="right", num_format=FORMS[label.kind])
    known = figure.value == figure.value
    if known:
        sheet.write_formula(row, 1, formula, number, figure.value)
    else:
        sheet.write_string(row, 1, "–", number)
    sheet.write(row, 2, writer.words(TABLE.filled(number=table.number), " "), writer.format(font_color="#333333"))


def _measure_row(figure: Figure, place: Place) -> int:
    return place.total + 2 + list(figure.table.kind.measures).index(figure.name)


def _set_up(sheet: Any, last_row: int) -> None:
    for column, width in enumerate((44, 16, 17, 17)):
        sheet.set_column(column, column, width)
    sheet.hide_gridlines(2)
    fit_to_paper(sheet, landscape=False, high=1)
    sheet.set_margins(left=0.7, right=0.7, top=0.8, bottom=0.6)
    sheet.print_area(0, 0, last_row, LAST)
