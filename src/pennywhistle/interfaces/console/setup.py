"""The command that writes down the store's own choices: its name, its currency, what it keeps."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

import typer
from rich.console import Console

from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.parties.models import Store
from pennywhistle.apps.rights.actions import set_up_store
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.money import MoneyError, micro_per_minor_unit
from pennywhistle.kernel.territories import Territories, TerritoryUnknownError

console = Console()
_COUNTRY = re.compile("[A-Z]{2}")


def setup(
    *,
    name: Annotated[str, typer.Option(help="What the store is called.")],
    currency: Annotated[str, typer.Option(help="Of all prices: USD. Fixed by the first entry.")],
    share: Annotated[str, typer.Option(help="What the store keeps of each price: 10% or 1/8.")],
    home_country: Annotated[str, typer.Option(help="Where a visitor is taken to be: US.")],
    about: Annotated[str, typer.Option(help="A few words for the page about the store.")] = "",
    subsidy: Annotated[
        bool, typer.Option(help="Sell under the floor too, and add what is missing yourself.")
    ] = False,
) -> None:
    """Set the store up, or change its choices; nothing is sold before that."""
    known = Store.objects.first()
    if known is not None and known.currency != currency and Entry.objects.exists():
        raise typer.BadParameter(f"The store's books are in {known.currency}; that stays.")
    set_up_store(
        name=name,
        currency=_currency(currency),
        share=_share(share),
        home_country=_country(home_country),
        about=about,
        adds_subsidy=subsidy,
    )
    console.print(f"{name} sells in {currency} and keeps {share}.", highlight=False)
    if not User.objects.operators().exists():
        console.print(
            "Nobody may enter the office yet: sign up in the shop, then run"
            " `pennywhistle operator EMAIL`.",
            highlight=False,
        )


def _currency(text: str) -> str:
    try:
        micro_per_minor_unit(text)
    except MoneyError as error:
        raise typer.BadParameter(str(error)) from error
    return text


def _country(text: str) -> str:
    if not _COUNTRY.fullmatch(text):
        raise typer.BadParameter(f"“{text}” is no country's code such as US.")
    try:
        Territories.parse([text])
    except TerritoryUnknownError as error:
        raise typer.BadParameter(str(error)) from error
    return text


def _share(text: str) -> Fraction:
    try:
        part = Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise typer.BadParameter(f"“{text}” is no share; write 10% or 1/8.") from error
    if not 0 <= part < 1:
        raise typer.BadParameter(f"{text} is not between nothing and less than all.")
    return part
