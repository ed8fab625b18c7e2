"""A supplier checks a release message by dropping it, delivers one, and follows it."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from people import sign_up
from playwright.sync_api import BrowserContext, Page, expect

from ern_messages import TITLE, Built
from ern_terms import Terms

if TYPE_CHECKING:
    from pathlib import Path

    from live import LiveStore

pytestmark = [pytest.mark.journey, pytest.mark.drill]

# What a browser does when a file is dropped on the page; Playwright has no word for it.
DROP = """([zone, text]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  transfer.items.add(new File([bytes], "album.xml", {type: "text/xml"}));
  zone.dispatchEvent(new DragEvent("drop", {dataTransfer: transfer, bubbles: true}));
}"""
MESSAGE = Built(deals=(Terms(territories=("DE", "FR"), wholesale="3.50"),)).bytes()


def a_studio(page: Page, name: str) -> None:
    """Sign up, and open a studio of that name."""
    sign_up(page, f"{name.lower().replace(' ', '-')}@example.org")
    page.goto("/studio/open")
    page.get_by_label("Name of the artist or label").fill(name)
    page.locator("main form").get_by_role("button").last.click()
    expect(page).to_have_url(re.compile("/studio/?$"))


def test_a_dropped_message_is_checked_and_nothing_is_kept(
    visitor: BrowserContext, request: pytest.FixtureRequest
) -> None:
    page = visitor.new_page()
    has_scripts = request.node.callspec.params["visitor"]
    a_studio(page, f"Dropping {'with' if has_scripts else 'without'} scripts")
    page.goto("/studio/mailbox")
    page.get_by_role("link", name="Check a message").first.click()

    if has_scripts:
        zone = page.locator("[data-drop]").element_handle()
        page.evaluate(DROP, [zone, base64.b64encode(MESSAGE).decode()])
        expect(page.locator("[data-drop-list]")).to_contain_text("album.xml")
    else:
        file = {"name": "album.xml", "mimeType": "text/xml", "buffer": MESSAGE}
        page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check it").click()

    told = page.locator("#outlook")
    expect(told).to_contain_text("The store could use this message")
    expect(told).to_contain_text(TITLE)
    expect(told).to_contain_text("France, Germany")
    expect(told.locator(".tile.is-open")).to_have_count(2)
    page.goto("/studio/mailbox")
    expect(page.get_by_text("Nothing was sent yet")).to_be_visible()


def test_a_delivery_is_followed_from_the_folder_to_its_page(
    page: Page, store: LiveStore, tmp_path: Path
) -> None:
    a_studio(page, "Folder Label")
    box = tmp_path / "box"
    parcel = box / "N_4006381333931_20260101100000000"
    parcel.mkdir(parents=True)
    store.run("mailbox", "open", str(box), "--supplier", "Folder Label")
    page.goto("/studio/mailbox/ways")
    expect(page.get_by_text(str(box))).to_be_visible()
    (parcel / "4006381333931.xml").write_bytes(Built(message_id="FOLLOWED", deals=()).bytes())

    impatient = {**store.environment, "PENNYWHISTLE_MAILBOX_QUIET_S": "0"}
    replace(store, environment=impatient).run("mailbox", "look")
    page.goto("/studio/mailbox")
    page.get_by_role("link", name="FOLLOWED").click()

    expect(page.locator("h1")).to_have_text("FOLLOWED")
    expect(page.get_by_text("arrived here")).to_be_visible()
    with page.expect_download() as document:
        page.get_by_role("link", name="The message as it was sent").click()
    assert document.value.path().read_bytes() == (parcel / "4006381333931.xml").read_bytes()


def test_a_key_is_shown_once(page: Page) -> None:
    a_studio(page, "Key Label")
    page.goto("/studio/mailbox/ways")
    page.get_by_label("Called").fill("Export server")
    page.get_by_role("button", name="Make a key").click()

    expect(page.locator(".secret code")).to_have_text(re.compile(r"^pwk_[\w-]{40,}$"))
    page.goto("/studio/mailbox/ways")
    expect(page.locator(".secret")).to_have_count(0)
    expect(page.get_by_text("Export server", exact=True)).to_be_visible()
