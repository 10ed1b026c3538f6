from __future__ import annotations

import json
import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import plan_shown, until_asked
from tests.browser.roster_pages import plan, serve_roster
from tests.waiting import until

pytestmark = pytest.mark.browser
MONTH = "2026-12"


def build(page) -> None:
    page.locator("input[name='limit']").fill("600")
    page.locator("[data-action='roster']").click()
    expect(page.locator("[data-job='roster'] .facts-list")).to_be_visible(timeout=120_000)


def test_a_roster_that_is_cancelled_leaves_the_old_one_and_can_be_begun_again(plan_id, service, open_page, screenshots):
    page = open_page(service.url + f"/plan#{plan_id}/roster", language="zh-CN")
    expect(page.locator(".grid-row").first).to_be_visible()
    before = service.get(f"/v1/plans/{plan_id}/roster")["people"]
    build(page)
    page.locator("[data-action='cancel']").click()
    expect(page.locator("[data-outcome='cancelled']")).to_have_text("已取消", timeout=120_000)
    page.screenshot(path=screenshots / "planner-cancelled-light-zh.png")
    newest = service.get(f"/v1/plans/{plan_id}")["jobs"][0]
    assert (newest["kind"], newest["state"], newest["wish"]) == ("roster", "cancelled", "cancel")
    assert service.get(f"/v1/plans/{plan_id}/roster")["people"] == before
    expect(page.locator(".grid-row").first).to_be_visible()
    build(page)
    page.locator("[data-action='stop']").click()
    expect(page.locator("[data-job='roster']")).to_have_count(0, timeout=120_000)
    assert service.get(f"/v1/plans/{plan_id}")["jobs"][0]["state"] == "done"


def test_the_page_goes_on_when_the_server_is_killed_while_it_watches_a_roster_being_built(plan_id, process, open_page):
    process.start()
    page = open_page(process.url + f"/plan#{plan_id}/roster")
    expect(page.locator(".grid-row").first).to_be_visible()
    build(page)
    page.evaluate("window.stillHere = true")
    process.kill()
    with page.expect_event("requestfailed"):
        pass  # the page asks, and nobody answers
    expect(page.locator("[data-job='roster']")).to_be_visible()
    process.start()
    page.locator("[data-action='stop']").click()  # heard by the same job, in whose process it ever runs
    expect(page.locator("[data-job='roster']")).to_have_count(0, timeout=180_000)
    expect(page.locator(".grid-row").first).to_be_visible()
    assert page.evaluate("window.stillHere") is True, "the page was loaded again"
    expect(page.locator("[data-outcome]")).to_have_count(0)


def test_an_answer_that_comes_when_something_else_is_on_the_screen_is_not_drawn_over_it(plan_id, service, open_page):
    page = open_page(service.url + f"/plan#{plan_id}/seats", language="zh-CN")
    expect(page.locator(".heat tbody tr")).to_have_count(31)
    page.locator("[data-action='what-if']").click()
    expect(page.locator("[data-action='keep-target']")).to_be_visible()
    held = []

    def hold(route) -> None:
        held.append(route)

    page.route(f"**/v1/plans/{plan_id}", hold)
    page.locator("[data-action='keep-target']").click()
    until_asked(page, held, 1)
    page.evaluate("location.hash = ''")
    expect(page.locator("input[name='month']")).to_be_visible()
    with page.expect_response(f"**/v1/plans/{plan_id}"):
        held.pop().continue_()
    page.wait_for_function("() => new Promise((done) => setTimeout(() => done(true)))")
    expect(page.locator("input[name='month']")).to_be_visible()
    expect(page.locator("section[data-step]")).to_have_count(0)
    page.unroute(f"**/v1/plans/{plan_id}")
    page.route("**/v1/plans", hold)
    page.evaluate("location.hash = 'none'")  # of no plan: it leads to those there are
    until_asked(page, held, 1)
    page.evaluate(f"location.hash = '{plan_id}/seats'")
    expect(page.locator(".heat tbody tr")).to_have_count(31)
    with page.expect_response("**/v1/plans"):
        held.pop().continue_()
    page.wait_for_function("() => new Promise((done) => setTimeout(() => done(true)))")
    expect(page.locator("input[name='month']")).to_have_count(0)


