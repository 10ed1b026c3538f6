"""The service, in one batch or one by one, decides what the plain loop of the rulebook decides, and folds to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.store.database import reading
from api.store.ladder_fold import differences
from api.store.ladder_work import NewReading
from api.store.tables import decisions, instant
from tests.escalation.plain_loop import play
from tests.escalation.test_plain_loop import KINDS, START, seconds, stream


def said(log, queue):
    with reading(log.engine) as connection:
        wanted = select(decisions).where(decisions.c.queue == queue, decisions.c.kind.in_(KINDS))
        rows = connection.execute(wanted.order_by(decisions.c.seq, decisions.c.place)).all()
    return [(row.kind, row.rung, row.role, row.people, seconds(instant(row.at))) for row in rows]


@pytest.mark.parametrize("seed", range(100, 116))
def test_a_batch_one_by_one_and_the_plain_loop_are_one(shared_log, seed):
    rows = stream(seed)
    arrived = [
        NewReading(START + timedelta(seconds=at), waiting, f"r{place}", told or None, actor="S1")
        for place, (at, waiting, told) in enumerate(rows)
    ]
    received = START + timedelta(days=2)
    together = shared_log.accept(f"s{seed}-a", arrived, received_at=received)
    singly = [shared_log.accept(f"s{seed}-b", [one], received_at=received)[0] for one in arrived]
    assert [one.text.replace("-a", "-b") for one in together] == [one.text for one in singly]
    assert shared_log.accept(f"s{seed}-a", arrived, received_at=received)[-1].text == together[-1].text
    for queue in (f"s{seed}-a", f"s{seed}-b"):
        assert said(shared_log, queue) == play(rows, literal=False).said
        assert differences(shared_log.engine, queue) == []
