"""A party's row taken apart: mandates, licenses, agreements, rates; and the register of several."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.rights.facts.values import period_of, territories_of
from pennywhistle.engines import clearance
from pennywhistle.engines.clearance.tariff import Band, Base, DurationBand, Tariff
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pennywhistle.kernel.period import Period

parties_kept_max = 65_536


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party's row, taken apart."""

    name: str
    mandates: tuple[clearance.Mandate, ...]
    licenses: tuple[clearance.License, ...]
    agreements: tuple[clearance.Agreement, ...]
    rates: tuple[clearance.Rate, ...]
    transfers: tuple[clearance.Transfer, ...]


@lru_cache(maxsize=parties_kept_max)
def party_row(party_id: int, text: str) -> PartyRow:
    """Take a party's row apart."""
    name, mandates, licenses, agreements, rates, transfers = json.loads(text)
    return PartyRow(
        name=name,
        mandates=tuple(_mandate(party_id, row) for row in mandates or ()),
        licenses=tuple(each for row in licenses or () for each in _licenses(party_id, row)),
        agreements=tuple(
            clearance.Agreement(
                agreement_id,
                party_id,
                period_of(start, end),
                clearance.LicenseSource(source) if source else None,
            )
            for agreement_id, start, end, source in agreements or ()
        ),
        rates=tuple(_rate(party_id, row) for row in rates or ()),
        transfers=tuple(
            clearance.Transfer(transfer_id, party_id, to_id, period_of(start, end))
            for transfer_id, to_id, start, end in transfers or ()
        ),
    )


def register_of(parties: Mapping[int, PartyRow]) -> clearance.Register:
    """What is on record of these parties, as clearance reads it."""
    return clearance.Register(
        names={party_id: party.name for party_id, party in parties.items()},
        mandates={key: party.mandates for key, party in parties.items() if party.mandates},
        licenses={key: party.licenses for key, party in parties.items() if party.licenses},
        agreements={key: party.agreements for key, party in parties.items() if party.agreements},
        rates=_by_code(rate for party in parties.values() for rate in party.rates),
        transfers=tuple(each for party in parties.values() for each in party.transfers),
    )


def mandated_from(party_ids: Iterable[int], row_of: Callable[[int], PartyRow]) -> set[int]:
    """These parties, and all that their mandates lead to."""
    reached = set(party_ids)
    line = list(reached)
    for party_id in line:
        for mandate in row_of(party_id).mandates:
            if mandate.to_id not in reached:
                reached.add(mandate.to_id)
                line.append(mandate.to_id)
    return reached


def reached_from(
    party_ids: Iterable[int], parties: Mapping[int, str]
) -> tuple[tuple[int, str], ...]:
    """The rows that matter to an item of these owners and licensors, in a fixed order.

    Those parties that mandates lead to, and those whose licenses reach further by law or by claim.
    """
    reached = mandated_from(party_ids, lambda each: party_row(each, parties[each]))
    wide = (
        party_id
        for party_id, text in parties.items()
        if any(each.tariff or each.unidentified_by for each in party_row(party_id, text).licenses)
    )
    return tuple(sorted((party_id, parties[party_id]) for party_id in {*reached, *wide}))


def _by_code(
    rates: Iterable[clearance.Rate],
) -> dict[tuple[int, str], tuple[clearance.Rate, ...]]:
    found: dict[tuple[int, str], tuple[clearance.Rate, ...]] = {}
    for rate in rates:
        key = (rate.supplier_id, rate.code)
        found[key] = (*found.get(key, ()), rate)
    return found


def _mandate(from_id: int, row: list[Any]) -> clearance.Mandate:
    mandate_id, to_id, rights, uses, mask, start, end, is_exclusive, is_all, members = row
    return clearance.Mandate(
        id=mandate_id,
        from_id=from_id,
        to_id=to_id,
        rights=frozenset(map(clearance.Right, rights)),
        uses=frozenset(uses),
        territories=territories_of(mask),
        valid=period_of(start, end),
        is_exclusive=is_exclusive,
        repertoire=None if is_all else frozenset(members or ()),
    )


def _licenses(licensor_id: int, row: list[Any]) -> Iterator[clearance.License]:
    """A license as often as its tariff changes while it holds; without lines it is none."""
    license_id, rights, uses, mask, start, end, law, is_within, lines = row
    whole = period_of(start, end)
    terms: list[tuple[Period | None, Tariff | None]] = [(whole, None)] if is_within else []
    terms += [
        (whole.intersection(period_of(line[13], line[14])), _tariff(line)) for line in lines or ()
    ]
    for valid, tariff in terms:
        if valid is not None:
            yield clearance.License(
                id=license_id,
                licensor_id=licensor_id,
                rights=frozenset(map(clearance.Right, rights)),
                uses=frozenset(uses),
                territories=territories_of(mask),
                valid=valid,
                tariff=tariff,
                unidentified_by=law,
            )


def _tariff(row: list[Any]) -> Tariff:
    # fmt: off
    (
        line_id, name, currency, base, numerator, denominator, track, album, album_tracks,
        extra, minute, is_per_work, is_by_repertoire, _, _, bands, durations,
    ) = row
    # fmt: on
    return Tariff(
        id=line_id,
        name=name,
        currency=currency or None,
        base=Base(base),
        percent=Fraction(numerator, denominator),
        track_minimum_micro=track,
        bands=tuple(Band(*band) for band in bands or ()),
        album_minimum_micro=album,
        album_tracks=album_tracks,
        extra_track_micro=extra,
        per_minute_micro=minute,
        is_per_work=is_per_work,
        duration_bands=tuple(
            DurationBand(up_to_ms, Fraction(above, below))
            for up_to_ms, above, below in durations or ()
        ),
        is_by_repertoire=is_by_repertoire,
    )


def _rate(supplier_id: int, row: list[Any]) -> clearance.Rate:
    rate_id, code, mask, start, end, currency, price, wholesale = row
    return clearance.Rate(
        id=rate_id,
        supplier_id=supplier_id,
        code=code,
        territories=territories_of(mask),
        valid=period_of(start, end),
        price=Money(price, currency),
        wholesale=Money(wholesale, currency),
    )
