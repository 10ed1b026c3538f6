"""Logs of calls and a switch's queue_log: when each call came, and how long it waited."""

from __future__ import annotations

import gzip

import pytest

from api.intake import InputError, read_histories
from api.intake.call_log import read_waiting
from api.intake.queue_log import calls_of_queue_log


def test_a_call_that_stands_in_several_rows_came_once(tmp_path):
    rows = [("2026-11-01 09:10:05", "a1"), ("2026-11-01 09:12:00", "a1"), ("2026-11-01 10:00:30", "b2")]
    rows += [(f"2026-11-02 {hour:02d}:00:30", f"c{hour}") for hour in range(9, 15)]
    log = "".join(f"{at},{call},3\n" for at, call in rows)
    (tmp_path / "log.csv").write_text("arrival,call id,wait s\n" + log, encoding="utf-8")
    read = read_histories(tmp_path / "log.csv", arrivals=True)
    came = read.arrivals["hotline"].strftime("%Y-%m-%d %H:%M:%S").tolist()
    assert came == [at for at, _ in rows if not at.endswith("09:12:00")]
    assert read.histories["hotline"].frame["calls_offered"].sum() == len(came)


@pytest.mark.parametrize("menu", ["0:00:12", "12", "00:12"])
def test_the_time_in_the_menu_is_read_as_every_other_duration(tmp_path, menu):
    rows = "".join(f"2026-11-02 {hour:02d}:00:30,{menu},0:00:20\n" for hour in range(9, 15))
    (tmp_path / "log.csv").write_text("arrival,ivr time,wait time\n" + rows, encoding="utf-8")
    waited = read_waiting(tmp_path / "log.csv", timezone="UTC")
    assert waited["entered_at"].dt.strftime("%M:%S").tolist() == ["00:42"] * 6
    assert waited["left_at"].dt.strftime("%M:%S").tolist() == ["01:02"] * 6


def test_the_queue_of_a_real_switch_is_rebuilt(shared_data):
    waited = read_waiting(shared_data / "acd" / "asterisk_queue_log", timezone="UTC")
    assert len(waited) > 0
    assert (waited["left_at"] > waited["entered_at"]).all()
    log = shared_data / "acd" / "asterisk_queue_log"
    _, calls, _ = calls_of_queue_log(log, interval_minutes=60)
    assert len(calls) == log.read_text().count("ENTERQUEUE")


def test_a_queue_log_tells_when_each_call_entered_which_queue(tmp_path):
    start = 1_793_498_400  # 2026-11-01 09:20:00 in Shanghai
    came = {"north": [0, 50, 4000], "south": [70, 9000]}
    lines = [
        f"{start + at}|{queue}{at}|{queue}|NONE|ENTERQUEUE||\n{start + at + 9}|{queue}{at}|{queue}|NONE|ABANDON|1|1|9"
        for at, queue in sorted((at, queue) for queue, every in came.items() for at in every)
    ]
    (tmp_path / "queue_log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    read = read_histories(tmp_path / "queue_log", timezone="Asia/Shanghai", arrivals=True)
    seconds = {queue: [round(at.timestamp()) - start for at in every] for queue, every in read.arrivals.items()}
    assert seconds == came
    assert read.histories["north"].frame["calls_offered"].sum() == 3
    rotated = tmp_path / "queue_log.1.gz"
    rotated.write_bytes(gzip.compress((tmp_path / "queue_log").read_bytes()))
    pooled = read_histories(rotated, timezone="Asia/Shanghai", queue="all", arrivals=True).arrivals
    assert [round(at.timestamp()) - start for at in pooled["hotline"]] == [0, 50, 70, 4000, 9000]


def test_a_log_of_calls_without_waits_names_the_column(tmp_path):
    path = tmp_path / "calls.csv"
    path.write_text("arrival,outcome\n2026-12-01T08:00:00+08:00,AGENT\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no column wait_seconds; it has arrival, outcome"):
        read_waiting(path, timezone="Asia/Shanghai")
    path.write_text("arrival,wait s,outcome\n2026-12-01T08:00:00+08:00,0,AGENT\n", encoding="utf-8")
    with pytest.raises(InputError, match="nobody waited"):
        read_waiting(path, timezone="Asia/Shanghai")
    path.write_text("arrival,wait s,queue\n2026-12-01T08:00,9,a\n2026-12-01T08:00,9,b\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds 2 queues \(a, b\); say which with --queue"):
        read_waiting(path, timezone="Asia/Shanghai")
    assert len(read_waiting(path, timezone="Asia/Shanghai", queue="b")) == 1