def test_somebody_is_sick_and_the_roster_is_repaired(plan_id, service, open_page, screenshots, serious_faults):
    page = open_page(service.url + f"/plan#{plan_id}/roster", language="zh-CN", width=1440, height=900)
    expect(page.locator(".grid-row").first).to_be_visible()
    told = service.get(f"/v1/plans/{plan_id}/roster")
    works = next(n for n, code in enumerate(told["people"][0]["cells"]) if code not in ("", "standby"))
    day = told["days"][works]["date"]
    asked = page.locator("[data-question='replan']")
    asked.locator("summary").click()
    asked.locator("input[name='badge']").fill("1001")
    asked.locator("select[name='from']").select_option(day)
    asked.locator("select[name='to']").select_option(day)
    asked.locator("[data-action='replan']").click()
    expect(asked.locator("[data-result='replan'] .verdict")).to_contain_text("必须改", timeout=120_000)
    after = service.get(f"/v1/plans/{plan_id}/roster")
    assert after["people"][0]["cells"][works] == "leave"
    expect(page.locator(f".grid-row[data-row='0'] .cell[data-column='{works}']")).to_have_text("休假")
    changes = service.get(f"/v1/plans/{plan_id}")["jobs"][0]["result"]["changes"]
    expect(asked.locator("[data-result='replan'] tbody tr")).to_have_count(len(changes))
    page.screenshot(path=screenshots / "planner-repaired-light-zh.png", full_page=True)
    assert serious_faults(page) == []
    asked.locator("input[name='badge']").fill("77")
    asked.locator("[data-action='replan']").click()
    expect(asked.locator("[data-outcome='failed']")).to_contain_text("工号“77”不在本计划的 28 人之中", timeout=120_000)


