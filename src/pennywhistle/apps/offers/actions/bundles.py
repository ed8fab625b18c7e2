"""Bundles of a supplier's releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.offers import errors
from pennywhistle.apps.offers.checks import require_own, require_part, require_period
from pennywhistle.apps.offers.limits import bundles_per_supplier_max, releases_in_bundle_max
from pennywhistle.apps.offers.models import Bundle, BundledRelease

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.period import Period


@dataclass(frozen=True, slots=True)
class BundleAsked:
    """What a bundle is to be: of named releases, or of all of an artist or a label.

    It has one `price`, or a `part` that is taken off each release; one that grows has the part.
    """

    supplier_id: int
    title: str
    kind: str
    valid: Period
    release_ids: tuple[int, ...] = ()
    party_id: int | None = None
    price: Money | None = None
    part: Fraction | None = None


@transaction.atomic
def make_bundle(*, asked: BundleAsked, now: datetime) -> Bundle:
    """Offer a supplier's releases together.

    Raises:
        BundlePriceError: it has no price, or two; or one price for what grows.
        BundleTooSmallError: it names fewer than two releases.
        PartOutOfRangeError, PeriodOverError, ReleaseForeignError, TooManyError: see `errors`.
    """
    release_ids = sorted(set(asked.release_ids))
    _check_price(asked)
    require_period(asked.valid, now)
    _check_releases(asked, release_ids)
    mine = Bundle.objects.given_by(supplier_id=asked.supplier_id).filter(closed_at__isnull=True)
    if mine.count() >= bundles_per_supplier_max:
        raise errors.TooManyError(f"There are {bundles_per_supplier_max} bundles; end some.")
    bundle = Bundle.objects.create(
        supplier_id=asked.supplier_id,
        kind=asked.kind,
        party_id=asked.party_id,
        title=asked.title.strip(),
        currency=asked.price.currency if asked.price else "",
        price_micro=asked.price.micro if asked.price else None,
        part_numerator=asked.part.numerator if asked.part is not None else None,
        part_denominator=asked.part.denominator if asked.part is not None else None,
        valid_from=asked.valid.starts_at,
        valid_until=asked.valid.ends_at,
        recorded_at=now,
    )
    BundledRelease.objects.bulk_create(
        BundledRelease(bundle=bundle, release_id=release_id) for release_id in release_ids
    )
    return bundle


@transaction.atomic
def close_bundle(*, bundle_id: int, now: datetime) -> None:
    """It is not offered any more; what was bought stays bought."""
    Bundle.objects.filter(id=bundle_id, closed_at__isnull=True).update(closed_at=now)


def _check_price(asked: BundleAsked) -> None:
    if (asked.price is None) == (asked.part is None):
        raise errors.BundlePriceError("Give one price for all, or what is taken off each.")
    if asked.price is not None and (asked.kind != Bundle.Kind.LIST or asked.price.micro <= 0):
        raise errors.BundlePriceError("What grows has no one price: say what is taken off each.")
    if asked.part is not None:
        require_part(asked.part)
        if asked.part == 1:
            raise errors.PartOutOfRangeError("Take off less than 100 %.")


def _check_releases(asked: BundleAsked, release_ids: list[int]) -> None:
    is_list = asked.kind == Bundle.Kind.LIST
    if is_list != (asked.party_id is None) or not (is_list or not release_ids):
        raise errors.BundleTooSmallError("Name releases, or an artist, or a label.")
    if is_list and len(release_ids) < 2:  # noqa: PLR2004 (one release is no bundle)
        raise errors.BundleTooSmallError("A bundle is of two releases or more.")
    if len(release_ids) > releases_in_bundle_max:
        raise errors.TooManyError(f"A bundle has at most {releases_in_bundle_max} releases.")
    require_own(asked.supplier_id, release_ids)
