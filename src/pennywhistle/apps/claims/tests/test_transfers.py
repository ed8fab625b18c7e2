"""What was held while a catalog changed hands is paid to whose the sales are said to have been."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.claims.models import TransferWord
from pennywhistle.apps.claims.rounds import divide_what_is_apart
from pennywhistle.apps.claims.transfers import (
    NothingHeldError,
    TransferUnknownError,
    TransferWordMissingError,
    Word,
    say_whose_sales,
)
from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import (
    GrantTerms,
    MandateTerms,
    Share,
    record_evidence,
    record_grant,
    record_mandate,
    record_transfer,
)
from pennywhistle.apps.users.models import User
from pennywhistle.engines.clearance import Right
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from threads import at_once

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)
Whose = TransferWord.Whose


@pytest.fixture
def data(settings: Any, tmp_path: Any) -> None:
    settings.DATA = tmp_path


@pytest.fixture
def shelf(data: None) -> Shelf:
    return a_catalog_on_its_way()


def a_catalog_on_its_way() -> Shelf:
    """Old Label sells a track; New Label holds a deal for it too, and pays only Nora."""
    a_store()
    shelf = a_shelf("Old", track_count=1)
    new = a_shelf("New", track_count=1).release.label
    record_mandate(
        terms=MandateTerms(
            from_party_id=shelf.release.label_id,
            to_party_id=new.pk,
            rights=(Right.MASTER,),
            territories=Territories.worldwide(),
            valid=Period.always(),
        ),
        now=NOON,
    )
    record_grant(
        licensor_id=new.pk,
        release_id=shelf.release.pk,
        track_id=shelf.tracks[0].pk,
        terms=GrantTerms(
            territories=Territories.worldwide(),
            valid=Period.always(),
            currency="USD",
            price=usd("0.14"),
            wholesale=Money.zero("USD"),
            shares=(Share(ensure_party(name="Nora").pk, "MainArtist", Fraction(1)),),
        ),
        now=NOON,
    )
    record_transfer(
        from_supplier_id=shelf.release.label_id,
        to_supplier_id=new.pk,
        valid=Period.always(),
        now=NOON,
    )
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


def buy(
    shelf: Shelf, count: int, *, name: str = "buyer", at: Any = NOON, territory: str = "FR"
) -> None:
    for number in range(1, count + 1):
        check_out(
            buyer_id=a_buyer(f"{name}{number}@example.org").pk,
            wanted=[shelf.track(1)],
            territory=territory,
            shown=usd("0.14"),
            key=f"{name}-{number}",
            now=at + timedelta(minutes=number),
        )


def the_word(shelf: Shelf, whose: Whose, **more: Any) -> Word:
    said = {
        "from_supplier_id": shelf.release.label_id,
        "to_supplier_id": Party.objects.get(name="New Label").pk,
        "recording_id": None,
        "whose": whose,
        "reason": "Deed of assignment, clause 4.",
        **more,
    }
    return Word(**said)


def say(shelf: Shelf, whose: Whose, **more: Any) -> Any:
    deed = record_evidence(
        title="Deed", media_type="text/plain", chunks=[b"deed"], now=NOON, user_id=None
    )
    operator = an_operator()
    return say_whose_sales(
        word=the_word(shelf, whose, **more), evidence_id=deed.pk, user_id=operator, now=LATER
    )


def an_operator() -> int:
    known = User.objects.filter(email="operator@example.org").first()
    return (known or a_user("operator@example.org")).pk


def total(**which: Any) -> int:
    accounts = Account.objects.filter(**which)
    found = Posting.objects.filter(account__in=accounts).aggregate(total=Sum("amount_micro"))
    return int(found["total"] or 0)


def held() -> int:
    return total(kind=Account.Kind.HELD, code__startswith="transfer:")


def earned(name: str) -> int:
    return total(kind=Account.Kind.PAYEE, party=Party.objects.get(name=name))


def test_what_the_recording_earns_is_held_meanwhile_and_stays_so(shelf: Shelf) -> None:
    buy(shelf, 3)

    assert held() == 3 * 126_000  # all but the store's tenth
    assert divide_what_is_apart(now=LATER) == 0
    assert held() == 3 * 126_000


def test_said_to_be_the_old_ones_it_goes_to_the_old_ones_payees(shelf: Shelf) -> None:
    buy(shelf, 3)

    assert say(shelf, Whose.OLD)

    assert held() == 0
    assert earned("Old Payee 1") + earned("Old Payee 2") == 3 * 126_000
    assert abs(earned("Old Payee 1") - earned("Old Payee 2")) <= 1
    assert earned("Nora") == 0


def test_said_to_be_the_new_ones_it_goes_to_the_new_ones_payees(shelf: Shelf) -> None:
    buy(shelf, 3)

    assert say(shelf, Whose.NEW)

    assert (held(), earned("Nora")) == (0, 3 * 126_000)


def test_a_day_divides_the_sales(shelf: Shelf) -> None:
    buy(shelf, 2)
    buy(shelf, 3, name="later", at=LATER)

    say(shelf, Whose.BY_DAY, changes_at=LATER)

    assert (held(), earned("Nora")) == (0, 3 * 126_000)
    assert earned("Old Payee 1") + earned("Old Payee 2") == 2 * 126_000


def test_the_same_again_changes_nothing(shelf: Shelf) -> None:
    buy(shelf, 1)
    say(shelf, Whose.NEW)
    before = Posting.objects.count()

    assert say(shelf, Whose.NEW) == ()

    assert (Posting.objects.count(), TransferWord.objects.count()) == (before, 1)


def test_sales_that_come_after_the_word_are_paid_by_night(shelf: Shelf) -> None:
    buy(shelf, 1)
    say(shelf, Whose.NEW)
    buy(shelf, 2, name="later")
    assert held() == 2 * 126_000

    assert divide_what_is_apart(now=LATER) == 1

    assert (held(), earned("Nora")) == (0, 3 * 126_000)
    assert divide_what_is_apart(now=LATER) == 0


def test_what_is_said_later_holds_instead(shelf: Shelf) -> None:
    buy(shelf, 2)
    say(shelf, Whose.NEW)

    say(shelf, Whose.OLD, reason="The court said otherwise.")

    assert (held(), earned("Nora")) == (0, 0)
    assert earned("Old Payee 1") + earned("Old Payee 2") == 2 * 126_000


def test_a_word_about_one_recording_leaves_the_others(shelf: Shelf) -> None:
    buy(shelf, 1)
    other = a_shelf("Third", track_count=1).tracks[0].recording_id

    with pytest.raises(NothingHeldError):
        say(shelf, Whose.NEW, recording_id=other)

    assert say(shelf, Whose.NEW, recording_id=shelf.tracks[0].recording_id)
    assert held() == 0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"reason": " "}, TransferWordMissingError),
        ({"changes_at": NOON}, TransferWordMissingError),
        ({"whose": Whose.BY_DAY}, TransferWordMissingError),
        ({"to_supplier_id": 0}, TransferUnknownError),
    ],
)
def test_it_refuses_and_writes_nothing(shelf: Shelf, changes: dict, error: type) -> None:
    buy(shelf, 1)
    before = Posting.objects.count()
    whose = changes.pop("whose", Whose.NEW)

    with pytest.raises(error):
        say(shelf, whose, **changes)

    assert (Posting.objects.count(), TransferWord.objects.count()) == (before, 0)


def test_without_a_document_nobodys_catalog_goes(shelf: Shelf) -> None:
    buy(shelf, 1)

    with pytest.raises(TransferWordMissingError):
        say_whose_sales(
            word=the_word(shelf, Whose.NEW), evidence_id=None, user_id=an_operator(), now=LATER
        )

    assert held() == 126_000


def test_a_word_is_written_once(shelf: Shelf) -> None:
    buy(shelf, 1)
    say(shelf, Whose.NEW)

    with pytest.raises(IntegrityError), transaction.atomic():
        TransferWord.objects.update(whose="old")


@pytest.mark.django_db(transaction=True)
def test_two_who_say_otherwise_at_once_pay_it_once(data: None) -> None:
    shelf = a_catalog_on_its_way()
    buy(shelf, 3)
    operator = an_operator()
    deed = record_evidence(
        title="Deed", media_type="text/plain", chunks=[b"deed"], now=NOON, user_id=None
    )
    words = [the_word(shelf, Whose.OLD), the_word(shelf, Whose.NEW)]

    at_once(
        4,
        lambda number: say_whose_sales(
            word=words[number % 2], evidence_id=deed.pk, user_id=operator, now=LATER
        ),
    )

    last = TransferWord.objects.order_by("-id")[0].whose
    old = earned("Old Payee 1") + earned("Old Payee 2")
    assert (old, earned("Nora")) == ((378_000, 0) if last == "old" else (0, 378_000))
    assert held() == 0
