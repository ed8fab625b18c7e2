"""`pennywhistle doctor` names what is wrong with a provider, and what to do about it."""

import json

import pytest
from typer.testing import CliRunner, Result

from pennywhistle.apps.payments.abilities import Finding, Level
from pennywhistle.interfaces.console.commands import app
from pennywhistle.providers.fakepay import operating
from pennywhistle.providers.fakepay.adapter import Fakepay
from pennywhistle.providers.fakepay.clock import now

pytestmark = pytest.mark.django_db


def doctor(*words: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *words])


def test_play_money_and_a_single_door_are_doubtful_and_not_wrong() -> None:
    told = doctor()

    assert told.exit_code == 0, told.output
    assert "fakepay is the only provider" in told.output
    assert "PENNYWHISTLE_PAYMENT_PROVIDERS" in told.output


def test_a_frozen_account_is_wrong_with_its_cure() -> None:
    operating.freeze(now=now())

    told = doctor()

    assert told.exit_code == 1
    assert "The play account is frozen." in told.output
    assert "Thaw it" in told.output


def test_a_program_gets_json(settings) -> None:
    settings.PAYMENT_PROVIDERS = ["fakepay", "nonesuch"]

    told = doctor("--json")

    said = json.loads(told.output)
    assert told.exit_code == 1
    assert [each["level"] for each in said["nonesuch"]] == ["wrong"]
    assert said["fakepay"][0] == {
        "name": "money",
        "level": "doubtful",
        "said": "fakepay pays with play money.",
        "cure": "",
    }


def test_a_store_without_any_provider_is_wrong(settings) -> None:
    settings.PAYMENT_PROVIDERS = []

    assert doctor().exit_code == 1


def test_each_is_told_where_its_webhooks_go_and_brackets_are_only_brackets(
    monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    settings.ORIGIN = "https://records.example"

    def look(_self: Fakepay, *, notify_url: str, currency: str, now: object) -> list[Finding]:
        return [Finding("webhook", Level.WRONG, f"[red] {notify_url} {currency}", "[b]")]

    monkeypatch.setattr(Fakepay, "check", look)

    told = doctor()

    assert "[red] https://records.example/hooks/fakepay/ USD" in told.output
    assert "[b]" in told.output
