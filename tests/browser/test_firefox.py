"""The essential journeys in the other browser: a supervisor's order, and a planner's roster."""

from __future__ import annotations

import json

import pytest

from tests.browser.roster_pages import change, hours, plan, roster

pytestmark = pytest.mark.browser
ENTER, TAB, DOWN, RIGHT, CONTROL = "\ue006", "\ue004", "\ue015", "\ue014", "\ue009"
FLOOR = {"experts_available": 4, "outbound_available": 5, "seats_free": 9}


@pytest.fixture(scope="module")
def firefox(program, tmp_path_factory):
    """One Firefox for the file; an error in a page's script fails the test that is over."""
    from tests.browser.firefox import Firefox

    with Firefox(program("firefox-esr"), tmp_path_factory.mktemp("firefox")) as one:
        yield one


def test_in_firefox_a_supervisor_is_three_tabs_from_an_order_acknowledges_it_and_takes_it_back(firefox, service):
    service.readings("hotline", *[11] * 8, **FLOOR)
    firefox.open(service.url + "/?queue=hotline&lang=en")
    firefox.until("document.querySelector('.order[data-order]') !== null")
    assert firefox.until("document.querySelector('[data-waiting]').textContent") == "11"
    presses = 0
    while firefox.ask("document.activeElement.dataset.action ?? ''") != "acknowledge":
        firefox.press(TAB)
        presses += 1
        assert presses <= 3
    firefox.click("[data-action='acknowledge']")  # a headless window has no focus, and keys press no button
    firefox.until("document.querySelector('.order[data-status=acknowledged]') !== null")
    firefox.click("[data-action='undo']")
    firefox.until("document.querySelector('.order[data-status=issued]') !== null")
    assert [one["status"] for one in service.get("/v1/queues/hotline/surge")["orders"]] == ["issued"]
    firefox.until("document.querySelector('#link').dataset.link === 'live'")
    assert firefox.faults == []


def test_in_firefox_a_planner_walks_types_undoes_and_sees_the_day_by_the_hour(firefox, service):
    found = roster(30)
    answers = {"": plan(), "/roster": found, "/roster/hours": hours(found), "/roster/cells": change(found["coverage"])}
    firefox.open(
        service.url + "/plan?lang=en#abc/roster",
        before=f"""const answers = {json.dumps(answers)}; const real = window.fetch; window.written = [];
          window.fetch = (address, options) => {{
            const [path, rest] = String(address).split('?')[0].split('/v1/plans/abc');
            if (rest === undefined || answers[rest] === undefined) return real(address, options);
            if (options?.body) window.written.push(...JSON.parse(options.body).cells);
            return Promise.resolve(Response.json(answers[rest]));
          }};""",
    )
    cell = ".grid-row[data-row='2'] .cell[data-column='1']"
    firefox.until("document.querySelectorAll('.grid-row').length > 5")
    firefox.click(".grid-row[data-row='1'] .cell[data-column='1']")
    firefox.press(DOWN)
    before = firefox.ask(f'document.querySelector("{cell}").textContent')
    firefox.press(*"sb", ENTER)
    firefox.until(f'document.querySelector("{cell}").textContent === "stby"')
    firefox.click("[data-action='undo-all']")
    firefox.until(f'document.querySelector("{cell}").textContent === {json.dumps(before)}')
    firefox.until("window.written.length === 2")
    assert firefox.ask("window.written.map(one => one.badge)") == ["1003", "1003"]
    # copied and pasted by keys, and dragged onto another: what stands there then is asked for
    codes = [one["cells"] for one in found["people"]]
    source = next(n for n in range(5, 20) if len({codes[1][n], codes[2][n], codes[3][n]}) == 3)
    place = ".grid-row[data-row='{}'] .cell[data-column='{}']"
    firefox.click(place.format(1, source))
    firefox.chord(CONTROL, "c")
    firefox.click(place.format(2, source))
    firefox.chord(CONTROL, "v")
    pasted = firefox.until("window.written[2] ?? null")
    assert (pasted["badge"], pasted["shift"]) == ("1003", codes[1][source])
    firefox.chord(CONTROL, "z")
    assert firefox.until("window.written[3] ?? null")["shift"] == codes[2][source]
    firefox.drag(place.format(2, source), place.format(3, source))
    firefox.until("window.written.length === 6")
    assert firefox.ask("window.written.slice(4).map(one => [one.badge, one.shift])") == [
        ["1003", codes[3][source]],
        ["1004", codes[2][source]],
    ]
    firefox.click("[data-view='day']")
    firefox.until("document.querySelectorAll('.meal:not(:disabled)').length > 3")
    first = firefox.ask("document.querySelector('.meal').dataset.meal")
    firefox.ask("document.querySelector('.meal').focus()")
    firefox.press(RIGHT)
    moved = firefox.until("window.written[6] ?? null")
    assert (f"{moved['badge']} {moved['date']}", moved["meal_minute"] % 30) == (first, 0)
    assert firefox.faults == []


def test_in_firefox_every_step_of_a_plan_is_drawn_and_it_is_published(firefox, plan_id, service):
    steps = {"files": "[data-answer='people'] dl", "history": ".chart canvas", "forecast": "[data-forecast] canvas",
             "seats": ".heat tbody tr", "roster": ".grid-row", "publish": ".five"}  # fmt: skip
    firefox.open(f"{service.url}/plan?lang=zh#{plan_id}/files")
    for step, drawn in steps.items():
        firefox.click(f"#steps [data-step='{step}']")
        firefox.until(f'document.querySelector("[data-step={step}] {drawn}") !== null')
    firefox.click("[data-action='publish']")
    firefox.until("document.querySelector('dialog[open]') !== null")
    firefox.ask("document.querySelector('dialog input[name=reason]').value = '十二月班表'")
    firefox.click("dialog button[type='submit']")
    firefox.until("document.querySelector('[data-published]')?.textContent.includes('第 1 版')")
    assert service.get(f"/v1/plans/{plan_id}")["published_at"]
    for address, drawn in {"/explore?lang=zh": "[data-action='replay']", "/?lang=zh&wall=1": ".kiosk"}.items():
        firefox.open(service.url + address)
        firefox.until(f'document.querySelector("{drawn}") !== null')
    assert firefox.faults == []
