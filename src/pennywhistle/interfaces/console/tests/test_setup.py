"""The command that sets a store up, as an operator uses it."""

from __future__ import annotations

from fractions import Fraction

import pytest
import typer
from typer.testing import CliRunner, Result

from builders import a_buyer
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.models import Store
from pennywhistle.interfaces.console.setup import setup

pytestmark = pytest.mark.django_db


def run(**changed: str) -> Result:
    options = {"name": "Example", "currency": "USD", "share": "10%", "home-country": "US"}
    words = [word for key, value in (options | changed).items() for word in (f"--{key}", value)]
    app = typer.Typer()
    app.command()(setup)
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


def test_a_store_is_set_up_with_the_account_of_its_share() -> None:
    assert run(share="1/8").exit_code == 0

    store = Store.objects.get()
    assert (store.name, store.currency, store.home_country) == ("Example", "USD", "US")
    assert store.share == Fraction(1, 8)
    assert Account.objects.get().kind == Account.Kind.STORE


def test_a_second_call_changes_the_choices() -> None:
    run()
    assert run(name="Example Records", share="12.5%").exit_code == 0

    store = Store.objects.get()
    assert (store.name, store.share) == ("Example Records", Fraction(1, 8))
    assert Account.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "XYZ"},
        {"currency": "usd"},
        {"share": "100%"},
        {"share": "-1/8"},
        {"share": "a tenth"},
        {"share": "1/0"},
        {"home-country": "Worldwide"},
        {"home-country": "XX"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(wrong: dict[str, str]) -> None:
    assert run(**wrong).exit_code == 2
    assert not Store.objects.exists()


def test_the_currency_stays_once_something_is_in_the_books() -> None:
    run()
    a_buyer()

    refused = run(currency="EUR")

    assert refused.exit_code == 2
    assert "stays" in refused.output
    assert Store.objects.get().currency == "USD"
