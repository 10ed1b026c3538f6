"""Pictures of every page in every state: `make screenshots`, or some of them, `ONLY="wall-surge 1366 zh"`.

Each picture is `out/screenshots/PAGE-STATE-LANGUAGE-THEME-WIDTH.png`; words on the command line pick those whose name
has them all. `ONLY=docs` takes the pictures that README and the handbook show.
"""

from __future__ import annotations

import io
import itertools
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from typer.testing import CliRunner

from api.cli import app
from api.settings import Settings, shipped_ladder
from tests.browser.conftest import (
    FLAGS,
    ROOT,
    Service,
    history_csv,
    people_csv,
    planning,
    serious_faults_of,
)
from tests.waiting import free_port, until

SAMPLE = ROOT / "data" / "sample"
WIDTHS = {390: 844, 1366: 768, 1920: 1080, 3840: 2160}
AXE_WIDTHS = (390, 1366)
PATIENCE_MS = 120_000  # a busy machine draws slowly, and one picture late is no reason to take none
FLOOR = {
    "experts_available": 4, "outbound_available": 5, "qa_available": 4, "back_office_available": 6, "seats_free": 9,
    "seats_signed_in": 31, "seats_required": 37, "standby": 4,
}  # fmt: skip
MEASURED = {
    "longest_wait_seconds": 96.0, "service_level": 0.71, "service_level_today": 0.84, "abandonment": 0.062,
    "abandonment_today": 0.031, "calls_abandoned": 7, "calls_abandoned_today": 96, "calls_offered_today": 3114,
    "occupancy": 0.93, "calls_per_hour": 452.0, "aht_seconds": 191.0, "agents_talking": 26, "agents_ready": 1,
    "agents_wrapping_up": 3, "agents_paused": 1,
}  # fmt: skip
FORTY = [f"customer-service-abroad-{n:02d}" if n % 7 == 1 else f"line-{n:02d}" for n in range(1, 41)]
SURGE = [*[2 + n % 3 for n in range(80)], 8, 8, 9, 9, 9, 10, 10, 10, 9, 9, 9, 9, 10, 10, 11, 14, 14]


def calm(service: Service) -> None:
    """A quiet morning."""
    service.readings("hotline", *[2 + n % 3 for n in range(90)], **FLOOR)


def surge(service: Service) -> None:
    """Several orders open, the next clock running."""
    service.readings("hotline", *SURGE, **FLOOR)


def measured(service: Service) -> None:
    """The same, of a switch that tells everything, with a plan and a forecast for the hour."""
    service.readings("hotline", *SURGE, **FLOOR, **MEASURED)
    forecast = {"calls": 380.0, "calls_lower_95": 341.0, "calls_upper_95": 421.0, "aht_seconds": 178.0}
    service.publish("hotline", forecast=forecast, coverage={"seats_rostered": 34.0})


def held(service: Service) -> None:
    """A surge whose ladder a supervisor holds."""
    surge(service)
    standing = service.get("/v1/queues/hotline/surge")
    until_at = standing["as_of"].replace(standing["as_of"][:10], "2099-01-01")
    body = {"action": "hold", "rung": 3, "until": until_at, "badge": "8001", "reason": "系统十分钟后恢复"}
    service.post("/v1/queues/hotline/override", body).raise_for_status()


def stale(service: Service) -> None:
    """The readings stopped some minutes ago."""
    service.readings("hotline", *SURGE, ending_seconds_ago=240, **FLOOR)


def forty(service: Service) -> None:
    """Forty queues, long names among them."""
    for n, name in enumerate(FORTY):
        service.readings(name, *[(n * 7) % 30] * 3, **FLOOR)


REQUESTS = [{"badge": "1002", "first_on": "2027-02-08", "last_on": "2027-02-12"}]
LEAVE = {"kind": "leave", "months": 2, "ranking": "fair", "requests": REQUESTS}


def nothing(service: Service) -> None:
    """A service that has seen nothing yet."""


WALL: dict[str, Callable[[Service], None]] = {
    "empty": nothing, "calm": calm, "surge": surge, "held": held, "stale": stale, "gone": surge, "forty": forty,
    "measured": measured, "kiosk-measured": measured, "kiosk": surge, "kiosk-held": held, "kiosk-forty": forty,
}  # fmt: skip


def wall_pages(browser: Browser, wanted: Callable[[str], bool]) -> Iterator[str]:
    """Take the wallboard in each of its states; yield the pictures' names."""
    for state, prepare in WALL.items():
        names = {name: look for name, look in _looks(f"wall-{state}").items() if wanted(name)}
        if not names:
            continue
        folder = Path(tempfile.mkdtemp(prefix="huawu-"))
        settings = Settings(ladder=shipped_ladder(), database_url=f"sqlite:///{folder / 'h.db'}", open_access=True)
        if "forty" in state:
            settings = replace(settings, queues=tuple(FORTY))
        with Service(settings, free_port()) as service:
            prepare(service)
            for name, look in names.items():
                page = _page(browser, look)
                page.goto(f"{service.url}/?lang={look[0]}&theme={look[1]}{'&wall=1' if 'kiosk' in state else ''}")
                until(lambda page=page: page.locator("#board").get_attribute("data-state") != "loading", what=name)
                if state == "gone":
                    page.route("**/surge", lambda route: route.abort())
                    until(lambda page=page: page.locator("#link[data-link='down']").count() == 1, what=name)
                page.wait_for_timeout(700)
                if state == "kiosk-forty":
                    page.evaluate("document.body.dataset.turn = 'queues'")
                yield _take(page, name)
        shutil.rmtree(folder, ignore_errors=True)


