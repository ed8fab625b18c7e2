"""Facts to clear: a licensed track, an album of such, and the question of a buyer in the US.

A label (7) owns the recordings; a songwriter (50) owns the works and licenses them to the store
within the label's split. Tests replace what they are about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from pennywhistle.engines.clearance import (
    DOWNLOAD,
    WORK_RIGHTS,
    Agreement,
    Grant,
    Item,
    License,
    LicenseSource,
    Mandate,
    Payee,
    Question,
    Recording,
    Register,
    Right,
    Share,
    Track,
    Verdict,
    Work,
)
from pennywhistle.engines.clearance.tariff import Tariff
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.split import split
from pennywhistle.kernel.territories import Territories

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LABEL, WRITER, CO_WRITER, SOCIETY, PUBLISHER = 7, 50, 51, 60, 61
NAMES = {
    LABEL: "Tin Records",
    8: "Another",
    WRITER: "Ann Writer",
    CO_WRITER: "Ben Writer",
    SOCIETY: "Tin Society",
    PUBLISHER: "Tin Publishing",
}
WORLDWIDE, ALWAYS = Territories.worldwide(), Period.always()
DOWNLOADS = frozenset({DOWNLOAD})


def usd(text: str) -> Money:
    """An amount in dollars."""
    return Money.parse(text, currency="USD")


def payees(*shares: Fraction) -> tuple[Payee, ...]:
    """Payees 1, 2, 3 … with these shares."""
    return tuple(
        Payee(number, f"Payee {number}", "MainArtist", share)
        for number, share in enumerate(shares, start=1)
    )


def equal(count: int) -> tuple[Payee, ...]:
    """So many payees with equal shares."""
    return payees(*[Fraction(1, count)] * count)


def sole(number: int, role: str = "MainArtist") -> tuple[Payee, ...]:
    """One payee who gets all."""
    return (Payee(number, f"Payee {number}", role, Fraction(1)),)


GRANT = Grant(
    id=1,
    licensor_id=LABEL,
    licensor="Tin Records",
    uses=DOWNLOADS,
    territories=Territories.of("US", "DE"),
    valid=ALWAYS,
    wholesale=usd("0"),
    price=usd("0.14"),
    payees=equal(2),
)

QUESTION = Question(
    territory="US",
    at=NOON,
    currency="USD",
    store_share=Fraction(1, 10),
    least_price=usd("0.01"),
)


def share(
    number: int,
    party_id: int,
    part: Fraction | int = 1,
    *,
    right: Right = Right.MASTER,
    territories: Territories = WORLDWIDE,
    valid: Period = ALWAYS,
) -> Share:
    """A party's share of a right."""
    return Share(number, party_id, right, "owner", Fraction(part), territories, valid)


def a_work(number: int, *claims: tuple[int, Fraction | int], part: Fraction = Fraction(1)) -> Work:
    """A work of which each party claims its part of both rights."""
    shares = tuple(
        share(1_000 * number + 10 * place + which, party_id, claimed, right=right)
        for place, (party_id, claimed) in enumerate(claims)
        for which, right in enumerate(WORK_RIGHTS)
    )
    return Work(number, f"Work {number}", part, shares)


def a_license(number: int, licensor_id: int, tariff: Tariff | None = None) -> License:
    """A licensor's license for everything, everywhere and always."""
    return License(
        id=number,
        licensor_id=licensor_id,
        rights=frozenset(WORK_RIGHTS),
        uses=DOWNLOADS,
        territories=WORLDWIDE,
        valid=ALWAYS,
        tariff=tariff,
    )


def a_mandate(number: int, from_id: int, to_id: int, *rights: Right) -> Mandate:
    """A mandate for all works, or for these rights, everywhere and always."""
    return Mandate(
        id=number,
        from_id=from_id,
        to_id=to_id,
        rights=frozenset(rights or WORK_RIGHTS),
        uses=DOWNLOADS,
        territories=WORLDWIDE,
        valid=ALWAYS,
    )


def an_agreement(supplier_id: int) -> Agreement:
    """A supplier's agreement with the store."""
    return Agreement(supplier_id, supplier_id, ALWAYS, LicenseSource.BLANKET)


def a_register(
    *,
    mandates: Iterable[Mandate] = (),
    licenses: Iterable[License] = (a_license(1, WRITER),),
    suppliers: Iterable[int] = (LABEL, 8),
) -> Register:
    """What is on record: the label's agreement, the writer's license, or what is said here."""
    given: defaultdict[int, tuple[Mandate, ...]] = defaultdict(tuple)
    for mandate in mandates:
        given[mandate.from_id] += (mandate,)
    licensed: defaultdict[int, tuple[License, ...]] = defaultdict(tuple)
    for license_ in licenses:
        licensed[license_.licensor_id] += (license_,)
    return Register(
        names=NAMES,
        mandates=dict(given),
        licenses=dict(licensed),
        agreements={supplier_id: (an_agreement(supplier_id),) for supplier_id in suppliers},
    )


REGISTER = a_register()


def a_recording(number: int = 1, *works: Work, duration_ms: int = 210_000) -> Recording:
    """The label's recording of the writer's work, or of these."""
    return Recording(
        id=number,
        duration_ms=duration_ms,
        shares=(share(number, LABEL),),
        works=works or (a_work(number, (WRITER, 1)),),
    )


def a_track(*grants: Grant, number: int = 1, recording: Recording | None = None) -> Track:
    """A track under these grants."""
    return Track(f"track:{number}", f"Track {number}", recording or a_recording(number), grants)


def a_single(
    *grants: Grant, recording: Recording | None = None, register: Register = REGISTER
) -> Item:
    """A track as an item."""
    track = a_track(*grants, recording=recording)
    return Item(
        track.ref, track.title, "Tin Supply", is_published=True, tracks=(track,), register=register
    )


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
        GRANT, id=99, price=usd(price) if price else None, wholesale=usd(wholesale), payees=()
    )
    return Item(
        "release:1",
        "Tin Weather",
        "Tin Supply",
        is_published=True,
        tracks=tracks,
        grants=(own,),
        is_release=True,
        register=REGISTER,
    )


STORE = Purse(PurseKind.STORE)


def payee(number: int) -> Purse:
    """A party's purse."""
    return Purse(PurseKind.PAYEE, number)


def amounts(verdict: Verdict, seed: bytes = b"sale-1") -> dict[Purse, int]:
    """What each purse gets of a sale, in micro-units."""
    assert verdict.total is not None, verdict.reasons
    parts = split(verdict.total, shares=[part.share for part in verdict.parts], seed=seed)
    return {part.purse: amount.micro for part, amount in zip(verdict.parts, parts, strict=True)}


def codes(verdict: Verdict) -> list[str]:
    """The codes of a refusal."""
    return [reason.code for reason in verdict.reasons]
