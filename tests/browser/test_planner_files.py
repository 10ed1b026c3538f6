from __future__ import annotations

import re

import openpyxl
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
ROWS = "Date,Time,Calls Offered\n2026-11-02,08:00,many\n2026-11-02,09:00,12\n2026-11-02,10:00,-4\n"
ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}")  # three words in a row: nobody translated it


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


def test_columns_that_are_not_understood_are_shown_and_named_by_the_planner(
    service, open_page, screenshots, serious_faults
):
    plan = service.post("/v1/plans", {"month": "2026-12", "country": "-"}).json()["plan_id"]
    page = open_page(service.url + f"/plan#{plan}/files", language="zh-CN", width=1440, height=900)
    rows = "".join(f"2026-11-02 {hour:02d}:00,{hour},{queue}\n" for hour in range(24) for queue in ("东区", "西区"))
    page.locator("[data-file='history']").set_input_files(
        {"name": "导出.csv", "mimeType": "text/csv", "buffer": ("甲,乙,丙\n" + rows).encode("gbk")}
    )
    asked = page.locator("[data-ask='columns']")
    expect(asked.locator("tbody")).to_contain_text("东区")
    page.screenshot(path=screenshots / "planner-columns-light-zh.png", full_page=True)
    assert serious_faults(page) == []
    for heading, name in (("甲", "interval_start"), ("乙", "calls_offered"), ("丙", "queue")):
        asked.locator(f"select[aria-label='{heading}']").select_option(name)
    asked.locator("button").click()
    page.locator("[data-ask='queue'] select").select_option("西区")
    page.locator("[data-ask='queue'] button").click()
    expect(page.locator("[data-answer='history']")).to_contain_text("西区")
    told = service.get(f"/v1/plans/{plan}")["history"]
    assert (told["queue"], told["calls_total"]) == ("西区", sum(range(24)))
    page.locator("#steps [data-step='history']").click()  # every later step reads the file in the same way
    expect(page.locator("[data-step='history'] .chart")).to_be_visible()


HEADS = "时间,呼入量\n"
ROSTER = "badge,role,date,shift,start_at,end_at,meal_start_at,meal_end_at,worked_minutes\n"
WRONG = {
    "history": [
        "",
        HEADS,
        HEADS + "2026-11-02 08:00,很多\n",
        HEADS + "昨天,3\n",
        "时间,甲\n2026-11-02 08:00,3\n",
        HEADS + "2026-11-02 08:00,-3\n",
        HEADS + "05/06/2026 08:00,3\n",
        HEADS + "2026-11-02,3\n2026-11-03,3\n",
        "{}",
    ],
    "people": [
        "工号,岗位\n1001,魔术师\n",
        "工号,岗位\n1001,外呼\n1001,外呼\n",
        "工号,名字\n1001,x\n",
        "工号,岗位,休假\n1001,外呼,2027-05-01\n",
        "工号,岗位,固定班次\n1001,外呼,某天\n",
        "工号,岗位,合同工时\n1001,外呼,400\n",
        "工号,岗位,受保护\n1001,外呼,也许\n",
    ],
    "last_roster": ["工号\n1\n", ROSTER + "1,qa,x,N,,,,,0\n"],
}


def test_no_refusal_on_a_chinese_page_is_in_english(service, open_page):
    plan = service.post("/v1/plans", {"month": "2026-12", "country": "-"}).json()["plan_id"]
    page = open_page(service.url + f"/plan#{plan}/files", language="zh-CN")
    for kind, contents in WRONG.items():
        for number, content in enumerate(contents):
            page.locator(f"[data-file='{kind}']").set_input_files(
                {"name": f"文件{number}.csv", "mimeType": "text/csv", "buffer": content.encode()}
            )
            place = page.locator(f"[data-answer='{kind}'] .wrong")
            expect(place).to_contain_text(f"文件{number}.csv")
            said = place.text_content()
            assert not ENGLISH.search(said), said
    # long work that cannot be done says why in the page's language too
    old = "时间,呼入量\n" + "".join(f"2019-11-02 {hour:02d}:00,{hour}\n" for hour in range(24))
    page.locator("[data-file='history']").set_input_files(
        {"name": "旧.csv", "mimeType": "text/csv", "buffer": old.encode()}
    )
    expect(page.locator("[data-answer='history'] dl")).to_be_visible()
    page.locator("#steps [data-step='forecast']").click()
    page.locator("[data-action='forecast']").click()
    failed = page.locator("[data-outcome='failed']")
    expect(failed).to_contain_text("失败：旧.csv：2026-11-25 之前的一年里没有话务量", timeout=120_000)
    assert not ENGLISH.search(failed.text_content())
    page.locator("#language").click()
    expect(failed).to_contain_text("holds no calls in the year before 2026-11-25")
