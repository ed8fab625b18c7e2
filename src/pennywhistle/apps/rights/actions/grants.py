"""Granting and closing grants: how a supplier says what may be sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import open_account
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.rights.closing import lock
from pennywhistle.apps.rights.models import Grant, GrantShare
from pennywhistle.apps.rights.words import interned
from pennywhistle.engines.clearance import DOWNLOAD
from pennywhistle.kernel.split import scale_shares

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.apps.rights.models import TerritorySet
    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories


class GrantError(Exception):
    """The grant cannot be recorded as it was given."""

    code = "grant"


class PriceNotPositiveError(GrantError):
    """A sale has a price above zero; what is given away is another model (rights.md E2)."""

    code = "price-not-positive"


class WholesaleNegativeError(GrantError):
    """What must reach the payees is nothing or more."""

    code = "wholesale-negative"


class CurrencyMixedError(GrantError):
    """Price and wholesale price are in the grant's one currency; nothing is converted."""

    code = "currency-mixed"


class PriceTwiceError(GrantError):
    """A grant has amounts, or a code of the supplier's rate card that stands for amounts."""

    code = "price-twice"


class ShareRepeatedError(GrantError):
    """A party is named twice in the same role, so that one of the two is a mistake."""

    code = "share-repeated"


class ShareEmptyError(GrantError):
    """A party is named as a payee and gets nothing."""

    code = "share-empty"


class SplitMissingError(GrantError):
    """A track's grant must say whom the money goes to."""

    code = "split-missing"


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
    wholesale price of nothing.
    """

    territories: Territories
    valid: Period
    currency: str
    price: Money | None
    wholesale: Money
    shares: tuple[Share, ...] = ()
    price_code: str = ""


@transaction.atomic
def record_grant(
    *, licensor_id: int, release_id: int, track_id: int | None, terms: GrantTerms, now: datetime
) -> Grant:
    """Record a supplier's grant; its earlier grants of the same item are closed by it.

    The same terms again change nothing and answer with the open grant. Shares within 0.06 % of
    100 % are scaled to it; others are refused (`SharesInvalidError` of the kernel).
    """
    shares = _checked(terms, track_id)
    lock(f"release-{release_id}")
    open_grants = list(
        Grant.objects.open()
        .of_item(release_id=release_id, track_id=track_id)
        .filter(licensor_id=licensor_id)
        .prefetch_related("shares")
    )
    territories = interned(terms.territories)
    for grant in open_grants:
        if _says_the_same(grant, terms, shares, territories):
            return grant
    Grant.objects.filter(id__in=[grant.id for grant in open_grants]).update(closed_at=now)
    grant = Grant.objects.create(
        licensor_id=licensor_id,
        release_id=release_id,
        track_id=track_id,
        uses=DOWNLOAD,
        territories=territories,
        valid_from=terms.valid.starts_at,
        valid_until=terms.valid.ends_at,
        recorded_at=now,
        currency=terms.currency,
        price_micro=terms.price.micro if terms.price else None,
        wholesale_micro=terms.wholesale.micro,
        price_code=terms.price_code,
    )
    _record_shares(grant, shares)
    return grant


@transaction.atomic
def close_grant(*, grant_id: int, now: datetime) -> None:
    """The store no longer relies on this grant; what was sold under it stays sold."""
    Grant.objects.open().filter(id=grant_id).update(closed_at=now)


def _checked(terms: GrantTerms, track_id: int | None) -> tuple[Share, ...]:
    _check_amounts(terms)
    if track_id is None:
        return ()
    if not terms.shares:
        raise SplitMissingError("The grant of a track names at least one payee.")
    if len({(share.party_id, share.role) for share in terms.shares}) < len(terms.shares):
        raise ShareRepeatedError("A payee is named twice in the same role.")
    if any(not share.fraction for share in terms.shares):
        raise ShareEmptyError("A payee has a share of 0 %; leave them out, or give them a part.")
    fractions = scale_shares([share.fraction for share in terms.shares])
    return tuple(
        Share(share.party_id, share.role, fraction)
        for share, fraction in zip(terms.shares, fractions, strict=True)
    )


def _check_amounts(terms: GrantTerms) -> None:
    if terms.price_code and (terms.price is not None or terms.wholesale.micro):
        raise PriceTwiceError(f"The grant has amounts and the price code {terms.price_code}.")
    for amount in (terms.price, terms.wholesale):
        if amount is not None and amount.currency != terms.currency:
            raise CurrencyMixedError(f"{amount} is not in the grant's currency, {terms.currency}.")
    if terms.price is not None and terms.price.micro <= 0:
        raise PriceNotPositiveError(f"The price {terms.price} is not above zero.")
    if terms.wholesale.is_negative:
        raise WholesaleNegativeError(f"The wholesale price {terms.wholesale} is below zero.")


def _says_the_same(
    grant: Grant, terms: GrantTerms, shares: Sequence[Share], territories: TerritorySet
) -> bool:
    known = {
        (share.party_id, share.role, share.numerator, share.denominator)
        for share in grant.shares.all()
    }
    asked = {
        (share.party_id, share.role, share.fraction.numerator, share.fraction.denominator)
        for share in shares
    }
    return (
        known == asked
        and grant.territories_id == territories.digest
        and (grant.valid_from, grant.valid_until) == (terms.valid.starts_at, terms.valid.ends_at)
        and grant.currency == terms.currency
        and grant.price_micro == (terms.price.micro if terms.price else None)
        and grant.wholesale_micro == terms.wholesale.micro
        and grant.price_code == terms.price_code
    )


def _record_shares(grant: Grant, shares: Sequence[Share]) -> None:
    GrantShare.objects.bulk_create(
        GrantShare(
            grant=grant,
            party_id=share.party_id,
            account_number=open_account(
                kind=Account.Kind.PAYEE, currency=grant.currency, party_id=share.party_id
            ).number,
            role=share.role,
            numerator=share.fraction.numerator,
            denominator=share.fraction.denominator,
        )
        for share in shares
    )
