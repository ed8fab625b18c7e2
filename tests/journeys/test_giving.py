"""Balance is given by mail, opened by somebody else, and theirs; with and without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from people import sign_up
from playwright.sync_api import Browser, BrowserContext, Page, expect

if TYPE_CHECKING:
    from live import LiveStore

pytestmark = [pytest.mark.journey, pytest.mark.drill]


def pay_in(page: Page) -> None:
    """Top up with the amount that the store suggests."""
    page.goto("/balance/top-up")
    page.get_by_role("button", name="Go on to pay").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page).to_have_url(re.compile("/balance"))


def mailed_link(page: Page, email: str) -> str:
    """Wait for the mail as a person would, and answer the gift's link in it."""
    for _ in range(180):
        page.goto("/demo/mail")
        mails = page.locator("article", has_text=email).filter(has_text="has a gift for you")
        if mails.count():
            found = re.search(r"https?://\S+/gift/[\w-]{43}(?!\S)", mails.first.inner_text())
            assert found, mails.first.inner_text()
            return found[0]
        page.wait_for_timeout(1_000)
    pytest.fail("the gift was not mailed in time")


def test_balance_is_given_by_mail_and_taken_once(
    visitor: BrowserContext, browser: Browser, store: LiveStore
) -> None:
    name = uuid4().hex[:8]
    giver = visitor.new_page()
    sign_up(giver, f"ida-{name}@example.org")
    pay_in(giver)
    giver.goto("/gifts")
    giver.get_by_role("link", name="Give balance").first.click()
    giver.get_by_label("Amount").fill("2.00")
    giver.get_by_label("From", exact=True).fill("Ida")
    giver.get_by_label("Their mail address").fill(f"kid-{name}@example.org")
    giver.get_by_label("Your words").fill("Buy yourself something loud.")
    giver.get_by_role("button", name="Give").click()
    expect(giver.locator("main")).to_contain_text("It waits to be taken")

    others = browser.new_context(base_url=store.url, locale="en-US")
    kid = others.new_page()
    link = mailed_link(kid, f"kid-{name}@example.org")
    kid.goto(link)
    expect(kid.locator("main")).to_contain_text("Buy yourself something loud.")
    expect(kid.get_by_role("link", name="Sign up")).to_be_visible()
    sign_up(kid, f"kid-{name}@example.org")
    kid.goto(link)
    kid.get_by_role("button", name="Put it on my balance").click()
    expect(kid.locator("main")).to_contain_text("It is on your balance")

    giver.goto(link)
    expect(giver.get_by_role("heading", name="This gift is gone")).to_be_visible()
    giver.goto("/gifts")
    expect(giver.locator("main")).to_contain_text("Taken")
    others.close()
