from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import until_asked
from tests.browser.roster_pages import SCROLL, change, hours, roster, serve_roster

pytestmark = pytest.mark.browser


@pytest.fixture
def grid(service, open_page):
    """Return an opener of the roster step with so many people, or with this roster."""

    def open_grid(shown: int | dict, **options):
        page = open_page("about:blank", width=1600, height=1000, **options)
        serve_roster(page, shown)
        page.goto(service.url + "/plan#abc/roster")
        expect(page.locator(".grid-row").first).to_be_visible()
        return page

    return open_grid


COUNT_NEW_ROWS = """() => {
  window.made = 0;
  const count = all => all.forEach(one => { window.made += one.addedNodes.length; });
  new MutationObserver(count).observe(document.querySelector('.grid-body'), {childList: true});
}"""


def rows(page) -> int:
    return page.locator(".grid-row").count()


def test_only_the_rows_in_sight_exist_however_many_people_there_are(grid):
    few, many = grid(60), grid(2000)
    assert rows(many) == rows(few) < 60
    many.evaluate(COUNT_NEW_ROWS)
    before = rows(many)
    many.evaluate(SCROLL, [90, 60])
    assert rows(many) <= before + 12
    assert many.evaluate("window.made") <= 12, "rows are reused, not made again, while the grid scrolls"
    seen = many.evaluate("""() => [...document.querySelectorAll('.grid-row')].map(row =>
        [row.dataset.row, row.firstChild.textContent]).every(([n, badge]) => badge === String(1001 + Number(n)))""")
    assert seen is True


def test_the_grid_is_walked_by_keyboard_and_tells_a_screen_reader_where_it_is(grid):
    page = grid(200)
    cell(page, 0, 0).click()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "PageDown", "End"):
        page.keyboard.press(key)
    at = page.evaluate("[document.activeElement.parentNode.dataset.row, document.activeElement.dataset.column]")
    assert at == ["21", "30"]
    assert page.locator(".grid").get_attribute("aria-rowcount") == "201"
    assert page.evaluate("document.activeElement.parentNode.getAttribute('aria-rowindex')") == "23"
    page.keyboard.press("Control+End")
    assert page.evaluate("document.activeElement.parentNode.dataset.row") == "199"
    in_sight = page.evaluate("""() => { const grid = document.querySelector('.grid').getBoundingClientRect();
        const cell = document.activeElement.getBoundingClientRect();
        return cell.top >= grid.top && cell.bottom <= grid.bottom && cell.right <= grid.right; }""")
    assert in_sight is True


def unwilling(page):
    """Let the service refuse every change, and return the list of what it was asked."""
    asked = []

    def answer(route):
        asked.append(route.request.post_data_json)
        route.fulfill(status=422, json={"detail": "no"})

    page.route("**/v1/plans/abc/roster/cells", answer)
    return asked


def obedient(page):
    """Let the service take every change, and return the list of what it was asked to write."""
    asked = []

    def answer(route):
        asked.append([(one["badge"], one["date"], one["shift"]) for one in route.request.post_data_json["cells"]])
        route.fulfill(json=change(roster(1)["coverage"]))

    page.route("**/v1/plans/abc/roster/cells", answer)
    return asked


def cell(page, row, column):
    return page.locator(f".grid-row[data-row='{row}'] .cell[data-column='{column}']")


def type_into(page, row, column, text):
    cell(page, row, column).click()
    page.keyboard.press("F2")
    page.locator(".cell-input").fill(text)
    page.keyboard.press("Enter")