ANSWERS = {
    "why": {
        "conflicts": [
            {"about": "qa", "rule": "ladder_material", "items": "", "message": "QA cannot be reached",
             "message_zh": "“应急人员在岗”（质检）无法满足：人数不够"}
        ],
        "prices": [
            {"rule": "weekly_hours", "label": "weekly hours", "label_zh": "每周工时", "change": "one hour more",
             "change_zh": "每周多一小时", "bound": 10.0, "gain": 66.0, "shortage_hours_less": 12.5}
        ],
    },
    "what_if": {
        "scenarios": [
            {"scenario": "as it is", "people": 28, "shortage_hours": 30.0, "surplus_hours": 2.0},
            {"scenario": "inbound +5", "people": 33, "shortage_hours": 0.0, "surplus_hours": 90.0},
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        ("why", {"kind": "why"}, ["质检", "每周多一小时", "12.5"]),
        ("what_if", {"kind": "what_if", "headcount": [-2, 2, 5], "role": "inbound"}, ["现在的人数", "话务员 +5 人"]),
    ],
)  # fmt: skip
def test_why_it_is_short_and_what_other_headcounts_could_do_are_asked_and_told(
    plan_id, service, open_page, kind, body, shown
):
    page = open_page(service.url + f"/plan#{plan_id}/roster", language="zh-CN")
    asked_for = []

    def answer(route) -> None:  # what the works find is tested with them; here is what the page asks and shows
        asked_for.append(route.request.post_data_json)
        job = {"job_id": "ab", "kind": kind, "state": "queued", "progress": {}, "result": {}, "error": ""}
        route.fulfill(status=202, body=json.dumps(job), content_type="application/json")

    done = {"job_id": "ab", "kind": kind, "state": "done", "progress": {}, "error": "", "result": ANSWERS[kind]}
    page.route("**/jobs", answer)
    page.route("**/jobs/ab", lambda route: route.fulfill(body=json.dumps(done), content_type="application/json"))
    asked = page.locator(f"[data-question='{kind}']")
    asked.locator("summary").click()
    asked.locator(f"[data-action='{kind}']").click()
    for text in shown:
        expect(asked.locator(f"[data-result='{kind}']")).to_contain_text(text)
    assert asked_for == [body]


def test_a_job_that_ends_when_its_plan_has_been_left_asks_for_no_plan(service, open_page):
    job = {"job_id": "ab", "kind": "roster", "state": "running", "progress": {}, "result": {}, "error": ""}
    page = open_page("about:blank", language="zh-CN")
    serve_roster(page, 10, plan() | {"jobs": [job]})
    asked = []
    page.route("**/v1/plans/abc/jobs/ab", lambda route: route.fulfill(json=job))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(service.url + "/plan#abc/roster")
    expect(page.locator("[data-job='roster']")).to_be_visible()
    page.evaluate("location.hash = ''")
    expect(page.locator("[name='month']")).to_be_visible()
    job["state"] = "done"
    before = len(asked)
    page.wait_for_timeout(1_500)  # twice as long as a job is left alone
    assert [url for url in asked[before:] if "/jobs/" in url or url.endswith("/v1/plans/")] == []


def test_a_roster_being_built_is_still_watched_after_another_step_and_in_another_language(service, open_page):
    jobs = []
    job = {"job_id": "ab", "kind": "roster", "state": "running", "result": {}, "error": "", "error_zh": ""}
    job |= {"progress": {"phase": "search", "seconds": 3}, "finished_at": None}

    def begin(route):
        jobs.append(job)
        route.fulfill(status=202, json=job)

    page = open_page("about:blank", width=1366, height=900)
    serve_roster(page, 20)
    page.route("**/v1/plans/abc", lambda route: route.fulfill(json=plan() | {"jobs": jobs}))
    page.route("**/v1/plans/abc/jobs", begin)
    page.route("**/v1/plans/abc/jobs/ab", lambda route: route.fulfill(json=job))
    page.goto(service.url + "/plan?lang=en#abc/roster")
    page.locator("[data-action='roster']").click()
    watched = page.locator("[data-job='roster']")
    expect(watched).to_contain_text("3 s")
    page.locator("#steps [data-step='files']").click()
    expect(watched).to_have_count(0)
    page.go_back()
    expect(watched).to_contain_text("3 s")
    page.locator("#language").click()
    expect(watched).to_contain_text("3 秒")
    expect(page.locator("[data-action='roster']")).to_be_hidden()
    # a line of a request for leave that cannot be read is named, and nothing is asked
    leave = page.locator("[data-question='leave']")
    leave.locator("summary").click()
    leave.locator("textarea").fill("1002 2027-02-08\n1003 明天")
    leave.locator("[data-action='leave']").click()
    expect(page.locator("#said")).to_contain_text("第 2 行“1003 明天”看不懂")
    assert len(jobs) == 1


def test_a_chart_is_zoomed_by_dragging_read_by_keys_and_shown_whole_again(service, open_page):
    page = open_page(service.url + "/plan", width=1000)
    page.evaluate(
        """async () => {
          const { chart } = await import('/static/chart.js');
          const day = (n) => new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10);
          const labels = Array.from({ length: 400 }, (_, n) => day(n));
          const values = labels.map((_, n) => (n % 7 < 5 ? 100 : -50));
          window.picked = [];
          const series = [{ name: 'calls', kind: 'bar', values }];
          const onPick = (n) => window.picked.push(n);
          const place = document.createElement('div'); // above the page, which goes on drawing itself
          Object.assign(place.style, { position: 'fixed', inset: 0, zIndex: 99, background: 'white' });
          place.append(chart({ title: 'try', labels, series, onPick }));
          document.body.append(place);
        }"""
    )
    over, reading = page.locator(".u-over"), page.locator(".chart-reading")
    expect(page.locator(".chart-whole")).to_be_hidden()
    box = over.bounding_box()
    over.click(position={"x": box["width"] * 100.5 / 400, "y": 20})
    assert page.evaluate("window.picked") == [100]
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 30, steps=4)
    page.mouse.up()
    expect(page.locator(".chart-whole")).to_be_visible()
    assert page.evaluate("window.picked") == [100], "dragging picks nothing"
    over.click(position={"x": box["width"] * 0.5, "y": 20})
    assert abs(page.evaluate("window.picked[1]") - 250) <= 2  # the middle of what is shown now
    page.locator(".chart-whole").click()
    expect(page.locator(".chart-whole")).to_be_hidden()
    page.locator(".chart-holder").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(reading).to_have_text("2025-01-02: calls 100")


