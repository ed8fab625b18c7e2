"""Granting and closing grants: how a supplier says what may be sold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import open_account
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.rights.actions.grant_errors import (
    CurrencyMixedError,
    PriceNotPositiveError,
    PriceTwiceError,
    SaleEndlessError,
    ShareEmptyError,
    ShareRepeatedError,
    SplitMissingError,
    SuggestionWrongError,
    WholesaleNegativeError,
)
from pennywhistle.apps.rights.closing import lock
from pennywhistle.apps.rights.models import Grant, GrantShare
from pennywhistle.apps.rights.words import interned
from pennywhistle.engines.clearance import DOWNLOAD
from pennywhistle.kernel.split import scale_shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories


@dataclass(frozen=True, slots=True)
class Share:
    """A party's part of what is left after the store's share."""

    party_id: int
    role: str
    fraction: Fraction


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """What the supplier grants. `price` None: not sold by itself, only with its release.

    With a `price_code` the supplier's rate card says the amounts: there is no price here, and a
    wholesale price of nothing. With `is_at_floor` there is a wholesale price and no other: the
    buyer pays the least that lets it reach the payees. With `is_local` the period is in the local
    time of each territory, its times on the wall written as if they were UTC. With `is_pre_order`
    it lets the store take orders before the release, and no sale rests on it. With `is_minimum` the
    buyer names the price, from this one on, and is shown what is `suggested`. With `is_sale` it
    lowers the price of the same supplier's other grants as long as it is valid.
    """

    territories: Territories
    valid: Period
    currency: str
    price: Money | None
    wholesale: Money
    shares: tuple[Share, ...] = ()
    price_code: str = ""
    is_local: bool = False
    is_pre_order: bool = False
    is_at_floor: bool = False
    is_minimum: bool = False
    suggested: Money | None = None
    is_sale: bool = False


def record_grant(
    *, licensor_id: int, release_id: int, track_id: int | None, terms: GrantTerms, now: datetime
) -> Grant:
    """Record a supplier's grant; its earlier grants of the same item are closed by it.

    The same terms again change nothing and answer with the open grant. Shares within 0.06 % of
    100 % are scaled to it; others are refused (`SharesInvalidError` of the kernel).
    """
    (grant,) = record_grants(
        licensor_id=licensor_id, release_id=release_id, track_id=track_id, terms=[terms], now=now
    )
    return grant


def record_grants(
    *,
    licensor_id: int,
    release_id: int,
    track_id: int | None,
    terms: Sequence[GrantTerms],
    now: datetime,
) -> list[Grant]:
    """Make exactly these grants of an item stand; the supplier's others of it are closed.

    What stands already stays as it is. Answers with the grants that stand, in the order of
    `terms`; terms that are given twice are one grant.
    """
    return record_all_grants(
        licensor_id=licensor_id, release_id=release_id, terms={track_id: terms}, now=now
    )[track_id]


@transaction.atomic
def record_all_grants(
    *,
    licensor_id: int,
    release_id: int,
    terms: Mapping[int | None, Sequence[GrantTerms]],
    now: datetime,
) -> dict[int | None, list[Grant]]:
    """As `record_grants`, for several items of a release at once: by track, None is the release.

    Items that are not named keep their grants; one that is named without terms loses them.
    """
    wanted = {
        (track_id, _key(each)): each
        for track_id, given in terms.items()
        for each in (_checked(each, track_id) for each in given)
    }
    lock(f"release-{release_id}")
    standing = _standing(licensor_id, release_id, terms)
    closed = [grant.pk for place, grant in standing.items() if place not in wanted]
    if closed:
        Grant.objects.filter(id__in=closed).update(closed_at=now)
    new = {place: each for place, each in wanted.items() if place not in standing}
    standing |= _made(licensor_id, release_id, new, now)
    found: dict[int | None, list[Grant]] = {track_id: [] for track_id in terms}
    for place in wanted:
        found[place[0]].append(standing[place])
    return found


@transaction.atomic
def close_grant(*, grant_id: int, now: datetime) -> None:
    """The store no longer relies on this grant; what was sold under it stays sold."""
    Grant.objects.open().filter(id=grant_id).update(closed_at=now)


# The item of a grant, and all that it says: whether one that stands says the same.
_Key = tuple[object, ...]
_Place = tuple[int | None, _Key]


def _checked(terms: GrantTerms, track_id: int | None) -> GrantTerms:
    """The terms, if they can be granted; a release's own without shares, a track's summing to 1."""
    _check_amounts(terms)
    _check_offers(terms)
    if track_id is None:
        return replace(terms, shares=())
    if not terms.shares:
        raise SplitMissingError("The grant of a track names at least one payee.")
    if len({(share.party_id, share.role) for share in terms.shares}) < len(terms.shares):
        raise ShareRepeatedError("A payee is named twice in the same role.")
    if any(not share.fraction for share in terms.shares):
        raise ShareEmptyError("A payee has a share of 0 %; leave them out, or give them a part.")
    fractions = scale_shares([share.fraction for share in terms.shares])
    shares = tuple(
        Share(share.party_id, share.role, fraction)
        for share, fraction in zip(terms.shares, fractions, strict=True)
    )
    return replace(terms, shares=shares)


def _check_amounts(terms: GrantTerms) -> None:
    if terms.price_code and (terms.price is not None or terms.wholesale.micro):
        raise PriceTwiceError(f"The grant has amounts and the price code {terms.price_code}.")
    if terms.is_at_floor and (terms.price is not None or terms.wholesale.micro <= 0):
        raise PriceTwiceError("A grant by its wholesale price has that, and no price beside it.")
    for amount in (terms.price, terms.wholesale, terms.suggested):
        if amount is not None and amount.currency != terms.currency:
            raise CurrencyMixedError(f"{amount} is not in the grant's currency, {terms.currency}.")
    if terms.price is not None and terms.price.micro <= 0:
        raise PriceNotPositiveError(f"The price {terms.price} is not above zero.")
    if terms.wholesale.is_negative:
        raise WholesaleNegativeError(f"The wholesale price {terms.wholesale} is below zero.")


def _check_offers(terms: GrantTerms) -> None:
    if terms.is_minimum and terms.price is None and not terms.price_code:
        raise SuggestionWrongError("Without a price there is nothing to give more than.")
    least = terms.price.micro if terms.price else 1
    if terms.suggested and not (terms.is_minimum and terms.suggested.micro >= least):
        raise SuggestionWrongError(f"{terms.suggested} is no suggestion to who pays a fixed price.")
    if terms.is_sale and (terms.price is None or terms.valid.ends_at is None or terms.is_pre_order):
        raise SaleEndlessError("A sale has a price and an end.")


def _standing(
    licensor_id: int, release_id: int, track_ids: Iterable[int | None]
) -> dict[_Place, Grant]:
    """The supplier's open grants of these items, by item and by what they say."""
    found = Grant.objects.open().filter(licensor_id=licensor_id, release_id=release_id)
    named = frozenset(track_ids)
    return {
        (grant.track_id, _said(grant)): grant
        for grant in found.prefetch_related("shares").order_by("-id")
        if grant.track_id in named
    }


