from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONGEST, QUEUES, until_it_fits

pytestmark = pytest.mark.browser


def ramp(service, queue="hotline", *, tail=(), **told):
    """A quiet hour and a half, then a queue that grows: rung 1 ordered, rung 2 running."""
    service.readings(
        queue,
        *[2 + n % 3 for n in range(90)],
        *[8, 8, 9, 9, 9, 10, 12, 12],
        *tail,
        experts_available=4,
        outbound_available=5,
        qa_available=4,
        back_office_available=6,
        seats_free=9,
        seats_signed_in=31,
        seats_required=37,
        standby=4,
        **told,
    )


def test_the_number_its_band_in_word_and_colour_and_the_next_step_are_on_the_wall(service, open_page):
    ramp(service)
    page = open_page(service.url + "/?queue=hotline")
    board = page.locator("#waiting")
    expect(board.locator(".count")).to_have_text("12")
    expect(board.locator(".word")).to_contain_text("High")
    expect(board).to_have_attribute("data-band", "high")
    expect(board.locator(".next")).to_contain_text("Next: outbound")
    expect(page.locator(".rung[data-rung='1']")).to_have_attribute("data-state", "done")
    running = page.locator(".rung[data-rung='2']")
    expect(running).to_have_attribute("data-state", "running")
    expect(running.locator("[data-until]")).to_have_text(re.compile(r"^\d:\d\d$"))
    expect(page.locator(".trend .mark")).to_have_count(1)


def test_the_clock_counts_down_by_itself(service, open_page):
    ramp(service)
    page = open_page(service.url + "/?queue=hotline")
    clock = page.locator("#waiting .next [data-until]")
    minutes, seconds = clock.text_content().split(":")
    page.wait_for_function(  # the first answer may still set the clock by a second; then it can only fall
        "first => { const [m, s] = document.querySelector('#waiting .next [data-until]').textContent.split(':');"
        " return Number(m) * 60 + Number(s) < first; }",
        arg=int(minutes) * 60 + int(seconds),
    )


def test_a_new_reading_arrives_without_a_reload(service, open_page):
    service.readings("hotline", 3)
    page = open_page(service.url + "/?queue=hotline")
    expect(page.locator("#waiting .count")).to_have_text("3")
    page.evaluate("window.stillHere = true")
    service.readings("hotline", 7)
    expect(page.locator("#waiting .count")).to_have_text("7")
    expect(page.locator("#waiting")).to_have_attribute("data-band", "raised")
    assert page.evaluate("window.stillHere") is True


def test_stale_data_cannot_be_missed(service, open_page):
    service.readings("hotline", 8, 8, 8, 8, ending_seconds_ago=200)
    page = open_page(service.url + "/?queue=hotline")
    expect(page.locator("#alarm")).to_contain_text("No new data since")
    expect(page.locator("#waiting")).to_have_class(re.compile("stale"))
    expect(page.locator("#waiting .word")).to_contain_text("Not current")
    expect(page.locator("#waiting .count")).to_have_css("text-decoration-line", "line-through")
    expect(page.locator("#waiting .next")).to_contain_text("waits for a reading")
    service.readings("hotline", 4)
    expect(page.locator("#alarm")).to_be_hidden()
    expect(page.locator("#waiting .count")).to_have_text("4")


def test_a_number_grows_stale_by_itself_when_readings_stop(serve, settings, open_page):
    service = serve(replace(settings, ladder=replace(settings.ladder, max_gap_seconds=6.0, version="")))
    service.readings("hotline", 3)
    page = open_page(service.url + "/?queue=hotline")
    expect(page.locator("#waiting .count")).to_have_text("3")
    expect(page.locator("#alarm")).to_contain_text("No new data since")
    expect(page.locator("#board")).to_have_attribute("data-state", "stale")


def test_several_queues_are_tiles_and_a_tap_brings_one_to_the_front(service, open_page):
    ramp(service)
    service.readings("vip", 1)
    page = open_page(service.url + "/?queue=hotline")
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(2)
    page.locator(".tile[data-queue='vip']").click()
    expect(page.locator("#waiting h1")).to_contain_text("vip")
    expect(page.locator("#waiting .count")).to_have_text("1")
    assert "queue=vip" in page.url


