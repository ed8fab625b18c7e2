"""What a buyer and a payee are handed convinces the verifier, to the micro-unit."""

import pytest

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.asking import Cosigned
from pennywhistle.apps.proof.log import Log
from pennywhistle.apps.proof.models import Head, Page
from pennywhistle.apps.proof.queries import (
    Seal,
    is_witnessed,
    open_statement,
    receipt_file,
    seals_of,
)
from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.policy import parse_policy
from pennywhistle.engines.tlog.statement import build_statement
from pennywhistle.engines.tlog.verify import verify_receipt, verify_statement
from pennywhistle.machine.storage import Folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(tmp_path) -> Log:
    origin = "records.example/log"
    return Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)


@pytest.fixture
def shop():
    a_store()
    return a_shelf(track_count=4, album_price="5.00"), a_buyer(balance="100.00")


def sell(shop, number):
    shelf, buyer = shop
    order_id = check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.track(number)],
        territory="US",
        shown=usd("0.14"),
        key=f"key-{number}",
        now=NOON,
    )
    return OrderLine.objects.get(order_id=order_id).entry_id


def seal(log, *, page=False):
    work.order_waiting()
    if page:
        work.close_page(log=log, now=NOON)
    work.publish(log=log)


def receipt_of(log, sale):
    return receipt_file(log=log, entry_id=sale, items=[], parties=[])


def open_in(verdict):
    return {check.code for check in verdict.checks if check.passed is not True}


def test_a_sale_is_recorded_then_sealed_then_paged(log, shop) -> None:
    sale = sell(shop, 1)
    assert (seals_of([sale])[sale], receipt_of(log, sale)) == (Seal.RECORDED, None)

    seal(log)
    verdict = verify_receipt(receipt_of(log, sale), keys=[log.verifier])
    assert (seals_of([sale])[sale], verdict.state) == (Seal.SEALED, "sealed")
    assert not [check for check in verdict.checks if check.passed is False]

    seal(log, page=True)
    verdict = verify_receipt(receipt_of(log, sale), keys=[log.verifier])
    assert (seals_of([sale])[sale], verdict.state) == (Seal.PAGED, "paged")
    assert open_in(verdict) == {"split-published", "buyer"}


def test_a_receipt_of_an_earlier_page_verifies_after_later_ones(log, shop) -> None:
    first = sell(shop, 1)
    seal(log, page=True)
    sell(shop, 2)
    sell(shop, 3)
    seal(log, page=True)

    verdict = verify_receipt(receipt_of(log, first), keys=[log.verifier])

    assert verdict.state == "paged"
    assert open_in(verdict) == {"split-published", "buyer"}


def test_a_statement_from_the_pages_equals_the_ledger(log, shop) -> None:
    for number in (1, 2):
        sell(shop, number)
    seal(log, page=True)
    sell(shop, 3)
    seal(log, page=True)

    for account in Account.objects.filter(kind=Account.Kind.PAYEE):
        statement = open_statement(
            log=log, account=account.number, pages=list(Page.objects.order_by("number"))
        )
        verdict = verify_statement(build_statement(statement), keys=[log.verifier])
        assert all(check.passed for check in verdict.checks)
        assert verdict.totals_micro == {"USD": sum_of(account).micro}


def test_a_receipt_carries_the_witnessed_head_once_that_shows_as_much(log, shop) -> None:
    witness = CosigningKey.generate("w.example", CosignatureKind.ML_DSA_44)
    text = f"witness w {witness.verifier.to_text()}\nquorum w\n"
    policy = parse_policy(text.encode())
    sale = sell(shop, 1)
    seal(log, page=True)
    head = Head.objects.get()
    bare = verify_receipt(receipt_of(log, sale), keys=[log.verifier], policy=policy)
    assert not is_witnessed(sale)
    assert [check.code for check in bare.checks if check.passed is False] == ["witnessed"]

    line = witness.line_at(head.checkpoint.partition("\n\n")[0] + "\n", time_s=1_790_000_000)
    cosigned = Cosigned(head.size, head.checkpoint + line, ("w",))
    work.keep_cosigned(cosigned=cosigned, policy=policy, now=NOON)
    later = sell(shop, 2)
    seal(log)

    carried = verify_receipt(receipt_of(log, sale), keys=[log.verifier], policy=policy)
    assert is_witnessed(sale)
    assert (carried.passed, carried.state) == (True, "paged")
    assert "Witnessed by 1 of 1 (w)" in carried.checks[1].sentence
    # What is newer than the witnessed head is not kept waiting for the witness.
    newer = verify_receipt(receipt_of(log, later), keys=[log.verifier])
    assert (newer.passed, newer.state, is_witnessed(later)) == (True, "sealed", False)
