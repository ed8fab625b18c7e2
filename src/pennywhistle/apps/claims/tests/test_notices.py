"""Who acts for a claimant is noted once, and mailed from there until a mail was taken."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, Shelf, a_shelf, a_store, a_user
from pennywhistle.apps.claims.actions import settle_dispute
from pennywhistle.apps.claims.models import Dispute, Notice
from pennywhistle.apps.claims.notices import (
    mailings_due,
    note_claimants,
    note_failed,
    note_sent,
    tried_for,
)
from pennywhistle.apps.claims.queries import standing_shares
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.apps.users.models import User
from societies import written_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    shelf = a_shelf(track_count=1)
    written_by(shelf, {"Wanda": Fraction(1), "Will": Fraction(1)})
    return shelf


def acting_for(name: str, *, number: int = 1) -> User:
    user = a_user(f"{name.lower()}{number}@example.org")
    let_act(party_id=ensure_party(name=name).pk, user_id=user.pk)
    return user


def test_everybody_of_every_claimant_is_noted_once(shelf: Shelf) -> None:
    people = [acting_for("Wanda"), acting_for("Wanda", number=2), acting_for("Will")]
    acting_for("Somebody Else")
    gone = acting_for("Will", number=3)
    User.objects.filter(id=gone.pk).update(is_active=False)

    assert note_claimants(now=NOON) == 6  # of two rights each
    assert note_claimants(now=NOON) == 0

    mailings = mailings_due(now=NOON)
    assert [mailing.user for mailing in mailings] == people
    assert all(len(mailing.disputes) == 2 for mailing in mailings)
    assert len({mailing.key for mailing in mailings}) == 3


def test_who_joins_later_is_told_then(shelf: Shelf) -> None:
    acting_for("Wanda")
    note_claimants(now=NOON)
    late = acting_for("Will")

    assert note_claimants(now=NOON) == 2
    assert mailings_due(now=NOON)[-1].user == late


def test_what_is_sent_does_not_wait_and_what_failed_waits_behind_the_others(shelf: Shelf) -> None:
    wanda, will = acting_for("Wanda"), acting_for("Will")
    note_claimants(now=NOON)
    first, second = mailings_due(now=NOON)
    assert (first.user, second.user) == (wanda, will)

    note_failed(notice_ids=first.notice_ids)
    assert [mailing.user for mailing in mailings_due(now=NOON)] == [will, wanda]
    assert mailings_due(now=NOON)[1].key == first.key

    note_sent(notice_ids=second.notice_ids, now=NOON)
    note_sent(notice_ids=second.notice_ids, now=NOON + timedelta(days=1))
    assert [mailing.user for mailing in mailings_due(now=NOON)] == [wanda]
    assert set(Notice.objects.filter(user=will).values_list("sent_at", flat=True)) == {NOON}


def test_nobody_is_told_of_what_is_over_or_tried_for_ever(shelf: Shelf) -> None:
    acting_for("Wanda")
    note_claimants(now=NOON)
    assert mailings_due(now=NOON + tried_for - timedelta(seconds=1))
    assert not mailings_due(now=NOON + tried_for)

    for dispute in Dispute.objects.open():
        settle_dispute(
            dispute_id=dispute.pk,
            parts={share.pk: Fraction(1, 2) for share in standing_shares(dispute)},
            settlement="Halves.",
            user_id=acting_for("Will", number=dispute.pk).pk,
            now=NOON,
        )

    assert not mailings_due(now=NOON)
    assert note_claimants(now=NOON) == 0