CUT = """[...document.querySelectorAll('.tile')].filter(tile => { const name = tile.querySelector('.called');
  const [outer, inner] = [tile, name].map(one => one.getBoundingClientRect());
  return inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1 || name.scrollWidth > name.clientWidth + 1;
}).map(tile => tile.dataset.queue)"""  # names that are not whole within their tile


def test_forty_queues_leave_the_number_its_place_and_the_worst_come_first(service, open_page, screenshots):
    names = [*(f"line-{n:02d}" for n in range(38)), LONGEST, "zz-high"]
    for name in names:
        service.readings(name, {"line-05": 8, "zz-high": 14}.get(name, 2))
    page = open_page(service.url + "/?queue=" + LONGEST, width=1920, height=1080, language="zh-CN")
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(40)
    assert [tiles.nth(n).get_attribute("data-queue") for n in range(2)] == ["zz-high", "line-05"]
    expect(page.locator("#waiting .count")).to_have_text("2")
    assert letters_mm(page, "#waiting .count") >= 5_000 / 200
    assert beyond_the_window(page) <= 0
    page.screenshot(path=screenshots / "wallboard-forty-light-zh.png")
    assert page.evaluate(CUT) == []
    page.goto(service.url + "/?queue=" + LONGEST)
    expect(tiles).to_have_count(40)
    page.set_viewport_size({"width": 390, "height": 844})
    until_it_fits(page)
    number = page.evaluate("document.querySelector('#waiting .count').getBoundingClientRect().bottom")
    assert number < 844, "on a phone the number is in sight, however many queues there are"


IN_SIGHT = """[...document.querySelectorAll('.tile')].filter(tile => {
  const box = tile.getBoundingClientRect();
  return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
}).map(tile => tile.dataset.queue)"""


