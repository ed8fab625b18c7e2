"""What follows for tax when a buyer says that they live elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.taxes.models import VatNumber
from pennywhistle.apps.taxes.places import note_clue
from pennywhistle.apps.users.actions import describe_user
from pennywhistle.engines.tax import ClueKind, taxed_as

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def describe_buyer(*, user_id: int, name: str, country: str, now: datetime) -> bool:
    """Note a buyer's name and where they live; answers whether a VAT number was given up by it.

    A number of another country counts no more: a business is taxed where it is. What was bought and
    what was paid in before keep their tax.
    """
    describe_user(user_id=user_id, name=name, country=country)
    note_clue(
        user_id=user_id,
        kind=ClueKind.DECLARED,
        country=country,
        source="the buyer, in their account",
        now=now,
    )
    of_elsewhere = VatNumber.objects.open().filter(user_id=user_id)
    return bool(of_elsewhere.exclude(country=taxed_as(country)).update(closed_at=now))
