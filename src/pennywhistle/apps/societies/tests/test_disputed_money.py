"""Money of disputed works: what nobody else claims is paid, the rest waits."""

from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, a_user
from pennywhistle.apps.claims.actions import settle_dispute
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.queries import standing_shares
from pennywhistle.apps.ledger.actions import Amount, write_entry
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.proof import work as sequencer
from pennywhistle.apps.rights.actions import (
    Claim,
    Subject,
    record_shares,
    revoke_share,
)
from pennywhistle.apps.societies.actions import (
    distribute,
)
from pennywhistle.apps.societies.tests.society_shop import LATER, a_shop, balance, sell, usage
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.territories import Territories
from societies import mandate

pytestmark = pytest.mark.django_db

EVERYWHERE = Territories.worldwide()


def test_what_is_disputed_after_its_sale_waits_on_the_account():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 2)
    rival = written_again(shelf, "Rival", Fraction(1, 2))
    mandate(rival, society)
    whole = balance(society)
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    # Nobody else claims half of it; the other half is not hers to be paid, nor the rival's.
    assert made.carried_micro == made.gross_micro / 2
    assert balance(writers["Ada"]) == made.paid_micro
    assert made.paid_micro + made.deduction_micro == whole / 2
    assert balance(rival) == 0
    sell(shelf, 1, at=LATER, name="later")
    much_later = LATER + timedelta(days=1)
    (second,) = distribute(society_id=society.pk, period_end=much_later, now=much_later)
    assert second.brought_micro == second.carried_micro == made.carried_micro
    revoke_shares_of(rival)
    sell(shelf, 1, at=much_later, name="settled")
    settled = much_later + timedelta(days=1)
    (third,) = distribute(society_id=society.pk, period_end=settled, now=settled)
    assert third.carried_micro == 0
    assert third.paid_micro + third.deduction_micro == third.gross_micro + made.carried_micro


def revoke_shares_of(party):
    for share in party.ownership_shares.filter(closed_at=None):
        revoke_share(share_id=share.pk, now=LATER)


def test_what_was_held_at_the_sale_does_not_keep_the_rest_waiting():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    rival = written_again(shelf, "Rival", Fraction(1, 2))
    mandate(rival, society)
    sell(shelf, 4)
    whole = balance(society)
    assert {apart.reason for apart in usage(society).apart} == {"claims"}
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    assert made.carried_micro == 0
    assert made.gross_micro == whole
    assert balance(writers["Ada"]) == made.paid_micro == whole - made.deduction_micro


def test_what_a_dispute_took_back_is_missing_from_the_next_distribution():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 2)
    whole = balance(society)
    work = shelf.tracks[0].recording.works.get()
    held = Purse(PurseKind.HELD, code=f"claims:work-{work.pk}:FR:2026")
    own = Purse(PurseKind.PAYEE, society.pk)
    numbers = account_numbers([held, own], currency="USD")
    taken = whole // 2
    write_entry(
        kind="release",
        key=f"claims:work-{work.pk}:USD:0",
        subject=numbers[held],
        amounts=[
            Amount(numbers[held], Money(taken, "USD")),
            Amount(numbers[own], Money(-taken, "USD")),
        ],
        now=NOON + timedelta(hours=1),
    )
    sequencer.order_waiting()
    found = usage(society)
    assert (found.gross_micro, found.account_micro) == (whole - taken, whole - taken)
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    assert made.gross_micro == whole - taken
    assert balance(writers["Ada"]) == made.paid_micro
    # Later all of it is taken back: the work owes, and the next sales pay it first.
    write_entry(
        kind="release",
        key=f"claims:work-{work.pk}:USD:1",
        subject=numbers[held],
        amounts=[
            Amount(numbers[held], Money(500, "USD")),
            Amount(numbers[own], Money(-500, "USD")),
        ],
        now=LATER,
    )
    sell(shelf, 1, at=LATER + timedelta(hours=1), name="later")
    much_later = LATER + timedelta(days=1)
    (second,) = distribute(society_id=society.pk, period_end=much_later, now=much_later)
    assert second.gross_micro == whole // 2 - 500
    assert second.carried_micro == 0


def written_again(shelf, name, part):
    rival = ensure_party(name=name)
    work = shelf.tracks[0].recording.works.get()
    claims = [
        Claim(rival.pk, right, "Composer", part, Territories.worldwide(), Period.always())
        for right in WORK_RIGHTS
    ]
    record_shares(subject=Subject(work_id=work.pk), claims=claims, now=NOON)
    return rival


def test_what_a_settlement_releases_is_distributed_to_whom_it_belongs():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    rival = written_again(shelf, "Rival", Fraction(1, 2))
    mandate(rival, society)
    sell(shelf, 4)
    judge = a_user("judge@example.org")
    dispute_ids = list(Dispute.objects.order_by("id").values_list("id", flat=True))
    for dispute_id in dispute_ids:
        shares = standing_shares(Dispute.objects.get(id=dispute_id))
        settle_dispute(
            dispute_id=dispute_id,
            parts={share.pk: Fraction(share.party_id == writers["Ada"].pk) for share in shares},
            settlement="Ada wrote it alone.",
            user_id=judge.pk,
            now=NOON + timedelta(hours=2),
        )
    sequencer.order_waiting()
    found = usage(society)
    assert found.account_micro == balance(society) == found.gross_micro
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    assert (made.unclaimed_micro, made.carried_micro) == (0, 0)
    assert balance(writers["Ada"]) == made.paid_micro == made.gross_micro - made.deduction_micro
    assert balance(rival) == 0


def test_a_party_that_claims_more_than_all_of_one_work_stops_no_distribution():
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 2)
    work = shelf.tracks[0].recording.works.get()
    words = [
        Claim(writers["Ada"].pk, right, "Lyricist", Fraction(1), EVERYWHERE, Period.always())
        for right in WORK_RIGHTS
    ]
    record_shares(subject=Subject(work_id=work.pk), claims=words, now=NOON)
    assert work.shares.filter(closed_at=None, party=writers["Ada"]).count() == 4
    (made,) = distribute(society_id=society.pk, period_end=LATER, now=LATER)
    assert balance(writers["Ada"]) == made.paid_micro
    assert made.paid_micro + made.deduction_micro == made.gross_micro