TURNED_BY_HAND = """{
  const every = window.setInterval, turns = [];
  window.setInterval = (what, after, ...rest) => after === 15_000 ? turns.push(what) : every(what, after, ...rest);
  window.turn = () => turns.forEach(what => what());
}"""  # a wall turns every 15 s; how much of them the page has used up hangs on the machine


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_a_wall_of_forty_queues_shows_every_name_whole_and_for_five_metres(
    serve, settings, open_page, screenshots, language
):
    names = [*(f"line-{n:02d}" for n in range(12)), *(f"online-shop-{n:02d}" for n in range(14))]
    names += [*(f"repairs-and-claims-{n:02d}" for n in range(8)), *(f"增值业务{n:02d}专席" for n in range(5)), LONGEST]
    patient = replace(settings.ladder, max_gap_seconds=3_600.0, version="")  # nothing grows stale while all are shown
    service = serve(replace(settings, queues=tuple(names), ladder=patient))
    for n, name in enumerate(names):
        service.readings(name, n * 7 % 30)
    page = open_page("about:blank", width=1366, height=768, language=language)
    page.add_init_script(TURNED_BY_HAND)
    page.goto(service.url + "/?wall=1")
    expect(page.locator("#waiting .count")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(len(names))  # all are known, though the kiosk shows none yet
    told = []
    while len(told) < len(names):
        page.evaluate("turn()")
        expect(page.locator("#tiles")).to_be_visible()
        assert page.evaluate(CUT) == []
        seen = page.evaluate(IN_SIGHT)
        assert seen == page.locator(".tile:visible").evaluate_all("tiles => tiles.map(one => one.dataset.queue)")
        assert seen
        if len(seen) < len(names):
            expect(page.locator("#shown")).to_have_text(re.compile(f"{len(told) + 1}–{len(told) + len(seen)}.*40"))
        for name in seen:
            assert letters_mm(page, f".tile[data-queue='{name}'] .called") >= 5_000 / 200, name
        told += seen
        page.screenshot(path=screenshots / f"wallboard-forty-kiosk-{len(told)}-{language[:2]}.png")
        page.evaluate("turn()")
        expect(page.locator("#waiting .count")).to_be_visible()  # between two pages the worst queue by itself
    assert sorted(told) == sorted(names)
    assert told[0] == max(names, key=lambda name: names.index(name) * 7 % 30)


def test_more_queues_than_a_page_are_counted_by_band_and_turned_over(service, open_page):
    for name in QUEUES:
        service.readings(name, {"zz-high": 14, "line-07": 8}.get(name, 2), ending_seconds_ago=300 * (name == "vip"))
    page = open_page(service.url + "/", width=1920, height=1080)
    tiles, pager = page.locator(".tile"), page.locator(".pager")
    expect(tiles).to_have_count(40)
    expect(page.locator("#waiting h1")).to_contain_text("zz-high")
    assert [tiles.nth(n).get_attribute("data-queue") for n in range(3)] == ["zz-high", "line-07", "vip"]
    counts = pager.locator("[data-band]")
    assert {one.get_attribute("data-band"): int(one.get_attribute("data-count")) for one in counts.all()} == {
        "high": 1, "raised": 1, "unknown": 1, "calm": len(QUEUES) - 3,
    }  # fmt: skip
    expect(pager.locator(".more")).to_have_text(f"{len(QUEUES) - 40} more")
    first = set(page.evaluate(NAMES))
    pager.get_by_role("button", name="The queues after").click()
    expect(tiles).to_have_count(len(QUEUES) - 40)
    expect(pager.locator(".place")).to_have_text(f"Queues 41–{len(QUEUES)} of {len(QUEUES)}")
    assert first | set(page.evaluate(NAMES)) == set(QUEUES)
    pager.get_by_role("button", name="The queues before").click()
    expect(tiles).to_have_count(40)


NAMES = "[...document.querySelectorAll('.tile')].map(one => one.dataset.queue)"
SKEWED = """(() => {
  const real = Date.now, Real = Date;
  window.Date = class extends Real { constructor(...given) { given.length ? super(...given) : super(real() + %d); } };
  window.Date.now = () => real() + %d;
})()"""


@pytest.mark.parametrize("hours", [-3, 26])
def test_a_screen_whose_clock_is_wrong_still_counts_and_judges_by_the_servers(service, open_page, hours):
    ramp(service)
    page = open_page("about:blank")
    page.add_init_script(SKEWED % (hours * 3_600_000, hours * 3_600_000))
    page.goto(service.url + "/?queue=hotline")
    assert page.evaluate("Math.abs(Date.now() - performance.timeOrigin - performance.now()) > 3600000")
    expect(page.locator("#waiting .count")).to_have_text("12")
    expect(page.locator("#alarm")).to_be_hidden()
    expect(page.locator("#board")).to_have_attribute("data-state", "high")
    left = page.locator("#waiting .next [data-until]").text_content()
    assert re.fullmatch(r"[0-4]:\d\d", left), left  # rung 2 is due five minutes after rung 1


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "超高"), ("en-GB", "High"), ("fr-FR", "High")])
def test_the_language_follows_the_browser_and_the_switch(service, open_page, language, word):
    ramp(service)
    page = open_page(service.url + "/?queue=hotline", language=language)
    expect(page.locator("#waiting .word")).to_contain_text(word)
    page.locator("#language").click()
    other = "High" if word == "超高" else "超高"
    expect(page.locator("#waiting .word")).to_contain_text(other)
    page.reload()
    expect(page.locator("#waiting .word")).to_contain_text(other)


def test_light_and_dark_follow_the_browser_and_the_switch(service, open_page):
    service.readings("hotline", 3)
    page = open_page(service.url + "/?queue=hotline", color_scheme="dark")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(ground)
    page.locator("#theme").click()
    light = page.evaluate(ground)
    assert sum(map(int, re.findall(r"\d+", dark)[:3])) < 150 < 600 < sum(map(int, re.findall(r"\d+", light)[:3]))
    page.reload()
    assert page.evaluate(ground) == light