def test_a_break_is_shown_by_the_hour_and_moved_alone_by_keyboard_and_pointer(grid, screenshots):
    page = grid(30)
    asked = unwilling(page)
    page.locator("[data-view='day']").click()
    pause = page.locator("[data-break]").first
    expect(pause).to_be_visible()
    badge = pause.get_attribute("data-break").split()[0]
    meal, length = page.locator(f"[data-meal^='{badge} ']").bounding_box(), pause.bounding_box()
    assert meal["width"] == pytest.approx(2 * length["width"], abs=1)
    assert length["height"] < meal["height"]
    page.screenshot(path=screenshots / "planner-breaks-light-en.png")
    pause.focus()
    page.keyboard.press("ArrowLeft")
    expect(pause).to_have_attribute("title", re.compile("tea"))
    expect(page.locator("#said")).to_have_text("no")
    cell = asked[0]["cells"][0]
    assert (cell["badge"], cell["break_minutes"]) == (badge, [75])
    assert cell["meal_minute"] in (210, 240, 270)


def test_dragging_a_cell_onto_another_asks_to_swap_the_two(grid):
    page = grid(30)
    asked = unwilling(page)
    codes = page.evaluate("""async () => (await (await fetch('/v1/plans/abc/roster')).json()).people.slice(1, 3)
        .map(person => person.cells[3])""")
    cell(page, 1, 3).drag_to(cell(page, 2, 3))
    expect(page.locator("#said")).to_have_text("no")
    assert asked == [
        {
            "cells": [
                {"badge": "1002", "date": "2026-12-04", "shift": codes[1], "was": codes[0]},
                {"badge": "1003", "date": "2026-12-04", "shift": codes[0], "was": codes[1]},
            ]
        }
    ]


def test_typing_a_code_writes_the_cell_and_escape_leaves_it(grid):
    page = grid(30)
    asked = unwilling(page)
    cell(page, 4, 6).click()
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    expect(page.locator(".cell-input")).to_have_count(0)
    assert asked == []
    page.keyboard.press("F2")
    page.locator(".cell-input").fill("standby")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("no")
    was = roster(30)["people"][4]["cells"][6]
    assert asked == [{"cells": [{"badge": "1005", "date": "2026-12-07", "shift": "standby", "was": was}]}]


def test_a_change_is_painted_before_its_answer_is_there_and_taken_back_when_refused(grid):
    page = grid(30)
    held = []
    page.route("**/v1/plans/abc/roster/cells", lambda route: held.append(route))  # noqa: PLW0108  nothing is answered yet
    before = cell(page, 4, 6).text_content()
    type_into(page, 4, 6, "standby")
    expect(cell(page, 4, 6)).to_have_text("stby")
    expect(page.locator("[data-part='change']")).to_contain_text("checking rules and coverage")
    until_asked(page, held, 1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Delete")  # the next change waits for the first: they arrive in the order they were made
    expect(cell(page, 5, 6)).to_have_text("·")
    assert len(held) == 1
    held[0].fulfill(status=422, json={"detail": "plan abc is frozen"})
    expect(cell(page, 4, 6)).to_have_text(before)
    expect(page.locator("#said")).to_have_text("plan abc is frozen")
    until_asked(page, held, 2)
    held[1].fulfill(status=422, json={"detail": "no"})
    expect(page.locator("#said")).to_have_text("no")


def test_what_somebody_else_changed_meanwhile_is_shown_with_the_answer(grid):
    page = grid(30)
    after = roster(30) | {"mark": "three"}
    after["people"][4]["cells"][6], after["people"][8]["cells"][2] = "standby", "leave"
    answer = change(after["coverage"], before="two", after="three")  # the page had seen "one"
    page.route("**/v1/plans/abc/roster/cells", lambda route: route.fulfill(json=answer))
    page.route("**/v1/plans/abc/roster", lambda route: route.fulfill(json=after))
    type_into(page, 4, 6, "standby")
    expect(cell(page, 8, 2)).to_have_text("lv")
    expect(cell(page, 4, 6)).to_have_text("stby")
    expect(page.locator("#said")).to_contain_text("Somebody changed the roster elsewhere")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("d08", "D0800/480"), ("s1", "S1400/420"), ("8-16", "D0800/480"), ("sb", "standby"), ("休", ""), ("lv", "leave")],
)
def test_what_a_cell_shows_its_hours_and_a_unique_beginning_can_be_typed(grid, typed, meant):
    # the shifts of these pages all have the same hours: give one hours of its own
    told = roster(30)
    for shift in told["shifts"]:
        shift["start"], shift["end"] = {"D0800/480": ("08:00", "16:00")}.get(shift["code"], ("14:00", "21:00"))
    page = grid(told)
    asked = obedient(page)
    at = next(n for n, code in enumerate(told["people"][4]["cells"]) if code != meant)
    type_into(page, 4, at, typed)
    until_asked(page, asked, 1)
    assert [one[2] for one in asked[0]] == [meant]