def test_a_plan_is_named_published_superseded_with_its_differences_shown_and_a_draft_deleted(
    plan_id, service, open_page, screenshots, serious_faults
):
    page = open_page(service.url + f"/plan#{plan_id}/publish", language="zh-CN")
    page.locator("[data-action='words']").click()
    page.locator("dialog input[name='title']").fill("十二月正班")
    page.locator("dialog textarea[name='note']").fill("与外呼组商定")
    page.locator("dialog button[type='submit']").click()
    expect(page.locator(".plan-head")).to_contain_text("十二月正班")
    # a roster that breaks rules says which before it is published
    told = service.get(f"/v1/plans/{plan_id}/roster")
    who = next(one for one in told["people"] if one["role"] == "inbound")
    cells = [{"badge": who["badge"], "date": told["days"][n]["date"], "shift": "N"} for n in range(4)]
    put = f"{service.url}/v1/plans/{plan_id}/roster/cells"
    broken = httpx.put(put, json={"cells": cells}, timeout=20).json()["broken"]
    assert broken
    page.locator("[data-action='publish']").click()
    listed = page.locator("dialog [data-broken]")
    expect(listed).to_contain_text(f"{len(broken)} 处")
    listed.locator("summary").filter(has_text="连续夜班").click()
    expect(listed).to_contain_text("最多 3 个")
    assert serious_faults(page) == []
    page.screenshot(path=screenshots / "planner-publish-broken-light-zh.png")
    page.locator("dialog input[name='reason']").fill("二十五日到期")
    page.locator("dialog button[type='submit']").click()
    expect(page.locator("[data-published]")).to_contain_text("第 1 版")
    # a new version of it: what it changes is shown before it counts
    page.locator("[data-action='copy']").click()
    page.locator("dialog button[type='submit']").click()
    expect(page.locator(".plan-head")).to_contain_text("十二月正班（新版）")
    expect(page.locator(".grid-row").first).to_be_visible()
    second = plan_shown(page)
    free = [{**one, "shift": ""} for one in cells]
    httpx.put(f"{service.url}/v1/plans/{second}/roster/cells", json={"cells": free}, timeout=20).raise_for_status()
    page.locator("#steps [data-step='publish']").click()
    expect(page.locator("[data-supersedes='1']")).to_contain_text("4 格，涉及 1 人")
    page.locator("[data-supersedes] summary").click()
    expect(page.locator("[data-supersedes] tbody tr")).to_have_count(4)
    page.screenshot(path=screenshots / "planner-supersedes-light-zh.png", full_page=True)
    page.locator("[data-action='publish']").click()
    expect(page.locator("dialog [data-supersedes]")).to_be_visible()
    page.locator("dialog input[name='reason']").fill("夜班太密")
    page.locator("dialog button[type='submit']").click()
    expect(page.locator("[data-published]")).to_contain_text("第 2 版")
    # the list tells them apart; a draft can be deleted, what was published cannot
    page.goto(service.url + "/plan")
    expect(page.locator(f"[data-plan='{plan_id}']")).to_contain_text("已被新版取代")
    expect(page.locator(f"[data-plan='{second}']")).to_contain_text("已发布")
    expect(page.locator("[data-action='delete']")).to_have_count(0)
    page.locator(f"[data-plan='{second}'] [data-action='copy']").click()
    page.locator("dialog button[type='submit']").click()
    expect(page.locator(".plan-head")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-action='delete']")).to_be_visible()
    assert serious_faults(page) == []
    page.screenshot(path=screenshots / "planner-plans-light-zh.png", full_page=True)
    page.locator("[data-action='delete']").click()
    page.locator("dialog button[type='submit']").click()
    expect(page.locator("[data-plan]")).to_have_count(2)


