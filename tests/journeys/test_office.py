"""An operator records a society's license with its tariff, and tries the next line of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from people import sign_up
from playwright.sync_api import BrowserContext, Page, expect

if TYPE_CHECKING:
    from live import LiveStore

pytestmark = pytest.mark.journey


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def follow(page: Page, name: str) -> None:
    page.locator("main").get_by_role("link", name=name, exact=True).first.click()


def test_a_society_comes_on_record_with_its_tariff_and_license(
    store: LiveStore, visitor: BrowserContext, tmp_path: Path
) -> None:
    page = visitor.new_page()
    email, society = f"{uuid4().hex}@example.org", f"Society {uuid4().hex[:6]}"
    contract = tmp_path / "contract.txt"
    # A document is kept once, under its first title: each society signs its own.
    contract.write_text(f"Signed by {society}.")
    sign_up(page, email)
    assert page.request.get("/office/").status == 404
    store.run("operator", email)

    # The society.
    page.goto("/office/")
    expect(page.locator("h1")).to_have_text("What waits to be decided")
    follow(page, "Make a party")
    page.get_by_label("Name", exact=True).fill(society)
    page.get_by_label("This is").select_option("organization")
    press(page, "Make this party")
    follow(page, society)
    expect(page.locator("h1")).to_have_text(society)
    address = page.url

    # Its tariff, first without the currency.
    follow(page, "Make a tariff")
    page.get_by_label("Name", exact=True).fill(f"Downloads of {society}")
    press(page, "Make this tariff")
    follow(page, f"Downloads of {society}")
    follow(page, "New line")
    page.get_by_role("textbox", name="Percentage").fill("9")
    page.get_by_label("At least, for each track").fill("0.07")
    page.get_by_label("Where it stands").fill("The tariff, § 2")
    page.get_by_label("As of").fill("2026-01-01")
    press(page, "Record this line")
    expect(page.locator("main")).to_contain_text("Write the currency of the amounts, such as EUR.")
    page.get_by_label("Currency of the amounts").fill("USD")
    press(page, "What if, on the sales of the last 92 days?")
    expect(page.locator("main")).to_contain_text("Nothing is recorded yet.")
    press(page, "Record this line")
    expect(page.locator("main")).to_contain_text("at least $0.07 a track")

    # The license, with the contract.
    page.goto(address)
    follow(page, "Record a license")
    page.get_by_label("Tariff").select_option(f"Downloads of {society}")
    page.get_by_label("Territories").fill("FR, BE")
    page.get_by_label("Or a new document").set_input_files(contract)
    page.get_by_label("Title of the new document").fill(f"Contract with {society}")
    press(page, "Record this license")
    expect(page.locator("#licenses")).to_contain_text("BE, FR")

    # The contract comes back as it was.
    with page.expect_download() as coming:
        page.locator("#licenses").get_by_role("link", name=f"Contract with {society}").click()
    assert Path(coming.value.path()).read_text() == f"Signed by {society}."
