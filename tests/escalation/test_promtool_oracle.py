"""Rung 1 against a second program: Prometheus' rule evaluator holds `W > 5` for five minutes just the same."""

from __future__ import annotations

import json
import random
import subprocess
from datetime import UTC, datetime, timedelta

from escalation.engine import reduce
from escalation.events import Reading
from escalation.state import initial_state

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
STREAMS, MINUTES = 120, 90


def generated(seed: int) -> list[int]:
    """Return a queue, minute by minute, that lingers about the threshold."""
    numbers = random.Random(seed)
    waiting, made = numbers.randint(0, 9), []
    for _ in range(MINUTES):
        waiting = max(0, waiting + numbers.choice([-3, -1, -1, 0, 0, 0, 1, 1, 3]))
        made.append(waiting)
    return made


def test_rung_one_is_ordered_exactly_when_prometheus_would_alert(recommended, program, tmp_path):
    queues = {f"q{seed:03d}": generated(seed) for seed in range(STREAMS)}
    firing: dict[int, list[str]] = {minute: [] for minute in range(MINUTES)}
    ordered = 0
    for queue, waiting in queues.items():
        run_from = None
        # A fresh ladder for each unbroken run: later runs meet people already in, which is not rung 1's affair.
        state = initial_state(recommended)
        holding = False
        for minute, count in enumerate(waiting):
            state, said = reduce(state, Reading(START + timedelta(minutes=minute), count))
            if count <= 5:
                state, holding, run_from = initial_state(recommended), False, None
            elif run_from is None:
                run_from = minute
            if any(one.kind == "order" and one.rung == 1 for one in said):
                holding = True
                ordered += 1
            if holding:
                firing[minute].append(queue)
    assert ordered > 40
    rules = {"groups": [{"name": "g", "rules": [{"alert": "Rung1", "expr": "waiting > 5", "for": "5m"}]}]}
    (tmp_path / "rules.yml").write_text(json.dumps(rules), encoding="utf-8")
    cases = {
        "rule_files": [str(tmp_path / "rules.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f'waiting{{queue="{queue}"}}', "values": " ".join(map(str, waiting))}
                    for queue, waiting in queues.items()
                ],
                "alert_rule_test": [
                    {
                        "eval_time": f"{minute}m",
                        "alertname": "Rung1",
                        "exp_alerts": [{"exp_labels": {"queue": queue}} for queue in queues_firing],
                    }
                    for minute, queues_firing in firing.items()
                ],
            }
        ],
    }
    (tmp_path / "cases.yml").write_text(json.dumps(cases), encoding="utf-8")
    tested = subprocess.run(
        [program("promtool"), "test", "rules", str(tmp_path / "cases.yml")], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, (tested.stdout + tested.stderr)[-2000:]