def _key(terms: GrantTerms) -> _Key:
    return (
        terms.territories.digest,
        *(terms.valid.starts_at, terms.valid.ends_at, terms.is_local, terms.is_pre_order),
        *(terms.currency, terms.price.micro if terms.price else None, terms.wholesale.micro),
        *(terms.price_code, terms.is_at_floor, terms.is_minimum, terms.is_sale),
        terms.suggested.micro if terms.suggested else None,
        frozenset(
            (share.party_id, share.role, share.fraction.numerator, share.fraction.denominator)
            for share in terms.shares
        ),
    )


def _said(grant: Grant) -> _Key:
    return (
        grant.territories_id,
        *(grant.valid_from, grant.valid_until, grant.is_local, grant.is_pre_order),
        *(grant.currency, grant.price_micro, grant.wholesale_micro),
        *(grant.price_code, grant.is_at_floor, grant.is_minimum, grant.is_sale),
        grant.suggested_micro,
        frozenset(
            (share.party_id, share.role, share.numerator, share.denominator)
            for share in grant.shares.all()
        ),
    )


def _made(
    licensor_id: int, release_id: int, new: Mapping[_Place, GrantTerms], now: datetime
) -> dict[_Place, Grant]:
    """New rows, with their shares."""
    named = {each.territories for each in new.values()}
    sets = {territories: interned(territories) for territories in named}
    grants = Grant.objects.bulk_create(
        Grant(
            licensor_id=licensor_id,
            release_id=release_id,
            track_id=track_id,
            uses=DOWNLOAD,
            territories=sets[each.territories],
            valid_from=each.valid.starts_at,
            valid_until=each.valid.ends_at,
            is_local=each.is_local,
            is_pre_order=each.is_pre_order,
            recorded_at=now,
            currency=each.currency,
            price_micro=each.price.micro if each.price else None,
            wholesale_micro=each.wholesale.micro,
            price_code=each.price_code,
            is_at_floor=each.is_at_floor,
            is_minimum=each.is_minimum,
            suggested_micro=each.suggested.micro if each.suggested else None,
            is_sale=each.is_sale,
        )
        for (track_id, _), each in new.items()
    )
    _record_shares(list(zip(grants, new.values(), strict=True)))
    return dict(zip(new, grants, strict=True))


def _record_shares(made: Sequence[tuple[Grant, GrantTerms]]) -> None:
    payees = {(share.party_id, grant.currency) for grant, each in made for share in each.shares}
    accounts = {
        (party_id, currency): open_account(
            kind=Account.Kind.PAYEE, currency=currency, party_id=party_id
        ).number
        for party_id, currency in sorted(payees)
    }
    GrantShare.objects.bulk_create(
        GrantShare(
            grant=grant,
            party_id=share.party_id,
            account_number=accounts[share.party_id, grant.currency],
            role=share.role,
            numerator=share.fraction.numerator,
            denominator=share.fraction.denominator,
        )
        for grant, each in made
        for share in each.shares
    )
