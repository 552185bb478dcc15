"""The report in a real browser, from disk, on a phone and a desk, by day and by night."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from overfitcheck.analysis.diagnose import diagnose
from overfitcheck.history.read import read_histories
from overfitcheck.report.content import Report
from overfitcheck.report.html import render

FER = Path(__file__).parents[2] / "fixtures" / "logs" / "fer2013_excerpt.log"

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    diagnoses = tuple(diagnose(history) for history in read_histories(FER))
    path.write_text(render(Report("fer2013", diagnoses)), encoding="utf-8")
    return path


def opened(browser: Browser, report: Path, width: int, scheme: str) -> tuple[Page, list[str]]:
    """The page, and everything that it complained of or asked the network for."""
    dark = "dark" if scheme == "dark" else "light"
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=dark)
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith("file:") else trouble.append(request.url),
    )
    page.goto(report.as_uri())
    return page, trouble


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_reads_well(browser: Browser, report: Path, width: int, scheme: str) -> None:
    page, trouble = opened(browser, report, width, scheme)
    assert trouble == []
    assert page.locator(".verdict strong").inner_text() == "overfitting"
    assert page.locator("figure.overview svg").is_visible()
    # Nothing sticks out at the side.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is (scheme == "light")
    page.close()


def test_the_table_of_epochs_opens_by_keyboard(browser: Browser, report: Path) -> None:
    page, _ = opened(browser, report, 1200, "light")
    rows = page.locator("details tbody tr")
    assert not rows.first.is_visible()
    page.locator("details.epochs summary").focus()
    page.keyboard.press("Enter")
    assert rows.first.is_visible()
    assert rows.count() == 7
    page.close()


def test_the_chart_has_a_text_for_those_who_do_not_see_it(browser: Browser, report: Path) -> None:
    page, _ = opened(browser, report, 1200, "light")
    chart = page.locator("figure.overview .chart[role=img]")
    assert "best val_loss 3.718 at epoch 33" in (chart.get_attribute("aria-label") or "")
    page.close()


def test_values_are_shown_under_the_pointer(browser: Browser, report: Path) -> None:
    page, trouble = opened(browser, report, 1200, "light")
    chart = page.locator("figure.overview .chart")
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.97 * box["width"], box["y"] + 40)
    assert page.locator(".readout").inner_text().startswith("epoch 38, loss ")
    assert page.locator(".cursor").is_visible()
    assert trouble == []
    page.close()


def test_values_are_reached_by_keyboard(browser: Browser, report: Path) -> None:
    page, _ = opened(browser, report, 1200, "light")
    slider = page.get_by_label("epoch", exact=True)
    slider.focus()
    page.keyboard.press("End")
    assert page.locator(".readout").inner_text().startswith("epoch 38,")
    page.keyboard.press("ArrowLeft")
    assert page.locator(".readout").inner_text().startswith("epoch 37,")
    assert slider.get_attribute("aria-valuetext") == "epoch 37"
    page.close()


def test_the_chart_can_be_made_larger(browser: Browser, report: Path) -> None:
    page, _ = opened(browser, report, 1200, "light")
    chart = page.locator("figure.overview .chart")
    before = chart.bounding_box()
    page.get_by_role("button", name="larger").click()
    after = chart.bounding_box()
    assert before is not None and after is not None
    assert after["width"] == pytest.approx(2 * before["width"], rel=0.01)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1200
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser: Browser, report: Path, scheme: str) -> None:
    page, _ = opened(browser, report, 1200, scheme)
    page.locator("details.epochs summary").click()
    results = Axe().run(page)
    assert results.response["violations"] == [], results.generate_report()
    page.close()


def test_it_prints_with_the_table_of_findings_and_without_tools(
    browser: Browser, report: Path
) -> None:
    page, _ = opened(browser, report, 1200, "light")
    page.emulate_media(media="print")
    assert not page.locator(".tools").is_visible()
    assert page.locator("figure.overview svg").is_visible()
    page.close()
