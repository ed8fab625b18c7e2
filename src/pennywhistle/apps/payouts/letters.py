"""Telling payees by mail: noted with what happened, sent by the clock, each address once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from pennywhistle.apps.payouts.details import told_people
from pennywhistle.apps.payouts.limits import LETTERS_READ_AT_ONCE, LETTERS_TRIED_FOR
from pennywhistle.apps.payouts.models import Letter

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.payouts.models import Payout


def tell(payout: Payout, *, about: str, now: datetime) -> None:
    """Note that everybody who acts for the payee is to hear of a payout."""
    party_id = payout.source.party_id
    assert party_id is not None, "a payee's account has a party"
    Letter.objects.bulk_create(
        (
            Letter(
                about=about,
                party_id=party_id,
                user=user,
                email=email,
                details_id=payout.details_id,
                payout=payout,
                noted_at=now,
            )
            for email, user in told_people(party_id).items()
            if email == user.email.lower()
        ),
        ignore_conflicts=True,
    )


def letters_due(*, now: datetime) -> list[Letter]:
    """The mails that wait."""
    waiting = Letter.objects.filter(sent_at__isnull=True, noted_at__gt=now - LETTERS_TRIED_FOR)
    related = waiting.select_related("user", "party", "details__entered_by", "payout")
    # Those that failed least come first: no dead address blocks the others.
    return list(related.order_by("try_count", "id")[:LETTERS_READ_AT_ONCE])


def note_sent(*, letter_id: int, now: datetime) -> None:
    """The mail is on its way; it is not sent again."""
    Letter.objects.filter(id=letter_id, sent_at__isnull=True).update(sent_at=now)


def note_failed(*, letter_id: int) -> None:
    """Nobody took the mail; it is tried again, after the others."""
    Letter.objects.filter(id=letter_id).update(try_count=F("try_count") + 1)
