from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from api.rehearsing import Rehearsal, rehearsal_document, sentences_of
from tests.browser.conftest import until_asked, until_it_fits

pytestmark = pytest.mark.browser


def readings_file(tmp_path):
    """The rulebook's worked case: 7 for fifteen minutes, 11 at 16 and 17, then 5 (RULEBOOK section 2)."""
    waiting = [7] * 16 + [11, 11] + [5] * 30
    at = pd.date_range("2026-11-20 09:00", periods=len(waiting), freq="min", tz="Asia/Shanghai")
    path = tmp_path / "readings.csv"
    path.write_text(
        "at,waiting\n" + "".join(f"{a.isoformat()},{w}\n" for a, w in zip(at, waiting, strict=True)), encoding="utf-8"
    )
    return path


def sixteen_minutes_of_eight(service):
    """Send readings of them, all of one day: where midnight lies within the last minutes, they end before it."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    today = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second + 1).total_seconds()
    service.readings("hotline", *[8] * 17, ending_seconds_ago=today if today < 17 * 60 else 0)


def test_an_analyst_plays_a_surge_through_both_ladders_and_one_of_her_own(
    service, open_page, tmp_path, screenshots, serious_faults
):
    sixteen_minutes_of_eight(service)
    page = open_page(service.url + "/explore", width=1366, height=900)
    page.locator("input[name='file']").set_input_files(readings_file(tmp_path))
    page.locator("[data-action='replay']").click()
    expect(page.locator("[data-decision='order']")).to_have_count(4)  # 1@5 2@10 3@15 4@16
    expect(page.locator("[data-decision='release']")).to_have_count(4)
    expect(page.locator("[data-decision='order']").last).to_contain_text("09:16:00")
    expect(page.locator("[data-decision='release']").first).to_contain_text("09:23:00")
    expect(page.locator("[data-explore='replay'] .mark")).to_have_count(8)
    page.screenshot(path=screenshots / "explore-replay-light-en.png", full_page=True)
    assert serious_faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    until_it_fits(page)
    page.locator("[data-step='replay'] details summary").click()
    page.locator("[data-step='replay'] textarea[name='ladder']").fill("name = 'mine'\nthreshold = 3")
    page.locator("[data-action='replay']").click()
    expect(page.locator("#said")).to_contain_text("unknown key 'threshold'")
    # what ladders would do to a surge that answers to them
    page.locator("input[name='calls']").fill("150, 150")
    page.locator("input[name='seats']").fill("10 10")
    page.locator("[data-action='lab']").click()
    expect(page.locator("[data-ladder]")).to_have_count(4, timeout=120_000)
    expect(page.locator("[data-ladder='none']")).to_contain_text("%")
    until_it_fits(page)
    page.locator("#theme").click()
    page.set_viewport_size({"width": 1366, "height": 900})
    page.screenshot(path=screenshots / "explore-lab-dark-en.png", full_page=True)
    assert serious_faults(page) == []
    # another language loses nothing: what was typed, chosen and found stays
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("分析")
    expect(page.locator("[data-ladder]")).to_have_count(4)
    expect(page.locator("[data-explore='replay'] .mark")).to_have_count(8)
    expect(page.locator("[data-decision='order']").first).to_contain_text("人")  # the reasons too
    assert page.locator("input[name='calls']").input_value() == "150, 150"
    assert "threshold = 3" in page.locator("[data-step='replay'] textarea[name='ladder']").input_value()
    assert page.evaluate("document.querySelector('input[name=file]').files.length") == 1
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("Look closer")  # drawn anew: what is clicked now stays
    expect(page.locator("[data-ladder]")).to_have_count(4)
    page.locator("#theme").click()
    # the day's own readings, from the log
    page.locator("[data-step='replay'] textarea[name='ladder']").fill("")
    page.locator("input[name='file']").set_input_files([])
    page.locator("[data-action='replay']").click()
    expect(page.locator("[data-decision='order']")).to_have_count(3)


def test_an_older_answer_that_comes_late_does_not_stand_over_a_newer_one(service, open_page, tmp_path):
    sixteen_minutes_of_eight(service)
    page = open_page(service.url + "/explore")
    page.locator("input[name='file']").set_input_files(readings_file(tmp_path))
    page.locator("[data-action='replay']").click()
    expect(page.locator("[data-decision='order']")).to_have_count(4)
    held = []
    page.route("**/v1/explore/replay", lambda route: held.append(route) if len(held) < 2 else route.continue_())
    page.locator("#language").click()  # asks both ladders anew, and is not answered yet
    until_asked(page, held, 2)
    page.locator("input[name='file']").set_input_files([])
    page.locator("[data-action='replay']").click()
    expect(page.locator("[data-decision='order']")).to_have_count(3)
    for route in held:
        route.continue_()
    expect(page.locator("h1")).to_have_text("分析")
    expect(page.locator("[data-decision='order']")).to_have_count(3)


def test_an_analyst_scores_the_forecasts_of_past_months(service, open_page, tmp_path, screenshots, serious_faults):
    random = np.random.default_rng(7)
    hours = pd.date_range("2026-06-01", "2026-11-24 23:00", freq="h")
    shape = np.interp(hours.hour, [0, 6, 10, 15, 20, 23], [3, 2, 40, 35, 20, 6]) * np.where(
        hours.day_of_week < 5, 1, 0.7
    )
    history = tmp_path / "history.csv"
    frame = pd.DataFrame({"interval_start": hours, "calls_offered": random.poisson(shape)})
    frame.to_csv(history, index=False)
    plan = service.post("/v1/plans", {"month": "2026-12", "country": "-"}).json()["plan_id"]
    page = open_page(service.url + f"/plan#{plan}/files", language="zh-CN", color_scheme="dark", width=1440, height=900)
    page.locator("[data-file='history']").set_input_files(history)
    expect(page.locator("[data-answer='history']")).to_contain_text("2026-06-01")
    page.goto(service.url + "/explore")
    page.locator("input[name='months']").fill("2")
    expect(page.locator("[name='against']:checked")).to_have_count(3)
    page.get_by_label("ETS").check()
    page.get_by_label("工作簿").uncheck()
    page.locator("[data-action='backtest']").click()
    expect(page.locator("[data-model='huawu']")).to_be_visible(timeout=120_000)
    expect(page.locator("[data-model='ets']")).to_contain_text("ETS 模型")
    expect(page.locator("[data-model='workbook']")).to_have_count(0)
    expect(page.locator("[data-explore='accuracy'] .chart")).to_have_count(5)  # no holiday, but what was believed
    page.screenshot(path=screenshots / "explore-accuracy-dark-zh.png", full_page=True)
    assert serious_faults(page) == []
    told = service.get(f"/v1/plans/{plan}/backtest")
    # a naive repetition, counted here by hand: the same hour four weeks before, or as many weeks as the cutoff asks
    october = frame.set_index("interval_start")["calls_offered"]
    errors = total = 0
    for month, cutoff in (("2026-10", "2026-09-25"), ("2026-11", "2026-10-25")):
        for at, calls in october[month].items():
            back = at - pd.Timedelta(days=28)
            while back >= pd.Timestamp(cutoff):
                back -= pd.Timedelta(days=7)
            errors, total = errors + abs(calls - october[back]), total + calls
    naive = next(one for one in told["models"] if one["model"] == "four_weeks_before")
    assert naive["wape"] == pytest.approx(errors / total, abs=1e-4)
    assert told["by"]["month"]["all"]["wape"] < naive["wape"]


def test_an_analyst_rehearses_past_months_and_reads_what_was_kept(service, open_page, screenshots, serious_faults):
    """The work itself is the service's (tests/api/test_rehearsing.py); here it is answered for, with what it found."""
    plan = service.post("/v1/plans", {"month": "2026-12", "country": "-"}).json()["plan_id"]
    months = pd.DataFrame(
        {
            "promised": [0.81, 0.8], "lower_80": [0.72, 0.7], "upper_80": [0.88, 0.87], "kept": [0.78, 0.66],
            "held": [True, False], "days_kept": [0.6, 0.3],
            "paid_hours": [5200.0, 5100.0], "seat_hours": [4700.0, 4600.0],
            "workbook": [4850.0, 4700.0], "hindsight": [4400.0, 4300.0], "minutes_above_10": [300.0, 640.0],
            "kept_recommended": [0.8, 0.7], "minutes_above_10_recommended": [210.0, 400.0],
            "people_minutes_recommended": [800.0, 1900.0], "kept_daily": [0.79, 0.75], "hours_daily": [4650.0, 4710.0],
            "overtime_daily": [21.0, 140.0], "minutes_above_10_daily": [280.0, 410.0],
            "minutes_above_10_daily_recommended": [150.0, 262.0], "kept_daily_recommended": [0.82, 0.78],
            "more_people": [0.0, 0.04], "sure_hours": [90.0, 88.0],
            **{f"above_{name}": [40.0, 60.0] for name in ("month", "days", "hours", "rounding", "shifts")},
        },
        index=pd.Index(["2026-09", "2026-10"], name="month"),
    )  # fmt: skip
    days = pd.DataFrame({"promised": [0.8]}, index=pd.Index(["2026-09-01"], name="date"))
    found = rehearsal_document(Rehearsal(months, days, sentences_of(months, ["recommended"])))
    job = {"job_id": "abcdef123456", "kind": "rehearse", "error": "", "error_zh": "", "result": {}}
    running = {**job, "state": "running", "progress": {"phase": "rehearse", "what": "planning 2026-09", "share": 0.25}}
    asked, answers = [], [running]

    def begin(route):
        asked.append(route.request.post_data_json)
        route.fulfill(status=202, json={**job, "state": "queued", "progress": {}})

    page = open_page(service.url + "/explore", width=1366, height=900)
    page.route(f"**/v1/plans/{plan}/jobs", begin)
    page.route(
        f"**/v1/plans/{plan}/jobs/{job['job_id']}",
        lambda route: route.fulfill(json=answers[-1]),
    )
    page.locator("input[name='rehearsed-months']").fill("2")
    page.locator("input[name='daily']").check()
    page.locator("[data-action='rehearse']").click()
    expect(page.locator("[data-job='rehearse']")).to_contain_text("2026-09")
    expect(page.locator("[data-job='rehearse'] progress")).to_have_attribute("value", "0.25")
    answers.append({**job, "state": "done", "progress": {}, "result": found})
    expect(page.locator("[data-said='rehearse'] p").first).to_contain_text("in 1 of 2 months the promise held")
    assert asked == [
        {"kind": "rehearse", "months": 2, "daily": True, "ladders": ["recommended"], "time_limit_seconds": 20}
    ]
    table = page.locator("[data-explore='rehearse'] table").last
    expect(table.locator("tr", has_text="Minutes above 10 · recommended")).to_contain_text("400")
    expect(table.locator("tr", has_text="Kept · re-planned daily")).to_contain_text("75.0")
    expect(table.locator("tr", has_text="Minutes above 10 · re-planned daily · recommended")).to_contain_text("262")
    page.locator("[data-step='rehearse']").screenshot(path=screenshots / "explore-rehearse-light-en.png")
    assert serious_faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    until_it_fits(page)


