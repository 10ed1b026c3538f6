from __future__ import annotations

import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import plan_shown, until_it_fits

pytestmark = pytest.mark.browser
MONTH = "2026-12"
STEPS = {  # and what is on the screen when a step is drawn
    "files": "[data-answer='people'] dl",
    "history": "[data-finding]",
    "forecast": "table[data-special]",
    "seats": ".target",
    "roster": ".grid-row",
    "publish": ".five",
}


@pytest.fixture
def files(tmp_path):
    """A small office line's history, with a gap and a fault in it, as a planner exports it; and a handful of people."""
    random = np.random.default_rng(5)
    hours = pd.date_range("2025-09-01", "2026-11-24 23:00", freq="h")
    shape = np.interp(hours.hour, [0, 6, 10, 15, 20, 23], [1, 1, 14, 12, 8, 2]) * np.where(
        hours.day_of_week < 5, 1.0, 0.7
    )
    calls = pd.Series(random.poisson(shape), index=hours)
    calls["2026-10-20 10:00":"2026-10-20 12:00"] = [150, 171, 163]  # a fault rang every phone
    frame = pd.DataFrame({"时间": hours.strftime("%Y/%m/%d %H:%M"), "呼入量": calls.to_numpy()})
    frame = frame[~frame["时间"].between("2026/08/11 08:00", "2026/08/11 17:00")]
    history = tmp_path / "话务量.csv"
    history.write_bytes(frame.to_csv(index=False).encode("gbk"))
    roles = ["话务员"] * 16 + ["外呼"] * 3 + ["质检"] * 3 + ["后台"] * 3 + ["流动专家"] * 2 + ["值班长"] * 3
    people = pd.DataFrame({"工号": [f"{1001 + n}" for n in range(len(roles))], "岗位": roles})
    staff = tmp_path / "人员.csv"
    staff.write_text(people.to_csv(index=False), encoding="utf-8-sig")
    return history, staff


