"""Sales: a supplier's release and its tracks cost less for a time, and then what they did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.offers import errors
from pennywhistle.apps.offers.checks import require_part, require_period
from pennywhistle.apps.rights.actions import GrantTerms, record_all_grants
from pennywhistle.apps.rights.prospects import outlooks_of
from pennywhistle.apps.rights.standing import standing_terms
from pennywhistle.apps.rights.tiers import Tier, tiers_of
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.kernel.period import Period

    # By track; None is the release as a whole.
    Standing = dict[int | None, list[GrantTerms]]


@transaction.atomic
def set_sale(*, release_id: int, part: Fraction, valid: Period, now: datetime) -> None:
    """Take a part off the prices of a release and of its tracks for a time.

    A sale that was set before gives way to this one. Beside each grant with a price stands another
    with the lower price, which counts as long as the sale lasts; no price of its own, no sale.

    Raises:
        PartOutOfRangeError, PeriodOverError: see `errors`.
        SaleEndlessError: it has no last day.
        SaleOfNothingError: nothing of the release has a price.
        SaleBelowFloorError: somebody would go unpaid.
    """
    require_part(part)
    require_period(valid, now)
    if valid.ends_at is None:
        raise errors.SaleEndlessError("Say until when the sale lasts.")
    release = Release.objects.select_for_update(no_key=True).get(id=release_id)
    standing = _without_sales(standing_terms(release.supplier_id, release_id))
    begins = max(now, valid.starts_at or now)
    tiers = tiers_of(supplier_id=release.supplier_id, at=begins)
    lowered = {
        track_id: [*given, *_lowered(given, part, valid, tiers)]
        for track_id, given in standing.items()
    }
    if lowered == standing:
        raise errors.SaleOfNothingError("Nothing of it has a price that could be lowered.")
    _record(release, standing, now)
    before = _refused_below_floor(release_id, begins)
    _record(release, lowered, now)
    for title, places in _refused_below_floor(release_id, begins).items():
        if places - before.get(title, Territories.none()):
            raise errors.SaleBelowFloorError(
                f"At that price of {title}, somebody would go unpaid. Take off less."
            )


@transaction.atomic
def end_sale(*, release_id: int, now: datetime) -> None:
    """End a sale at once, or one that is yet to come; without one, nothing happens."""
    release = Release.objects.select_for_update(no_key=True).get(id=release_id)
    _record(release, _without_sales(standing_terms(release.supplier_id, release_id)), now)


def _record(
    release: Release, terms: Mapping[int | None, Sequence[GrantTerms]], now: datetime
) -> None:
    record_all_grants(licensor_id=release.supplier_id, release_id=release.pk, terms=terms, now=now)


def _without_sales(standing: Standing) -> Standing:
    return {
        track_id: [each for each in given if not each.is_sale]
        for track_id, given in standing.items()
    }


def _lowered(
    given: Sequence[GrantTerms], part: Fraction, valid: Period, tiers: Sequence[Tier]
) -> Iterator[GrantTerms]:
    for each in given:
        lasting = each.valid.intersection(valid)
        if lasting is None or each.is_pre_order:
            continue
        sale = replace(each, valid=lasting, is_sale=True, price_code="", suggested=None)
        if each.price is not None:
            yield replace(sale, price=_less(each.price, part))
        for tier in tiers:
            where = each.territories & tier.territories
            if each.price_code and tier.code == each.price_code and where:
                yield replace(
                    sale,
                    territories=where,
                    currency=tier.price.currency,
                    price=_less(tier.price, part),
                    wholesale=tier.wholesale,
                )


def _less(price: Money, part: Fraction) -> Money:
    """Down to a whole micro-unit, but never to nothing."""
    return Money(max(1, int(price.micro * (1 - part))), price.currency)


def _refused_below_floor(release_id: int, at: datetime) -> dict[str, Territories]:
    """Where which item is not sold because its price is below its floor."""
    found: dict[str, Territories] = {}
    for outlook in outlooks_of(release_id=release_id, at=at):
        for area in outlook.areas:
            if any(reason.code == "below-floor" for reason in area.verdict.reasons):
                known = found.get(outlook.title, Territories.none())
                found[outlook.title] = known | area.territories
    return found
