"""Every entry reaches the log once, in an order that never changes; pages cover all of them."""

from pathlib import Path

import pytest

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.log import Log
from pennywhistle.apps.proof.models import Leaf, Page, Waiting
from pennywhistle.engines.tlog.checkpoint import open_checkpoint
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.records import PageLeaf
from pennywhistle.machine.storage import Folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(tmp_path: Path) -> Log:
    origin = "records.example/log"
    return Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)


def sell(count: int) -> None:
    a_store()
    shelf, buyer = a_shelf(track_count=count, album_price="5.00"), a_buyer(balance="100.00")
    for number in range(1, count + 1):
        check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.track(number)],
            territory="US",
            shown=usd("0.14"),
            key=f"key-{number}",
            now=NOON,
        )


def checkpoint_of(log: Log) -> int:
    data = log.folder.read(work.CHECKPOINT)
    return open_checkpoint(data, keys=[log.verifier], origin=log.origin).size


def test_every_entry_is_sealed_once(log: Log) -> None:
    sell(3)

    assert work.order_waiting() == 4
    assert work.order_waiting() == 0
    assert work.publish(log=log) == 4

    assert checkpoint_of(log) == 4
    assert Leaf.objects.count() == Entry.objects.count() == 4
    assert not Waiting.objects.exists()


def test_a_run_after_a_crash_writes_the_same_bytes(log: Log) -> None:
    sell(3)
    work.order_waiting()
    work.publish(log=log)
    before = {path: path.read_bytes() for path in log.folder.root.rglob("*") if path.is_file()}
    (log.folder.root / work.CHECKPOINT).unlink()

    work.publish(log=log)

    assert {p: p.read_bytes() for p in log.folder.root.rglob("*") if p.is_file()} == before


def test_a_page_has_a_line_for_every_account(log: Log) -> None:
    sell(2)
    work.order_waiting()

    page = work.close_page(log=log, now=NOON)
    work.publish(log=log)

    assert page is not None
    assert page.account_count == Account.objects.count()
    assert (page.first_index, page.end_index, page.leaf.log_index) == (0, 3, 3)
    assert PageLeaf.decode(bytes(page.leaf.record)).account_count == page.account_count
    assert checkpoint_of(log) == 4


def test_consecutive_pages_meet_and_an_idle_store_closes_none(log: Log) -> None:
    sell(1)
    work.order_waiting()
    first = work.close_page(log=log, now=NOON)

    assert work.close_page(log=log, now=NOON) is None
    assert first is not None
    assert Page.objects.count() == 1


def test_a_published_head_ahead_of_the_database_stops_the_sequencer(log: Log) -> None:
    sell(1)
    work.order_waiting()
    work.publish(log=log)
    ahead = log.folder.read(work.CHECKPOINT).replace(b"\n2\n", b"\n9\n", 1)
    log.folder.write(work.CHECKPOINT, ahead)

    with pytest.raises(work.LogForkedError):
        work.publish(log=log)
