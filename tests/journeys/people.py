"""What visitors do in several journeys."""

from __future__ import annotations

import re

from live import PASSWORD
from playwright.sync_api import Page, expect


def sign_up(page: Page, email: str) -> None:
    """Sign up and confirm the address by the mail that the store sends."""
    page.goto("/account/signup/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Country you live in").select_option("US")
    page.locator("main form").get_by_role("button").first.click()
    page.goto("/demo/mail")
    mail = page.locator("article", has_text=email).first.inner_text()
    link = re.search(r"https?://\S+/confirm-email/\S+", mail)
    assert link, mail
    page.goto(link[0])
    page.locator("main form").get_by_role("button").first.click()
    page.goto("/balance")
    if "login" in page.url:
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.locator("main form").get_by_role("button").first.click()
        page.goto("/balance")
    expect(page).to_have_url(re.compile("/balance$"))
