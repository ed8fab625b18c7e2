"""Money of recordings whose works were unknown goes to the works, once somebody says which."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from django.db.models import Sum

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.catalog.actions import WorkPart, link_works, record_work
from pennywhistle.apps.catalog.models import RecordingWork, Work
from pennywhistle.apps.claims.actions import (
    settle_dispute,
)
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.queries import standing_shares
from pennywhistle.apps.claims.rounds import divide_what_is_apart, review_disputes
from pennywhistle.apps.claims.unidentified import divide_unidentified
from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import Claim, Subject, record_shares
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import NINE_PERCENT, a_society, mandate
from threads import at_once

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)
FEE_MICRO = 70_000  # of one sale: the society's minimum
HALF = Fraction(1, 2)


@pytest.fixture
def shelf() -> Shelf:
    """A track of which nobody knows what it plays; a law lets a society license that."""
    return a_shelf_of_unknown_works()


def a_shelf_of_unknown_works() -> Shelf:
    a_store()
    shelf = a_shelf(track_count=1)
    link(shelf, {}, at=NOON)
    by_repertoire = replace(NINE_PERCENT, is_by_repertoire=True)
    a_society("By Law", tariff=by_repertoire, unidentified_by="17 U.S.C. 115")
    return shelf


@pytest.fixture(autouse=True)
def books() -> Iterator[None]:
    """T21, after whatever a test did: every entry sums to zero, and what all hold is the cash."""
    yield
    entries = Posting.objects.values("entry").annotate(total=Sum("amount_micro"))
    assert {row["total"] for row in entries} <= {0}
    by_kind = dict(Posting.objects.values_list("account__kind").annotate(total=Sum("amount_micro")))
    cash = -by_kind.pop(Account.Kind.CLEARING, 0)
    assert sum(by_kind.values()) == cash


def buy(shelf: Shelf, count: int = 1, *, name: str = "buyer") -> None:
    for number in range(1, count + 1):
        check_out(
            buyer_id=a_buyer(f"{name}{number}@example.org").pk,
            wanted=[shelf.track(1)],
            territory="FR",
            shown=usd("0.14"),
            key=f"{name}-{number}",
            now=NOON + timedelta(minutes=number),
        )


def link(shelf: Shelf, parts: dict[Work, Fraction], *, at=LATER) -> None:
    link_works(
        recording_id=shelf.tracks[0].recording_id,
        parts=[WorkPart(work.pk, part) for work, part in parts.items()],
        matched_by=RecordingWork.Matched.OPERATOR,
        now=at,
    )


def a_work(title: str, **parts: Fraction) -> Work:
    """A work that these own; each is with a society of its own."""
    work = record_work(title=title, iswc="", writers=[])
    claim(work, **parts)
    return work


def claim(work: Work, **parts: Fraction) -> None:
    for name, part in parts.items():
        owner = ensure_party(name=name)
        tariff = replace(NINE_PERCENT, is_by_repertoire=True)
        mandate(owner, a_society(f"{name} Society", tariff=tariff))
        record_shares(
            subject=Subject(work_id=work.pk),
            claims=[
                Claim(owner.pk, right, "Composer", part, Territories.worldwide(), Period.always())
                for right in WORK_RIGHTS
            ],
            now=LATER,
        )


def earned(name: str) -> int:
    return total(kind=Account.Kind.PAYEE, party=Party.objects.get(name=f"{name} Society"))


def total(**which) -> int:
    accounts = Account.objects.filter(**which)
    return int(
        Posting.objects.filter(account__in=accounts).aggregate(t=Sum("amount_micro"))["t"] or 0
    )


def kept(code: str) -> int:
    return total(code__startswith=code)


def divide(shelf: Shelf) -> int:
    return len(divide_unidentified(recording_id=shelf.tracks[0].recording_id, now=LATER))


def test_it_waits_while_nobody_knows_what_is_played(shelf: Shelf) -> None:
    buy(shelf, 3)

    assert kept("unidentified:") == 3 * FEE_MICRO
    assert divide(shelf) == 0
    assert divide_what_is_apart(now=LATER) == 0
    assert kept("unidentified:") == 3 * FEE_MICRO


def test_it_goes_to_the_work_by_the_nightly_job_and_once(shelf: Shelf) -> None:
    buy(shelf, 3)
    link(shelf, {a_work("Tin", Wanda=Fraction(1)): Fraction(1)})

    assert divide_what_is_apart(now=LATER) == 1

    assert earned("Wanda") == 3 * FEE_MICRO
    assert kept("unidentified:") == 0
    assert divide_what_is_apart(now=LATER) == 0
    assert divide(shelf) == 0


def test_a_link_that_is_corrected_moves_what_was_divided_by_night(shelf: Shelf) -> None:
    buy(shelf, 3)
    link(shelf, {a_work("Tin", Wanda=Fraction(1)): Fraction(1)})
    assert divide_what_is_apart(now=LATER) == 1

    link(shelf, {a_work("Rain", Will=Fraction(1)): Fraction(1)})
    assert divide_what_is_apart(now=LATER) == 1

    assert (earned("Wanda"), earned("Will")) == (0, 3 * FEE_MICRO)
    assert kept("unidentified:") == 0
    assert divide_what_is_apart(now=LATER) == 0


def test_two_works_get_their_parts_to_the_last_micro_unit(shelf: Shelf) -> None:
    buy(shelf, 7)
    third = Fraction(1, 3)
    link(
        shelf,
        {a_work("Tin", Wanda=Fraction(1)): third, a_work("Rain", Will=Fraction(1)): 1 - third},
    )

    assert divide(shelf)

    assert earned("Wanda") + earned("Will") == 7 * FEE_MICRO
    assert abs(earned("Wanda") - 7 * FEE_MICRO * third) < 1
    assert divide(shelf) == 0


def test_what_is_known_in_part_pays_in_part(shelf: Shelf) -> None:
    buy(shelf, 2)
    tin = a_work("Tin", Wanda=Fraction(1))
    link(shelf, {tin: HALF})
    assert divide(shelf)
    assert (earned("Wanda"), kept("unidentified:")) == (FEE_MICRO, FEE_MICRO)
    buy(shelf, 2, name="later")

    link(shelf, {tin: HALF, a_work("Rain", Will=Fraction(1)): HALF})
    assert divide(shelf)

    assert kept("unidentified:") == 0
    assert (earned("Wanda"), earned("Will")) == (2 * FEE_MICRO, 2 * FEE_MICRO)


def test_what_two_claim_of_the_work_is_held_until_they_settle(shelf: Shelf) -> None:
    buy(shelf, 5)
    work = a_work("Tin", Wanda=Fraction(3, 5), Will=Fraction(3, 5))
    link(shelf, {work: Fraction(1)})
    assert divide(shelf)
    assert kept("claims:") == FEE_MICRO
    assert (earned("Wanda"), earned("Will")) == (2 * FEE_MICRO, 2 * FEE_MICRO)

    parts = {"Wanda": Fraction(3, 5), "Will": Fraction(2, 5)}
    operator = a_user("operator@example.org")
    for dispute in Dispute.objects.open():
        settle_dispute(
            dispute_id=dispute.pk,
            parts={each.pk: parts[each.party.name] for each in standing_shares(dispute)},
            settlement="They shook hands.",
            user_id=operator.pk,
            now=LATER,
        )

    assert (kept("claims:"), kept("unidentified:")) == (0, 0)
    assert (earned("Wanda"), earned("Will")) == (3 * FEE_MICRO, 2 * FEE_MICRO)


def test_a_dispute_that_opens_later_takes_back_its_part(shelf: Shelf) -> None:
    buy(shelf, 5)
    work = a_work("Tin", Wanda=Fraction(1))
    link(shelf, {work: Fraction(1)})
    assert divide(shelf)
    assert earned("Wanda") == 5 * FEE_MICRO

    claim(work, Will=HALF)
    review_disputes(now=LATER)

    assert kept("claims:") == 5 * FEE_MICRO // 2
    assert earned("Wanda") == 5 * FEE_MICRO - kept("claims:")


def test_a_work_that_nobody_licenses_leaves_it_where_it_is(shelf: Shelf) -> None:
    buy(shelf)
    link(shelf, {record_work(title="Nobody's", iswc="", writers=[]): Fraction(1)})

    divide(shelf)

    # The law reaches owners that are unknown: now it is a work's unclaimed money.
    assert kept("unidentified:") + kept("unclaimed:") == FEE_MICRO


@pytest.mark.django_db(transaction=True)
def test_many_at_once_pay_it_once() -> None:
    shelf = a_shelf_of_unknown_works()
    buy(shelf, 4)
    link(shelf, {a_work("Tin", Wanda=Fraction(2, 3), Will=Fraction(1, 3)): Fraction(1)})

    answers = at_once(4, lambda _: divide(shelf))

    assert sorted(bool(answer) for answer in answers) == [False, False, False, True]
    assert earned("Wanda") + earned("Will") == 4 * FEE_MICRO
    assert kept("unidentified:") == 0
