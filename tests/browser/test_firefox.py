"""The essential journeys in the other browser: a supervisor's order, and a planner's roster."""

from __future__ import annotations

import json

import pytest

from tests.browser.roster_pages import hours, plan, roster

pytestmark = pytest.mark.browser
ENTER, TAB, DOWN, RIGHT = "\ue006", "\ue004", "\ue015", "\ue014"
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
    answer = {"broken": [], "broken_new": [], "broken_gone": [], "shortage_before": 0, "people": [], "mark": "one"}
    answer |= {"mark_before": "one", "coverage": found["coverage"]}
    answers = {"": plan(), "/roster": found, "/roster/hours": hours(found), "/roster/cells": answer}
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
    firefox.click("[data-view='day']")
    firefox.until("document.querySelectorAll('.meal:not(:disabled)').length > 3")
    first = firefox.ask("document.querySelector('.meal').dataset.meal")
    firefox.ask("document.querySelector('.meal').focus()")
    firefox.press(RIGHT)
    moved = firefox.until("window.written[2] ?? null")
    assert (f"{moved['badge']} {moved['date']}", moved["meal_minute"] % 30) == (first, 0)
    assert firefox.faults == []