def test_what_may_be_several_codes_is_said_and_a_code_is_picked_with_its_hours(grid):
    page = grid(30)
    asked = obedient(page)
    at = next(n for n, code in enumerate(roster(30)["people"][4]["cells"]) if code != "D0900/480")
    type_into(page, 4, at, "d0")
    expect(page.locator("#said")).to_contain_text("may be several shifts: D0800/480, D0900/480")
    expect(page.locator(".picker li")).to_have_count(2)
    expect(page.locator(".picker li").first).to_contain_text("08:00–16:00")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until_asked(page, asked, 1)
    assert [one[2] for one in asked[0]] == ["D0900/480"]


def test_a_session_is_undone_and_done_again_as_far_back_as_it_goes(grid):
    page = grid(30)
    asked = obedient(page)
    before = [cell(page, row, 3).text_content() for row in range(3)]
    for row in range(3):
        type_into(page, row, 3, "standby")
        expect(cell(page, row, 3)).to_have_text("stby")
    for _ in range(3):
        page.keyboard.press("Control+z")
    for row in range(3):
        expect(cell(page, row, 3)).to_have_text(before[row])
    page.keyboard.press("Control+z")  # there is nothing more
    for _ in range(3):
        page.keyboard.press("Control+y")
    for row in range(3):
        expect(cell(page, row, 3)).to_have_text("stby")
    until_asked(page, asked, 9)
    assert [write[0][0] for write in asked] == ["1001", "1002", "1003", "1003", "1002", "1001", "1001", "1002", "1003"]


def test_a_range_is_copied_and_pasted_filled_and_cleared_and_a_wrong_text_writes_nothing(grid):
    page = grid(30)
    asked = obedient(page)
    told = roster(30)["people"]
    cell(page, 0, 0).click()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator(".cell[aria-selected='true']")).to_have_count(4)
    copied = page.evaluate("""() => { const data = new DataTransfer();
        document.activeElement.dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, bubbles: true }));
        return data.getData('text/plain'); }""")
    assert copied == "\n".join("\t".join(person["cells"][:2]) for person in told[:2])
    paste = """text => { const data = new DataTransfer(); data.setData('text/plain', text);
        document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true })); }"""
    cell(page, 5, 5).click()
    page.evaluate(paste, "D08\tlv\r\nN\tsb\r\n")
    for (row, column), text in {(5, 5): "D08", (5, 6): "lv", (6, 5): "N", (6, 6): "stby"}.items():
        expect(cell(page, row, column)).to_have_text(text)
    until_asked(page, asked, 1)
    page.evaluate(paste, "D08\tX9")
    expect(page.locator("#said")).to_contain_text("“X9” is no shift of this roster")
    cell(page, 8, 8).click()
    cell(page, 10, 9).click(modifiers=["Shift"])
    page.evaluate(paste, "N")
    for row, column in ((8, 8), (9, 9), (10, 9)):
        expect(cell(page, row, column)).to_have_text("N")
    page.keyboard.press("Delete")
    expect(cell(page, 9, 8)).to_have_text("·")
    until_asked(page, asked, 3)
    assert len(asked) == 3


