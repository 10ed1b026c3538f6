"""Paper: pages of a PDF drawn in millimetres from the top left, without a font file of its own.

Latin letters and digits are Helvetica, everything else is the PDF's standard Chinese font (STSong-Light), which every
reader brings; so the files are small and the same bytes each time.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Sequence
from typing import Literal

from api.extras import of_extra

PaperSize = Literal["A4", "A3"]
SIZES: dict[PaperSize, tuple[float, float]] = {"A4": (210, 297), "A3": (297, 420)}  # millimetres, upright
CHINESE = "STSong-Light"
LATIN, BOLD = "Helvetica", "Helvetica-Bold"
HELVETICA = "\x20-\x7e\xa1-\xff–"  # what it can write: Latin-1 and the dash
RUN = re.compile(f"[{HELVETICA}]+|[^{HELVETICA}]+")
PIECE = re.compile(r"[（“]*(?:[\x21-\x7e–]+|[^\x21-\x7e–\s])[，。；：、）”！？]*\s*|\s+")  # what a line may end after
STAND_INS = str.maketrans({"−": "–", "✓": "√", "✗": "×"})  # signs that neither font has
MM = 72 / 2.54 * 0.1  # points, of which an inch has 72
POINT_MM = 1 / MM
Align = Literal["left", "center", "right"]


class Paper:
    """A PDF being drawn.

    Raises
    ------
    MissingExtra
        If what draws is not installed.
    """

    def __init__(self, *, size: PaperSize = "A4", landscape: bool = False, title: str) -> None:
        upright = SIZES[size]
        self.width, self.height = upright[::-1] if landscape else upright
        with of_extra("pictures"):
            from reportlab.lib.colors import HexColor
            from reportlab.pdfbase.cidfonts import UnicodeCIDFont
            from reportlab.pdfbase.pdfmetrics import registerFont
            from reportlab.pdfgen.canvas import Canvas
        registerFont(UnicodeCIDFont(CHINESE))
        self._colour = HexColor
        self._file = io.BytesIO()
        self._canvas = Canvas(self._file, pagesize=(self.width * MM, self.height * MM), invariant=1, pageCompression=1)
        self._canvas.setTitle(title)
        self._canvas.setCreator("huawu")

    def done(self) -> bytes:
        """Return the file."""
        self._canvas.save()
        return self._file.getvalue()

    def next_page(self, *, landscape: bool | None = None) -> None:
        """End the page; the next one may lie otherwise."""
        self._canvas.showPage()
        if landscape is not None and landscape != (self.width > self.height):
            self.width, self.height = self.height, self.width
            self._canvas.setPageSize((self.width * MM, self.height * MM))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 8,
        bold: bool = False,
        ink: str = "#000000",
        align: Align = "left",
        room: float | None = None,
    ) -> float:
        """Write a line whose foot is at `y`; smaller where it is longer than `room`; return its width."""
        text = text.translate(STAND_INS)
        wide = text_width(text, size=size, bold=bold)
        if room is not None and wide > room:
            size, wide = size * room / wide, room
        at = x - {"left": 0, "center": wide / 2, "right": wide}[align]
        self._canvas.setFillColor(self._colour(ink))
        for run in RUN.findall(text):
            font = _font(run, bold)
            self._canvas.setFont(font, size)
            self._canvas.drawString(at * MM, (self.height - y) * MM, run)
            at += _points(run, font, size) * POINT_MM
        return wide

    def box(
        self, x: float, y: float, width: float, height: float, *, ground: str = "", edge: str = "", line: float = 0.1
    ) -> None:
        """Draw a rectangle, filled with `ground` and drawn around with `edge` where they are given."""
        if ground:
            self._canvas.setFillColor(self._colour(ground))
        self._pen(edge or "#000000", line)
        args = (x * MM, (self.height - y - height) * MM, width * MM, height * MM)
        self._canvas.rect(*args, stroke=int(bool(edge)), fill=int(bool(ground)))

    def line(
        self, points: Sequence[tuple[float, float]], *, ink: str = "#000000", line: float = 0.1, dash: float = 0
    ) -> None:
        """Draw a line through points."""
        self._pen(ink, line)
        self._canvas.setDash(*([dash * MM, dash * MM] if dash else []))
        for (x, y), (to_x, to_y) in itertools.pairwise(points):
            self._canvas.line(x * MM, (self.height - y) * MM, to_x * MM, (self.height - to_y) * MM)
        self._canvas.setDash()

    def _pen(self, ink: str, line: float) -> None:
        self._canvas.setStrokeColor(self._colour(ink))
        self._canvas.setLineWidth(line * MM)

    def lines(
        self, x: float, y: float, text: str, *, room: float, size: float = 8, ink: str = "#000000", lead: float = 1.45
    ) -> float:
        """Write a paragraph whose first line's foot is at `y`, broken to `room`; return where the next one begins."""
        for one in broken(text, room=room, size=size):
            self.text(x, y, one, size=size, ink=ink)
            y += size * POINT_MM * lead
        return y


def _points(run: str, font: str, size: float) -> float:
    with of_extra("pictures"):
        from reportlab.pdfbase.pdfmetrics import stringWidth
    return float(stringWidth(run, font, size))


def _font(run: str, bold: bool) -> str:
    if re.match(f"[^{HELVETICA}]", run):
        return CHINESE
    return BOLD if bold else LATIN


def text_width(text: str, *, size: float, bold: bool = False) -> float:
    """Return how wide a line of text is, in millimetres."""
    runs = RUN.findall(text)
    return POINT_MM * sum(_points(run, _font(run, bold), size) for run in runs)


def broken(text: str, *, room: float, size: float) -> list[str]:
    """Return a text's lines, none wider than `room`: broken between words, or anywhere between Chinese characters."""
    lines, line = [], ""
    for piece in PIECE.findall(text):
        if line and text_width((line + piece).rstrip(), size=size) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()]
