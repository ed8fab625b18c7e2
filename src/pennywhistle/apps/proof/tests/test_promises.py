"""The store promises a sale before its log has it, and the promise is kept by its own leaf."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.log import the_log
from pennywhistle.apps.proof.models import AccountSecret
from pennywhistle.apps.proof.promising import promise_file
from pennywhistle.apps.proof.queries import receipt_file
from pennywhistle.apps.proof.queries.lines import micros_since_epoch
from pennywhistle.apps.proof.signing import create_keys, the_signing_log
from pennywhistle.apps.proof.till import the_till
from pennywhistle.engines.tlog.checkpoint import open_checkpoint
from pennywhistle.engines.tlog.look import find_leaf
from pennywhistle.engines.tlog.promise import parse_promise
from pennywhistle.engines.tlog.promise_checks import LookedUp, verify_promise
from pennywhistle.engines.tlog.receipt import parse_receipt

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db
DUE = NOON + timedelta(days=1)


@pytest.fixture
def sale(tmp_path: Path, settings: SettingsWrapper) -> UUID:
    settings.DATA, settings.KEYS = tmp_path / "data", tmp_path / "keys"
    create_keys(now=NOON)
    a_store()
    shelf = a_shelf(track_count=1)
    order_id = check_out(
        buyer_id=a_buyer(balance="5.00").pk,
        wanted=[shelf.track(0)],
        territory="US",
        shown=usd("0.14"),
        key="key",
        now=NOON,
    )
    return OrderLine.objects.get(order_id=order_id).entry_id


def promised(sale: UUID) -> bytes:
    return promise_file(log=the_log(), till=the_till(), entry_id=sale, items=[], parties=[])


def test_a_store_that_logs_the_sale_keeps_its_promise(sale: UUID) -> None:
    data = promised(sale)
    log = the_signing_log()
    work.order_waiting()
    work.publish(log=log)
    promise, later_us = parse_promise(data), micros_since_epoch(DUE) + 1
    checkpoint = log.folder.read(work.CHECKPOINT)
    head = open_checkpoint(checkpoint, keys=log.verifiers, origin=log.origin)
    found = find_leaf(log.folder.read, head, promise.leaf.hash(), after=promise.after)

    verdict = verify_promise(
        data, keys=log.verifiers, now_us=later_us, found=LookedUp(found, head.size)
    )

    assert verdict.passed
    assert {check.code for check in verdict.checks if check.passed is None} == {"buyer"}
    receipt = receipt_file(log=the_log(), entry_id=sale, items=[], parties=[])
    assert receipt is not None
    assert parse_receipt(receipt).leaf == promise.leaf


def test_a_store_whose_log_never_takes_the_sale_is_convicted_after_a_day(sale: UUID) -> None:
    data, keys = promised(sale), the_log().verifiers
    due_us = micros_since_epoch(DUE)

    assert verify_promise(data, keys=keys, now_us=due_us, found=LookedUp(None, 0)).passed
    late = verify_promise(data, keys=keys, now_us=due_us + 1, found=LookedUp(None, 0))
    assert [check.code for check in late.checks if check.passed is False] == ["promise-kept"]


def test_the_promise_of_a_sale_says_the_same_whoever_asks_and_when(sale: UUID) -> None:
    first = promised(sale)
    assert promised(sale) == first
    secret = bytes(AccountSecret.objects.get().secret)

    work.order_waiting()

    assert bytes(AccountSecret.objects.get().secret) == secret
    work.publish(log=the_signing_log())
    assert promised(sale) == first
    assert parse_promise(first).by_us == micros_since_epoch(DUE)