def test_nothing_moves_under_the_cursor_when_a_change_is_told(grid):
    page = grid(30)
    asked = obedient(page)
    top = cell(page, 4, 6).bounding_box()["y"]
    type_into(page, 4, 6, "standby")
    until_asked(page, asked, 1)
    expect(page.locator("[data-verdict]")).to_be_visible()
    assert cell(page, 4, 6).bounding_box()["y"] == top
    # and where a window is low, what is told leaves the rows above it free for the next click
    page.set_viewport_size({"width": 1366, "height": 768})
    type_into(page, 0, 6, "leave")
    until_asked(page, asked, 2)
    expect(page.locator("[data-verdict]")).to_be_visible()
    for row in range(3):
        box = cell(page, row, 7).bounding_box()
        at = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        assert page.evaluate("([x, y]) => document.elementFromPoint(x, y)?.dataset.column", at) == "7", row


def test_hours_against_contract_nights_weekends_and_days_off_stand_beside_each_person_and_sort_them(grid):
    page = grid(30)
    told = roster(30)["people"]
    weekends = [n for n in range(31) if (n + 1) % 7 in (5, 6)]  # of December 2026

    def counted(cells):
        works = [code not in ("", "leave", "standby") for code in cells]
        return [f"{cells.count('N')}", f"{sum(works[n] for n in weekends)}", f"{cells.count('')}"]

    shown = page.locator(".grid-row[data-row='2'] .sum").all_text_contents()
    assert shown == ["160/177", *counted(told[2]["cells"])]
    page.locator("select[name='sort']").select_option("nights")
    nights = [int(row.locator(".sum").nth(1).text_content()) for row in page.locator(".grid-row").all()[:10]]
    assert nights[0] == max(one["cells"].count("N") for one in told)


REST = """async ([from, to, rest]) => {
  const at = node => { const box = node.getBoundingClientRect(); return {clientX: box.x + 8, clientY: box.y + 8}; };
  const [first, second] = [from, to].map(one => document.querySelector(one));
  const send = (node, type, where) => node.dispatchEvent(new PointerEvent(
    type, {bubbles: true, cancelable: true, pointerType: 'touch', pointerId: 5, ...where}));
  send(first, 'pointerdown', at(first));
  if (rest) await new Promise(done => {
    new MutationObserver(() => first.classList.contains('taken') && done()).observe(first, {attributes: true});
  });
  send(first, 'pointermove', at(second));
  const marked = document.querySelectorAll('.cell.target').length;
  send(first, 'pointerup', at(second));
  return marked;
}"""


def test_a_finger_that_rests_on_a_cell_drags_it_and_one_that_moves_at_once_scrolls(grid):
    page = grid(30, has_touch=True)
    asked = obedient(page)
    here, there = (f".grid-row[data-row='{row}'] .cell[data-column='3']" for row in (1, 2))
    codes = [one["cells"][3] for one in roster(30)["people"][1:3]]
    assert page.evaluate(REST, [here, there, False]) == 0
    assert page.evaluate(REST, [here, there, True]) == 1
    until_asked(page, asked, 1)
    assert asked == [[("1002", "2026-12-04", codes[1]), ("1003", "2026-12-04", codes[0])]]


def test_people_are_filtered_and_sorted_by_their_shift_of_the_chosen_day(grid):
    page = grid(30)
    kinds = {"early", "day", "late", "night"}
    cell(page, 0, 5).click()
    page.locator("select[name='kind']").select_option("night")
    night = [one["badge"] for one in roster(30)["people"] if one["cells"][5] == "N"]
    assert 0 < len(night) < 30
    assert page.locator(".grid-row .who").all_text_contents()[: len(night)] == night
    assert page.locator(".grid").get_attribute("aria-rowcount") == str(len(night) + 1)
    page.locator("select[name='kind']").select_option("")
    page.locator("select[name='sort']").select_option("shift")
    shown = [one.get_attribute("data-kind") for one in page.locator(".grid-row .cell[data-column='5']").all()]
    assert set(shown) <= {*kinds, "off"}
    assert shown[-1] == "off"  # who is off comes last


