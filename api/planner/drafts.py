"""A planner's draft of one month: its files in the store, what was decided about them, and the plan made of them."""

from __future__ import annotations

import hashlib
import json
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine, Row, delete, insert, select, update

from api.intake import InputError, write_frame
from api.names import FILE_WORDS
from api.sentences import refusal, say
from api.store.audit import AuditNote, write_note
from api.store.database import reading, writing
from api.store.planning_tables import plan_files, plans
from api.store.tables import instant, instant_text
from forecaster.history.periods import period_name, period_of
from forecaster.messages import Refusal, told_of
from forecaster.names import called

UPLOADS = ("history", "people", "last_roster")


@dataclass(frozen=True)
class Draft:
    """The head of a draft.

    settings
        `timezone`, `country`, the names of the uploaded files (`history_name` …), and what the planner chose; `title`
        and `note` are the planner's own words, `copied_from` is the plan it began as a copy of.
    """

    plan_id: str
    queue: str
    month: pd.Period
    settings: Mapping[str, Any]
    created_at: datetime
    created_by: str
    published_at: datetime | None
    published_by: str


class NoDraftError(Refusal, LookupError):
    """There is no draft, or no such file in it."""


class ChangedMeanwhile(Refusal):
    """Somebody else changed the draft between the reading and the writing."""


def new_draft(engine: Engine, month: pd.Period, *, queue: str, settings: Mapping[str, Any], actor: str) -> Draft:
    """Return the new, empty draft of `month`."""
    plan_id = secrets.token_hex(6)
    with writing(engine) as connection:
        connection.execute(
            insert(plans).values(
                plan_id=plan_id,
                queue=queue,
                month=period_name(month),
                settings=json.dumps(dict(settings), ensure_ascii=False),
                created_at=instant_text(datetime.now(UTC)),
                created_by=actor,
                published_by="",
            )
        )
    return draft_of(engine, plan_id)


def copied_draft(engine: Engine, draft: Draft, *, actor: str, title: str = "") -> Draft:
    """Return a new draft with every file and choice of another: what is published stays as it is, and work goes on."""
    own = {name: value for name, value in draft.settings.items() if name not in ("version", "versions", "note")}
    settings = {**own, "title": title or draft.settings.get("title", ""), "copied_from": draft.plan_id}
    copy = new_draft(engine, draft.month, queue=draft.queue, settings=settings, actor=actor)
    names = draft_digests(engine, draft.plan_id)
    put_files(engine, copy.plan_id, {name: file_of(engine, draft.plan_id, name) for name in names})
    return copy


def draft_of(engine: Engine, plan_id: str) -> Draft:
    """Return the draft.

    Raises
    ------
    NoDraftError
        If there is none of that id.
    """
    with reading(engine) as connection:
        row = connection.execute(select(plans).where(plans.c.plan_id == plan_id)).first()
    if row is None:
        raise NoDraftError(say("plan.none", plan=plan_id))
    return _draft(row)


def drafts(engine: Engine) -> list[Draft]:
    """Return every draft, the newest first."""
    with reading(engine) as connection:
        return [_draft(row) for row in connection.execute(select(plans).order_by(plans.c.created_at.desc()))]


def change_settings(engine: Engine, plan_id: str, changes: Mapping[str, Any]) -> Draft:
    """Return the draft with `changes` laid over its settings."""
    with writing(engine) as connection:
        row = connection.execute(select(plans.c.settings).where(plans.c.plan_id == plan_id)).first()
        if row is None:
            raise NoDraftError(say("plan.none", plan=plan_id))
        merged = {**json.loads(row.settings), **changes}
        values = {"settings": json.dumps(merged, ensure_ascii=False)}
        if changes.get("queue"):
            values["queue"] = str(changes["queue"])
        connection.execute(update(plans).where(plans.c.plan_id == plan_id).values(**values))
    return draft_of(engine, plan_id)


def delete_draft(engine: Engine, plan_id: str, *, actor: str) -> None:
    """Delete a draft with its files, for good; that it was deleted, and by whom, stands in the audit.

    Raises
    ------
    NoDraftError
        If there is none of that id.
    ValueError
        If it is published.
    """
    with writing(engine) as connection:
        row = connection.execute(select(plans).where(plans.c.plan_id == plan_id).with_for_update()).first()
        if row is None:
            raise NoDraftError(say("plan.none", plan=plan_id))
        if row.published_at is not None:
            raise refusal("plan.kept", plan=plan_id, at=row.published_at)
        connection.execute(delete(plan_files).where(plan_files.c.plan_id == plan_id))
        connection.execute(delete(plans).where(plans.c.plan_id == plan_id))
        title = json.loads(row.settings).get("title", "")
        note = AuditNote(actor, "plan.delete", plan_id, detail=" ".join(filter(None, (row.month, row.queue, title))))
        write_note(connection, note, at=datetime.now(UTC))


