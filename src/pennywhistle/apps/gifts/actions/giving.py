"""Making a gift, and taking it back."""

from __future__ import annotations

import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.gifts import errors, limits
from pennywhistle.apps.gifts.models import Gift
from pennywhistle.apps.gifts.queries import price_to_give, sha256_of_secret
from pennywhistle.apps.ledger.reserving import AmountShortError, reserve, unreserve
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.payments.limits import top_up_bounds
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.money import micro_per_minor_unit

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.rights.queries import ItemRef
    from pennywhistle.kernel.money import Money

# A gift is not a way to send advertisements to strangers.
_ADDRESS = re.compile(
    r"://|\bwww\.|\b[\w-]+\.(?:com|net|org|info|biz|xyz|top|ru|io)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Note:
    """How the giver signs, what they write, and in which language the mail is."""

    from_name: str
    words: str
    language: str


@dataclass(frozen=True, slots=True)
class To:
    """Whom to write to and when: an address, or the person whose wish list it is of, or nobody."""

    email: str = ""
    user_id: int | None = None
    send_at: datetime | None = None

    @property
    def is_somebody(self) -> bool:
        """Whether a mail is sent."""
        return bool(self.email) or self.user_id is not None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is given: an item at the price shown, or without one balance; once for each `key`."""

    giver_id: int
    ref: ItemRef | None
    amount: Money
    territory: str
    key: str


@transaction.atomic
def give(*, asked: Asked, note: Note, to: To, now: datetime) -> Gift:
    """Set the money of a gift aside; the same key again answers the same gift.

    Raises:
        GiftError: one of its kinds in `errors`; nothing is set aside.
    """
    # One gift of a giver after the other, so that what is counted below is still so.
    giver = User.objects.select_for_update(no_key=True).get(id=asked.giver_id)
    known = Gift.objects.given_by(user=giver).filter(key=asked.key).first()
    if known is not None:
        return _replayed(known, asked)
    _require_decent(note, to, now)
    _require_few(giver, to, now)
    _require_amount(asked, now)
    gift = Gift(
        id=uuid.uuid4(),
        giver=giver,
        key=asked.key,
        release_id=asked.ref.release_id if asked.ref else None,
        track_id=asked.ref.track_id if asked.ref else None,
        currency=asked.amount.currency,
        held_micro=asked.amount.micro,
        from_name=" ".join(note.from_name.split()),
        words=note.words.strip(),
        language=note.language,
        to_email=to.email,
        to_user_id=to.user_id,
        send_at=max(to.send_at or now, now) if to.is_somebody else None,
        made_at=now,
    )
    gift.token_sha256 = sha256_of_secret(gift.subject)
    try:
        reserve(user_id=giver.pk, money=asked.amount, key=f"reserve:gift:{gift.id}", now=now)
    except AmountShortError as error:
        raise errors.GiftTooDearError(
            f"It costs {asked.amount}, more than your balance. Nothing was given."
        ) from error
    gift.save(force_insert=True)
    return gift


def take_back_all(*, now: datetime) -> int:
    """Give the money of every open gift back to its giver: the store closes. Answers how many."""
    taken = 0
    for gift_id, giver_id in Gift.objects.open().values_list("id", "giver_id").order_by("id"):
        with suppress(errors.GiftGoneError):
            take_back(giver_id=giver_id, gift_id=gift_id, now=now)
            taken += 1
    return taken


@transaction.atomic
def take_back(*, giver_id: int, gift_id: UUID, now: datetime) -> Gift | None:
    """Give a giver their money back; once more is harmless. None for anybody else's gift.

    Raises:
        GiftGoneError: somebody took it.
    """
    gift = Gift.objects.select_for_update().filter(id=gift_id, giver_id=giver_id).first()
    if gift is None or gift.state == Gift.State.TAKEN_BACK:
        return gift
    if gift.state == Gift.State.REDEEMED:
        raise errors.GiftGoneError("It was taken meanwhile, and is theirs.")
    unreserve(
        from_user_id=giver_id,
        to_user_id=giver_id,
        money=gift.held,
        key=f"unreserve:gift:{gift.id}",
        now=now,
    )
    gift.state, gift.ended_at = Gift.State.TAKEN_BACK, now
    gift.save(update_fields=["state", "ended_at"])
    return gift


def _replayed(known: Gift, asked: Asked) -> Gift:
    if (known.ref, known.held) != (asked.ref, asked.amount):
        raise errors.GiftKeyReusedError("This gift was already made. Nothing more was given.")
    return known


def _require_decent(note: Note, to: To, now: datetime) -> None:
    if not 0 < len(note.from_name.strip()) <= limits.name_chars_max:
        raise errors.GiftMalformedError(
            f"Say from whom it is, in at most {limits.name_chars_max} characters."
        )
    if len(note.words) > limits.words_chars_max:
        raise errors.GiftMalformedError(
            f"Your words have at most {limits.words_chars_max} characters."
        )
    if _ADDRESS.search(note.words) or _ADDRESS.search(note.from_name):
        raise errors.GiftMalformedError("A gift's words hold no web addresses.")
    if to.send_at is not None and to.send_at > now + limits.sent_within:
        raise errors.GiftMalformedError("It is sent within a year.")


def _require_few(giver: User, to: To, now: datetime) -> None:
    mine = Gift.objects.given_by(user=giver)
    if mine.open().count() >= limits.open_gifts_max:
        raise errors.TooManyGiftsError("You have too many gifts that nobody has taken yet.")
    recently = mine.filter(made_at__gt=now - limits.mails_counted_over, send_at__isnull=False)
    if to.is_somebody and recently.count() >= limits.mails_per_giver_max:
        raise errors.TooManyGiftsError(
            f"The store sends at most {limits.mails_per_giver_max} gifts a day for you."
            " Print this one, or come back tomorrow."
        )


def _require_amount(asked: Asked, now: datetime) -> None:
    currency = the_store().currency
    if asked.ref is not None:
        price = price_to_give(asked.ref, territory=asked.territory, at=now)
        if price is None:
            raise errors.GiftRefusedError("It is not sold where you are. Nothing was given.")
        if price != asked.amount:
            raise errors.GiftPriceMovedError(
                f"You were shown {asked.amount}; it costs {price} now. Nothing was given."
            )
        return
    least, most = top_up_bounds(currency)
    if asked.amount.currency != currency or not least <= asked.amount <= most:
        raise errors.GiftMalformedError(f"From {least} to {most} can be given at once.")
    if asked.amount.micro % micro_per_minor_unit(currency):
        raise errors.GiftMalformedError("The amount is finer than the currency's coins.")