def test_nothing_is_fetched_from_elsewhere_and_the_first_paint_is_light(service, open_page, record_property):
    ramp(service)
    page = open_page("about:blank")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    sizes = {}  # of the first answer of each address: how often it is asked again hangs on the machine
    page.on(
        "requestfinished",
        lambda request: sizes.setdefault(
            request.url, sum(request.sizes()[k] for k in ("responseBodySize", "responseHeadersSize"))
        ),
    )
    page.goto(service.url + "/?queue=hotline")
    expect(page.locator("#waiting .count")).to_have_text("12")
    expect(page.locator(".trend .mark")).to_have_count(1)
    assert [url for url in asked if not url.startswith(service.url) and url != "about:blank"] == []
    total = sum(sizes.values())
    record_property("bytes", total)
    assert total < 100_000, sizes


def test_key_figures_can_be_read_from_five_metres(service, open_page):
    ramp(service)
    page = open_page(service.url + "/?queue=hotline", width=1920, height=1080)
    expect(page.locator("#waiting .next [data-until]")).to_be_visible()
    for what in ("#waiting .count", "#waiting .word", "#waiting .next"):
        assert letters_mm(page, what) >= 5_000 / 200, what
    assert beyond_the_window(page) <= 0, "a wallboard that has to be scrolled is none"


@pytest.mark.parametrize("held", [False, True])
def test_nothing_of_the_number_is_cut_off_on_a_laptop(service, open_page, held):
    ramp(service, tail=(14, 14, 14), longest_wait_seconds=95.0, service_level=0.71, calls_per_hour=452.0)
    if held:
        as_of = service.get("/v1/queues/hotline/surge")["as_of"]
        told = {"action": "hold", "rung": 1, "until": as_of.replace(as_of[:10], "2099-01-01"), "badge": "8001"}
        service.post("/v1/queues/hotline/override", told | {"reason": "back soon"}).raise_for_status()
    page = open_page(service.url + "/?queue=hotline", width=1366, height=768)
    expect(page.locator("#figures")).to_be_visible()
    expect(page.locator("#waiting .next")).to_contain_text("Held" if held else "Next")
    edges = """place => [place, ...place.children].filter((one) => one.checkVisibility())
        .map((one) => one.getBoundingClientRect()).map((box) => [box.top, box.bottom])"""
    (top, bottom), *parts = page.locator("#waiting").evaluate(edges)  # at once: the page is drawn anew meanwhile
    assert top <= min(part[0] for part in parts)
    assert bottom >= max(part[1] for part in parts)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (3840, 2160)])
def test_no_condition_of_a_rung_is_cut_off(service, open_page, width, height):
    cut = "[...document.querySelectorAll('.rung .when')].filter(one => one.scrollWidth > one.clientWidth).length"
    floor = {"experts_available": 4, "outbound_available": 5, "qa_available": 4, "back_office_available": 6}
    service.readings("vip", *[11] * 18, seats_free=9, **floor)
    service.readings("hotline", 3)
    page = open_page(service.url + "/?queue=hotline", width=width, height=height)
    longest = page.locator(".rung[data-state='next'] .when")
    expect(longest).to_contain_text("Next: over 5 waiting for 5 min · whole group")
    assert page.evaluate(cut) == 0
    page.goto(service.url + "/?queue=vip")
    expect(page.locator(".rung[data-state='blocked'] .when")).to_have_text(
        re.compile("^Blocked: no free physical seat")
    )
    assert page.evaluate(cut) == 0


