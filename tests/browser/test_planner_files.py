from __future__ import annotations

import openpyxl
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
ROWS = "Date,Time,Calls Offered\n2026-11-02,08:00,many\n2026-11-02,09:00,12\n2026-11-02,10:00,-4\n"


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_a_refused_history_shows_its_faults_and_comes_back_with_them_marked(
    service, open_page, tmp_path, screenshots, serious_faults, language
):
    history = tmp_path / "calls.csv"
    history.write_text(ROWS, encoding="utf-8")
    page = open_page(service.url + "/plan", language=language, width=1440, height=900, accept_downloads=True)
    page.locator("input[name='month']").fill("2026-12")
    page.locator("form button[type='submit']").first.click()
    page.locator("[data-file='history']").set_input_files(history)
    expect(page.locator("[data-faults='2']")).to_be_visible()
    assert serious_faults(page) == []
    page.screenshot(path=screenshots / f"planner-faults-{language}.png", full_page=True)
    with page.expect_download() as taken:
        page.locator("[data-download='marked']").click()
    taken.value.save_as(tmp_path / "marked.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "marked.xlsx").worksheets[0]
    assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment] == ["C2", "C4"]


def test_a_template_and_a_first_look_are_a_button_each(service, open_page, tmp_path, screenshots, serious_faults):
    history = tmp_path / "calls.csv"
    rows = (f"2026-10-{day:02d},{hour:02d}:00,{hour}" for day in range(1, 29) for hour in range(24))
    history.write_text("\n".join(["Date,Time,Calls Offered", *rows]), encoding="utf-8")
    page = open_page(service.url + "/plan", language="zh-CN", width=1440, height=900, accept_downloads=True)
    page.locator("input[name='month']").fill("2026-12")
    page.locator("form button[type='submit']").first.click()
    with page.expect_download() as taken:
        page.locator("[data-template='people']").click()
    taken.value.save_as(tmp_path / "people.xlsx")
    assert openpyxl.load_workbook(tmp_path / "people.xlsx").worksheets[0]["A1"].value == "工号"
    page.locator("[data-file='history']").set_input_files(history)
    expect(page.locator("[data-download='first-look']")).to_be_visible()
    assert serious_faults(page) == []
    page.screenshot(path=screenshots / "planner-first.png", full_page=True)
    with page.expect_download() as taken:
        page.locator("[data-download='first-look']").click()
    taken.value.save_as(tmp_path / "first.html")
    assert "calls.csv" in (tmp_path / "first.html").read_text(encoding="utf-8")


def test_weeks_are_begun_by_their_first_day_and_their_empty_page_says_what_to_do(service, open_page):
    page = open_page(service.url + "/plan", language="zh-CN")
    expect(page.get_by_text("选好月份或周期")).to_be_visible()
    page.locator("select[name='weeks']").select_option("4")
    expect(page.locator("input[name='month']")).to_be_hidden()
    page.locator("input[name='first']").fill("2026-12-07")
    page.locator("form button[type='submit']").click()
    expect(page.locator(".plan-head")).to_contain_text("2026-12-07 至 2027-01-03")
    expect(page.locator("[data-drop='last_roster']")).to_contain_text("上期班表")
    assert [one["month"] for one in service.get("/v1/plans")] == ["2026-12-07..2027-01-03"]


@pytest.mark.parametrize("address", ["abcdef123456", "no-such-plan"])
def test_an_address_of_no_plan_leads_to_those_there_are_and_says_so(service, open_page, address):
    plan = service.post("/v1/plans", {"month": "2026-12", "country": "-"}).json()["plan_id"]
    page = open_page(service.url + f"/plan#{address}/roster")
    expect(page.locator("#said")).to_contain_text("no such plan")
    expect(page.locator(f"[data-plan='{plan}']")).to_be_visible()
    assert page.url == service.url + "/plan"