def test_a_planner_goes_from_two_files_to_a_published_month_and_its_workbook(
    service, open_page, files, screenshots, serious_faults
):
    history, staff = files
    page = open_page(service.url + "/plan", language="zh-CN", width=1440, height=900, accept_downloads=True)

    def look(name: str) -> None:
        page.screenshot(path=screenshots / f"planner-{name}-light-zh.png", full_page=True)
        assert serious_faults(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        until_it_fits(page)
        page.set_viewport_size({"width": 1440, "height": 900})

    expect(page.get_by_text("还没有计划")).to_be_visible()
    look("0-empty")
    page.locator("input[name='month']").fill(MONTH)
    page.locator("form button[type='submit']").click()

    # two files; a wrong one is refused in one line that names row, column and value
    page.locator("[data-file='people']").set_input_files(
        {"name": "人员.csv", "mimeType": "text/csv", "buffer": "工号,岗位\n1001,魔术师\n".encode()}
    )
    expect(page.locator("[data-answer='people'] .wrong")).to_contain_text("人员.csv，第 2 行，“岗位”列：“魔术师”")
    page.locator("[data-file='history']").set_input_files(history)
    expect(page.locator("[data-answer='history']")).to_contain_text("2025-09-01 – 2026-11-24")
    page.locator("[data-file='people']").set_input_files(staff)
    expect(page.locator("[data-answer='people']")).to_contain_text("话务员")
    look("1-files")

    # the gap and the fault are found; the fault is set aside
    page.locator("#steps [data-step='history']").click()
    expect(page.locator("[data-finding='gap']")).to_have_count(1)
    spike = page.locator("[data-finding='spike']").filter(has_text="2026-10-20 10:00")
    spike.locator("select").select_option("missing")
    expect(page.locator("#said")).to_contain_text("已记录处理方式")
    expect(page.locator("[data-action='undo-all']")).to_be_visible()  # drawn anew, with what was chosen
    expect(spike.locator("select")).to_have_value("missing")
    spike.locator("select").select_option("value")  # thought better of: what was chosen before stands
    page.locator("dialog button.quiet").click()
    expect(spike.locator("select")).to_have_value("missing")
    expect(page.locator("[data-finding='gap']").filter(has_text="2026-08-11")).to_be_visible()
    look("2-history")

    # the forecast, and a day adjusted by hand with its reason
    page.locator("#steps [data-step='forecast']").click()
    page.locator("[data-action='add-day']").click()  # bills go out on the first of the month
    page.locator("dialog select[name='kind']").select_option("billing")
    page.locator("dialog button[type='submit']").click()
    expect(page.locator("[data-own]")).to_contain_text("每月 1 日")
    page.locator("[data-action='forecast']").click()
    expect(page.locator("[data-forecast] .chart canvas")).to_have_count(1, timeout=120_000)
    before = service.get(f"/v1/plans/{plan_shown(page)}/forecast")
    page.locator("[data-forecast] .chart .u-over").click(position={"x": 500, "y": 100})
    page.locator("[data-action='adjust']").click()
    page.locator("dialog input[name='percent']").fill("50")
    page.locator("dialog input[name='reason']").fill("短信群发")
    page.locator("dialog button[type='submit']").click()
    expect(page.locator("table[data-special]")).to_contain_text("短信群发")
    expect(page.locator("table[data-special] tr[data-day='2026-12-01']")).to_contain_text("出账日")
    expect(page.locator("[data-reasons]")).to_contain_text("平常一天")
    look("3-forecast")
    after = service.get(f"/v1/plans/{plan_shown(page)}/forecast")
    changed = [n for n, (a, b) in enumerate(zip(before["calls"], after["calls"], strict=True)) if a != b]
    assert len(changed) == 1
    assert after["calls"][changed[0]] == pytest.approx(1.5 * before["calls"][changed[0]], rel=1e-3)

    # a file of changes takes the place of those made on the page: two hours of one day are halved
    told = "start_at,end_at,factor,reason,made_by\n2026-12-09 10:00,2026-12-09 12:00,0.5,系统切换,1001\n"
    page.locator("[data-file='overrides']").set_input_files(
        {"name": "调整.csv", "mimeType": "text/csv", "buffer": told.encode()}
    )
    expect(page.locator("[data-stretches]")).to_contain_text("系统切换")
    of_day = dict(zip(before["labels"], before["calls"], strict=True))
    hours = service.get(f"/v1/plans/{plan_shown(page)}/forecast?day=2026-12-09")["calls"]
    now = service.get(f"/v1/plans/{plan_shown(page)}/forecast")
    assert {day for day, calls in zip(now["labels"], now["calls"], strict=True) if calls != of_day[day]} == {
        "2026-12-09"
    }
    taken = hours[10] + hours[11]  # as much as the halves that are left
    assert sum(hours) == pytest.approx(of_day["2026-12-09"] - taken, rel=1e-3)

    # an effect is set in place of what was learned, and taken back
    page.locator("details[data-learned] summary").click()
    page.locator("[data-action='set-effect'][aria-label='自定… 出账日']").click()
    page.locator("dialog input[name='percent']").fill("60")
    page.locator("dialog button[type='submit']").click()
    row = page.locator("tr[data-own='effect']")
    expect(row).to_contain_text("+60")
    row.locator("button").click()
    expect(row).to_have_count(0)

    page.locator("#steps [data-step='seats']").click()
    expect(page.locator(".heat tbody tr")).to_have_count(31)
    asked = service.get(f"/v1/plans/{plan_shown(page)}/seats")
    page.locator("input[name='service_level']").fill("95")
    page.locator("[data-action='what-if']").click()
    expect(page.locator("[data-what-if]")).to_contain_text(f"{asked['seat_hours']:,.0f} → ")
    look("4-seats")
    page.locator("[data-action='keep-target']").click()
    expect(page.locator("#said")).to_contain_text("台席已按新目标重算")
    expect(page.locator("[data-what-if] .verdict")).to_have_count(0)  # drawn anew, with what is kept
    expect(page.locator("input[name='service_level']")).to_have_value("95")
    kept = service.get(f"/v1/plans/{plan_shown(page)}/seats")
    assert kept["target"]["service_level"] == 0.95
    assert kept["seat_hours"] > asked["seat_hours"]

    # the roster, built in another process, stopped when good enough
    page.locator("#steps [data-step='roster']").click()
    page.locator("input[name='limit']").fill("240")
    page.locator("[data-action='roster']").click()
    expect(page.locator("[data-job='roster'] .facts-list")).to_be_visible(timeout=120_000)
    look("5-building")
    page.locator("[data-action='stop']").click()
    expect(page.locator(".grid-row").first).to_be_visible(timeout=120_000)
    look("6-roster")

    # a change typed into a cell: a shift taken off, or given where there is none; what that breaks is said at once
    cell = page.locator(".grid-row[data-row='0'] .cell[data-column='9']")
    held = cell.text_content()
    cell.click()
    page.keyboard.press("Delete" if held != "·" else "Enter")
    if held == "·":
        page.locator(".cell-input").fill(first_code(service, page))
        page.keyboard.press("Enter")
    expect(page.locator("[data-verdict]")).to_be_visible()
    expect(cell).not_to_have_text(held)
    page.locator("[data-action='undo']").click()
    expect(cell).to_have_text(held)

    # somebody falls ill: who could come instead?
    on_shift = ", ".join(f".grid-row[data-row='0'] .cell[data-kind='{kind}']" for kind in ("early", "day", "late"))
    page.locator(on_shift).first.click()
    page.locator("[data-action='cover']").click()
    expect(page.locator("[data-part='cover']").locator("[data-cover], .verdict").first).to_be_visible()
    expect(page.locator("[data-part='facts']")).to_contain_text(
        re.compile(r"15 秒内接起，预计\d+%；10 个月中有 8 个月在 \d+–\d+% 之间；达标机会 \d+/10"), timeout=120_000
    )

    # may two people swap?
    page.locator(".swap summary").click()
    page.locator(".swap input[name='a']").fill("1001")
    page.locator(".swap input[name='b']").fill("1002")
    page.locator(".swap button[type='submit']").click()
    expect(page.locator("[data-swap]")).to_be_visible()
    look("7-changed")

    page.locator("#steps [data-step='publish']").click()
    expect(page.locator(".five")).to_have_count(5)
    page.locator("[data-action='publish']").click()
    page.locator("dialog input[name='reason']").fill("十二月班表")
    page.locator("dialog button[type='submit']").click()
    expect(page.locator("[data-published]")).to_be_visible()
    expect(page.locator(".five")).to_have_count(5)
    look("8-published")
    with page.expect_download() as workbook:
        page.locator("[data-download='five_tables.xlsx']").click()
    content = workbook.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert "xl/workbook.xml" in book.namelist()
    with page.expect_download() as grid:
        page.locator("[data-download='roster.xlsx']").click()
    people = pd.read_excel(
        grid.value.path(), dtype=str, header=2, engine="openpyxl"
    )  # a title and the people on duty stand above
    assert sorted(people["工号"]) == [str(1001 + number) for number in range(30)]
    page.locator("[data-download='ics']").click()
    expect(page.locator("#said")).to_have_text("请先填工号")
    with page.expect_download() as calendar:
        page.locator("input[name='badge']").fill("1001")
        page.locator("[data-download='ics']").click()
    assert calendar.value.path().read_bytes().startswith(b"BEGIN:VCALENDAR")

    # frozen: the roster can be looked at, not changed
    page.locator("#steps [data-step='roster']").click()
    expect(page.locator(".grid-row").first).to_be_visible()
    expect(page.locator("[data-action='roster']")).to_have_count(0)

    # another pair of eyes: dark, in English, at a desk and on a phone
    dark = open_page(page.url, color_scheme="dark", width=1440, height=900)
    for step, shown in STEPS.items():
        dark.set_viewport_size({"width": 1440, "height": 900})
        dark.locator(f"#steps [data-step='{step}']").click()
        expect(dark.locator(shown).first).to_be_visible()
        dark.screenshot(path=screenshots / f"planner-{step}-dark-en.png", full_page=True)
        assert serious_faults(dark) == [], step
        dark.set_viewport_size({"width": 390, "height": 844})
        until_it_fits(dark)
        dark.screenshot(path=screenshots / f"planner-{step}-dark-en-phone.png", full_page=True)


def first_code(service, page) -> str:
    return service.get(f"/v1/plans/{plan_shown(page)}/roster")["shifts"][0]["code"]