def test_people_stand_in_groups_that_can_be_gone_to_and_a_change_moves_no_row_under_the_cursor(grid):
    page = grid(60)
    asked = obedient(page)
    cell(page, 0, 5).click()
    page.locator("select[name='group']").select_option("shift")
    told = roster(60)["people"]
    groups = {"N": "Night", "": "Off", "D0800/480": "Early", "D0900/480": "Day", "S1400/420": "Late"}
    order = ["Early", "Day", "Late", "Night", "Off"]
    count = {name: sum(groups[one["cells"][5]] == name for one in told) for name in order}
    jumps = page.locator("[data-part='groups'] button")
    expect(jumps).to_have_text([f"{name} · {count[name]}" for name in order])
    jumps.nth(3).click()
    first = sum(count[name] for name in order[:3])
    assert page.evaluate("document.activeElement.parentNode.dataset.row") == str(first)
    expect(page.locator(f".grid-row[data-row='{first}']")).to_have_attribute("data-group", "Night")
    badge = page.locator(f".grid-row[data-row='{first}'] .who").text_content()
    page.keyboard.press("Delete")  # off now, and where it was: it is written again when groups are asked for anew
    until_asked(page, asked, 1)
    assert asked == [[(badge, "2026-12-06", "")]]
    expect(page.locator(f".grid-row[data-row='{first}'] .who")).to_have_text(badge)
    page.locator("select[name='kind']").select_option("late")
    cell(page, 0, 5).click()
    page.keyboard.press("Delete")
    until_asked(page, asked, 2)
    expect(cell(page, 0, 5)).to_have_attribute("data-kind", "off")
    assert page.locator(".grid").get_attribute("aria-rowcount") == str(count["Late"] + 1)


def test_at_twice_the_size_and_on_a_phone_the_grid_is_in_sight(service, open_page):
    for width, height in ((683, 384), (960, 540), (390, 844)):
        page = open_page("about:blank", width=width, height=height)
        serve_roster(page, 60)
        page.goto(service.url + "/plan#abc/roster")
        expect(page.locator(".grid-row[data-row='3'] .who")).to_be_in_viewport(ratio=1)
        assert page.evaluate("scrollY") == 0


def test_weeks_that_go_into_another_month_name_it_and_what_lies_there_can_be_moved(service, open_page):
    found = roster(8, days=35)  # into January
    page = open_page("about:blank", width=1600, height=1000)
    serve_roster(page, found)
    day = 1440
    of_january = [
        {**one, "date": "2027-01-01", **{name: one[name] + 4 * day for name in ("start", "end", "meal")},
         "breaks": [{**pause, "at": pause["at"] + 4 * day} for pause in one["breaks"]]}
        for one in hours(found)
    ]  # fmt: skip
    before = {**of_january[0], "date": "2026-11-30", "start": 480, "end": 960, "meal": 690, "breaks": []}
    page.route("**/roster/hours?**", lambda route: route.fulfill(json=[before, *of_january]))
    page.goto(service.url + "/plan#abc/roster")
    heads = page.locator(".grid-head .day b")
    expect(heads).to_have_text(["12/1", *map(str, range(2, 32)), "1/1", "2", "3", "4"])
    asked = obedient(page)
    cell(page, 0, 31).click()
    page.locator("[data-view='week']").click()
    badge = of_january[0]["badge"]
    expect(page.locator(f"[data-meal='{badge} 2026-11-30']")).to_be_disabled()  # what was before is another roster's
    meal = page.locator(f"[data-meal='{badge} 2027-01-01']")
    meal.focus()
    page.keyboard.press("ArrowRight")
    until_asked(page, asked, 1)
    assert asked[0][0][:2] == (badge, "2027-01-01")


def test_a_month_has_plain_numbers_for_its_days(grid):
    expect(grid(8).locator(".grid-head .day b")).to_have_text([*map(str, range(1, 32))])
