from __future__ import annotations

import re
import signal
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


HEARD = """(() => {
  window.heard = [];
  const gain = {setValueAtTime() {}, exponentialRampToValueAtTime() {}};
  window.AudioContext = class {
    currentTime = 0;
    destination = {};
    createGain() { return {gain, connect: other => other}; }
    createOscillator() {
      const frequency = {};
      return {frequency, connect: other => other, stop() {}, start: () => window.heard.push(frequency.value)};
    }
  };
})()"""


def test_a_new_order_is_heard_once_where_sound_is_on_and_never_where_it_is_off(serve, settings, open_page):
    service = serve(hurried(settings, times=300.0))
    floor = Floor(service.url)
    floor.say(3, **FLOOR)
    page = open_page("about:blank")
    page.add_init_script(HEARD)
    page.goto(service.url + "/?queue=hotline")
    sound = page.locator("#sound")
    expect(sound).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#waiting .count")).to_have_text("3")
    floor.keep_saying(8, seen(page, STATUS.format(rung=1)))
    assert page.evaluate("heard") == []
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("heard.length") == 1  # the press itself is heard: the supervisor knows how loud it is
    orders = page.locator("#orders .order").count()
    floor.keep_saying(9, seen(page, f"#orders .order:nth-of-type({orders + 1})"))
    page.wait_for_function("() => heard.length >= 3")
    assert page.evaluate("heard[1] < heard[2]"), "two tones, upwards"
    floor.say(3)  # nothing climbs any more
    expect(page.locator("#waiting .count")).to_have_text("3")
    told = page.evaluate("heard.length")
    assert told == 1 + 2 * (page.locator("#orders .order:not([data-kind])").count() - orders), "an order is heard once"
    page.reload()  # the orders that stand when the page opens are silent
    expect(page.locator("#orders .order").first).to_be_visible()
    assert page.evaluate("heard") == []


def agree(pages, floor):
    """Let both press the button; between them a reading comes, which moves the version but not what was decided on."""
    for page in pages:
        page.evaluate("document.getElementById('said').textContent = ''")
    pages[0].locator("dialog button[type='submit']").click()
    expect(pages[0].locator("#said")).to_contain_text("Recorded")
    floor.say(8)
    pages[1].locator("dialog button[type='submit']").click()
    expect(pages[1].locator("#said")).to_contain_text("Somebody was first")


def test_of_two_supervisors_who_release_the_last_group_one_does_and_the_other_is_told(serve, settings, open_page):
    service = serve(hurried(settings))
    floor = Floor(service.url)
    floor.say(3, **FLOOR)
    pages = [open_page(service.url + "/?queue=hotline") for _ in range(2)]
    floor.keep_saying(9, seen(pages[0], STATUS.format(rung=2)))
    for number, page in enumerate(pages):
        expect(page.locator(STATUS.format(rung=2))).to_be_visible()
        page.locator("#hand").click()
        page.locator("dialog input[value='hold 60']").check()
        page.locator("dialog input[name='badge']").fill(f"S0{number}")
    agree(pages, floor)  # from here on nothing climbs while they make up their minds
    for page in pages:
        expect(page.locator("#floor .warn")).to_contain_text(re.compile(r"held at rung 2 by S00 until \d\d:\d\d$"))
        page.locator("#hand").click()
        page.locator("dialog input[value='release']").check()
    standing = len(service.get("/v1/queues/hotline/surge")["orders"])
    agree(pages, floor)
    assert len(service.get("/v1/queues/hotline/surge")["orders"]) == standing - 1


def test_every_act_of_the_supervisors_hand_reaches_the_ladder(service, open_page):
    floor = Floor(service.url)
    floor.say(8, **FLOOR)
    page = open_page(service.url + "/?queue=hotline")
    expect(page.locator("#waiting .count")).to_have_text("8")

    def surge() -> dict:
        return service.get("/v1/queues/hotline/surge")

    def act(choice: str, shown: str) -> dict:
        page.locator("#hand").click()
        page.locator(f"dialog input[value='{choice}']").check()
        page.locator("dialog input[name='badge']").fill("S012")
        with page.expect_response(lambda one: one.request.method == "POST") as answer:
            page.locator("dialog button[type='submit']").click()
        assert answer.value.status == 200, answer.value.text()
        expect(page.locator("#board")).to_contain_text(shown)
        return surge()

    assert [one["rung"] for one in act("climb 1", "Open orders · 1")["orders"]] == [1]
    assert act("hold 30", "held at rung 1")["hold"]["rung"] == 1
    assert act("resume", "Open orders · 1")["hold"] is None
    expect(page.locator("#floor .warn")).to_have_count(0)
    assert act("fault on", "Open orders")["known_fault"]
    expect(page.locator(".rung[data-rung='6']")).to_have_attribute("data-state", "done")
    assert not act("fault off", "Open orders")["known_fault"]
    before = len(surge()["orders"])
    assert len(act("release", "The ladder")["orders"]) == before - 1


