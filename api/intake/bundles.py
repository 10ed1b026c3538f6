"""Several files as one: a folder of them, or a zip archive."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TypeVar

from api.intake.errors import InputError, damage_named
from api.intake.sentences import say
from api.intake.sheets import MOST_UNPACKED_BYTES

T = TypeVar("T")
TABLE_ENDINGS = {".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".parquet", ".pq", ".json", ".gz"}
MOST_BUNDLED_FILES = 500
PACKED_CHUNK_BYTES = 1 << 20


@contextmanager
def files_of(path: Path) -> Iterator[dict[Path, Path]]:
    """Give the tables in a folder or a zip archive, unpacked while they are read; else the file.

    Each with the name it is told by: of an archive's, its own within the archive (calls.zip/march.csv).

    Raises
    ------
    InputError
        If there is no table, there are too many, or they unpack to more than a computer bears.
    """
    if path.is_dir():
        files = _some(path, sorted(one for one in path.iterdir() if one.is_file() and _is_table(one.name)))
        yield {one: one for one in files}
    elif path.suffix.lower() == ".zip" and path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            try:
                yield {one: path / one.name for one in _unpacked(path, Path(folder))}
            except InputError as error:
                raise error.renamed(lambda text: text.replace(f"{folder}/", f"{path}/")) from None
    else:
        yield {path: path}


def _is_table(name: str) -> bool:
    plain = PurePosixPath(name)
    hidden = plain.name.startswith((".", "~$")) or "__MACOSX" in plain.parts
    return plain.suffix.lower() in TABLE_ENDINGS and not hidden


def _some(path: Path, files: list[T]) -> list[T]:
    """Return the files, refused where there are none or too many."""
    if not files:
        raise InputError(path, say("bundle.empty", known=sorted(TABLE_ENDINGS)))
    if len(files) > MOST_BUNDLED_FILES:
        raise InputError(path, say("bundle.too_many", count=len(files), most=MOST_BUNDLED_FILES))
    return files


def _unpacked(path: Path, folder: Path) -> list[Path]:
    """Return the tables of an archive, written to a folder; what an entry says of its size is not believed."""
    total = 0
    files: list[Path] = []
    with damage_named(path, "bundle.unreadable"), zipfile.ZipFile(path) as packed:
        tables = [one for one in packed.infolist() if _is_table(one.filename)]
        for entry in sorted(_some(path, tables), key=lambda one: one.filename):
            file = folder / PurePosixPath(entry.filename.replace("\\", "/")).name
            while file.exists():
                file = file.with_name(f"{len(files)} {file.name}")
            with packed.open(entry) as source, file.open("wb") as target:
                while chunk := source.read(PACKED_CHUNK_BYTES):
                    total += len(chunk)
                    if total > MOST_UNPACKED_BYTES:
                        raise InputError(path, say("bundle.bomb", gigabytes=MOST_UNPACKED_BYTES / 1e9))
                    target.write(chunk)
            files.append(file)
    return files