def test_an_analyst_sees_the_day_so_far_between_its_limits_and_what_is_to_come(
    service, open_page, screenshots, serious_faults
):
    service.readings("hotline", 3)
    nothing = dict.fromkeys(("calls_so_far", "lower", "upper", "calls_expected"))
    hours = [nothing | {"interval_start": f"2026-11-24T{n:02d}:00:00"} for n in range(24)]
    for n, hour in enumerate(hours):
        so_far = 4.0 * (n + 1) ** 1.5
        if n < 14:
            hour.update(calls_so_far=so_far * 1.3, lower=so_far * 0.8, upper=so_far * 1.2)
        else:
            hour.update(calls_expected=so_far * 1.3)
    told = {"queue": "hotline", "day": "2026-11-24", "as_of": "2026-11-24T14:00:00+08:00", "outside_band": True,
            "first_outside_at": "2026-11-24T09:00:00+08:00", "still_to_come": 339.3, "intervals": hours}  # fmt: skip
    told |= {name: hours[13][name] for name in ("calls_so_far", "lower", "upper")}
    page = open_page("about:blank", language="zh-CN", width=1366, height=900)
    page.route("**/v1/queues/hotline/today", lambda route: route.fulfill(json=told))
    page.goto(service.url + "/explore")
    place = page.locator("[data-step='today']")
    expect(place.locator(".facts-list")).to_have_text(re.compile("272.*168–251.*09:00.*339"))
    expect(place.locator(".chart canvas")).to_be_visible()
    place.locator(".chart-table summary").click()
    rows = place.locator(".chart-table tbody tr")
    expect(rows).to_have_count(24)
    expect(rows.nth(13)).to_have_text("13:00168–251272272")  # where the line to come begins
    expect(rows.nth(14)).to_have_text("14:00–302–")
    assert serious_faults(page) == []
    place.screenshot(path=screenshots / "explore-today-light-zh.png")
