"""What is spared: reading twice, drawing covers that nobody sees, a statement for each track."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ern_deliveries import Distributor
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.ern import reading
from pennywhistle.apps.intake.ern.parsed import Parsed
from pennywhistle.apps.intake.ern.tests.conftest import NOW, sale
from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.media import work as media
from pennywhistle.apps.parties.actions import identify_party
from pennywhistle.engines.ddex import Limits, NewRelease, read_message

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.intake.ern.tests.conftest import Desk


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What covers were drawn for."""
    seeds: list[str] = []
    draw = media.make_placeholder

    def noting(seed: str) -> media.CoverFiles:
        seeds.append(seed)
        return draw(seed)

    monkeypatch.setattr(media, "make_placeholder", noting)
    return seeds


def test_a_message_is_read_once_where_the_same_process_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def noting(data: bytes, limits: Limits) -> object:
        read.append(len(data))
        return read_message(data, limits)

    monkeypatch.setattr(reading, "read_message", noting)
    assert desk.deliver(sale()).state == Message.State.APPLIED
    assert len(read) == 1


def test_a_held_message_is_given_away_once_and_the_oldest_ones_go(desk: Desk) -> None:
    message = read_message(desk.letter(sale()).bytes())
    assert isinstance(message, NewRelease)
    parsed = Parsed(bytes_max=10)
    for name in ("a", "b", "c"):
        parsed.put((name, Limits()), message, 5)

    assert parsed.take(("a", Limits())) is None
    assert parsed.take(("b", Limits(depth_max=3))) is None, "read under other bounds"
    assert parsed.take(("b", Limits())) is message
    assert parsed.take(("b", Limits())) is None
    parsed.put(("too large", Limits()), message, 11)
    assert parsed.take(("too large", Limits())) is None


def test_a_cover_is_drawn_only_for_a_new_release_that_lacks_one(
    desk: Desk, drawn: list[str]
) -> None:
    lacking = desk.send(desk.letter(sale()))
    assert lacking.state == Message.State.REFUSED
    assert not drawn

    assert desk.deliver(sale()).state == Message.State.APPLIED
    assert len(drawn) == 1
    assert Release.objects.get().cover.sizes

    desk.send(desk.letter(sale(wholesale="2.00"), has_files=False))
    assert len(drawn) == 1


def test_an_update_takes_as_many_statements_for_twelve_tracks_as_for_three(
    desk: Desk, tmp_path: Path
) -> None:
    distributor = Distributor()
    identify_party(party_id=desk.supplier.pk, scheme="dpid", text=distributor.sender.dpid)
    counts = []
    for place, track_count in enumerate((3, 3, 12), start=1):
        album = distributor.album(place, track_count=track_count)
        listed = album.put_into(tmp_path)
        files = {path: tmp_path / album.release_id / path for path in album.files}
        delivered = desk.send((tmp_path / listed.path).read_bytes(), files=files, now=NOW)
        assert delivered.state == Message.State.APPLIED, delivered.findings
        update = distributor.updated(album, place).put_into(tmp_path / "updates")
        document = (tmp_path / "updates" / update.path).read_bytes()
        with CaptureQueriesContext(connection) as captured:
            assert desk.send(document).state == Message.State.APPLIED
        counts.append(len(captured))

    # The first one makes what all of them share; works that are known by their title differ.
    assert counts[2] <= counts[1] + 8, counts
    # Four of them ask what holds the recordings, behind the lock of whoever decides about them;
    # others hold on to the contents that it counts on, and look at the release's extras and sales,
    # at what who ordered ahead pays, and at whether all of its deals were refused.
    assert counts[2] <= 118, counts
