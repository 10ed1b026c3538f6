"""What comes with a request: how long a body may be, how much its files unpack to, how many are read at a time."""

from __future__ import annotations

import asyncio
import gzip
import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from fastapi import Depends, Request, UploadFile
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import HttpRefusal, problem
from api.planner.drafts import without_folder
from api.sentences import say

T = TypeVar("T")
LONGEST_NAME = 100  # characters; file systems take 255 bytes
MOST_FILE_BYTES = 64_000_000  # of a file, unpacked: what a body may hold
UPLOAD_CHUNK_BYTES = 1 << 18
WAIT_SECONDS = 60.0
TAKES_FILES = re.compile(r"^/v1/(plans/[^/]+/files/|queues/[^/]+/(history|months/[^/]+/attendance)$|explore/replay$)")


class BodyLimit:
    """Refuse bodies above a limit with 413, before they are read whole; where files are taken they may be longer."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless its body is too long."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        limit = MOST_FILE_BYTES if TAKES_FILES.match(scope["path"]) else self.max_body_bytes
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > limit:
                await problem(413, say("body.too_long", most=limit))(scope, receive, send)
                return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HttpRefusal(413, say("body.too_long", most=limit))
            return message

        await self.app(scope, counted, send)


async def one_at_a_time(request: Request) -> AsyncIterator[None]:
    """Wait until no other file is being read: each takes memory, and the floor's own requests come first.

    Raises
    ------
    HttpRefusal
        503 where others take too long.
    """
    reading: asyncio.Semaphore = request.app.state.reading
    try:
        await asyncio.wait_for(reading.acquire(), WAIT_SECONDS)
    except TimeoutError:
        raise HttpRefusal(503, say("file.others"), {"Retry-After": "30"}) from None
    try:
        yield
    finally:
        reading.release()


OneAtATime = Depends(one_at_a_time)


def taken_in(file: UploadFile, *, most_bytes: int = MOST_FILE_BYTES) -> bytes:
    """Return what was sent, unless it would unpack to more than `most_bytes`.

    Raises
    ------
    HttpRefusal
        413 if it would, whatever it says of itself.
    """
    file.file.seek(0)
    content = file.file.read()
    if len(content) > most_bytes or _unpacks_beyond(content, most_bytes):
        raise HttpRefusal(413, say("file.unpacks", most=most_bytes))
    return content


def _unpacks_beyond(content: bytes, most_bytes: int) -> bool:
    if content.startswith(b"\x1f\x8b"):
        with gzip.open(io.BytesIO(content)) as packed, suppress(OSError, EOFError, zlib.error):
            left = most_bytes
            while left >= 0 and (chunk := packed.read(UPLOAD_CHUNK_BYTES)):
                left -= len(chunk)
            return left < 0
    if content.startswith(b"PK\x03\x04"):
        with suppress(zipfile.BadZipFile, zlib.error), zipfile.ZipFile(io.BytesIO(content)) as book:
            left = most_bytes
            for entry in book.infolist():
                left -= _unpacked_bytes(content, entry, most_bytes=left)
                if left < 0:
                    return True
    return False  # whoever reads it says what is wrong with it


def _unpacked_bytes(content: bytes, entry: zipfile.ZipInfo, *, most_bytes: int) -> int:
    """Return what an entry really unpacks to, or more than `most_bytes`: its directory may say anything."""
    head = content[entry.header_offset : entry.header_offset + 30]
    start = entry.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    data = content[start : start + entry.compress_size]
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        return max(len(data), entry.file_size)
    unpacking, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while data and not unpacking.eof and total <= most_bytes:
        total += len(unpacking.decompress(data, UPLOAD_CHUNK_BYTES))
        data = unpacking.unconsumed_tail
    return total


def taken_in_together(files: Sequence[UploadFile], *, otherwise: str) -> tuple[list[str], bytes]:
    """Return the names of several files, and an archive of what was sent; of one file it is the file as it is.

    Raises
    ------
    HttpRefusal
        As `taken_in`, of all of them together; or 422 if two have one name.
    """
    if len(files) == 1:
        return [], taken_in(files[0])
    names = [upload_name(file, otherwise=otherwise)[-LONGEST_NAME:] for file in files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise HttpRefusal(422, say("file.name_twice", name=twice))
    left, bundle = MOST_FILE_BYTES, io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in zip(names, files, strict=True):
            content = taken_in(file, most_bytes=left)
            left -= len(content)
            archive.writestr(name, content)
    return names, bundle.getvalue()


def upload_name(file: UploadFile, *, otherwise: str) -> str:
    """Return the name of an uploaded file without its folders, `otherwise` where it has none."""
    return Path((file.filename or otherwise).replace("\\", "/").replace("\x00", "")).name or otherwise


def read_uploaded(
    file: UploadFile, read: Callable[[Path], T], *, otherwise: str, most_bytes: int = MOST_FILE_BYTES
) -> T:
    """Return what `read` makes of an uploaded file.

    Raises
    ------
    HttpRefusal
        As `taken_in`.
    ValueError
        What `read` says, the file named by its own name alone.
    """
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        path = Path(folder, upload_name(file, otherwise=otherwise)[-LONGEST_NAME:])
        path.write_bytes(taken_in(file, most_bytes=most_bytes))
        try:
            return read(path)
        except ValueError as error:
            raise without_folder(error, folder) from None
