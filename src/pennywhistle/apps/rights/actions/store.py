"""The store's own choices of what it takes of a sale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.ledger.actions import open_account
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.models import Store

if TYPE_CHECKING:
    from fractions import Fraction


@transaction.atomic
def set_up_store(
    *,
    name: str,
    currency: str,
    share: Fraction,
    home_country: str,
    about: str = "",
    adds_subsidy: bool = False,
) -> Store:
    """Write the store's choices and open the account of its share; again: they are changed.

    `adds_subsidy`: sales under the floor go through, and the store adds what is missing.
    """
    store, _ = Store.objects.update_or_create(
        id=1,
        defaults={
            "name": name,
            "currency": currency,
            "share_numerator": share.numerator,
            "share_denominator": share.denominator,
            "home_country": home_country,
            "about": about,
            "adds_subsidy": adds_subsidy,
        },
    )
    open_account(kind=Account.Kind.STORE, currency=currency)
    return store