def test_the_page_survives_a_killed_server_and_never_shows_the_old_number_as_new(process, open_page, screenshots):
    process.start()
    floor = Floor(process.url)
    floor.say(7, **FLOOR)
    page = open_page(process.url + "/?queue=hotline")
    expect(page.locator("#waiting .count")).to_have_text("7")
    page.evaluate("window.stillHere = true")
    process.running.send_signal(signal.SIGSTOP)  # it hangs: connections are taken, and nothing is answered
    expect(page.locator("#link")).to_have_attribute("data-link", "down")
    expect(page.locator("#waiting .count")).to_have_css("text-decoration-line", "line-through")
    process.running.send_signal(signal.SIGCONT)
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    expect(page.locator("#alarm")).to_be_hidden()
    process.kill()
    expect(page.locator("#link")).to_have_attribute("data-link", "down")
    expect(page.locator("#alarm")).to_contain_text("out of reach")
    page.screenshot(path=screenshots / "wallboard-server-gone-light-en.png")
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator("#alarm")).to_be_in_viewport()  # however far down a supervisor has gone on a phone
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


@pytest.mark.parametrize("fault", ["hung", "500", "cut"])
def test_the_link_says_what_the_last_good_answer_says_whatever_the_stream_does(service, open_page, screenshots, fault):
    ramp = Floor(service.url)
    ramp.say(7, **FLOOR)
    page = open_page(service.url + "/?queue=hotline")
    expect(page.locator("#waiting .count")).to_have_text("7")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    answer = {
        "hung": lambda route: None,
        "500": lambda route: route.fulfill(status=500),
        "cut": lambda route: route.abort(),
    }
    page.route("**/surge", answer[fault])
    expect(page.locator("#link")).to_have_attribute("data-link", "down")  # though the stream is still open
    expect(page.locator("#alarm")).to_contain_text("out of reach")
    expect(page.locator("#waiting .count")).to_have_css("text-decoration-line", "line-through")
    expect(page.locator("#floor dd").first).to_have_css("text-decoration-line", "line-through")
    expect(page.locator("#waiting .next")).to_contain_text("Go by the floor")
    clocks = page.locator(
        "#waiting [data-since]"
    )  # beside the queue's name where it is seen from afar, and the reading's
    stood = clocks.all_text_contents()
    assert len(stood) == 2
    for _ in range(2):  # the page's own clock goes on
        page.wait_for_function(
            "before => document.querySelector('#clock').textContent !== before",
            arg=page.locator("#clock").text_content(),
        )
    assert clocks.all_text_contents() == stood, "a clock ran on"
    page.screenshot(path=screenshots / f"wallboard-link-{fault}-light-en.png")
    ramp.say(9)  # said while nobody can see it
    page.unroute("**/surge")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    expect(page.locator("#waiting .count")).to_have_text("9")
    expect(page.locator("#alarm")).to_be_hidden()


GIVEN_UP_BY_HAND = """{
  const real = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = after => {
    if (after !== 5_000) return real(after);
    const waiting = new AbortController();
    window.giveUp = () => waiting.abort(new DOMException('', 'TimeoutError'));
    return waiting.signal;
  };
}"""  # a pressed button waits 5 s for its answer; how much else happens meanwhile hangs on the machine


def test_a_pressed_button_shows_that_it_is_under_way_and_says_when_no_answer_comes(service, open_page):
    service.readings("hotline", *[8] * 7, **FLOOR)
    page = open_page("about:blank")
    page.add_init_script(GIVEN_UP_BY_HAND)
    page.goto(service.url + "/?queue=hotline")
    page.route("**/acknowledge", lambda route: None)
    button = page.locator("[data-action='acknowledge']").first
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(button).to_have_text("Sending …")
    service.readings("hotline", 9, **FLOOR)  # the wall is drawn anew meanwhile
    expect(page.locator("[data-waiting='9']")).to_be_visible()
    expect(button).to_have_attribute("aria-busy", "true")
    page.evaluate("giveUp()")
    expect(page.locator("#said")).to_contain_text("No answer within 5 s")
    expect(button).to_have_text("Acknowledge")


def orders_of(service) -> list[dict]:
    """The orders as they stand, but for how often time has repeated them."""
    return [{**one, "repeats": None} for one in service.get("/v1/queues/hotline/surge")["orders"]]


def test_a_slip_is_taken_back_where_it_was_made_within_ten_seconds(service, open_page, serious_faults, screenshots):
    service.readings("hotline", *[11] * 12, **FLOOR)
    page = open_page(service.url + "/?queue=hotline")
    first = page.locator(".order[data-rung='1']")
    undo = first.locator("[data-action='undo']")
    expect(first).to_be_visible()
    expect(undo).to_have_count(0)
    before = orders_of(service)
    for action, status in (("acknowledge", "acknowledged"), ("signed-in", "signed_in"), ("decline", "declined")):
        first.locator(f"[data-action='{action}']").click()
        if action == "decline":
            page.locator("dialog button[type='submit']").click()
        expect(page.locator(f".order[data-status='{status}']")).to_be_visible()
        expect(undo).to_contain_text(re.compile(r"0:(10|0\d)"))
        undo.click()
        expect(page.locator(".order[data-status='issued']")).to_have_count(len(before))
        assert orders_of(service) == before
    expect(undo).to_have_count(0)
    first.locator("[data-action='decline']").click()
    page.locator("dialog button[type='submit']").click()
    expect(undo).to_be_visible()  # looked at when nothing has to be taken back in time any more
    page.screenshot(path=screenshots / "wallboard-undo-light-en.png")
    assert serious_faults(page) == []
