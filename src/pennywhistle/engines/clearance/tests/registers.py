"""Items and registers of any shape, most of them for sale."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pennywhistle.engines.clearance import (
    WORK_RIGHTS,
    Item,
    License,
    LicenseSource,
    Mandate,
    PublicDomain,
    Recording,
    Register,
    Right,
    Share,
    Track,
    Transfer,
    Work,
)
from pennywhistle.engines.clearance.tariff import Base, Tariff
from pennywhistle.engines.clearance.tests.licenses import (
    DOWNLOADS,
    GRANT,
    LABEL,
    NOON,
    QUESTION,
    REGISTER,
    a_mandate,
    payees,
    usd,
)
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

# A register takes a while to make on a busy machine, which says nothing about the law.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

PARTIES = [LABEL, 8, 50, 51, 60, 61]

WORLD = Territories.worldwide()
sets = st.sampled_from(
    [WORLD, WORLD - Territories.of("US"), Territories.of("US", "DE"), Territories.of("DE", "FR")]
)
days = st.integers(-2, 2).map(lambda count: NOON + timedelta(days=count))
parties = st.sampled_from(PARTIES)
writers = st.sampled_from([50, 51, 60])
rights = st.sets(st.sampled_from([Right.MASTER, *WORK_RIGHTS]), min_size=1).map(frozenset)
work_rights = st.sampled_from([frozenset(WORK_RIGHTS)] * 7 + [frozenset(WORK_RIGHTS[:1])])
CLAIMS = [["1"], ["1"], ["1/2", "1/2"], ["1/3"] * 3, ["3/5", "3/5"], ["1/2", "1/4"], ["1", "0"]]
claims_made = st.sampled_from([[Fraction(part) for part in several] for several in CLAIMS])


def mostly(usual: object, others: st.SearchStrategy) -> st.SearchStrategy:
    """Nine times in ten the usual, else one of the others: what is sold must be among them."""
    return st.integers(0, 9).flatmap(lambda dice: others if dice == 0 else st.just(usual))


rarely = st.integers(0, 9).map(lambda dice: dice == 0)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start, end = draw(st.none() | days), draw(st.none() | days)
    return Period(None, None) if start and end and end <= start else Period(start, end)


often_always = mostly(Period.always(), periods())
often_worldwide = mostly(WORLD, sets)


@st.composite
def mandates(draw: st.DrawFn, number: int, *, may_exclude: bool = True) -> Mandate:
    return replace(
        a_mandate(number, draw(parties), draw(parties)),
        rights=draw(rights),
        territories=draw(often_worldwide),
        valid=draw(often_always),
        is_exclusive=may_exclude and draw(st.integers(0, 5)) == 0,
        repertoire=draw(st.sampled_from([None, None, frozenset({"work-1", "recording-1"})])),
    )


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff | None:
    if draw(st.booleans()):
        return None
    return Tariff(
        id=1,
        name="any",
        currency=draw(st.sampled_from(["USD", "USD", "EUR"])),
        base=draw(mostly(Base.NET, st.sampled_from(Base))),
        percent=Fraction(draw(st.integers(1, 30)), 100),
        track_minimum_micro=draw(st.integers(0, 60_000)),
        is_by_repertoire=draw(st.booleans()),
        is_per_work=draw(st.booleans()),
    )


@st.composite
def licenses(draw: st.DrawFn, number: int, licensor_id: int | None = None) -> License:
    return License(
        id=number,
        licensor_id=draw(parties) if licensor_id is None else licensor_id,
        rights=draw(work_rights),
        uses=DOWNLOADS,
        territories=draw(often_worldwide),
        valid=draw(often_always),
        tariff=draw(tariffs()),
        unidentified_by=draw(st.sampled_from(["", "", "", "the law"])),
    )


@st.composite
def shares(draw: st.DrawFn, number: int, party_id: int, right: Right, part: Fraction) -> Share:
    return Share(
        id=number,
        party_id=party_id,
        right=right,
        role="owner",
        part=part,
        territories=draw(often_worldwide),
        valid=draw(often_always),
    )


@st.composite
def works(draw: st.DrawFn, number: int, part: Fraction) -> Work:
    claims = tuple(
        draw(shares(1_000 * number + 2 * place + which, party_id, right, claimed))
        for place, claimed in enumerate(draw(claims_made))
        for party_id in [draw(writers)]
        for which, right in enumerate(WORK_RIGHTS)
    )
    free = draw(mostly((), st.builds(lambda *free: (PublicDomain(*free),), sets, periods())))
    return Work(number, f"Work {number}", part, claims, free)


@st.composite
def recordings(draw: st.DrawFn, number: int) -> Recording:
    whole = Fraction(1)
    divided = draw(mostly([whole], st.sampled_from([[whole / 2, whole / 2], [whole / 2]])))
    owner_id = draw(mostly(LABEL, parties))
    owner = draw(shares(number, owner_id, Right.MASTER, Fraction(1)))
    held = tuple(draw(works(10 * number + place, part)) for place, part in enumerate(divided))
    return Recording(number, draw(st.integers(1_000, 600_000)), (owner,), held)


@st.composite
def tracks(draw: st.DrawFn, number: int) -> Track:
    grants = tuple(
        replace(
            GRANT,
            id=100 * number + place,
            licensor_id=draw(mostly(LABEL, st.just(8))),
            territories=draw(often_worldwide),
            valid=draw(often_always),
            price=draw(mostly(usd("0.99"), st.sampled_from([usd("0.14"), None]))),
            wholesale=Money(draw(st.integers(0, 90_000)), "USD"),
            payees=payees(Fraction(1, 3), Fraction(2, 3)),
            is_local=draw(rarely),
        )
        for place in range(draw(st.integers(1, 2)))
    )
    sold = tuple(
        replace(grant, price=None, is_at_floor=True) if grant.wholesale and draw(rarely) else grant
        for grant in grants
    )
    return Track(f"track:{number}", f"Track {number}", draw(recordings(number)), sold)


@st.composite
def registers(draw: st.DrawFn) -> Register:
    given_: dict[int, tuple[Mandate, ...]] = {}
    for number in range(draw(st.integers(0, 5))):
        mandate = draw(mandates(number))
        given_[mandate.from_id] = (*given_.get(mandate.from_id, ()), mandate)
    licensed: dict[int, tuple[License, ...]] = {}
    for number, licensor_id in enumerate(draw(mostly([50, 51, 60, 61], st.lists(parties)))):
        license_ = draw(licenses(number, licensor_id))
        licensed[license_.licensor_id] = (*licensed.get(license_.licensor_id, ()), license_)
    source = draw(mostly(LicenseSource.BLANKET, st.sampled_from([None, *LicenseSource])))
    agreements = {
        supplier: tuple(replace(each, us_source=source) for each in REGISTER.agreements[supplier])
        for supplier in (LABEL, 8)
    }
    transfers = draw(st.sampled_from([(), (Transfer(1, LABEL, 8, Period.always()),)]))
    return Register(REGISTER.names, given_, licensed, agreements, transfers=transfers)


@st.composite
def items(draw: st.DrawFn) -> Item:
    found = tuple(draw(tracks(number)) for number in range(1, draw(st.integers(1, 2)) + 1))
    is_release = draw(st.booleans())
    own = replace(
        GRANT,
        id=99,
        licensor_id=draw(st.sampled_from([LABEL, LABEL, 8])),
        payees=(),
        price=usd("1.20"),
        territories=draw(often_worldwide),
    )
    return Item(
        ref="release:1" if is_release else found[0].ref,
        title="Tin Weather",
        supplier="Tin Supply",
        is_published=True,
        tracks=found if is_release else found[:1],
        grants=(own,) if is_release else (),
        is_release=is_release,
        register=draw(registers()),
    )


questions = st.builds(
    lambda territory, at, rate, subsidy: replace(
        QUESTION, territory=territory, at=at, tax_rate=Fraction(rate, 100), has_subsidy=subsidy
    ),
    st.sampled_from(["US", "DE", "FR", "JP"]),
    days,
    st.sampled_from([0, 20]),
    st.booleans(),
)