def planned(url: str) -> dict[str, str]:
    """Plan a small line in this database: a draft, with too few people, published, of four weeks; return their ids."""
    jobs = {"kind": "forecast"}, {"kind": "roster", "time_limit_seconds": 3}
    few = b"".join(people_csv().splitlines(keepends=True)[:8])
    with planning(url) as (client, make):
        draft = make(history_csv(), people_csv(), *jobs, {"kind": "backtest", "months": 1}, queue="hotline")
        asked = {"kind": "why"}, {"kind": "what_if", "headcount": [-2, 5], "role": "inbound"}, LEAVE
        short = make(history_csv(), few, *jobs, *asked, queue="short")
        weeks = make(history_csv(), people_csv(), *jobs, queue="weeks", month="2026-12-07..2027-01-03")
        frozen = make(history_csv(), people_csv(), *jobs, queue="published")
        client.post(f"/v1/plans/{frozen}/publish", json={"reason": "十二月班表"}).raise_for_status()
    return {"draft": draft, "short": short, "weeks": weeks, "published": frozen}


def picked(page: Page) -> None:
    """Pick a day of the forecast, to see its hours and what makes it."""
    over = page.locator("[data-forecast] .chart .u-over").first
    over.click(position={"x": 0.3 * over.bounding_box()["width"], "y": 60})
    page.locator("[data-reasons]").wait_for()


def by_day(page: Page) -> None:
    """Show the roster's first day by the hour."""
    page.locator("[data-view='day']").click()
    page.locator(".hours").scroll_into_view_if_needed()


def asked(page: Page) -> None:
    """Show what the questions about the roster brought."""
    page.locator(".question").first.evaluate("one => one.parentNode.childNodes.forEach(each => { each.open = true; })")
    page.locator(".questions").scroll_into_view_if_needed()


def scored(page: Page) -> None:
    """Show how the forecasts of the plan begun first would have done."""
    plans = page.locator("select[name='plan']")
    plans.select_option(index=plans.locator("option").count() - 1)  # the newest stand first
    page.locator("[data-model='huawu']").wait_for()


def replayed(page: Page) -> None:
    """Play the sample's readings through the shipped ladder."""
    page.locator("input[name='file']").set_input_files(SAMPLE / "readings.csv")
    page.locator("[data-action='replay']").click()
    page.locator("[data-decision]").first.wait_for()


PAGES: dict[
    str, tuple[str, str, Callable[[Page], None] | None]
] = {  # address, what shows that it is drawn, and what is done
    "plan-empty": ("/plan", "[name='month']", None),
    "explore-empty": ("/explore", "[data-action='replay']", None),
    "plan-plans": ("/plan", ".plans li", None),
    "plan-files": ("/plan#{draft}/files", "[data-answer='people'] dl", None),
    "plan-history": ("/plan#{draft}/history", ".chart canvas", None),
    "plan-forecast": ("/plan#{draft}/forecast", "[data-forecast] .chart canvas", picked),
    "plan-seats": ("/plan#{draft}/seats", ".heat tbody tr", None),
    "plan-roster": ("/plan#{draft}/roster", ".grid-row", None),
    "plan-day": ("/plan#{draft}/roster", ".grid-row", by_day),
    "plan-short": ("/plan#{short}/roster", ".grid-row", None),
    "plan-questions": ("/plan#{short}/roster", ".grid-row", asked),
    "plan-weeks": ("/plan#{weeks}/roster", ".grid-row", None),
    "plan-weeks-tables": ("/plan#{weeks}/publish", ".five", None),
    "plan-publish": ("/plan#{draft}/publish", ".five", None),
    "plan-published": ("/plan#{published}/publish", ".five", None),
    "explore-backtest": ("/explore", "select[name='plan']", scored),
    "explore-replay": ("/explore", "[data-action='replay']", replayed),
}


def other_pages(browser: Browser, wanted: Callable[[str], bool]) -> Iterator[str]:
    """Take the planner's and the analyst's pages, without a plan and of real ones; yield the pictures' names."""
    folder = Path(tempfile.mkdtemp(prefix="huawu-"))
    for empty in (True, False):
        states = {state: page for state, page in PAGES.items() if state.endswith("-empty") == empty}
        names = {state: [name for name in _looks(state) if wanted(name)] for state in states}
        if not any(names.values()):
            continue
        url = f"sqlite:///{folder / f'{empty}.db'}"
        plans = {} if empty else planned(url)
        with Service(Settings(ladder=shipped_ladder(), database_url=url, open_access=True), free_port()) as service:
            for state, (address, drawn, act) in states.items():
                path, _, step = address.format(**plans).partition("#")
                for name in names[state]:
                    look = _looks(state)[name]
                    page = _page(browser, look)
                    page.goto(f"{service.url}{path}?lang={look[0]}&theme={look[1]}#{step}")
                    page.locator(drawn).first.wait_for()
                    if act is not None:
                        act(page)
                    page.wait_for_timeout(500)
                    yield _take(page, name)
    shutil.rmtree(folder, ignore_errors=True)


