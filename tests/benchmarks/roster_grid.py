"""How smoothly the roster's grid scrolls with 200, 500 and 2,000 people × 31 days, and when its first rows stand.

python -m tests.benchmarks.roster_grid          # a minute; there is no more of it
"""

from __future__ import annotations

import importlib.util
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from api.settings import Settings, shipped_ladder
from tests.benchmarks.results import skipped

BROWSER = Path(__file__).resolve().parent.parent / "browser"
FRAMES = 240
FIRST_ROWS = """new MutationObserver((_, watch) => {
  if (document.querySelector('.grid-row')) { window.firstRowsAt = performance.now(); watch.disconnect(); }
}).observe(document, {childList: true, subtree: true})"""


def _load(name: str):
    spec = importlib.util.spec_from_file_location(name, BROWSER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _busy(devtools) -> dict[str, float]:
    """Return the processor seconds of the page's main thread: other load on the machine adds nothing to them."""
    names = {
        "TaskDuration": "in all",
        "ScriptDuration": "script",
        "RecalcStyleDuration": "style",
        "LayoutDuration": "layout",
    }
    found = devtools.send("Performance.getMetrics")["metrics"]
    return {names[one["name"]]: one["value"] for one in found if one["name"] in names}


def main() -> None:
    """Print the frame times of a steady scroll, and of the page standing still, in the same browser."""
    conftest, pages = _load("conftest"), _load("roster_pages")
    chromium = shutil.which("chromium")
    if chromium is None:
        skipped("the browser chromium is not here")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        conftest.Service(
            Settings(ladder=shipped_ladder(), database_url=f"sqlite:///{folder}/huawu.db", open_access=True),
            conftest.free_port(),
        ) as service,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=conftest.FLAGS)
        for people in (200, 500, 2000):
            page = browser.new_page(viewport={"width": 1600, "height": 1000})
            pages.serve_roster(page, people)
            devtools = page.context.new_cdp_session(page)
            devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.add_init_script(FIRST_ROWS)
            page.goto(service.url + "/plan#abc/roster")
            page.wait_for_selector(".grid-row")
            first = page.evaluate("window.firstRowsAt")
            busy = 1000 * _busy(devtools)["in all"]
            print(f"{people} people × 31 days: first rows after {first:.0f} ms, main thread {busy:.0f} ms till then")
            for what, pixels in (("standing", 0), ("scrolling 30 px a frame", 30), ("scrolling 120 px a frame", 120)):
                before = _busy(devtools)
                times = sorted(page.evaluate(pages.SCROLL, [pixels, FRAMES]))
                busy = {name: 1000 * (value - before[name]) / FRAMES for name, value in _busy(devtools).items()}
                late = sum(time > 34 for time in times)
                print(
                    f"{people} people × 31 days, {what}: median {statistics.median(times):.1f} ms, "
                    f"p95 {times[int(0.95 * len(times))]:.1f} ms, longest {times[-1]:.1f} ms, "
                    f"{late} of {len(times)} frames later than 34 ms; main thread per frame "
                    + ", ".join(f"{name} {value:.2f} ms" for name, value in busy.items())
                )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
