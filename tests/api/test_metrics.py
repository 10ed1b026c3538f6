"""Metrics that Prometheus' own tool accepts, alert rules that fire in time, a dashboard on what exists."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

QUEUE = "/v1/queues/hotline"


@pytest.fixture
def scrape(client, keys):
    """Feed a surge and return what Prometheus would read."""
    start = datetime.now(UTC) - timedelta(minutes=12)
    stream = [{"at": (start + timedelta(minutes=m)).isoformat(), "waiting": 11} for m in range(12)]
    client.post(f"{QUEUE}/readings", json=stream, headers=keys["writer"])
    client.post(f"{QUEUE}/readings", json=stream[3], headers=keys["writer"])
    client.get(f"{QUEUE}/surge", headers=keys["wallboard"])
    answer = client.get("/metrics", headers=keys["wallboard"])
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_prometheus_accepts_the_metrics(scrape, program):
    checked = subprocess.run(
        [program("promtool"), "check", "metrics"], input=scrape, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_the_gauges_say_what_the_floor_sees(scrape):
    found = {}
    for family in text_string_to_metric_families(scrape):
        for sample in family.samples:
            labels = {k: v for k, v in sample.labels.items() if k in ("queue", "status", "route")}
            found[sample.name, tuple(labels.values())] = sample.value
    assert found["huawu_waiting", ("hotline",)] == 11
    assert found["huawu_rung", ("hotline",)] == 2
    assert found["huawu_orders_open", ("hotline",)] == 2
    assert found["huawu_orders_unacknowledged", ("hotline",)] == 2
    assert 55 < found["huawu_reading_age_seconds", ("hotline",)] < 120
    assert found["huawu_oldest_unacknowledged_seconds", ("hotline",)] > 300
    assert found["huawu_readings_total", ("hotline", "accepted")] == 12
    assert found["huawu_readings_total", ("hotline", "late")] == 1
    assert (found["huawu_ready", ()], found["huawu_queue_silent", ("hotline",)]) == (1, 0)
    assert found["huawu_request_seconds_count", ("/v1/queues/{queue}/surge", "200")] == 1


def test_the_alert_rules_are_valid_and_fire_in_time(root, program, tmp_path):
    rules = root / "data" / "config" / "monitoring" / "huawu-alerts.yml"
    promtool = program("promtool")
    checked = subprocess.run([promtool, "check", "rules", rules], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    cases = f"""
rule_files: [{rules}]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - series: huawu_reading_age_seconds{{queue="hotline"}}
        values: 0 15 30 45 60 75 90 105 120 135 150 0
      - series: huawu_reading_age_seconds{{queue="back"}}
        values: 0 -10 -30 -30 -90 -80 -70 -60 -50 0x60
      - series: huawu_oldest_unacknowledged_seconds{{queue="hotline"}}
        values: 0+60x10
      - series: huawu_outbox_messages{{webhook="floor",status="failed"}}
        values: 0x5 1x5
      - series: up{{job="huawu",instance="a"}}
        values: 1x3 0x4 _x40
      - series: huawu_ready{{instance="a"}}
        values: 1x3 0x3
      - series: huawu_queue_silent{{queue="vip"}}
        values: 1x60
    alert_rule_test:
      - {{eval_time: 1m15s, alertname: HuawuDown, exp_alerts: []}}
      - eval_time: 1m30s
        alertname: HuawuDown
        exp_alerts:
          - exp_labels: {{severity: critical, job: huawu, instance: a}}
            exp_annotations: {{summary: "a: huawu does not answer; nobody is told whom to sign in"}}
      - {{eval_time: 1m30s, alertname: HuawuAbsent, exp_alerts: []}}
      - eval_time: 9m
        alertname: HuawuAbsent
        exp_alerts:
          - exp_labels: {{severity: critical, job: huawu}}
            exp_annotations: {{summary: "no huawu is watched any more"}}
      - {{eval_time: 2m, alertname: HuawuQueueGone, exp_alerts: []}}
      - eval_time: 8m
        alertname: HuawuQueueGone
        exp_alerts:
          - exp_labels: {{severity: critical, queue: hotline}}
            exp_annotations:
              summary: "hotline: was watched five minutes ago and is not any more (retired, or the service is gone)"
      - eval_time: 1m30s
        alertname: HuawuUnready
        exp_alerts:
          - exp_labels: {{severity: critical, instance: a}}
            exp_annotations: {{summary: "a: the database takes nothing, or the log does not give what is stored"}}
      - eval_time: 10m
        alertname: HuawuQueueSilent
        exp_alerts:
          - exp_labels: {{severity: warning, queue: vip}}
            exp_annotations: {{summary: "vip: is declared and has never sent a reading"}}
      - {{eval_time: 1m45s, alertname: HuawuReadingsStopped, exp_alerts: []}}
      - eval_time: 2m15s
        alertname: HuawuReadingsStopped
        exp_alerts:
          - exp_labels: {{severity: critical, queue: hotline}}
            exp_annotations: {{summary: "hotline: no reading for 2m 15s; the ladder stands still"}}
      - {{eval_time: 2m45s, alertname: HuawuReadingsStopped, exp_alerts: []}}
      - {{eval_time: 1m, alertname: HuawuClockBehind, exp_alerts: []}}
      - eval_time: 2m
        alertname: HuawuClockBehind
        exp_alerts:
          - exp_labels: {{severity: critical, queue: back}}
            exp_annotations:
              summary: "back: readings are ahead of this clock and refused; set both clocks by NTP"
      - {{eval_time: 45s, alertname: HuawuOrderNotAcknowledged, exp_alerts: []}}
      - eval_time: 1m
        alertname: HuawuOrderNotAcknowledged
        exp_alerts:
          - exp_labels: {{severity: warning, queue: hotline}}
            exp_annotations: {{summary: "hotline: an order has waited 4m 0s for an acknowledgement"}}
      - {{eval_time: 1m, alertname: HuawuOutboxGaveUp, exp_alerts: []}}
      - eval_time: 2m
        alertname: HuawuOutboxGaveUp
        exp_alerts:
          - exp_labels: {{severity: critical, webhook: floor, status: failed}}
            exp_annotations: {{summary: "webhook floor: 1 notifications were never taken"}}
"""
    written = tmp_path / "cases.yml"
    written.write_text(cases, encoding="utf-8")
    tested = subprocess.run([promtool, "test", "rules", written], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_rules_and_dashboard_ask_only_for_metrics_that_exist(root, scrape):
    folder = root / "data" / "config" / "monitoring"
    offered = {sample.name for family in text_string_to_metric_families(scrape) for sample in family.samples}
    # There once a webhook is, and once a service has started on a log.
    offered |= {"huawu_outbox_messages", "huawu_outbox_lag_seconds", "huawu_log_differences"}
    dashboard = json.loads((folder / "huawu-grafana.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    text = " ".join(expressions) + (folder / "huawu-alerts.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\bhuawu_[a-z_]+", text)) <= offered
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"]) >= 6


def test_health_needs_no_key_and_tells_nothing(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert client.get("/metrics").status_code == 401
