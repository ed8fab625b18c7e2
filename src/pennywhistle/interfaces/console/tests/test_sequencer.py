"""Pages close at their interval, whatever the clock did in between."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.proof.log import KeysExistError, Log
from pennywhistle.apps.proof.models import Page
from pennywhistle.engines.tlog.note import NoteInvalidError, SigningKey
from pennywhistle.interfaces.console.sequencer import run_round, sequencer
from pennywhistle.machine.storage import Folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db
SEQUENCER = "pennywhistle.interfaces.console.sequencer"


def test_keys_that_are_not_as_they_should_be_do_not_end_the_sequencer(
    monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper
) -> None:
    settings.WITNESS_POLICY = ""
    troubles: list[Exception] = [KeysExistError("two"), NoteInvalidError("cut"), OSError("full")]
    stops: list[Callable[[], None]] = []

    def read_keys() -> None:
        trouble = troubles.pop(0)
        if not troubles:
            stops[0]()
        raise trouble

    monkeypatch.setattr(f"{SEQUENCER}.the_signing_log", read_keys)
    monkeypatch.setattr(f"{SEQUENCER}.work.sequencing", lambda: nullcontext(enter_result=True))
    monkeypatch.setattr(f"{SEQUENCER}.connection.close", lambda: None)
    monkeypatch.setattr(f"{SEQUENCER}.signal.signal", lambda _, stop: stops.append(stop))
    monkeypatch.setattr(f"{SEQUENCER}.RETRY_S", 0)

    sequencer()

    assert troubles == []


def test_a_clock_that_was_a_year_ahead_for_one_round_stops_no_pages(
    tmp_path: Path, settings: SettingsWrapper
) -> None:
    settings.PAGE_INTERVAL_S = 60
    origin = "records.example/log"
    log = Log(Folder(tmp_path / "log"), origin, SigningKey.generate(origin), b"s" * 32)
    a_store()
    shelf, buyer = a_shelf(track_count=3, album_price="5.00"), a_buyer(balance="100.00")
    rounds = (NOON + timedelta(days=365), NOON, NOON + timedelta(seconds=59))
    for number, at in enumerate(rounds, 1):
        check_out(
            buyer_id=buyer.pk,
            wanted=[shelf.track(number)],
            territory="US",
            shown=usd("0.14"),
            key=f"key-{number}",
            now=NOON,
        )
        run_round(log=log, at=at)

    # The third round came before the minute was over.
    closed = Page.objects.order_by("number").values_list("closed_at", flat=True)
    assert list(closed) == [rounds[0], rounds[1]]
    run_round(log=log, at=NOON + timedelta(seconds=60))
    assert Page.objects.count() == 3
