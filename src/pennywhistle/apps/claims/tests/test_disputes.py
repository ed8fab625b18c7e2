"""Claims that contradict each other: what is contested is held, and paid out to the micro-unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.catalog.actions import link_works
from pennywhistle.apps.claims.actions import (
    DisputeSettledError,
    NotAClaimantError,
    SettlementInvalidError,
    review_dispute,
    settle_dispute,
    state_position,
)
from pennywhistle.apps.claims.models import Dispute
from pennywhistle.apps.claims.queries import (
    disputes_of,
    held_money,
    most_claimed,
    open_disputes,
    standing_shares,
)
from pennywhistle.apps.claims.rounds import divide_what_is_apart, review_disputes
from pennywhistle.apps.claims.work import divide_anew
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.purses import account_numbers
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.refunds import RefundAsked, refund_sale
from pennywhistle.apps.orders.errors import RefusedError
from pennywhistle.apps.orders.models import OrderLine, Refund
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Membership, Party
from pennywhistle.apps.rights.actions import Claim, Subject, record_shares, revoke_share
from pennywhistle.engines.clearance import WORK_RIGHTS, Right
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.territories import Territories
from societies import NINE_PERCENT, a_society, mandate, written_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)
FEE_MICRO = 70_000  # of one sale: the society's minimum


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf(track_count=1)


@pytest.fixture(autouse=True)
def books() -> Iterator[None]:
    """T21, after whatever a test did: every entry sums to zero, and what all hold is the cash."""
    yield
    entries = Posting.objects.values("entry").annotate(total=Sum("amount_micro"))
    assert {row["total"] for row in entries} <= {0}
    by_kind = dict(Posting.objects.values_list("account__kind").annotate(total=Sum("amount_micro")))
    cash = -by_kind.pop(Account.Kind.CLEARING, 0)
    assert sum(by_kind.values()) == cash


def two_societies(shelf: Shelf, *, wanda: Fraction, will: Fraction | None) -> tuple[Party, Party]:
    """Wanda's and Will's society; both claim a part of the work, or only Wanda does."""
    parts = {"Wanda": wanda} | ({"Will": will} if will else {})
    writers = written_by(shelf, parts)
    by_repertoire = replace(NINE_PERCENT, is_by_repertoire=True)
    hers = a_society("Her Society", tariff=by_repertoire)
    his = a_society("His Society", tariff=by_repertoire)
    mandate(writers["Wanda"], hers)
    mandate(writers.get("Will") or ensure_party(name="Will"), his)
    return hers, his


def buy(shelf: Shelf, *, number: int = 1) -> None:
    check_out(
        buyer_id=a_buyer(f"buyer{number}@example.org").pk,
        wanted=[shelf.track(1)],
        territory="FR",
        shown=usd("0.14"),
        key=f"key-{number}",
        now=NOON + timedelta(minutes=number),
    )


def claim(
    shelf: Shelf, name: str, part: Fraction, *, where: str = "FR", now: datetime = LATER
) -> None:
    """Somebody claims a part of the work in a territory."""
    record_shares(
        subject=Subject(work_id=shelf.tracks[0].recording.works.get().pk),
        claims=[
            Claim(
                party_id=ensure_party(name=name).pk,
                right=right,
                role="Composer",
                part=part,
                territories=Territories.of(where),
                valid=Period.always(),
            )
            for right in WORK_RIGHTS
        ],
        now=now,
    )


def earned(party: Party) -> int:
    account = Account.objects.filter(kind=Account.Kind.PAYEE, party=party).first()
    return sum_of(account).micro if account else 0


def settle(*, wanda: Fraction, will: Fraction) -> None:
    parts = {"Wanda": wanda, "Will": will}
    operator = a_user("operator@example.org")
    for dispute in Dispute.objects.open():
        settle_dispute(
            dispute_id=dispute.pk,
            parts={share.pk: parts[share.party.name] for share in standing_shares(dispute)},
            settlement="They shook hands.",
            user_id=operator.pk,
            now=LATER,
        )


# --- Opening --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "where", "disputes"),
    [
        (Fraction(1, 2), Fraction(1, 2), "FR", 0),
        (Fraction(60, 100), Fraction(60, 100), "FR", 2),
        # 33.33 three times and a little more is a rounding of CWR, not a quarrel.
        (Fraction(5, 10), Fraction(5006, 10_000), "FR", 0),
        (Fraction(5, 10), Fraction(5007, 10_000), "FR", 2),
    ],
)
def test_the_database_opens_a_dispute_over_more_than_the_whole(
    shelf: Shelf, first: Fraction, second: Fraction, where: str, disputes: int
) -> None:
    written_by(shelf, {"Wanda": first})
    claim(shelf, "Will", second, where=where)

    assert Dispute.objects.open().count() == disputes  # one for each right


def test_shares_in_other_territories_do_not_contradict(shelf: Shelf) -> None:
    written_by(shelf, {"Wanda": Fraction(2, 5)})
    claim(shelf, "Will", Fraction(3, 5), where="FR")
    claim(shelf, "Wilma", Fraction(3, 5), where="DE")

    assert not Dispute.objects.exists()


def test_a_dispute_names_claimants_money_and_deadline(shelf: Shelf) -> None:
    two_societies(shelf, wanda=Fraction(3, 5), will=Fraction(3, 5))
    buy(shelf)

    rows = open_disputes()

    assert [(row.title, row.claimants, row.claimed) for row in rows] == [
        ("Track 1", ("Wanda", "Will"), Fraction(6, 5))
    ] * 2
    assert rows[0].held == (Money(FEE_MICRO // 5, "USD"),)
    assert rows[0].evidence_due_at - rows[0].opened_at == timedelta(days=14)


def test_a_dispute_is_seen_by_its_claimants_and_by_no_other(shelf: Shelf) -> None:
    written_by(shelf, {"Wanda": Fraction(1), "Will": Fraction(1)})
    claimant, stranger = a_user("wanda@example.org"), a_user("stranger@example.org")
    Membership.objects.create(party=Party.objects.get(name="Wanda"), user=claimant)

    assert len(disputes_of(user=claimant)) == 2
    assert disputes_of(user=stranger) == []


# --- Money ----------------------------------------------------------------------------------------


def test_what_was_held_is_paid_out_as_it_was_settled(shelf: Shelf) -> None:
    """T12 and after: 60 and 60; Wanda wins 60, Will is left with 40."""
    hers, his = two_societies(shelf, wanda=Fraction(3, 5), will=Fraction(3, 5))
    for number in range(1, 8):
        buy(shelf, number=number)
    dispute = Dispute.objects.open().first()
    assert dispute is not None
    assert held_money(dispute) == (Money(7 * FEE_MICRO // 5, "USD"),)
    assert earned(hers) == earned(his) == pytest.approx(7 * FEE_MICRO * 2 // 5, abs=7)

    settle(wanda=Fraction(3, 5), will=Fraction(2, 5))

    assert held_money(dispute) == ()
    assert earned(hers) == pytest.approx(7 * FEE_MICRO * 3 // 5, abs=7)
    assert earned(hers) + earned(his) == 7 * FEE_MICRO
    assert not Dispute.objects.open().exists()


def test_a_claim_reaches_back_to_what_was_paid_before_it(shelf: Shelf) -> None:
    """R10: opened today for last month; what nobody was paid out yet is held."""
    hers, his = two_societies(shelf, wanda=Fraction(1), will=None)
    buy(shelf)
    assert earned(hers) == FEE_MICRO
    claim(shelf, "Will", Fraction(1, 2))

    assert review_disputes(now=LATER) == 2
    held = FEE_MICRO // 2
    assert (earned(hers), earned(his)) == (held, 0)

    settle(wanda=Fraction(1), will=Fraction(0))
    assert (earned(hers), earned(his)) == (FEE_MICRO, 0)


def test_what_was_paid_out_is_not_taken_back_before_it_is_settled(shelf: Shelf) -> None:
    hers, his = two_societies(shelf, wanda=Fraction(1), will=None)
    buy(shelf)
    pay_out(hers, FEE_MICRO - 10_000)
    claim(shelf, "Will", Fraction(1, 2))

    review_disputes(now=LATER)
    assert earned(hers) == 0

    settle(wanda=Fraction(1, 2), will=Fraction(1, 2))
    assert (earned(hers), earned(his)) == (10_000 - FEE_MICRO // 2, FEE_MICRO // 2)


def pay_out(party: Party, micro: int) -> None:
    account = Account.objects.get(kind=Account.Kind.PAYEE, party=party)
    bank = open_account(kind=Account.Kind.CLEARING, currency="USD", code="bank")
    paid = Money(micro, "USD")
    write_entry(
        kind=Entry.Kind.RELEASE,
        key="payout",
        subject=account.number,
        amounts=[Amount(account.number, -paid), Amount(bank.number, paid)],
        now=NOON,
    )


def test_a_third_claim_on_an_open_dispute_reaches_back_as_far(shelf: Shelf) -> None:
    hers, his = two_societies(shelf, wanda=Fraction(1), will=None)
    mandate(ensure_party(name="Wilma"), his)
    buy(shelf)
    claim(shelf, "Will", Fraction(1, 4))
    review_disputes(now=LATER)
    assert earned(hers) == FEE_MICRO * 3 // 4

    claim(shelf, "Wilma", Fraction(1, 4), now=LATER + timedelta(hours=1))
    review_disputes(now=LATER + timedelta(hours=2))

    assert earned(hers) == FEE_MICRO // 2
    before = Posting.objects.count()
    review_disputes(now=LATER + timedelta(hours=3))
    assert Posting.objects.count() == before


def test_a_claim_that_was_stamped_before_a_review_and_came_after_it_is_held_too(
    shelf: Shelf,
) -> None:
    hers, his = two_societies(shelf, wanda=Fraction(1), will=None)
    mandate(ensure_party(name="Wilma"), his)
    buy(shelf)
    claim(shelf, "Will", Fraction(1, 4))
    review_disputes(now=LATER + timedelta(seconds=9))
    assert earned(hers) == FEE_MICRO * 3 // 4

    claim(shelf, "Wilma", Fraction(1, 4), now=LATER + timedelta(seconds=5))
    review_disputes(now=LATER + timedelta(minutes=1))

    assert earned(hers) == FEE_MICRO // 2
    before = Posting.objects.count()
    review_disputes(now=LATER + timedelta(minutes=2))
    assert Posting.objects.count() == before


def test_dividing_again_moves_nothing(shelf: Shelf) -> None:
    two_societies(shelf, wanda=Fraction(1), will=None)
    buy(shelf)
    claim(shelf, "Will", Fraction(1, 2))
    work_id = shelf.tracks[0].recording.works.get().pk

    assert divide_anew(work_id=work_id, now=LATER)
    before = Posting.objects.count()

    assert not divide_anew(work_id=work_id, now=LATER)
    assert Posting.objects.count() == before


def test_a_claim_that_is_withdrawn_ends_the_dispute(shelf: Shelf) -> None:
    hers, _ = two_societies(shelf, wanda=Fraction(1), will=Fraction(1, 2))
    buy(shelf)
    assert earned(hers) == FEE_MICRO // 2
    for dispute in Dispute.objects.open():
        (his_share,) = (s for s in standing_shares(dispute) if s.party.name == "Will")
        revoke_share(share_id=his_share.pk, now=LATER)

    review_disputes(now=LATER)

    assert earned(hers) == FEE_MICRO
    assert set(Dispute.objects.values_list("settlement", "settled_at")) == {("", LATER)}


def test_unclaimed_money_finds_its_owner_once_that_is_on_record(shelf: Shelf) -> None:
    """A law lets the work be sold although half of it is nobody's; then Will is found."""
    writers = written_by(shelf, {"Wanda": Fraction(1, 2)})
    by_repertoire = replace(NINE_PERCENT, is_by_repertoire=True)
    society = a_society("By Law", tariff=by_repertoire, unidentified_by="17 U.S.C. 115")
    his = a_society("His Society", tariff=by_repertoire)
    mandate(writers["Wanda"], society)
    buy(shelf)
    assert earned(society) == FEE_MICRO // 2
    mandate(ensure_party(name="Will"), his)
    claim(shelf, "Will", Fraction(1, 2))

    assert divide_what_is_apart(now=LATER) == 1

    assert (earned(society), earned(his)) == (FEE_MICRO // 2, FEE_MICRO // 2)
    assert divide_what_is_apart(now=LATER) == 0


def test_what_a_society_keeps_for_the_work_is_left_alone(shelf: Shelf) -> None:
    hers, _ = two_societies(shelf, wanda=Fraction(1), will=Fraction(1, 2))
    buy(shelf)
    work_id = shelf.tracks[0].recording.works.get().pk
    purse = Purse(
        PurseKind.UNCLAIMED, code=f"society-{hers.pk}-not-a-member:work-{work_id}:FR:2026"
    )
    kept = account_numbers([purse], currency="USD")[purse]
    mine = Account.objects.get(kind=Account.Kind.PAYEE, party=hers)
    write_entry(
        kind=Entry.Kind.RELEASE,
        key="kept",
        subject=kept,
        amounts=[Amount(mine.number, -usd("0.01")), Amount(kept, usd("0.01"))],
        now=NOON,
    )

    settle(wanda=Fraction(1), will=Fraction(0))

    assert sum_of(Account.objects.get(number=kept)) == usd("0.01")
    assert earned(hers) == FEE_MICRO - 10_000


def test_a_sale_is_divided_by_the_works_that_it_was_cleared_with(shelf: Shelf) -> None:
    hers, his = two_societies(shelf, wanda=Fraction(3, 5), will=Fraction(3, 5))
    buy(shelf)
    link_works(
        recording_id=shelf.tracks[0].recording_id, parts=[], matched_by="operator", now=LATER
    )

    settle(wanda=Fraction(3, 5), will=Fraction(2, 5))

    assert (earned(hers), earned(his)) == (FEE_MICRO * 3 // 5, FEE_MICRO * 2 // 5)


# --- Settling -------------------------------------------------------------------------------------


def test_a_recording_in_dispute_is_not_sold_until_it_is_settled(shelf: Shelf) -> None:
    rival = ensure_party(name="Rival Label")
    recording = shelf.tracks[0].recording
    record_shares(
        subject=Subject(recording_id=recording.pk),
        claims=[
            Claim(
                rival.pk, Right.MASTER, "Producer", Fraction(1),
                Territories.worldwide(), Period.always(),
            )
        ],
        now=NOON,
    )  # fmt: skip
    with pytest.raises(RefusedError, match="is claimed to 200 %"):
        buy(shelf)
    dispute = Dispute.objects.get()
    parts = {s.pk: Fraction(int(s.party_id != rival.pk)) for s in standing_shares(dispute)}

    settle_dispute(
        dispute_id=dispute.pk,
        parts=parts,
        settlement="The court said so.",
        user_id=a_user("operator@example.org").pk,
        now=LATER,
    )

    buy(shelf, number=2)
    assert review_dispute(dispute_id=dispute.pk, now=LATER).settlement == "The court said so."


@pytest.mark.parametrize(
    ("wanda", "will", "said"),
    [("1", "1/2", "done"), ("3/2", "0", "done"), ("-1", "0", "done"), ("1", "0", " ")],
)
def test_a_settlement_leaves_no_more_than_the_whole(
    shelf: Shelf, wanda: str, will: str, said: str
) -> None:
    written_by(shelf, {"Wanda": Fraction(1), "Will": Fraction(1)})
    dispute = Dispute.objects.open().first()
    assert dispute is not None
    parts = {"Wanda": Fraction(wanda), "Will": Fraction(will)}

    with pytest.raises(SettlementInvalidError), transaction.atomic():
        settle_dispute(
            dispute_id=dispute.pk,
            parts={s.pk: parts[s.party.name] for s in standing_shares(dispute)},
            settlement=said,
            user_id=a_user("operator@example.org").pk,
            now=LATER,
        )

    assert most_claimed(dispute) == 2
    assert Dispute.objects.open().count() == 2


def test_only_claimants_have_a_say_and_say_it_once(shelf: Shelf) -> None:
    writers = written_by(shelf, {"Wanda": Fraction(1), "Will": Fraction(1)})
    dispute = Dispute.objects.open().first()
    assert dispute is not None
    said = {"dispute_id": dispute.pk, "statement": "I wrote it in May.", "now": LATER}

    first = state_position(**said, party_id=writers["Wanda"].pk)
    again = state_position(**said, party_id=writers["Wanda"].pk)
    with pytest.raises(NotAClaimantError):
        state_position(**said, party_id=shelf.payees[0].pk)
    settle(wanda=Fraction(1), will=Fraction(0))

    assert first == again
    with pytest.raises(DisputeSettledError):
        state_position(**said, party_id=writers["Wanda"].pk)


def test_a_dispute_is_settled_once_and_never_rewritten(shelf: Shelf) -> None:
    written_by(shelf, {"Wanda": Fraction(1), "Will": Fraction(1)})
    settle(wanda=Fraction(1), will=Fraction(0))

    for change in ({"settlement": "Otherwise."}, {"settled_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Dispute.objects.update(**change)


# --- Refunds --------------------------------------------------------------------------------------


def refund_sales(count: int) -> None:
    operator = a_user(f"refunder{count}@example.org")
    for line in OrderLine.objects.filter(refund__isnull=True).order_by("pk")[:count]:
        why, reason = Refund.Why.OPERATOR, "A bad master."
        refund_sale(asked=RefundAsked(line.pk, operator.pk, why, reason), now=LATER)


def test_what_was_held_and_is_refunded_is_nobody_s(shelf: Shelf) -> None:
    two_societies(shelf, wanda=Fraction(3, 5), will=Fraction(3, 5))
    for number in range(1, 4):
        buy(shelf, number=number)
    dispute = Dispute.objects.open().first()
    assert dispute is not None

    refund_sales(2)

    assert held_money(dispute) == (Money(FEE_MICRO // 5, "USD"),)
    assert divide_what_is_apart(now=LATER) == 0


def test_a_refund_takes_back_what_was_settled_and_paid_meanwhile(shelf: Shelf) -> None:
    """The account that held it owes it, until the next division takes it from whoever got it."""
    hers, his = two_societies(shelf, wanda=Fraction(3, 5), will=Fraction(3, 5))
    for number in range(1, 4):
        buy(shelf, number=number)
    settle(wanda=Fraction(3, 5), will=Fraction(2, 5))
    held = Account.objects.get(kind=Account.Kind.HELD)
    assert sum_of(held) == usd("0")

    refund_sales(1)
    assert sum_of(held) == -Money(FEE_MICRO // 5, "USD")
    with pytest.raises(IntegrityError), transaction.atomic():
        write_entry(
            kind=Entry.Kind.RELEASE,
            key="more",
            subject=held.number,
            amounts=[
                Amount(held.number, -Money(1, "USD")),
                Amount(Account.objects.get(kind="store").number, Money(1, "USD")),
            ],
            now=LATER,
        )
    assert divide_what_is_apart(now=LATER) == 1

    assert sum_of(held) == usd("0")
    assert earned(hers) + earned(his) == 2 * FEE_MICRO
    assert earned(hers) == pytest.approx(2 * FEE_MICRO * 3 // 5, abs=3)

    refund_sales(2)
    divide_what_is_apart(now=LATER)
    assert sum_of(held) == usd("0")
    assert earned(hers) == earned(his) == 0