Look = tuple[str, str, int]


def _looks(state: str) -> dict[str, Look]:
    every = itertools.product(("zh", "en"), ("light", "dark"), WIDTHS)
    return {f"{state}-{language}-{theme}-{width}": (language, theme, width) for language, theme, width in every}


def _page(browser: Browser, look: Look) -> Page:
    size = {"width": look[2], "height": WIDTHS[look[2]]}
    context = browser.new_context(viewport=size, timezone_id="Asia/Shanghai")
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def _take(page: Page, name: str) -> str:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.screenshot(path=ROOT / "out" / "screenshots" / f"{name}.png", full_page=page.viewport_size["width"] < 700)
    told = [f"{wide} px too wide"] if wide > 0 else []
    if page.viewport_size["width"] in AXE_WIDTHS:
        told += serious_faults_of(page)
    page.context.close()
    return "  ".join([name, *told])


@contextmanager
def sample_served() -> Iterator[tuple[Service, str]]:
    """Yield the service with the shipped sample planned and a surge measured, and the plan's id."""
    sample = [(SAMPLE / name).read_bytes() for name in ("history.csv", "people_2026-12.csv")]
    with tempfile.TemporaryDirectory(prefix="huawu-", ignore_cleanup_errors=True) as folder:
        url = f"sqlite:///{Path(folder, 'h.db')}"
        with planning(url) as (_, make):
            jobs = {"kind": "forecast"}, {"kind": "roster", "time_limit_seconds": 15}
            plan_id = make(*sample, *jobs, calendar=(SAMPLE / "calendar.toml").read_bytes(), queue="hotline")
        with Service(Settings(ladder=shipped_ladder(), database_url=url, open_access=True), free_port()) as service:
            measured(service)
            yield service, plan_id


OF_DOCS = {  # by name: the step of the plan, or the wall; what is drawn there last; the size
    "wall": ("", ".trend .mark", (1440, 810)),
    "roster": ("roster", ".grid-row", (1440, 900)),
    "forecast": ("forecast", "[data-forecast] .chart canvas", (1280, 1240)),
}


def pictures_of_docs(browser: Browser) -> Iterator[str]:
    """Take the pictures of README and the handbook, of the shipped sample, in both languages; yield their names."""
    with sample_served() as (service, plan_id):
        for language, (name, (step, drawn, (width, height))) in itertools.product(("en", "zh"), OF_DOCS.items()):
            size = {"width": width, "height": height}
            page = browser.new_context(viewport=size, timezone_id="Asia/Shanghai").new_page()
            path = f"/plan?lang={language}&theme=light#{plan_id}/{step}" if step else f"/?lang={language}&theme=light"
            page.goto(service.url + path)
            page.locator(drawn).first.wait_for(state="attached", timeout=300_000)
            if name == "forecast":
                picked(page)
            if name == "roster":  # its promise is played when it is first asked for
                page.locator("[data-part='facts']", has_text="%").wait_for(timeout=300_000)
            page.wait_for_timeout(3000)
            yield _small(page, f"{name}-{language}")
    told = ["--history", f"{SAMPLE / 'history.csv'}", "--people", f"{SAMPLE / 'people_2026-12.csv'}"]
    told += ["--calendar", f"{SAMPLE / 'calendar.toml'}", "--month", "2026-12", "--time-limit", "15"]
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        done = CliRunner().invoke(app, ["plan", *told, "--out", folder])
        if done.exit_code:
            raise RuntimeError(done.output)
        page = browser.new_page(viewport={"width": 1120, "height": 1400})
        page.goto(Path(folder, "plan.html").as_uri())
        page.wait_for_timeout(2000)
        yield _small(page, "plan")


def _small(page: Page, name: str) -> str:
    """Take a picture with 256 colours, which pages hardly have more of, and half the bytes or less."""
    path = ROOT / "docs" / "pictures" / f"{name}.png"
    taken = Image.open(io.BytesIO(page.screenshot()))
    taken.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    page.context.close()
    return f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB"


def main(words: list[str]) -> None:
    """Take the pictures whose names have all `words`; say which pages are wider than the screen, and what axe finds."""
    (ROOT / "out" / "screenshots").mkdir(parents=True, exist_ok=True)

    def wanted(name: str) -> bool:
        return all(word in name for word in words)

    path = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        every = itertools.chain(wall_pages(browser, wanted), other_pages(browser, wanted))
        for name in pictures_of_docs(browser) if words == ["docs"] else every:
            sys.stdout.write(name + "\n")
            sys.stdout.flush()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
