"""Reads prices, territories and splits as they are typed on the command line."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.actions import Terms
from pennywhistle.apps.parties.actions import party_meant
from pennywhistle.apps.rights.actions import Share
from pennywhistle.kernel.money import Money, MoneyError
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories, TerritoryUnknownError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WRITERS = "@writers"
_PAYEE = "Payee"


class TermsInvalidError(Exception):
    """What was typed is no price, territory or split."""

    code = "terms-invalid"


def read_terms(
    *,
    supplier_id: int,
    currency: str,
    prices: tuple[str, str],
    territories: tuple[str, str],
    split: Sequence[str],
) -> Terms:
    """Terms from the prices of album and track, territories with and without, and shares.

    Payees are whom the supplier means by their names, or parties named by their public ids.
    Raises TermsInvalidError, which says what was typed.
    """
    album, track = (_price(text, currency) for text in prices)
    included, excluded = (_words(text) for text in territories)
    try:
        where = Territories.parse(included or ["Worldwide"], excluded=excluded)
    except TerritoryUnknownError as error:
        raise TermsInvalidError(str(error)) from error
    parts = _parts(split)
    writers_share = parts.pop(WRITERS, Fraction(0))
    return Terms(
        currency=currency,
        territories=where,
        valid=Period.always(),
        album_price=album,
        track_price=track,
        shares=tuple(
            Share(party_meant(said=name, by_party_id=supplier_id).pk, _PAYEE, part)
            for name, part in parts.items()
        ),
        writers_share=writers_share,
    )


def _price(text: str, currency: str) -> Money | None:
    if not text:
        return None
    try:
        return Money.parse(text, currency=currency)
    except MoneyError as error:
        raise TermsInvalidError(str(error)) from error


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _parts(split: Iterable[str]) -> dict[str, Fraction]:
    parts: dict[str, Fraction] = {}
    for text in (part for option in split for part in _words(option)):
        name, equals, share = text.rpartition("=")
        name = name.strip()
        if not equals or not name:
            raise TermsInvalidError(f"“{text}” is no share; write NAME=50%.")
        if name in parts:
            raise TermsInvalidError(f"{name} is named twice in the split.")
        parts[name] = _fraction(share.strip())
    if sum(parts.values()) > 1:
        raise TermsInvalidError(f"The split adds up to {float(sum(parts.values())):.2%}.")
    return parts


def _fraction(text: str) -> Fraction:
    try:
        part = Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise TermsInvalidError(f"“{text}” is no share; write 50%, 33.33% or 1/3.") from error
    if not 0 < part <= 1:
        raise TermsInvalidError(f"“{text}” is no share between 0 and 100 %.")
    return part
