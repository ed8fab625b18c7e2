"""The command that makes a party a society: what it deducts, its financial year, its rules."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

import typer
from rich.console import Console

from pennywhistle.apps.societies.actions import SocietyError, SocietyTerms, set_up_society
from pennywhistle.interfaces.console.party_argument import party_of

console = Console()
_PART = re.compile(r"(?P<percent>\d{1,2}(?:\.\d{1,6})?)%|(?P<part>\d{1,9}/\d{1,9}|0)")
_DAY = re.compile(r"(?P<month>\d{2})-(?P<day>\d{2})")


def society(
    party: Annotated[str, typer.Argument(help="Its exact name, its code, or its IPI or ISNI.")],
    *,
    deducts: Annotated[
        str, typer.Option(help="What it keeps of its members' money: 12.5% or 1/8.")
    ],
    purpose: Annotated[str, typer.Option("--for", help="What the deduction is for.")] = "",
    year_ends: Annotated[
        str, typer.Option(help="Last day of its financial year: 12-31.")
    ] = "12-31",
    about: Annotated[str, typer.Option(help="A few words about it.")] = "",
    rules: Annotated[str, typer.Option(help="How it distributes, in words.")] = "",
) -> None:
    """Make a party of the register a society, or change what it says; the past stays."""
    month, day = _day(year_ends)
    whose = party_of(party)
    terms = SocietyTerms(
        deduction=_part(deducts),
        deduction_for=purpose,
        about=about,
        rules=rules,
        year_ends_month=month,
        year_ends_day=day,
    )
    try:
        set_up_society(party_id=whose.pk, terms=terms)
    except SocietyError as error:
        raise typer.BadParameter(str(error)) from error
    told = f"{whose.name} ({whose.public_id}) is a society."
    console.print(told, markup=False, highlight=False)


def _part(text: str) -> Fraction:
    read = _PART.fullmatch(text)
    if read is None:
        raise typer.BadParameter(f"“{text}” is no part; write 12.5%, 1/8 or 0.")
    if read["percent"]:
        return Fraction(read["percent"]) / 100
    above, _, below = read["part"].partition("/")
    if below and not int(below):
        raise typer.BadParameter(f"“{text}” is no part; write 12.5%, 1/8 or 0.")
    return Fraction(int(above), int(below or 1))


def _day(text: str) -> tuple[int, int]:
    read = _DAY.fullmatch(text)
    if read is None:
        raise typer.BadParameter(f"“{text}” is no day; write 12-31.")
    return int(read["month"]), int(read["day"])
