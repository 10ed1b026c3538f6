from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import expect

from api.keys import create_key
from api.store.codec import now

pytestmark = pytest.mark.browser
FLOOR = {
    "experts_available": 4,
    "outbound_available": 5,
    "qa_available": 4,
    "back_office_available": 6,
    "seats_free": 20,
}
STATUS = "#orders .order[data-rung='{rung}']"


class Floor:
    """A switch that tells how many wait, at once or as a steady stream while the supervisor works."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.url, self.headers = url, {"Authorization": f"Bearer {key}"} if key else {}

    def say(self, waiting: int, **told: object) -> None:
        body = {"at": datetime.now(UTC).isoformat(), "waiting": waiting, **told}
        httpx.post(
            f"{self.url}/v1/queues/hotline/readings", json=body, headers=self.headers, timeout=20
        ).raise_for_status()

    def keep_saying(self, waiting: int, condition) -> None:
        """Say it twice a second until the condition holds."""
        for _ in range(240):
            if condition():
                return
            self.say(waiting)
            condition.page.wait_for_timeout(500)  # the switch's own pace, not a wait for the page
        raise AssertionError("it did not happen")


def seen(page, selector):
    """Return a condition: the page shows `selector`."""

    def condition() -> bool:
        return page.locator(selector).count() > 0

    condition.page = page
    return condition


def hurried(settings, times=60.0):
    """The same ladder played so many times faster: five minutes become five seconds."""
    ladder = settings.ladder
    rungs = tuple(replace(rung, hold_seconds=rung.hold_seconds / times) for rung in ladder.rungs)
    return replace(
        settings,
        ladder=replace(ladder, rungs=rungs, release_hold_seconds=ladder.release_hold_seconds / times, version=""),
    )


def test_a_supervisor_lives_through_a_surge_at_sixty_times_the_speed(serve, settings, open_page, screenshots):
    service = serve(hurried(settings))
    floor = Floor(service.url)
    floor.say(3, **FLOOR)
    page = open_page(service.url + "/?queue=hotline", language="zh-CN", color_scheme="dark", width=1920, height=1080)
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    floor.keep_saying(12, seen(page, STATUS.format(rung=2)))
    first = page.locator(STATUS.format(rung=1))
    first.locator("[data-action='acknowledge']").click()
    expect(first).to_have_attribute("data-status", "acknowledged")
    first.locator("[data-action='signed-in']").click()
    expect(first).to_have_attribute("data-status", "signed_in")
    floor.keep_saying(12, seen(page, STATUS.format(rung=3)))
    page.locator(STATUS.format(rung=3)).locator("[data-action='decline']").click()
    page.locator("dialog button[type='submit']").click()
    expect(page.locator(STATUS.format(rung=3))).to_have_count(0)
    page.screenshot(path=screenshots / "wallboard-journey-surge-dark-zh.png")

    # the next shift takes over, with both badges
    floor.say(12)
    page.locator("#hand").click()
    page.locator("dialog input[value='handover']").check()
    page.locator("dialog input[name='badge']").fill("S012")
    page.screenshot(path=screenshots / "wallboard-hand-dark-zh.png")
    page.locator("dialog button[type='submit']").click()
    page.locator("dialog input[name='to']").fill("S034")
    page.locator("dialog button[type='submit']").click()
    expect(page.locator("#said")).to_contain_text("交接已由双方签署")
    handover = service.get("/v1/queues/hotline/handovers")["handovers"][0]
    assert handover["from_badge"] == "S012"
    assert handover["to_badge"] == "S034"
    assert handover["from_signed_at"]
    assert handover["to_signed_at"]

    # one group is released by hand, the others when the queue has come down
    first.locator("[data-action='release']").click()
    page.locator("dialog button[type='submit']").click()
    expect(first).to_have_count(0)
    floor.keep_saying(2, seen(page, "#orders .none"))
    expect(page.locator("#orders .none")).to_be_visible()
    expect(page.locator(".trend .mark[data-kind='release']").first).to_be_attached()


def test_the_page_survives_a_killed_server_and_never_shows_the_old_number_as_new(process, open_page, screenshots):
    process.start()
    floor = Floor(process.url)
    floor.say(7, **FLOOR)
    page = open_page(process.url + "/?queue=hotline")
    expect(page.locator("#waiting .count")).to_have_text("7")
    page.evaluate("window.stillHere = true")
    process.kill()
    expect(page.locator("#link")).to_have_attribute("data-link", "down")
    expect(page.locator("#alarm")).to_contain_text("out of reach")
    page.screenshot(path=screenshots / "wallboard-server-gone-light-en.png")
    process.start()
    floor.say(11)
    expect(page.locator("#waiting .count")).to_have_text("11")
    expect(page.locator("#alarm")).to_be_hidden()
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    assert page.evaluate("window.stillHere") is True, "the page was loaded again"


def test_a_wallboard_key_may_look_but_not_acknowledge_and_a_wrong_key_is_asked_for_again(serve, settings, open_page):
    service = serve(hurried(replace(settings, open_access=False)))
    engine = service.app.state.log.engine
    made = {
        role: create_key(engine, label=role, role=role, at=now(), badge=f"B-{role}")[0]
        for role in ("writer", "wallboard", "supervisor")
    }
    floor = Floor(service.url, made["writer"])
    floor.say(9, **FLOOR)

    page = open_page(service.url + "/?queue=hotline")
    page.locator("dialog input[name='key']").fill(made["wallboard"])
    page.locator("dialog button[type='submit']").click()
    expect(page.locator("#waiting .count")).to_have_text("9")
    floor.keep_saying(9, seen(page, STATUS.format(rung=1)))
    order = page.locator(STATUS.format(rung=1))
    expect(order.locator("[data-action='acknowledge']")).to_be_disabled()
    number = order.get_attribute("data-order")
    answer = page.evaluate(
        """async ([url, key]) => (await fetch(url, {method: 'POST', body: '{}',
            headers: {'Content-Type': 'application/json', Authorization: 'Bearer ' + key}})).status""",
        [f"{service.url}/v1/queues/hotline/orders/{number}/acknowledge", made["wallboard"]],
    )
    assert answer == 403
    expect(order).to_have_attribute("data-status", re.compile("issued|delivered"))

    page.locator("#key").click()
    page.locator("dialog input[name='key']").fill(made["supervisor"])
    page.locator("dialog button[type='submit']").click()
    page.locator(STATUS.format(rung=1)).locator("[data-action='acknowledge']").click()
    expect(page.locator(STATUS.format(rung=1))).to_have_attribute("data-status", "acknowledged")
