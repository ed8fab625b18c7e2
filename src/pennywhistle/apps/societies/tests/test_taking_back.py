"""What was distributed and is another's comes back from whoever got it, and blocks nobody else."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, Shelf
from pennywhistle.apps.claims.work import divide_anew
from pennywhistle.apps.ledger.actions import Amount, write_entry
from pennywhistle.apps.ledger.models import Posting
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.proof import work as sequencer
from pennywhistle.apps.rights.actions import Claim, Subject, close_share, record_shares
from pennywhistle.apps.rights.models import OwnershipShare
from pennywhistle.apps.societies.actions import distribute, set_up_society
from pennywhistle.apps.societies.late import pay_what_was_kept
from pennywhistle.apps.societies.models import TakenBack
from pennywhistle.apps.societies.taking import take_back
from pennywhistle.apps.societies.tests.society_shop import (
    LATER,
    SMALL,
    TENTH,
    a_shop,
    balance,
    sell,
    unclaimed,
    usage,
)
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.territories import Territories
from societies import a_society, mandate, written_by

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HALF = Fraction(1, 2)
# 18 sales at 0.14, of which 9 % are a work's.
FEES = 226_800
LAW = "17 U.S.C. 115"


def belongs_to(shelf: Shelf, parts: dict[Party, Fraction], *, track: int = 1) -> int:
    """The work's shares were wrong all the time; its money is divided anew. Answers the work."""
    work = shelf.tracks[track - 1].recording.works.get()
    for share in OwnershipShare.objects.open().filter(work=work):
        close_share(share_id=share.pk, now=LATER)
    claims = [
        Claim(party.pk, right, "Composer", part, Territories.worldwide(), Period.always())
        for party, part in parts.items()
        for right in WORK_RIGHTS
    ]
    record_shares(subject=Subject(work_id=work.pk), claims=claims, now=LATER)
    divide_anew(work_id=work.pk, now=LATER)
    sequencer.order_waiting()
    return work.pk


def of_another_society(name: str = "Bea") -> tuple[Party, Party]:
    other = a_society("Other Society", tariff=SMALL)
    set_up_society(party_id=other.pk, terms=TENTH)
    writer = ensure_party(name=name)
    mandate(writer, other)
    return other, writer


def ada_was_paid_for_what_is_beas() -> tuple[Shelf, Party, dict[str, Party], Party]:
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    writers |= written_by(shelf, {"Ben": Fraction(1)}, track=2)
    mandate(writers["Ben"], society)
    sell(shelf, 18)
    distribute(society_id=society.pk, period_end=LATER, now=LATER)
    sequencer.order_waiting()
    other, writers["Bea"] = of_another_society()
    belongs_to(shelf, {writers["Bea"]: Fraction(1)})
    return shelf, society, writers, other


def test_a_work_that_was_taken_away_keeps_nobody_else_waiting():
    shelf, society, writers, other = ada_was_paid_for_what_is_beas()
    deduction = FEES // 10
    assert balance(writers["Ada"]) == FEES - deduction
    assert balance(society) == deduction - FEES
    assert balance(other) == FEES
    sell(shelf, 5, at=LATER + DAY, name="later", track=2)

    (made,) = distribute(society_id=society.pk, period_end=LATER + 2 * DAY, now=LATER + 2 * DAY)

    assert made.paid_micro == balance(writers["Ben"]) == 63_000 - 6_300
    # She had 204,120 and gives it back; the society gives back its deduction of then.
    assert balance(writers["Ada"]) == 0
    assert balance(society) == 6_300
    back = TakenBack.objects.get()
    assert (back.party, back.gross_micro, back.deduction_micro) == (
        writers["Ada"],
        FEES,
        deduction,
    )


def test_it_is_taken_once_and_the_books_tie_out():
    shelf, society, writers, _ = ada_was_paid_for_what_is_beas()
    now = LATER + DAY

    assert take_back(society=society.society, currency="USD", now=now) == FEES
    before = Posting.objects.count()
    assert take_back(society=society.society, currency="USD", now=now) == 0
    sequencer.order_waiting()
    assert take_back(society=society.society, currency="USD", now=now) == 0
    assert Posting.objects.count() == before
    assert usage(society).account_micro == balance(society) == 0
    assert distribute(society_id=society.pk, period_end=now + DAY, now=now + DAY) == []

    sell(shelf, 5, at=now + DAY, name="later", track=2)
    end = now + 3 * DAY
    (made,) = distribute(society_id=society.pk, period_end=end, now=end)
    sequencer.order_waiting()
    assert (made.paid_micro, made.unclaimed_micro, made.carried_micro) == (56_700, 0, 0)
    assert take_back(society=society.society, currency="USD", now=end) == 0
    assert balance(writers["Ada"]) == 0


