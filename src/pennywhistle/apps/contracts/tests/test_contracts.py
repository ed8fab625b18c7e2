"""Contracts are accepted by both sides, recouped, reserved, and passed on by the store (T18)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from builders import NOON, a_shelf, a_store, a_user, usd
from pennywhistle.apps.contracts.actions import (
    Between,
    NotYoursError,
    TermsRefusedError,
    TermsSaid,
    accept_terms,
    close_terms,
    pass_on,
    pass_on_due,
    propose,
)
from pennywhistle.apps.contracts.models import Contract, PassedOn, Terms
from pennywhistle.apps.contracts.queries import payable_now, standings
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.log import Log
from pennywhistle.engines.payout import Reserve, Step, payable
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.kernel.money import Money
from pennywhistle.machine.storage import Folder
from worked_tables import micro_of, worked_table

pytestmark = pytest.mark.django_db
ALL = (Step(0, Fraction(1)),)
FROM = date(2026, 11, 1)
SOON = NOON + timedelta(days=1)


@pytest.fixture
def label():
    a_store()
    return ensure_party(name="Hollow Kettle")


@pytest.fixture
def ada():
    return ensure_party(name="Ada")


@pytest.fixture
def user():
    return a_user()


def earn(party, amount: str, *, at: datetime = NOON, item: str = "release:one") -> Account:
    """The party earns from a sale, as the books have it."""
    account = open_account(kind=Account.Kind.PAYEE, currency="USD", party_id=party.pk)
    clearing = open_account(kind=Account.Kind.CLEARING, currency="USD", code="fakepay")
    write_entry(
        kind=Entry.Kind.SALE, key=f"sale-{Entry.objects.count()}", subject=account.number,
        amounts=[Amount(account.number, usd(amount)), Amount(clearing.number, -usd(amount))],
        item=item, now=at,
    )  # fmt: skip
    return account


def agree(label, payee, user, said: TermsSaid, *, name: str = "Debut", now=NOON) -> Contract:
    """The label proposes, and the other side accepts."""
    between = Between(label.pk, payee.pk, "USD", name)
    terms = propose(contract=between, said=said, party_id=label.pk, user_id=user.pk, now=now)
    accept_terms(terms_id=terms.pk, party_id=payee.pk, user_id=user.pk, now=now)
    return terms.contract


def amend(contract: Contract, user, said: TermsSaid, *, now=NOON) -> Terms:
    terms = propose(
        contract=contract, said=said, party_id=contract.payee_id, user_id=user.pk, now=now
    )
    return accept_terms(terms_id=terms.pk, party_id=contract.payer_id, user_id=user.pk, now=now)


def standing(contract: Contract, *, now=SOON):
    (found,) = standings([contract], now=now)
    return found


def test_an_advance_is_recouped_before_anything_is_paid(label, ada, user) -> None:
    """T18, as the page on payouts works it."""
    (row,) = worked_table("payouts.md", "Recoupment")
    said = TermsSaid(FROM, ALL, advance=usd(row["advance"]), advance_on=FROM, is_paid_by_store=True)
    contract = agree(label, ada, user, said)

    earn(label, row["earned"])
    assert standing(contract).balance.micro == micro_of(row["balance"]) == -62_874_569
    account = earn(label, row["then earned"])
    now = standing(contract)

    assert now.balance.micro == now.payable.micro == micro_of(row["balance then"])
    assert not payable(now.payable, threshold=usd("20")).paid
    # What the store passes on for the label is not the label's to be paid.
    kept = payable_now(account=account, balance=sum_of(account), now=SOON)
    assert kept == usd("100")


def test_steps_amendments_and_refunds_count_by_the_day_of_the_sale(label, ada, user) -> None:
    steps = (Step(0, Fraction(1, 2)), Step(10_000_000, Fraction(3, 5)))
    contract = agree(label, ada, user, TermsSaid(FROM, steps))
    earn(label, "20.00")
    assert standing(contract).due == usd("11")

    amend(contract, user, TermsSaid(date(2026, 12, 1), (Step(0, Fraction(1, 4)),)))
    later = datetime(2026, 12, 2, 12, tzinfo=UTC)
    earn(label, "4.00", at=later)

    assert standing(contract, now=later).due == usd("12")
    assert standing(contract).terms.number == 1
    assert standing(contract, now=later).terms.number == 2


def test_a_contract_is_of_its_releases_and_its_days(label, ada, user) -> None:
    shelf = a_shelf()
    release = shelf.release
    ends = date(2026, 11, 22)
    said = TermsSaid(FROM, ALL, ends_on=ends, releases=(release,))
    contract = agree(label, ada, user, said)

    earn(label, "1.00", item=f"track:{shelf.tracks[0].public_id}")
    earn(label, "2.00", item=f"release:{release.public_id}")
    earn(label, "4.00", item="release:other")
    earn(label, "8.00", item=f"release:{release.public_id}", at=NOON + timedelta(days=1))

    assert standing(contract).due == usd("3")


def test_recoupment_crosses_contracts_only_where_both_sides_agreed(label, ada, user) -> None:
    advance = {"advance": usd("10"), "advance_on": FROM}
    one, two = a_shelf("One").release, a_shelf("Two").release
    first = agree(label, ada, user, TermsSaid(FROM, ALL, releases=(one,), **advance), name="One")
    second = agree(label, ada, user, TermsSaid(FROM, ALL, releases=(two,)), name="Two")
    earn(label, "25.00", item=f"release:{two.public_id}")
    assert [each.payable for each in standings([first, second], now=SOON)] == [usd("0"), usd("25")]

    today = NOON.date()
    for contract, release in ((first, one), (second, two)):
        amend(contract, user, TermsSaid(today, ALL, releases=(release,), group="all albums"))

    # An amendment that names no advance again keeps the one that was paid.
    assert [each.payable for each in standings([first, second], now=SOON)] == [usd("0"), usd("15")]


def test_a_reserve_waits_and_a_guarantee_tops_up(label, ada, user) -> None:
    reserve = Reserve(Fraction(1, 5), ((2, Fraction(1)),))
    said = TermsSaid(FROM, ALL, reserve=reserve, guarantee=usd("50"), guarantee_on=date(2027, 3, 1))
    contract = agree(label, ada, user, said)
    earn(label, "10.00")

    assert (standing(contract).reserved, standing(contract).payable) == (usd("2"), usd("8"))
    released = standing(contract, now=datetime(2027, 2, 1, tzinfo=UTC))
    assert (released.reserved, released.payable) == (usd("0"), usd("10"))
    topped = standing(contract, now=datetime(2027, 3, 1, tzinfo=UTC))
    assert (topped.guaranteed, topped.payable) == (usd("40"), usd("50"))


def test_new_terms_begin_when_accepted_and_say_advances_once_and_guarantees_anew(
    label, ada, user
) -> None:
    advance = {"advance": usd("10"), "advance_on": FROM}
    said = TermsSaid(FROM, ALL, guarantee=usd("50"), guarantee_on=NOON.date(), **advance)
    contract = agree(label, ada, user, said)
    assert (standing(contract).guaranteed, standing(contract).advance) == (usd("50"), usd("10"))

    new = TermsSaid(NOON.date(), ALL, **advance)
    waiting = propose(
        contract=contract, said=new, party_id=label.pk, user_id=user.pk, now=NOON
    )  # fmt: skip
    with pytest.raises(TermsRefusedError, match="first day has passed"):
        accept_terms(terms_id=waiting.pk, party_id=ada.pk, user_id=user.pk, now=SOON)
    accept_terms(terms_id=waiting.pk, party_id=ada.pk, user_id=user.pk, now=NOON)
    assert (standing(contract).guaranteed, standing(contract).advance) == (usd("0"), usd("10"))


def test_the_store_passes_on_what_is_payable_once(label, ada, user, tmp_path) -> None:
    origin = "records.example/log"
    log = Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)
    half = (Step(0, Fraction(1, 2)),)
    contract = agree(label, ada, user, TermsSaid(FROM, half, is_paid_by_store=True))
    account = earn(label, "7.00")
    december = datetime(2026, 12, 1, 3, tzinfo=UTC)
    assert pass_on_due(now=december) == 0
    for at in (NOON, december):
        if at == december:
            earn(label, "1.00", at=december)
        work.order_waiting()
        work.close_page(log=log, now=at)
        work.publish(log=log)

    assert pass_on_due(now=december) == 1
    assert pass_on_due(now=december + timedelta(hours=1)) == 0

    passed = PassedOn.objects.get()
    theirs = Account.objects.get(kind=Account.Kind.PAYEE, party=ada)
    # What was sold in December is passed on in January.
    assert (sum_of(account), sum_of(theirs)) == (usd("4.50"), usd("3.50"))
    assert pass_on(contract_id=contract.pk, end_index=passed.end_index, now=december) == passed
    after = standing(contract, now=december)
    assert (after.passed_on, after.payable) == (usd("3.50"), usd("0.50"))
    with pytest.raises(IntegrityError), transaction.atomic():
        PassedOn.objects.all().delete()


def test_what_is_passed_on_and_what_is_paid_out_take_turns(label, ada, user) -> None:
    contract = agree(label, ada, user, TermsSaid(FROM, ALL, is_paid_by_store=True))
    earn(label, "7.00")
    with CaptureQueriesContext(connection) as asked:
        pass_on(contract_id=contract.pk, end_index=1, now=SOON)

    queries = [each["sql"] for each in asked]
    (locked,) = (at for at, sql in enumerate(queries) if "FOR NO KEY UPDATE" in sql)
    assert '"parties_party"' in queries[locked]
    assert locked < min(at for at, sql in enumerate(queries) if "ledger_entry e" in sql)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"steps": (Step(0, Fraction(101, 100)),)}, "101 %"),
        ({"advance": usd("5"), "advance_on": date(2026, 12, 1)}, "before its advance"),
        ({"advance": usd("5"), "advance_on": None}, "before its advance"),
        ({"ends_on": FROM}, "last day"),
        ({"guarantee": usd("5"), "guarantee_on": date(2026, 1, 1)}, "guarantee"),
        ({"advance": Money(5, "EUR"), "advance_on": FROM}, "no amount of this contract"),
        ({"reserve": Reserve(Fraction(1, 5), ((1, Fraction(1, 2)),))}, "not to 100 %"),
    ],
)
def test_terms_that_make_no_sense_are_refused(label, ada, user, changed, said) -> None:
    terms = replace(TermsSaid(FROM, ALL), **changed)

    with pytest.raises(TermsRefusedError, match=said):
        agree(label, ada, user, terms)

    assert not Contract.objects.exists()


def test_promises_of_more_than_there_is_and_loops_are_refused(label, ada, user) -> None:
    bob = ensure_party(name="Bob")
    agree(label, ada, user, TermsSaid(FROM, (Step(0, Fraction(3, 5)),)))
    with pytest.raises(TermsRefusedError, match=r"41 % .* = 101 %"):
        agree(label, bob, user, TermsSaid(FROM, (Step(0, Fraction(41, 100)),)), name="Bob's")
    agree(label, bob, user, TermsSaid(FROM, (Step(0, Fraction(2, 5)),)), name="Bob's")

    with pytest.raises(TermsRefusedError, match="Bob → Hollow Kettle → Bob"):
        agree(bob, label, user, TermsSaid(FROM, (Step(0, Fraction(1, 10)),)), name="Back")


def test_what_a_payer_promised_others_is_told_to_nobody_else(label, ada, user) -> None:
    mallory = ensure_party(name="Mallory")
    said = TermsSaid(FROM, ALL)
    between = Between(label.pk, mallory.pk, "USD", "Mine")
    early = propose(contract=between, said=said, party_id=label.pk, user_id=user.pk, now=NOON)
    agree(label, ada, user, TermsSaid(FROM, (Step(0, Fraction(3, 5)),)))

    with pytest.raises(TermsRefusedError, match=r"^The other side has promised more than is left"):
        accept_terms(terms_id=early.pk, party_id=mallory.pk, user_id=user.pk, now=NOON)
    # A stranger's proposal is no question that the store answers: only who owes hears of it.
    terms = propose(
        contract=early.contract, said=said, party_id=mallory.pk, user_id=user.pk, now=NOON
    )
    with pytest.raises(TermsRefusedError, match=r"100 % \(Mine\) \+ 60 % \(Debut\)"):
        accept_terms(terms_id=terms.pk, party_id=label.pk, user_id=user.pk, now=NOON)


def test_only_the_other_side_accepts_and_what_was_accepted_stays(label, ada, user) -> None:
    between = Between(label.pk, ada.pk, "USD", "Debut")
    said = TermsSaid(FROM, ALL)
    stranger = ensure_party(name="Stranger")
    with pytest.raises(NotYoursError):
        propose(contract=between, said=said, party_id=stranger.pk, user_id=user.pk, now=NOON)
    first = propose(contract=between, said=said, party_id=label.pk, user_id=user.pk, now=NOON)
    for party in (label, stranger):
        with pytest.raises(NotYoursError):
            accept_terms(terms_id=first.pk, party_id=party.pk, user_id=user.pk, now=NOON)
    assert not standings([first.contract], now=SOON)

    # A second proposal closes the first.
    terms = propose(
        contract=first.contract, said=said, party_id=label.pk, user_id=user.pk, now=SOON
    )
    with pytest.raises(NotYoursError):
        accept_terms(terms_id=first.pk, party_id=ada.pk, user_id=user.pk, now=SOON)
    accepted = accept_terms(terms_id=terms.pk, party_id=ada.pk, user_id=user.pk, now=SOON)
    again = accept_terms(terms_id=terms.pk, party_id=ada.pk, user_id=user.pk, now=NOON)
    assert again.accepted_at == accepted.accepted_at == SOON

    with pytest.raises(NotYoursError):
        close_terms(terms_id=terms.pk, party_id=ada.pk, now=SOON)
    for change in ({"group": "x"}, {"accepted_at": NOON}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Terms.objects.filter(pk=terms.pk).update(**change)
    with pytest.raises(TermsRefusedError, match="today or later"):
        amend(terms.contract, user, TermsSaid(date(2026, 11, 10), ALL), now=SOON)
