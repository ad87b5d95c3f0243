"""Key figures in a browser: a file on its way to the chart, every page checked by axe."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kpis.models import Kpi
from kpis.services.measurements import measurements_record
from tenants.isolation import tenant
from tests.browser.site import Site, follow
from tests.factories import BOWLINE, Company, make_company
from tests.kpis.pages import cycle_time

pytestmark = pytest.mark.browser

PROBES = Path(__file__).parents[2] / "demo" / "data" / "uptime_probes.csv"
ROWS = 3000
BASE = "/t/northwind/kpis/"


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    """The first rows of the real file, and one that is wrong."""
    lines = PROBES.read_text().splitlines()[: ROWS + 1]
    path = tmp_path / "uptime_probes.csv"
    path.write_text("\n".join([*lines, "never,service-01,1,200,5"]))
    return path


@pytest.fixture
def firm(site: Site) -> Company:
    """A company with a figure that has data, a target and a file that waits to be started."""
    company = make_company("northwind")
    cycle_time(company)
    return company


def upload_and_start(page: Page, probes: Path) -> None:
    page.goto(f"{BASE}uptime/")
    expect(page.get_by_text("Nothing is measured yet.")).to_be_visible()
    page.get_by_role("link", name="Import").click()
    page.get_by_label("CSV file").set_input_files(probes)
    page.get_by_role("button", name="Upload and look").click()
    expect(page.get_by_label("Time", exact=True)).to_have_value("observed_at")
    expect(page.get_by_role("combobox", name="Numerator")).to_have_value("up")
    expect(page.get_by_text("All can be read")).to_be_visible()
    page.get_by_role("button", name="Start the import").click()


def test_file_reaches_an_open_chart_without_a_reload(site: Site, probes: Path) -> None:
    company = make_company("northwind")
    reader = site.window(company.executive)
    reader.clock.install()
    reader.goto(f"{BASE}uptime/")
    reader.evaluate("document.body.dataset.kept = 'yes'")
    with tenant(company.id):  # another import makes the open page follow closely
        kpi = Kpi.objects.get(key="uptime")
        row = {"observed_at": "2025-11-23T12:00:00Z", "value": "1"}
        measurements_record(kpi=kpi, actor=BOWLINE, raws=[row])
    writer = site.window(company.cto)
    writer.goto(f"{BASE}uptime/import/")
    writer.get_by_label("CSV file").set_input_files(probes)
    writer.get_by_role("button", name="Upload and look").click()
    expect(writer.get_by_label("Time", exact=True)).to_have_value("observed_at")
    expect(writer.get_by_role("combobox", name="Numerator")).to_have_value("up")
    expect(writer.get_by_text("All can be read")).to_be_visible()
    writer.get_by_role("button", name="Start the import").click()
    # progress becomes the result by itself
    expect(writer.get_by_role("heading", name="Rejected rows")).to_be_visible()
    expect(writer.locator(".strip")).to_contain_text("3,000 rows")
    expect(writer.get_by_text("This is no date and time.")).to_be_visible()
    expect(writer.locator("#import-status")).to_contain_text("Finished. 3,000 rows taken")
    writer.get_by_role("link", name="See Uptime").click()
    expect(writer.get_by_role("img", name="Line chart. Uptime")).to_be_visible()
    # the page that was open all the time follows
    follow(reader, reader.get_by_role("img", name="Line chart. Uptime"))
    assert reader.evaluate("document.body.dataset.kept") == "yes"
    newest = reader.get_by_role("region", name="Values table").locator("tbody tr").first
    expect(newest).to_contain_text("1,183")  # rows of the file that lie in March


def test_import_works_without_javascript(site: Site, probes: Path) -> None:
    company = make_company("northwind")
    page = site.window(company.cto, javascript=False)
    upload_and_start(page, probes)
    for _ in range(60):
        if page.get_by_role("link", name="See Uptime").is_visible():
            break
        page.wait_for_timeout(300)
        page.get_by_role("link", name="Reload").click()
    expect(page.locator(".strip")).to_contain_text("3,000 rows")


def test_target_is_set_by_keyboard_alone(site: Site, firm: Company) -> None:
    page = site.window(firm.executive)
    page.goto(f"{BASE}cycle_days/")
    page.get_by_role("link", name="Edit target").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Target", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("4.5")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Target of Cycle cycle_days set.")).to_be_visible()
    expect(page.locator(".strip")).to_contain_text("4.5")


def test_pages_are_accessible(
    site: Site,
    firm: Company,
    probes: Path,
    open_to_all: Callable[..., None],
) -> None:
    page = site.window(firm.cto)
    page.goto(f"{BASE}cycle_days/import/")
    page.get_by_label("CSV file").set_input_files(probes)
    page.get_by_role("button", name="Upload and look").click()
    expect(page.get_by_role("heading", name="Check the file")).to_be_visible()
    open_to_all(page)
    page.get_by_role("button", name="Start the import").click()  # it lacks its column
    expect(page.locator(".field.bad").first).to_be_visible()
    open_to_all(page)
    for path in (
        "",
        "?show=all",
        "cycle_days/",
        "cycle_days/?period=day&all",
        "uptime/",
        "cycle_days/edit/",
        "cycle_days/target/",
        "cycle_days/status/",
        "cycle_days/measurement/",
        "cycle_days/sources/",
        "cycle_days/import/",
        "-/new/",
        "-/import/",
    ):
        open_to_all(page, f"{BASE}{path}")
    page.goto(f"{BASE}cycle_days/sources/")
    page.get_by_role("link", name="Correct").first.click()
    page.get_by_role("button", name="Correct it").click()  # it lacks its reason
    expect(page.locator(".field.bad")).to_be_visible()
    open_to_all(page)
    page.goto(f"{BASE}-/new/")
    page.get_by_role("button", name="Create the figure").click()
    expect(page.locator(".errsum")).to_be_visible()
    open_to_all(page)


def test_import_result_is_accessible(
    site: Site, probes: Path, no_violations: Callable[[Page], None]
) -> None:
    company = make_company("northwind")
    page = site.window(company.cto)
    upload_and_start(page, probes)
    expect(page.get_by_role("heading", name="Rejected rows")).to_be_visible()
    no_violations(page)
    page.get_by_role("link", name="See Uptime").click()
    expect(page.get_by_role("img", name="Line chart. Uptime")).to_be_visible()
    no_violations(page)