def paid_out(member: Party, *, to: Party) -> int:
    """Nothing stays on the member's account; answers how much left it."""
    purses = [Purse(PurseKind.PAYEE, each.pk) for each in (member, to)]
    numbers = account_numbers(purses, currency="USD")
    has = balance(member)
    amounts = [
        Amount(numbers[purse], Money(micro, "USD"))
        for purse, micro in zip(purses, (-has, has), strict=True)
    ]
    subject = amounts[0].account
    write_entry(kind="release", key="paid-out", subject=subject, amounts=amounts, now=LATER)
    return has


@pytest.mark.parametrize("is_paid_out", [False, True])
def test_while_it_is_disputed_nobody_gives_what_they_do_not_have(*, is_paid_out: bool):
    shelf, society, writers = a_shop({"Ada": Fraction(1)}, members=["Ada"])
    sell(shelf, 18)
    distribute(society_id=society.pk, period_end=LATER, now=LATER)
    sequencer.order_waiting()
    _, bea = of_another_society()
    work = shelf.tracks[0].recording.works.get()
    claims = [
        Claim(bea.pk, right, "Composer", HALF, Territories.worldwide(), Period.always())
        for right in WORK_RIGHTS
    ]
    record_shares(subject=Subject(work_id=work.pk), claims=claims, now=LATER)
    divide_anew(work_id=work.pk, now=LATER)
    sequencer.order_waiting()
    assert balance(society) == 0  # it had its deduction, 22,680, which is held now
    had = balance(writers["Ada"])
    if is_paid_out:
        paid_out(writers["Ada"], to=ensure_party(name="Elsewhere"))

    taken = take_back(society=society.society, currency="USD", now=LATER)

    assert taken == (0 if is_paid_out else 22_680)
    assert balance(writers["Ada"]) == (0 if is_paid_out else had - 20_412)


def test_who_was_paid_out_already_owes_it():
    _, society, writers, _ = ada_was_paid_for_what_is_beas()
    has = paid_out(writers["Ada"], to=writers["Ben"])

    assert take_back(society=society.society, currency="USD", now=LATER) == FEES

    assert balance(writers["Ada"]) == -has
    assert balance(society) == 0


def test_what_was_taken_is_no_longer_kept_for_who_joins():
    shelf, society, writers = a_shop({"Stranger": Fraction(1)}, members=[], unidentified_by=LAW)
    mandate(ensure_party(name="Somebody"), society)
    sell(shelf, 12)
    distribute(society_id=society.pk, period_end=LATER, now=LATER)
    sequencer.order_waiting()
    assert sum(unclaimed().values()) == 151_200
    other, bea = of_another_society()
    belongs_to(shelf, {writers["Stranger"]: HALF, bea: HALF})
    assert (balance(society), balance(other)) == (-75_600, 75_600)
    mandate(writers["Stranger"], society)

    assert pay_what_was_kept(society_id=society.pk, now=LATER + DAY) == 1

    assert balance(writers["Stranger"]) == 75_600 - 7_560
    assert balance(society) == 7_560
    assert sum(unclaimed().values()) == 0
    before = Posting.objects.count()
    assert pay_what_was_kept(society_id=society.pk, now=LATER + DAY) == 0
    sequencer.order_waiting()
    assert pay_what_was_kept(society_id=society.pk, now=LATER + DAY) == 0
    assert Posting.objects.count() == before


def test_what_was_paid_late_comes_back_too():
    shelf, society, writers = a_shop({"Stranger": Fraction(1)}, members=[], unidentified_by=LAW)
    sell(shelf, 12)
    distribute(society_id=society.pk, period_end=LATER, now=LATER)
    sequencer.order_waiting()
    mandate(writers["Stranger"], society)
    pay_what_was_kept(society_id=society.pk, now=LATER)
    sequencer.order_waiting()
    other, bea = of_another_society()
    belongs_to(shelf, {writers["Stranger"]: HALF, bea: HALF})

    assert take_back(society=society.society, currency="USD", now=LATER + DAY) == 75_600

    assert balance(writers["Stranger"]) == (151_200 - 75_600) * 9 // 10
    assert balance(society) == 7_560
    assert balance(other) == 75_600
    sequencer.order_waiting()
    assert pay_what_was_kept(society_id=society.pk, now=LATER + DAY) == 0
    assert usage(society).account_micro == balance(society)


def test_the_database_takes_no_more_than_was_got():
    _, society, _, _ = ada_was_paid_for_what_is_beas()
    take_back(society=society.society, currency="USD", now=LATER)
    back = TakenBack.objects.get()

    with pytest.raises(IntegrityError, match="taken back than was got"), transaction.atomic():
        TakenBack.objects.create(
            line=back.line,
            party=back.party,
            entry=back.entry,
            gross_micro=1,
            deduction_micro=0,
            taken_at=NOON,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        TakenBack.objects.update(gross_micro=1)
