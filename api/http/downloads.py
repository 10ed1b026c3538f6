"""Files that are answered: their names in any writing, their media types, and rows as CSV."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi.responses import Response

from api.defused import defused

CSV = "text/csv; charset=utf-8"
HTML = "text/html; charset=utf-8"
ICAL = "text/calendar; charset=utf-8"
PARQUET = "application/vnd.apache.parquet"
PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attached(content: bytes | str, name: str, media_type: str) -> Response:
    """Return a file to be kept under a name, which may have letters that a header cannot (RFC 8187)."""
    given = f'filename="{name}"' if quote(name) == name else f"filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f"attachment; {given}"})


def written(write: Callable[[Path], Path], name: str, media_type: str) -> Response:
    """Return the file that `write` makes, to be kept under a name."""
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        return attached(write(Path(folder, name)).read_bytes(), name, media_type)


def csv_response(rows: list[dict[str, Any]], columns: tuple[str, ...], *, name: str) -> Response:
    """Return rows as a CSV download that Excel opens in the right characters."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return attached("\ufeff" + text.getvalue(), name, CSV)


def _cell(value: Any) -> Any:
    return defused(";".join(str(one) for one in value) if isinstance(value, list) else value)
