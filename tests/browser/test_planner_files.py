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
