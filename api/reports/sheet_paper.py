"""How a worksheet comes out on paper."""

from __future__ import annotations

from typing import Any, Literal

PAPERS = {"A4": 9, "A3": 8}  # Excel's numbers of them


def fit_to_paper(
    sheet: Any,
    *,
    landscape: bool = True,
    paper: Literal["A4", "A3"] = "A4",
    wide: int = 1,
    high: int = 0,
    head_rows: int = 0,
) -> None:
    """Fit a sheet to pages: so many across and down (0: as many as there are), its first rows on each of them."""
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(PAPERS[paper])
    sheet.fit_to_pages(wide, high)
    if head_rows:
        sheet.repeat_rows(0, head_rows - 1)
