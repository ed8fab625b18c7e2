"""Facts to clear: a licensed track, an album of such, and the question of a buyer in the US."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from pennywhistle.engines.clearance import DOWNLOAD, Grant, Item, Payee, Question, Track
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
STORE_ACCOUNT = 0


def usd(text: str) -> Money:
    """An amount in dollars."""
    return Money.parse(text, currency="USD")


def payees(*shares: Fraction) -> tuple[Payee, ...]:
    """Payees with accounts 1, 2, 3 … of the books."""
    return tuple(
        Payee(number, 100 + number, f"Payee {number}", "MainArtist", share)
        for number, share in enumerate(shares, start=1)
    )


def equal(count: int) -> tuple[Payee, ...]:
    """So many payees with equal shares."""
    return payees(*[Fraction(1, count)] * count)


GRANT = Grant(
    id=1,
    licensor_id=7,
    licensor="Tin Records",
    uses=frozenset({DOWNLOAD}),
    territories=Territories.of("US", "DE"),
    valid=Period.always(),
    wholesale=usd("0"),
    price=usd("0.14"),
    payees=equal(2),
)

QUESTION = Question(
    territory="US",
    at=NOON,
    currency="USD",
    store_share=Fraction(1, 10),
    store_account=STORE_ACCOUNT,
    least_price=usd("0.01"),
)


def sole(number: int, role: str = "MainArtist") -> tuple[Payee, ...]:
    """One payee who gets all, on the account of this number."""
    return (Payee(number, 100 + number, f"Payee {number}", role, Fraction(1)),)


def a_track(*grants: Grant, number: int = 1) -> Track:
    """A track under these grants."""
    return Track(f"track:{number}", f"Track {number}", grants)


def a_single(*grants: Grant) -> Item:
    """A track as an item."""
    track = a_track(*grants)
    return Item(track.ref, track.title, "Tin Supply", is_published=True, tracks=(track,))


def an_album(
    *prices: str | None,
    price: str | None = "0.35",
    wholesale: str = "0",
    track_wholesale: str = "0",
) -> Item:
    """An album, by the prices of its tracks; None: not sold by itself."""
    tracks = tuple(
        a_track(
            replace(
                GRANT,
                id=number,
                price=usd(text) if text else None,
                wholesale=usd(track_wholesale),
            ),
            number=number,
        )
        for number, text in enumerate(prices, start=1)
    )
    own = replace(
        GRANT,
        id=99,
        price=usd(price) if price else None,
        wholesale=usd(wholesale),
        payees=(),
    )
    return Item(
        "release:1",
        "Tin Weather",
        "Tin Supply",
        is_published=True,
        tracks=tracks,
        grants=(own,),
        is_release=True,
    )