def mark_published(engine: Engine, plan_id: str, *, actor: str) -> Draft:
    """Return the draft, published now: nothing in it changes any more."""
    with writing(engine) as connection:
        connection.execute(
            update(plans)
            .where(plans.c.plan_id == plan_id, plans.c.published_at.is_(None))
            .values(published_at=instant_text(datetime.now(UTC)), published_by=actor)
        )
    return draft_of(engine, plan_id)


def put_files(
    engine: Engine,
    plan_id: str,
    contents: Mapping[str, bytes | None],
    *,
    even_if_published: bool = False,
    only_if: Mapping[str, str | None] | None = None,
) -> None:
    """Keep files of a draft, all of them or none; None removes one. What is no part of the plan may come later.

    only_if
        The digests that these files must still have (None: there is no such file).

    Raises
    ------
    NoDraftError
        If there is no such draft.
    ValueError
        If the draft is published: what is published is frozen.
    ChangedMeanwhile
        If a file is no longer as `only_if` has it; nothing is written.
    """
    with writing(engine) as connection:
        head = select(plans.c.published_at).where(plans.c.plan_id == plan_id).with_for_update()
        row = connection.execute(head).first()
        if row is None:
            raise NoDraftError(say("plan.none", plan=plan_id))
        if row.published_at is not None and not even_if_published:
            raise refusal("plan.frozen", plan=plan_id, at=row.published_at)
        if only_if:
            wanted = select(plan_files.c.name, plan_files.c.sha256).where(plan_files.c.plan_id == plan_id)
            there = {one.name: one.sha256 for one in connection.execute(wanted)}
            if any(there.get(name) != digest for name, digest in only_if.items()):
                raise ChangedMeanwhile(say("plan.changed", plan=plan_id))
        for name, content in contents.items():
            connection.execute(delete(plan_files).where(plan_files.c.plan_id == plan_id, plan_files.c.name == name))
            if content is not None:
                connection.execute(
                    insert(plan_files).values(
                        plan_id=plan_id,
                        name=name,
                        content=content,
                        sha256=hashlib.sha256(content).hexdigest(),
                        written_at=instant_text(datetime.now(UTC)),
                    )
                )


def draft_digests(engine: Engine, plan_id: str) -> dict[str, str]:
    """Return the SHA-256 of every file of a draft, by name."""
    with reading(engine) as connection:
        rows = connection.execute(select(plan_files.c.name, plan_files.c.sha256).where(plan_files.c.plan_id == plan_id))
        return {row.name: row.sha256 for row in rows}


def file_of(engine: Engine, plan_id: str, name: str) -> bytes:
    """Return a file's content.

    Raises
    ------
    NoDraftError
        If the draft has no such file.
    """
    with reading(engine) as connection:
        wanted = select(plan_files.c.content).where(plan_files.c.plan_id == plan_id, plan_files.c.name == name)
        row = connection.execute(wanted).first()
    if row is None:
        raise NoDraftError(say("plan.has_none", plan=plan_id, name=called(name, FILE_WORDS)))
    return bytes(row.content)


def frame_csv(frame: pd.DataFrame) -> bytes:
    """Return a frame as the CSV file that the command line would write."""
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        return write_frame(frame, Path(folder, "frame.csv")).read_bytes()


def json_of(engine: Engine, plan_id: str, name: str) -> Any:
    """Return the parsed file `name`, or None where the draft has none."""
    try:
        return json.loads(file_of(engine, plan_id, name))
    except NoDraftError:
        return None


@contextmanager
def unpacked(engine: Engine, draft: Draft, *names: str) -> Iterator[dict[str, Path]]:
    """Yield paths of the draft's files `names`, uploads under the names they came with; they vanish afterwards.

    A ValueError raised inside is told without the passing folder's name.

    Raises
    ------
    NoDraftError
        If the draft has no such file.
    """
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        paths = {}
        for name in names:
            shown = Path(str(draft.settings.get(f"{name}_name", name))).name or name
            paths[name] = Path(folder, name, shown) if name in UPLOADS else Path(folder, name)
            paths[name].parent.mkdir(exist_ok=True)
            paths[name].write_bytes(file_of(engine, draft.plan_id, name))
        try:
            yield paths
        except ValueError as error:
            raise without_folder(error, folder) from None


def without_folder(error: ValueError, folder: str) -> ValueError:
    """Return the error with the files in `folder` named by their own names alone."""

    def bare(text: str) -> str:
        for name in UPLOADS:
            text = text.replace(f"{folder}/{name}/", "")
        return text.replace(f"{folder}/", "")

    if isinstance(error, InputError):
        return error.renamed(bare)
    said = told_of(error)
    return error if bare(said.en) == said.en else Refusal(replace(said, zh=bare(said.zh), en=bare(said.en)))


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        plan_id=row.plan_id,
        queue=row.queue,
        month=period_of(row.month),
        settings=json.loads(row.settings),
        created_at=instant(row.created_at),
        created_by=row.created_by,
        published_at=None if row.published_at is None else instant(row.published_at),
        published_by=row.published_by,
    )