def test_a_meal_is_moved_by_the_hour_undone_and_a_cell_changed_elsewhere_is_shown_before_it_is_written_over(
    plan_id, service, open_page, screenshots, serious_faults
):
    page = open_page(service.url + f"/plan#{plan_id}/roster")
    expect(page.locator(".grid-row").first).to_be_visible()
    page.locator("[data-view='day']").click()
    hours = f"/v1/plans/{plan_id}/roster/hours?date={MONTH}-01"
    line = next(
        one for one in service.get(hours) if len(one["meals"]) > 2 and one["meal"] == one["start"] + one["meals"][1]
    )
    meal = page.locator(f"[data-meal='{line['badge']} {line['date']}']")
    expect(meal).to_be_visible()
    assert serious_faults(page) == []
    page.screenshot(path=screenshots / "planner-day-light-en.png")

    def stands() -> int:
        return next(one["meal"] for one in service.get(hours) if one["badge"] == line["badge"])

    meal.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-verdict]")).to_be_visible()
    assert stands() == line["start"] + line["meals"][0]
    page.locator("[data-action='undo-all']").click()
    until(lambda: stands() == line["meal"], what="the meal back at its time")
    expect(page.locator("[data-action='redo']")).to_be_enabled()
    back = f"{line['meal'] // 60 % 24:02d}:{line['meal'] % 60:02d}"
    expect(meal).to_have_attribute("title", re.compile(f"meal at {back}$"))  # and is shown there
    facts = page.locator("[data-part='facts']")  # they grow by what is promised, and move all that is below
    expect(facts).not_to_contain_text("…", timeout=120_000)
    meal.evaluate("node => node.scrollIntoView({ block: 'center' })")  # above the verdict, which stands at the foot
    box = meal.bounding_box()
    hour = (box["width"] / line["meal_minutes"]) * 60
    page.mouse.move(box["x"] + 4, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 4 + hour * (line["meals"][-1] - line["meals"][1]) / 60, box["y"] + 8, steps=3)
    page.mouse.up()
    until(lambda: stands() == line["start"] + line["meals"][-1], what="the meal at its last time")
    page.locator("[data-view='week']").click()
    expect(page.locator(".hours .stretch").first).to_be_visible()
    page.screenshot(path=screenshots / "planner-week-light-en.png")
    # the same cell, changed in another browser: it is shown, and nothing is written over it
    page.locator("[data-view='month']").click()
    cell = page.locator(f".grid-row:has(.who:text-is('{line['badge']}')) .cell[data-column='0']")
    body = {"cells": [{"badge": line["badge"], "date": line["date"], "shift": "leave"}]}
    put = f"{service.url}/v1/plans/{plan_id}/roster/cells"
    page.locator(".grid-row").first.hover()
    until(lambda: cell.count() or page.mouse.wheel(0, 200), what="the row, which is drawn when it is scrolled to")
    cell.click()
    httpx.put(put, json=body, timeout=20).raise_for_status()
    page.keyboard.press("Delete")  # at once: by and by the page looks for such changes by itself
    expect(page.locator("#said")).to_contain_text("was changed elsewhere to leave")
    expect(cell).to_have_text("lv")
    expect(cell).to_have_attribute("data-marks", re.compile("changed"))
    page.keyboard.press("Delete")  # now that it was seen
    expect(page.locator("[data-verdict]")).to_be_visible()
