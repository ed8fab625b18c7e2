"""A statement in detail sums to the ledger: tariffs, tax, what is held, refunds, every file."""

import csv
from datetime import date, datetime
from fractions import Fraction

import pytest
from beancount import loader
from beancount.core.data import Balance, Transaction

from builders import NOON, a_buyer, a_shelf, a_store, keep, usd
from pennywhistle.apps.catalog.models import Track
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.ledger.reversing import write_refund
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.log import Log
from pennywhistle.apps.rights.actions import Claim, Subject, record_shares
from pennywhistle.apps.rights.models import ShareRole
from pennywhistle.apps.statements.beancount_file import PAID, beancount_lines, owed_account
from pennywhistle.apps.statements.breakdown import breakdown_of
from pennywhistle.apps.statements.days import Days
from pennywhistle.apps.statements.detail_csv import detail_csv_lines
from pennywhistle.apps.statements.queries import statement_for
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from pennywhistle.machine.storage import Folder
from societies import a_society, mandate, written_by

pytestmark = pytest.mark.django_db
NOVEMBER = Days(date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def log(tmp_path) -> Log:
    origin = "records.example/log"
    return Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)


def contest(shelf, society) -> None:
    """Somebody else claims a part of the first work, too, and has the society license it."""
    written = shelf.tracks[0].recording.works.get()
    rivals = [
        Claim(
            party_id=society.pk, right=right, role=ShareRole.COMPOSER, part=Fraction(1, 2),
            territories=Territories.worldwide(), valid=Period.always(),
        )
        for right in WORK_RIGHTS
    ]  # fmt: skip
    record_shares(subject=Subject(work_id=written.pk), claims=rivals, now=NOON)


def buy(buyer, ref, shown: str, *, at: datetime = NOON, territory: str = "DE") -> OrderLine:
    order_id = check_out(
        buyer_id=buyer.pk, wanted=[ref], territory=territory, shown=usd(shown),
        key=f"{ref.release_id}-{ref.track_id}", now=at,
    )  # fmt: skip
    return OrderLine.objects.get(order=order_id)


@pytest.fixture
def shop(log):
    """Three sales under a tariff with tax, one of them refunded; a work is claimed by two."""
    a_store()
    set_tax_rate(
        territory="DE", rate=Fraction(19, 100), valid=Period.always(), source="A law", now=NOON
    )
    shelf = a_shelf(track_price="1.19", album_price="2.99")
    society = a_society()
    writers = written_by(shelf, {"Wren": Fraction(1)})
    mandate(writers["Wren"], society)
    contest(shelf, society)
    # A title that a spreadsheet would compute, and that bookkeeping must quote.
    Track.objects.filter(pk=shelf.tracks[1].pk).update(title='=HYPERLINK("x") \\ "q"')
    keep()
    buyer = a_buyer()
    lines = [
        buy(buyer, shelf.track(1), "1.19"),
        buy(buyer, shelf.track(2), "1.19"),
        buy(buyer, shelf.track(3), "1.19", territory="US"),
    ]
    write_refund(sale_id=lines[2].pk, now=NOON)
    work.order_waiting()
    work.close_page(log=log, now=NOON)
    work.publish(log=log)
    return shelf, society


def account_of(party) -> Account:
    return Account.objects.get(kind=Account.Kind.PAYEE, party=party)


