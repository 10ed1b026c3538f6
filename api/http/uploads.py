"""Files that come with a request."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from fastapi import UploadFile

from api.planner.drafts import without_folder

T = TypeVar("T")
LONGEST_NAME = 100  # characters; file systems take 255 bytes


def name_of(file: UploadFile, *, otherwise: str) -> str:
    """Return the name of an uploaded file without its folders, `otherwise` where it has none."""
    return Path((file.filename or otherwise).replace("\\", "/").replace("\x00", "")).name or otherwise


def read_uploaded(file: UploadFile, read: Callable[[Path], T], *, otherwise: str) -> T:
    """Return what `read` makes of an uploaded file.

    Raises
    ------
    ValueError
        What `read` says, the file named by its own name alone.
    """
    file.file.seek(0)
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        path = Path(folder, name_of(file, otherwise=otherwise)[-LONGEST_NAME:])
        path.write_bytes(file.file.read())
        try:
            return read(path)
        except ValueError as error:
            raise without_folder(error, folder) from None
