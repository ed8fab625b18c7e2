"""Terms are announced when they change, stand in the log before the sale, and on its receipt."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.announcing import AnnouncedOtherwiseError, announce
from pennywhistle.apps.proof.log import Log
from pennywhistle.apps.proof.models import Announcement, AnnouncementWaiting, Leaf
from pennywhistle.apps.proof.queries import receipt_file
from pennywhistle.apps.statements.terms import TermsRound
from pennywhistle.engines.tlog.announced import AnnouncedLeaf
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.verify import Verdict, verify_receipt
from pennywhistle.interfaces.console.sequencer import run_round
from pennywhistle.machine.storage import Folder

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from builders import Shelf

pytestmark = pytest.mark.django_db
_KINDS = Announcement.Kind


@pytest.fixture
def log(tmp_path: Path) -> Log:
    origin = "records.example/log"
    return Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf(track_count=2, album_price="5.00")


def sell(shelf: Shelf, number: int) -> UUID:
    order_id = check_out(
        buyer_id=a_buyer(balance="10.00").pk,
        wanted=[shelf.track(number)],
        territory="US",
        shown=usd("0.14"),
        key=f"key-{number}",
        now=NOON,
    )
    sale_id: UUID = OrderLine.objects.get(order_id=order_id).pk
    return sale_id


def go_round(log: Log) -> int:
    shelves = TermsRound()
    assert shelves.step(log=log, now=NOON)
    return shelves.announced


def judged(log: Log, sale_id: UUID) -> Verdict:
    data = receipt_file(log=log, entry_id=sale_id, items=(), parties=())
    assert data is not None
    return verify_receipt(data, keys=[log.verifier])


def test_each_item_is_announced_once_until_its_terms_change(log: Log, shelf: Shelf) -> None:
    assert go_round(log) == 3
    assert go_round(log) == 0
    assert Announcement.objects.filter(kind=_KINDS.TERMS).count() == 3


def test_a_sale_is_tied_to_the_terms_before_it(log: Log, shelf: Shelf) -> None:
    go_round(log)
    sale_id = sell(shelf, 1)
    run_round(log=log, at=NOON)

    verdict = judged(log, sale_id)
    assert verdict.passed
    (split,) = [check for check in verdict.checks if check.code == "split-published"]
    assert split.passed
    terms = verdict.receipt.terms
    assert terms is not None
    assert terms.leaf.subject == verdict.receipt.lines[0].item
    assert terms.index < verdict.receipt.index


def test_a_sale_before_any_terms_has_a_receipt_without_them(log: Log, shelf: Shelf) -> None:
    sale_id = sell(shelf, 1)
    run_round(log=log, at=NOON)
    go_round(log)
    run_round(log=log, at=NOON)

    verdict = judged(log, sale_id)
    assert verdict.passed
    assert verdict.receipt.terms is None


def test_what_was_announced_has_one_leaf_whatever_comes_between(log: Log, shelf: Shelf) -> None:
    announce(kind=_KINDS.STATEMENT, subject="account-7/pages-0-1", digest=b"d" * 32, now=NOON)
    assert work.order_announced() == 1
    assert work.order_announced() == 0
    assert not AnnouncementWaiting.objects.exists()

    (leaf,) = Leaf.objects.filter(announcement__isnull=False)
    assert AnnouncedLeaf.decode(bytes(leaf.record)) == AnnouncedLeaf(
        "T", "account-7/pages-0-1", b"d" * 32
    )
    assert work.publish(log=log) == 1


@pytest.mark.parametrize("kind", [_KINDS.STATEMENT, _KINDS.PAYOUT])
def test_a_statement_and_a_payout_have_one_version(kind: Announcement.Kind) -> None:
    first = announce(kind=kind, subject="account-7/x", digest=b"d" * 32, now=NOON)

    later = NOON + timedelta(days=1)
    assert announce(kind=kind, subject="account-7/x", digest=b"d" * 32, now=later) == first
    with pytest.raises(AnnouncedOtherwiseError):
        announce(kind=kind, subject="account-7/x", digest=b"e" * 32, now=later)
    with pytest.raises(IntegrityError), transaction.atomic():
        Announcement.objects.create(
            kind=kind, subject="account-7/x", digest=b"e" * 32, announced_at=later
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Announcement.objects.update(digest=b"e" * 32)


def test_terms_may_change_and_change_back() -> None:
    for digest in (b"a" * 32, b"b" * 32, b"b" * 32, b"a" * 32):
        announce(kind=_KINDS.TERMS, subject="track:x", digest=digest, now=NOON)
    assert Announcement.objects.count() == 3