def test_where_each_price_went_is_what_the_ledger_says(shop) -> None:
    shelf, society = shop

    for party in (*shelf.payees, society):
        account = account_of(party)
        statement = statement_for(account=account, days=NOVEMBER)
        breakdown = breakdown_of(statement=statement)
        flow = breakdown.flow
        assert flow.own == statement.earned.micro == sum_of(account).micro
        assert all(row.flow.left == 0 for row in breakdown.rows)
        on_kind = {
            kind: sum(
                Posting.objects.filter(
                    account__kind=kind, entry__item__in=[row.item for row in breakdown.rows]
                ).values_list("amount_micro", flat=True)
            )
            for kind in ("tax", "store", "held", "unclaimed")
        }
        told = {kind: getattr(flow, kind) for kind in on_kind}
        assert told == on_kind
        fees = sum(row.amount.micro for row in breakdown.works)
        assert fees == flow.tariffs + flow.own_tariff
        assert sum(row.amount.micro for row in breakdown.apart) == flow.held + flow.unclaimed
        for groups in (
            breakdown.by_recording(), breakdown.by_territory(), breakdown.by_use(),
        ):  # fmt: skip
            assert sum(group.flow.own for group in groups) == flow.own
        assert (breakdown.sale_count, breakdown.refund_count) == (
            statement.sale_count, statement.refund_count,
        )  # fmt: skip
    assert flow.own_tariff > 0


def test_what_is_held_says_why(shop) -> None:
    shelf, _ = shop
    statement = statement_for(account=account_of(shelf.payees[0]), days=NOVEMBER)

    held = [row for row in breakdown_of(statement=statement).apart if row.apart.kind == "held"]

    assert {(row.apart.reason, row.apart.territory, row.title) for row in held} == {
        ("claims", "DE", "Track 1")
    }
    assert statement.opening + statement.earned == statement.closing
    assert {moved.kind for moved in statement.by_kind} == {"sale", "refund"}


def test_the_detail_as_csv_sums_to_its_total_and_computes_nothing(shop) -> None:
    shelf, _ = shop
    statement = statement_for(account=account_of(shelf.payees[0]), days=NOVEMBER)
    text = "".join(detail_csv_lines(breakdown_of(statement=statement)))

    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    (total,) = [row for row in rows if row["line"] == "total"]

    for column in [name for name in rows[0] if name.endswith("_micro") and name != "price_micro"]:
        sold = sum(int(row[column]) for row in rows if row["line"] == "sold")
        assert sold == int(total[column])
    assert int(total["own_micro"]) == statement.earned.micro
    assert any(row["title"].startswith("'=") for row in rows)


def test_what_was_paid_out_is_no_loss_of_what_was_earned(shop, log) -> None:
    account = account_of(shop[0].payees[0])
    transit = open_account(kind=Account.Kind.TRANSIT, currency="USD")
    earned = sum_of(account)
    paid = usd("0.20")
    write_entry(
        kind=Entry.Kind.PAYOUT, key="payout:1", subject=account.number, item="payout:1", now=NOON,
        amounts=[Amount(account.number, -paid), Amount(transit.number, paid)],
    )  # fmt: skip
    work.order_waiting()
    work.close_page(log=log, now=NOON)
    work.publish(log=log)

    statement = statement_for(account=account, days=NOVEMBER)

    assert (statement.earned, statement.paid) == (earned, -paid)
    assert statement.closing == sum_of(account)
    assert breakdown_of(statement=statement).flow.own == earned.micro
    text = "".join(beancount_lines(statement))
    assert loader.load_string(text)[1] == []
    assert f"{PAID}  {paid.decimal:f} USD" in text


def test_beancount_loads_the_ledger_and_finds_it_balanced(shop) -> None:
    shelf, _ = shop
    statement = statement_for(account=account_of(shelf.payees[0]), days=NOVEMBER)

    text = "".join(beancount_lines(statement))
    entries, errors, _ = loader.load_string(text)

    assert errors == []
    owed = owed_account(statement)
    moved = [
        posting.units.number
        for entry in entries
        if isinstance(entry, Transaction)
        for posting in entry.postings
        if posting.account == owed
    ]
    assert sum(moved) == statement.closing.decimal
    (closing,) = [entry for entry in entries if isinstance(entry, Balance)]
    assert closing.amount.number == statement.closing.decimal
    wrong = text.replace(f"balance {owed}  ", f"balance {owed}  1")
    assert loader.load_string(wrong)[1] != []
