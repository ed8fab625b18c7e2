"""What a gift is to its giver, to whoever opens it, and to the clock that sends it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, F, Q, Window
from django.db.models.functions import Coalesce, Lower, RowNumber
from django.utils.crypto import constant_time_compare

from pennywhistle.apps.gifts import limits
from pennywhistle.apps.gifts.models import Gift, NoGifts
from pennywhistle.apps.orders.payout import payout_of
from pennywhistle.apps.orders.queries import AtTill, Owned, buyer_at_till
from pennywhistle.apps.rights.queries import items_for
from pennywhistle.apps.users.derived import derived_token, token_sha256
from pennywhistle.engines.clearance import clear

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.apps.users.models import User
    from pennywhistle.engines.clearance import Reason
    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.purse import Purse

# Whom a gift's mail goes to, in the database.
_ADDRESS = Lower(Coalesce("to_user__email", "to_email"))
# No account has it: who gives may own the item themselves.
_NOBODY = 0
_PURPOSE = "gift"
_STOP_PURPOSE = "gift-stop"
# As long as an id in hexadecimal.
_ID_CHARS = 32


@dataclass(frozen=True, slots=True)
class Cost:
    """What an item costs somebody now; without a price, why."""

    price: Money | None
    is_owned: bool = False
    reasons: tuple[Reason, ...] = ()
    # Whom the price pays.
    purses: tuple[Purse, ...] = ()


def cost_of(ref: ItemRef, *, user_id: int, territory: str, at: datetime) -> Cost:
    """What an item costs a recipient, in two queries."""
    item = items_for([ref], at=at).get(ref)
    buyer = buyer_at_till(AtTill(user_id, territory, at, {ref.release_id}))
    if item is None or buyer is None:
        return Cost(None)
    if buyer.owned.get(ref.release_id, Owned()).has(ref):
        return Cost(None, is_owned=True)
    verdict = clear(item, buyer.question(ref))
    if not verdict.allowed:
        return Cost(None, reasons=verdict.reasons)
    return Cost(verdict.price, purses=payout_of(verdict).purses)


def price_to_give(ref: ItemRef, *, territory: str, at: datetime) -> Money | None:
    """What is set aside for an item: its price where the giver is, for who owns nothing of it."""
    return cost_of(ref, user_id=_NOBODY, territory=territory, at=at).price


def secret_of(gift: Gift) -> str:
    """The secret that opens a gift; empty where it was made with another key of the store."""
    token = derived_token(_PURPOSE, gift.subject)
    return token if token_sha256(token) == gift.token_sha256 else ""


def stop_secret_of(gift: Gift) -> str:
    """By which who gets the gift's mail wants no more of them: only the mail has it.

    Whoever opens the gift, its giver first of all, cannot tell it.
    """
    return gift.id.hex + derived_token(_STOP_PURPOSE, gift.id.hex)


def gift_mailed(stop_secret: str) -> Gift | None:
    """The gift whose mail has this secret; None for any other text."""
    try:
        gift_id = UUID(hex=stop_secret[:_ID_CHARS])
    except ValueError:
        return None
    gift = Gift.objects.select_related("to_user").filter(id=gift_id).first()
    if gift is None or not constant_time_compare(stop_secret, stop_secret_of(gift)):
        return None
    return gift


def sha256_of_secret(subject: str) -> str:
    """What a gift keeps of the secret that its subject leads to."""
    return token_sha256(derived_token(_PURPOSE, subject))


def gifts_of(*, user: User, before: datetime | None = None) -> list[Gift]:
    """What the person gave, newest first, and one more than a page shows."""
    mine = Gift.objects.given_by(user=user)
    if before is not None:
        mine = mine.filter(made_at__lt=before)
    rows = mine.select_related("release", "track")
    return list(rows[: limits.gifts_per_page + 1])


def gift_given(*, user: User, gift_id: UUID) -> Gift | None:
    """One of the person's own; another's is as if it were not there."""
    mine = Gift.objects.given_by(user=user).filter(id=gift_id)
    return mine.select_related("release", "track").first()


def gift_opened(token: str) -> Gift | None:
    """The gift that a secret opens; None for any other text."""
    return Gift.objects.opened_by(token).select_related("release", "track").first()


def given_to(*, user_id: int) -> frozenset[ItemRef]:
    """What waits for a person already, from whomever."""
    rows = Gift.objects.open().filter(to_user=user_id)
    return frozenset(ref for gift in rows if (ref := gift.ref) is not None)


def address_sha256(email: str) -> str:
    """What is kept of an address that wants no gifts."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()


def gifts_due(*, now: datetime) -> list[Gift]:
    """The gifts whose mail goes out now: a few to each address, the others later.

    No address takes more of a run than it gets mails, however many gifts wait for it.
    """
    waiting = Gift.objects.to_be_sent(at=now, since=now - limits.tried_for).annotate(
        address=_ADDRESS,
        place=Window(
            RowNumber(),
            partition_by=[_ADDRESS],
            order_by=[F("try_count"), F("send_at"), F("id")],
        ),
    )
    fitting = waiting.exclude(address__in=_full_addresses(now)).filter(
        place__lte=limits.mails_per_address_max
    )
    rows = list(
        fitting.select_related("release", "track", "to_user", "giver")[: limits.mails_per_run_max]
    )
    left: dict[str, int] = {}
    due = []
    for gift in rows:
        address = address_of(gift).lower()
        if address not in left:
            left[address] = limits.mails_per_address_max - _sent_to(address, now)
        left[address] -= 1
        if left[address] >= 0:
            due.append(gift)
    return due


def address_of(gift: Gift) -> str:
    """Whom its mail goes to; empty for nobody."""
    return gift.to_user.email if gift.to_user is not None else gift.to_email


def is_unwanted(gift: Gift) -> bool:
    """Whether its address takes no gift mails."""
    sha256 = address_sha256(address_of(gift))
    return NoGifts.objects.filter(address_sha256=sha256).exists()


def _full_addresses(now: datetime) -> QuerySet[Gift, str]:
    """Those that got as many mails lately as they get."""
    recently = Gift.objects.filter(sent_at__gt=now - limits.mails_counted_over)
    counted = recently.annotate(address=_ADDRESS).order_by().values("address")
    full = counted.annotate(mails=Count("pk")).filter(mails__gte=limits.mails_per_address_max)
    return full.values_list("address", flat=True)


def _sent_to(address: str, now: datetime) -> int:
    recently = Gift.objects.filter(sent_at__gt=now - limits.mails_counted_over)
    theirs = Q(to_email__iexact=address) | Q(to_user__email__iexact=address)
    return recently.filter(theirs).count()
