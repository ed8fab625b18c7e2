"""What a supplier's grants of a release say, read back as terms."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from pennywhistle.apps.rights.actions.grants import GrantTerms, Share
from pennywhistle.apps.rights.models import Grant
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories


def standing_terms(supplier_id: int, release_id: int) -> dict[int | None, list[GrantTerms]]:
    """A supplier's open grants of a release and its tracks, by the track's id."""
    found: defaultdict[int | None, list[GrantTerms]] = defaultdict(list)
    grants = Grant.objects.open().filter(licensor_id=supplier_id, release_id=release_id)
    for grant in grants.select_related("territories").prefetch_related("shares"):
        found[grant.track_id].append(_terms(grant))
    return dict(found)


def _terms(grant: Grant) -> GrantTerms:
    price, hoped = grant.price_micro, grant.suggested_micro
    suggested = None if hoped is None else Money(hoped, grant.currency)
    return GrantTerms(
        territories=Territories.from_bytes(bytes(grant.territories.mask)),
        valid=Period(grant.valid_from, grant.valid_until),
        currency=grant.currency,
        price=None if price is None else Money(price, grant.currency),
        wholesale=Money(grant.wholesale_micro, grant.currency),
        shares=tuple(
            Share(share.party_id, share.role, Fraction(share.numerator, share.denominator))
            for share in grant.shares.all()
        ),
        price_code=grant.price_code,
        is_local=grant.is_local,
        is_pre_order=grant.is_pre_order,
        is_at_floor=grant.is_at_floor,
        is_minimum=grant.is_minimum,
        suggested=suggested,
        is_sale=grant.is_sale,
    )
