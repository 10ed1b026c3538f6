"""A plan that has its roster, opened, changed, put right and published: by keys alone, and by fingers alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
AT = """() => { const at = document.activeElement, told = at.dataset;
  return [told.action && `do ${told.action}`, told.key, at.name, at.getAttribute('href'), ...at.classList]
    .filter(Boolean); }"""


def tab_to(page, wanted: str, *, most: int = 60) -> None:
    """Press Tab until what has the focus is `wanted`: an action, a key, a name, a class, or where a link leads."""
    for _ in range(most):
        if wanted in page.evaluate(AT):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


def roster_of(service, plan_id):
    return service.get(f"/v1/plans/{plan_id}/roster")["people"]


def test_a_planner_with_no_mouse_opens_changes_undoes_and_publishes_a_plan(plan_id, service, open_page):
    before = roster_of(service, plan_id)[0]["cells"]
    off = before.index("")
    page = open_page(service.url + "/plan", width=1366, height=768)
    expect(page.locator(".plans a")).to_be_visible()
    tab_to(page, f"#{plan_id}/files")
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer='people'] dl")).to_be_visible()
    tab_to(page, "roster")
    page.keyboard.press("Enter")
    expect(page.locator(".grid-row").first).to_be_visible()
    tab_to(page, "cell")
    for _ in range(off):
        page.keyboard.press("ArrowRight")
    page.keyboard.type("n")
    page.keyboard.press("ArrowDown")  # the first of those that begin so
    page.keyboard.press("Enter")
    cell = page.locator(f".grid-row[data-row='0'] .cell[data-column='{off}']")
    expect(cell).not_to_have_text("·")
    expect(cell).to_be_focused()
    expect(page.locator("[data-verdict]")).to_be_visible()
    assert roster_of(service, plan_id)[0]["cells"][off] != ""
    page.keyboard.press("Control+z")
    expect(cell).to_have_text("·")
    expect(page.locator("[data-verdict]")).to_be_visible()
    assert roster_of(service, plan_id)[0]["cells"] == before
    tab_to(page, "next-step")
    page.keyboard.press("Enter")
    expect(page.locator("[data-action='publish']")).to_be_visible()
    tab_to(page, "do publish")
    page.keyboard.press("Enter")
    expect(page.locator("dialog input[name='reason']")).to_be_visible()
    tab_to(page, "reason")  # what the roster still breaks stands before it
    page.keyboard.type("December")
    page.keyboard.press("Enter")
    expect(page.locator("[data-published]")).to_contain_text("Version 1")
    assert service.get(f"/v1/plans/{plan_id}")["published_at"]


def test_a_planner_with_fingers_alone_opens_changes_undoes_and_publishes_a_plan(plan_id, service, open_page):
    before = roster_of(service, plan_id)[1]["cells"]
    page = open_page(service.url + "/plan", width=390, height=844, has_touch=True, is_mobile=True)
    page.locator(".plans a").tap()
    page.locator("#steps [data-step='roster']").tap()
    cell = page.locator(".grid-row[data-row='1'] .cell[data-column='2']")
    wanted = "休" if before[2] else "n"
    cell.tap()
    expect(cell).to_be_focused()
    expect(page.locator(".cell-input")).to_have_count(0)
    cell.tap()
    page.locator(".cell-input").fill(wanted)
    page.locator(".picker li").first.tap()
    expect(page.locator(".cell-input")).to_have_count(0)
    expect(page.locator("[data-verdict]")).to_be_visible()
    assert roster_of(service, plan_id)[1]["cells"][2] != before[2]
    page.locator("[data-part='change'] [data-action='undo']").tap()
    expect(page.locator("[data-part='change'] [data-action='undo']")).to_have_count(0)
    expect(page.locator("[data-verdict]")).to_be_visible()
    assert roster_of(service, plan_id)[1]["cells"] == before
    page.locator("#next-step a").tap()
    page.locator("[data-action='publish']").tap()
    page.locator("dialog input[name='reason']").fill("December")
    page.locator("dialog button[type='submit']").tap()
    expect(page.locator("[data-published]")).to_contain_text("Version 1")
    assert service.get(f"/v1/plans/{plan_id}")["published_at"]
