"""From sign-up to the file on disk: real music, a real browser, and a verifier that agrees."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from people import sign_up
from playwright.sync_api import BrowserContext, Download, Page, expect

if TYPE_CHECKING:
    from live import LiveStore

pytestmark = [pytest.mark.journey, pytest.mark.drill]

MUSIC = Path("/usr/share/games/wesnoth/1.16/data/core/music")
SUPPLIER = "The Battle for Wesnoth"
archive_patience_s = 180
ALBUM_PRICE, TRACK_PRICE = "0.99", "0.14"


@pytest.fixture(scope="session")
def wesnoth(store: LiveStore) -> LiveStore:
    """The music of Debian's package, taken in from where it is installed."""
    if not MUSIC.is_dir():
        pytest.skip("The music is not here; `apt-get install wesnoth-1.16-music` brings it.")
    told = store.run(
        *("ingest", str(MUSIC), "--supplier", SUPPLIER, "--album-by", "composer"),
        *("--album-price", ALBUM_PRICE, "--track-price", TRACK_PRICE),
        *("--split", "@writers=50%", "--yes"),
        timeout_s=600,
    )
    assert "Aleksi Aubry-Carlson" in told, told[-2000:]
    return store


def pay_in(page: Page) -> None:
    """Top up from the checkout with the amount that the store suggests."""
    page.get_by_role("link", name="Top up, then pay").click()
    page.get_by_role("button", name="Go on to pay").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.locator("main")).to_contain_text("Your money has arrived")
    expect(page.get_by_role("heading", name="Checkout")).to_be_visible()


def wait_until_sealed(page: Page) -> None:
    """Reload as a person would until the receipt can be downloaded."""
    for _ in range(30):
        if page.get_by_role("link", name="Download the proof").count():
            return
        page.wait_for_timeout(500)
        page.reload()
    pytest.fail("the sale was not sealed in time")


def test_an_album_is_found_bought_downloaded_and_proven(
    wesnoth: LiveStore, page: Page, tmp_path: Path
) -> None:
    sign_up(page, "robin@example.org")

    page.goto("/")
    # A search box, which the script makes a combobox with suggestions.
    search = page.locator("input[name=q]").first
    search.fill("aleksi aubry carlson")
    search.press("Enter")
    expect(page).to_have_url(re.compile("/search"))
    page.locator("main").get_by_role("link", name=re.compile("Wesnoth OST")).first.click()
    expect(page).to_have_url(re.compile("/release/"))
    title = page.locator("h1").inner_text()
    page.get_by_role("link", name=re.compile("Buy now")).first.click()
    pay_in(page)
    page.get_by_role("button", name=re.compile("Pay from my balance")).click()
    expect(page).to_have_url(re.compile("/orders/"))

    page.goto("/shelf")
    expect(page.locator("main")).to_contain_text(title)
    archive = tmp_path / "album.zip"
    downloads: list[Download] = []
    page.on("download", lambda download: downloads.append(download))
    page.get_by_role("link", name=re.compile("MP3.*V0")).first.click()
    ready = page.get_by_role("link", name="Download the archive")
    for _ in range(archive_patience_s * 2):
        if downloads:
            break
        if ready.count():
            ready.click()
        page.wait_for_timeout(500)
    downloads[0].save_as(archive)

    check_archive(wesnoth, archive, tmp_path / "album")


def check_archive(store: LiveStore, archive: Path, folder: Path) -> None:
    """What was promised is inside: MP3s that play, with tags, and a receipt that proves itself."""
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        opened.extractall(folder)
    songs = sorted(folder.rglob("*.mp3"))
    assert songs
    for song in songs:
        check_song(song)
    receipts = sorted(folder.rglob("*.tlog-proof"))
    assert receipts, list(folder.rglob("*"))
    key = store.run("keys", "show").strip()
    told = store.run("verify", str(receipts[0]), "--key", key)
    assert "all that could be checked is right" in told


def check_song(song: Path) -> None:
    """FFmpeg's own view of a file."""
    if shutil.which("ffprobe") is None:
        pytest.skip("There is no ffprobe here; `apt-get install ffmpeg` brings it.")
    asked = ("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(song))
    told = json.loads(subprocess.run(asked, capture_output=True, check=True, text=True).stdout)
    audio = next(stream for stream in told["streams"] if stream["codec_type"] == "audio")
    assert audio["codec_name"] == "mp3"
    assert float(told["format"]["duration"]) > 5
    tags = {name.lower(): value for name, value in told["format"]["tags"].items()}
    assert tags["title"]
    assert tags["artist"]


def test_a_track_is_bought_and_downloaded_with_and_without_scripts(
    wesnoth: LiveStore, visitor: BrowserContext, tmp_path: Path
) -> None:
    page = visitor.new_page()
    sign_up(page, f"kim-{tmp_path.name}@example.org")

    page.goto("/search?q=knolls")
    page.locator("main").get_by_role("link", name=re.compile("Knolls")).first.click()
    page.get_by_role("link", name=re.compile("Buy now")).first.click()
    pay_in(page)
    page.get_by_role("button", name=re.compile("Pay from my balance")).click()
    expect(page).to_have_url(re.compile("/orders/"))
    page.goto("/shelf")
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("link", name=re.compile("MP3.*V0")).first.click()
    song = tmp_path / download.value.suggested_filename
    download.value.save_as(song)

    check_song(song)
    page.goto("/shelf")
    page.get_by_role("link", name="Receipt").first.click()
    wait_until_sealed(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the proof").click()
    receipt = tmp_path / "receipt.tlog-proof"
    download.value.save_as(receipt)
    page.goto("/verify")
    page.locator("input[type=file]").set_input_files(receipt)
    page.locator("main").get_by_role("button", name="Check it").click()
    expect(page.locator("main")).to_contain_text(re.compile("The store signed for it"))


def test_a_declined_payment_changes_nothing_and_says_so(wesnoth: LiveStore, page: Page) -> None:
    sign_up(page, "declined@example.org")

    page.goto("/balance/top-up")
    page.locator("main form input[type=text], main form input[inputmode]").first.fill("10")
    page.get_by_role("button", name="Go on to pay").click()
    page.get_by_role("button", name="Have the card declined").click()

    expect(page.get_by_role("heading", name="The payment did not go through")).to_be_visible()
    page.goto("/balance")
    expect(page.locator("main")).to_contain_text("$0.00")


def test_the_music_plays_on_through_navigation_and_back(wesnoth: LiveStore, page: Page) -> None:
    page.goto("/search?q=knolls")
    page.locator("main").get_by_role("link", name=re.compile("Knolls")).first.click()
    page.locator("main").get_by_role("button", name=re.compile("Play|Listen")).first.click()
    position = page.locator("#player input[type=range], .player input[type=range]").first
    expect(position).not_to_have_attribute("aria-valuetext", re.compile("^0:00"))

    page.get_by_role("link", name=re.compile("Pennywhistle|Journey Records")).first.click()
    expect(page).to_have_url(re.compile("/$"))
    heard = position.get_attribute("aria-valuetext")
    page.go_back()

    expect(position).not_to_have_attribute("aria-valuetext", heard or "")