def test_a_phone_shows_the_orders_after_the_number_without_sideways_scrolling(service, open_page):
    ramp(service)
    page = open_page(service.url + "/?queue=hotline", width=360, height=740)
    expect(page.locator(".order")).to_have_count(1)
    until_it_fits(page)
    top = page.evaluate("""() => ['waiting', 'orders', 'ladder', 'trend'].map(
        name => document.getElementById(name).getBoundingClientRect().top)""")
    assert top == sorted(top)
    heights = page.evaluate(
        "[...document.querySelectorAll('.order button')].map(n => n.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44, "a thumb needs 44 pixels"


REACHABLE = "[...document.querySelectorAll('a[href], button:not(:disabled)')].filter(n => n.checkVisibility()).length"
NOTE_FOCUS = """() => {
  const at = document.activeElement;
  if (at !== document.body) window.reached.add(at.dataset.key || at.id || at.textContent);
}"""


def test_everything_can_be_reached_by_keyboard(service, open_page):
    ramp(service)
    service.readings("vip", 1)
    page = open_page(service.url + "/?queue=hotline")
    expect(page.locator(".order button").first).to_be_visible()
    expect(page.locator(".tile")).to_have_count(2)
    wanted = page.evaluate(REACHABLE)
    page.evaluate("window.reached = new Set()")
    for _ in range(wanted + 4):
        page.keyboard.press("Tab")
        page.evaluate(NOTE_FOCUS)
    assert page.evaluate("reached.size") >= wanted - 1  # the name and the first page lead to the same place


def shown(page, service, state):
    """Bring the wallboard into `state`."""
    if state == "surge":
        ramp(service)
        service.readings("vip", 2)
    elif state == "calm":
        service.readings("hotline", *[2 + n % 4 for n in range(110)], seats_free=9, standby=6, outbound_available=5)
    elif state == "stale":
        service.readings("hotline", *[3, 4, 8, 8, 9, 8, 8], ending_seconds_ago=200)
    page.goto(service.url + "/")
    expect(page.locator("#board")).not_to_have_attribute("data-state", "loading")
    if state != "empty":
        expect(page.locator(".trend .line").first).to_be_attached()


@pytest.mark.parametrize("state", ["surge", "calm", "stale", "empty"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_the_state_is_kept_as_a_picture(
    service, open_page, screenshots, serious_faults, state, theme
):
    language = "zh-CN" if theme == "dark" else "en-GB"
    page = open_page("about:blank", width=1920, height=1080, color_scheme=theme, language=language)
    shown(page, service, state)
    page.screenshot(path=screenshots / f"wallboard-{state}-{theme}-{language[:2]}.png")
    assert serious_faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=screenshots / f"wallboard-{state}-{theme}-{language[:2]}-phone.png", full_page=True)
    assert serious_faults(page) == []


@pytest.mark.parametrize(
    ("calls", "said", "words"),
    [
        (900, "above", "今日话务量自 10:00 起超出预测区间：900（上限 700）"),
        (300, "below", "今日话务量自 10:00 起低于预测区间：300（下限 500）"),
    ],
)
def test_a_day_outside_its_forecast_band_is_said_beside_the_trend(service, open_page, calls, said, words):
    service.readings("hotline", 3)
    page = open_page("about:blank", language="zh-CN")
    at = datetime.now(ZoneInfo("Asia/Shanghai"))
    told = {"queue": "hotline", "day": f"{at:%Y-%m-%d}", "as_of": at.isoformat(), "outside_band": True}
    told |= {"calls_so_far": calls, "lower": 500.0, "upper": 700.0, "still_to_come": 1.0}
    told["first_outside_at"] = f"{at:%Y-%m-%d}T10:00:00+08:00"
    page.route("**/today", lambda route: route.fulfill(body=json.dumps(told), content_type="application/json"))
    page.goto(service.url + "/?queue=hotline")
    expect(page.locator(f"#trend [data-outside-band='{said}']")).to_have_text(words)
    told["as_of"] = (at - timedelta(hours=7)).isoformat()  # of a day that is over nobody need be told
    with page.expect_response("**/today"):
        page.reload()
    expect(page.locator("#waiting .count")).to_have_text("3")
    expect(page.locator("[data-outside-band]")).to_have_count(0)


def test_an_hour_outside_the_published_forecasts_band_calls_for_the_emergency_plan(service, open_page, screenshots):
    service.readings("hotline", 3)
    service.publish("hotline", forecast={"calls": 900.0, "calls_lower_95": 800.0, "calls_upper_95": 1000.0})
    page = open_page(service.url + "/?queue=hotline", language="zh-CN", width=1920, height=1080)
    expect(page.locator("#waiting .count")).to_have_text("3")
    expect(page.locator("#floor .warn")).to_have_count(0)
    service.readings("hotline", 4, calls_per_hour=1200.0)
    said = "每小时 1,200 通，预测 800 至 1,000 通：超出预测范围，按应急预案调整"
    expect(page.locator("#floor .warn")).to_contain_text(said)
    page.screenshot(path=screenshots / "wallboard-outside-band-light-zh.png")
    service.readings("hotline", 4, calls_per_hour=950.0)
    expect(page.locator("#floor .warn")).to_have_count(0)


def test_what_the_switch_measures_stands_beside_target_forecast_and_plan(service, open_page):
    ramp(service)
    page = open_page(service.url + "/?queue=hotline")
    expect(page.locator("#waiting .count")).to_have_text("12")
    expect(page.locator("#figures")).to_be_hidden()  # a switch that tells nothing of it takes no room
    forecast = {"calls": 900.0, "calls_lower_95": 800.0, "calls_upper_95": 1000.0, "aht_seconds": 175.0}
    service.publish("hotline", forecast=forecast, coverage={"seats_rostered": 34.0})
    service.readings(
        "hotline", 13, calls_per_hour=1200.0, aht_seconds=200.0, longest_wait_seconds=95.0, service_level=0.71,
        service_level_today=0.84, calls_abandoned=7, calls_abandoned_today=96, abandonment_today=0.031,
        calls_offered_today=3114, occupancy=0.93, agents_talking=28, agents_ready=1,
    )  # fmt: skip
    told = {
        "Longest wait": "1:35", "Service level": "71 % today 84 % · target 85 %", "Abandoned": "7 today 96 · 3 %",
        "Occupancy": "93 %", "Calls an hour": "1200 forecast 900 · 800–1000 · 3114 today",
        "Handling time": "3:20 forecast 2:55", "Agents": "28 talking · 1 ready",
    }  # fmt: skip
    figures = page.locator("#figures dl > div")
    expect(figures).to_have_text([f"{name}{value}" for name, value in told.items()])
    expect(page.locator("#figures [data-off] dt")).to_have_text(["Service level", "Calls an hour"])
    expect(page.locator("#floor dd").nth(1)).to_have_text("31 of 37 · plan 34")


def letters_mm(page, selector):
    """Return how high a capital (of Chinese: a character) of the text is on a 55-inch screen, in millimetres.

    It has to be 1/200 of the distance. Capitals and figures are about 0.72 of the font size, Chinese characters 0.9.
    """
    size, width, chinese = page.evaluate(
        "which => [parseFloat(getComputedStyle(document.querySelector(which)).fontSize), innerWidth,"
        " /[\\u3400-\\u9fff]/.test(document.querySelector(which).textContent)]",
        selector,
    )
    return size * (0.9 if chinese else 0.72) * 1218 / width


def beyond_the_window(page):
    """Return by how many pixels the page is larger than its window, across or down."""
    return page.evaluate("""() => { const whole = document.documentElement;
        return Math.max(whole.scrollWidth - innerWidth, whole.scrollHeight - innerHeight); }""")


@pytest.mark.parametrize(
    ("language", "width", "height", "switch"),
    [
        ("zh-CN", 1366, 768, "tells little"),
        ("en-GB", 1366, 768, "tells little"),
        ("en-GB", 1920, 1080, "tells much"),
        ("zh-CN", 3840, 2160, "tells much"),
    ],
)
def test_a_wall_is_read_from_ten_metres_and_its_rest_from_five(service, open_page, language, width, height, switch):
    told = {"longest_wait_seconds": 95.0, "service_level": 0.71, "calls_abandoned": 7} if "much" in switch else {}
    ramp(service, tail=(14, 14, 14, 14, 14, 14), **told)
    page = open_page(service.url + "/?wall=1", width=width, height=height, language=language)
    expect(page.locator(".foremost b")).to_be_visible()
    for what in (".count", ".word", ".facts", ".foremost b", *([".next"] if language == "zh-CN" else [])):
        assert letters_mm(page, f"#waiting {what}") >= 10_000 / 200, what
    near = [
        "#clock",
        "#link",
        "#waiting .next",
        ".foremost > span",
        "#orders .what",
        ".rung .who",
        "#floor dt",
        "#floor dd",
    ]
    for what in [*near, "#figures dd"] if told else near:
        assert letters_mm(page, what) >= 5_000 / 200, what
    assert beyond_the_window(page) <= 0
    outside = page.evaluate("""() => ['#waiting', '#ladder', '#floor', '#figures'].filter(name => {
        const box = document.querySelector(name), edge = box.getBoundingClientRect().bottom + 1;
        return [...box.querySelectorAll('p, dd, li')].some(
            one => one.checkVisibility() && one.getBoundingClientRect().bottom > edge);
    })""")
    assert outside == []
    unseen = "(one => (one.scrollHeight - one.clientHeight) / parseFloat(getComputedStyle(one).lineHeight))"
    assert page.evaluate(unseen + "(document.querySelector('.foremost > span'))") < 0.5, "a line of the reason is cut"


def test_the_first_acknowledge_is_three_tabs_away_at_most(service, open_page):
    ramp(service)
    page = open_page(service.url + "/?queue=hotline")
    expect(page.locator("[data-action='acknowledge']")).to_be_visible()
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.action"))
    assert "acknowledge" in reached


def test_a_hold_is_said_with_its_rung_its_end_who_and_why_and_proposed_before_a_climb(service, open_page):
    ramp(service)
    page = open_page(service.url + "/?queue=hotline")
    expect(page.locator("#waiting .count")).to_have_text("12")
    page.locator("#hand").click()
    proposed = page.locator("dialog input[name='action']:checked")
    assert proposed.get_attribute("value").startswith("hold")
    page.locator("dialog input[name='badge']").fill("S012")
    page.locator("dialog input[name='reason']").fill("the system is back soon")
    page.locator("dialog button[type='submit']").click()
    said = page.locator("#waiting .next")
    expect(said).to_contain_text(re.compile(r"Held at rung 1 until \d\d:\d\d · S012"))
    expect(said).to_contain_text("the system is back soon")
    page.locator("#hand").click()
    assert page.locator("dialog input[name='action']:checked").get_attribute("value") == "resume"


def test_orders_below_the_edge_are_counted(service, open_page):
    ramp(service, tail=[14] * 30)
    page = open_page(service.url + "/?queue=hotline", width=1366, height=660)
    expect(page.locator(".order[data-order]").first).to_be_visible()
    page.wait_for_function("""() => {
        const edge = document.querySelector('#orders').getBoundingClientRect().bottom + 2;
        const below = [...document.querySelectorAll('.order[data-order]')].filter(
            one => one.getBoundingClientRect().bottom > edge);
        const told = document.querySelector('#orders .more')?.textContent ?? '';
        return below.length > 0 && told === `${below.length} more below`;
    }""")


def test_a_wall_without_a_reading_says_how_to_begin(service, open_page):
    page = open_page(service.url + "/")
    expect(page.locator("[data-first]")).to_contain_text("huawu key create --role writer")


def test_a_wall_of_many_queues_turns_by_itself_to_the_worst_and_starts_anew_after_an_upgrade(
    serve, settings, open_page
):
    names = [f"line-{n:02d}" for n in range(12)]
    service = serve(replace(settings, queues=tuple(names)))
    for n, name in enumerate(names):
        service.readings(name, n + 3)
    page = open_page("about:blank", width=1920, height=1080)
    page.clock.install()
    builds = iter(["one", "one", "two"])
    page.route("**/static/build.json", lambda route: route.fulfill(json={"build": next(builds, "two")}))
    page.goto(service.url + "/?wall=1&queue=line-00")
    expect(page.locator("#waiting .count")).to_have_text("3")
    page.clock.fast_forward(15_000)
    expect(page.locator(".tile").first).to_be_visible()
    shown = page.locator(".tile b").all_text_contents()
    assert [int(one) for one in shown] == sorted(range(3, 15), reverse=True)
    expect(page.locator("#waiting .count")).to_have_text("14")
    page.evaluate("window.old = true")
    for _ in range(3):
        expect(page.locator("#link")).not_to_have_attribute("data-link", "down")  # else it asks for no new build
        with page.expect_response("**/static/build.json"):
            page.clock.fast_forward(61_000)
    page.wait_for_function("() => window.old === undefined")
