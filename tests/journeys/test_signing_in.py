"""Ways in besides the password: passkeys, codes of an app, recovery codes; in a real browser."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from collections.abc import Iterator

import pytest
from live import PASSWORD
from people import sign_up
from playwright.sync_api import CDPSession, Page, expect

pytestmark = [pytest.mark.journey, pytest.mark.drill]

PERIOD_S = 30
# What a laptop or phone has: it knows its owner, and keeps the key.
FINGERPRINT_READER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def reader(page: Page) -> Iterator[CDPSession]:
    """A device with a fingerprint reader; answers to the WebAuthn domain of DevTools."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": FINGERPRINT_READER})
    yield session
    session.detach()


def code_of(secret: str, *, at_s: float) -> str:
    """The six digits that an app shows (RFC 6238 with SHA-1)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    told = hmac.digest(key, struct.pack(">Q", int(at_s) // PERIOD_S), "sha1")
    start = told[-1] & 0xF
    return f"{(struct.unpack_from('>I', told, start)[0] & 0x7FFFFFFF) % 1_000_000:06}"


def open_menu(page: Page, entry: str) -> None:
    """Follow an entry of the account's menu."""
    page.locator("details.menu > summary", has_text="Your account").click()
    page.get_by_role("link", name=entry).click()


def confirm_by_password(page: Page) -> None:
    """Answer the question that comes before a change, if it comes."""
    either = page.get_by_role("button", name=re.compile("Confirm|Add this key|Turn it on"))
    expect(either).to_be_visible()
    if page.get_by_role("button", name="Confirm").count():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()


def sign_out(page: Page) -> None:
    page.locator("details.menu > summary", has_text="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def come_with_password(page: Page, email: str) -> None:
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def expect_signed_in(page: Page, email: str) -> None:
    page.locator("details.menu > summary", has_text="Your account").click()
    expect(page.locator(".menu-box", has_text="My shelf")).to_contain_text(email)
    page.keyboard.press("Escape")


def set_up_app(page: Page) -> str:
    """Turn the codes of an app on; answers the app's secret."""
    open_menu(page, "Second factor and passkeys")
    page.get_by_role("link", name="Set it up").click()
    confirm_by_password(page)
    expect(page.get_by_role("heading", name="Codes from an app")).to_be_visible()
    secret = page.locator("main code").inner_text().strip()
    page.locator("input[name=code]").fill(code_of(secret, at_s=time.time()))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    return secret


def test_a_passkey_lets_in_without_a_password(page: Page, reader: CDPSession) -> None:
    email = "passkey@example.org"
    sign_up(page, email)
    open_menu(page, "Second factor and passkeys")
    page.get_by_role("link", name="Add a key").click()
    confirm_by_password(page)
    page.get_by_label("What you call it").fill("My laptop")

    page.get_by_role("button", name="Add this key").click()

    # A first factor of this kind brings its recovery codes.
    expect(page.locator("main")).to_contain_text(re.compile("Recovery codes|My laptop"))
    page.goto("/account/2fa/webauthn/")
    expect(page.get_by_role("heading", name="My laptop")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Passkey")
    sign_out(page)
    page.get_by_role("link", name="Sign in").click()  # boosted: no new document is loaded
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect_signed_in(page, email)
    page.goto("/account/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("Last used on")


def test_a_key_that_is_refused_is_told_and_changes_nothing(page: Page, reader: CDPSession) -> None:
    sign_up(page, "refused@example.org")
    sign_out(page)

    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert").filter(has_text="No key answered")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()


def test_codes_of_an_app_and_recovery_codes_are_a_second_step(page: Page) -> None:
    email = "codes@example.org"
    sign_up(page, email)
    secret = set_up_app(page)
    recovery = page.locator("ol.codes code").all_inner_texts()
    assert len(set(recovery)) == 10
    sign_out(page)

    come_with_password(page, email)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert page.get_by_role("button", name="Use a passkey").count() == 0  # there is none
    page.locator("input[name=code]").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("main .errorlist").first).to_be_visible()
    # The code that turned it on is spent; the next one is good already.
    page.locator("input[name=code]").fill(code_of(secret, at_s=time.time() + PERIOD_S))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect_signed_in(page, email)

    for attempt in range(2):
        sign_out(page)
        come_with_password(page, email)
        page.locator("input[name=code]").fill(recovery[0])
        page.get_by_role("button", name="Sign in", exact=True).click()
        if attempt == 0:
            expect_signed_in(page, email)
            continue
        expect(page.locator("main .errorlist").first).to_be_visible()
        page.locator("input[name=code]").fill(recovery[1])
        page.get_by_role("button", name="Sign in", exact=True).click()
    expect_signed_in(page, email)
    page.goto("/account/2fa/")
    expect(page.locator("main")).to_contain_text("8 codes are left.")


def test_whoever_moves_changes_their_country(page: Page) -> None:
    sign_up(page, "mover@example.org")

    open_menu(page, "Name and country")
    page.get_by_label("Country you live in").select_option("DE")
    page.get_by_role("button", name="Save").click()

    expect(page.locator("main")).to_contain_text("You buy in this country now: Germany.")
