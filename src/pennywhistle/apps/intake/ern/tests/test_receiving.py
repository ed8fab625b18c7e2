"""From a message to the shelves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ern_messages import ARTIST, GTIN, LABEL, TITLE, TRACK_TITLES
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.ern.tests.conftest import NOW, reasons, sale, verdict
from pennywhistle.apps.intake.models import Message

if TYPE_CHECKING:
    from pennywhistle.apps.intake.ern.tests.conftest import Desk


def test_a_message_with_its_files_becomes_a_release_that_is_sold(desk: Desk) -> None:
    message = desk.deliver(sale(), sale(releases=("R1", "R2"), wholesale="0.10"))

    assert message.state == Message.State.APPLIED, message.findings
    release = Release.objects.get()
    assert message.release == release
    assert (release.title, release.artist_line, release.label.name) == (TITLE, ARTIST, LABEL)
    assert (release.upc, str(release.released_on)) == (GTIN.zfill(14), "2026-01-02")
    assert [track.title for track in release.tracks.all()] == list(TRACK_TITLES)
    assert release.published_at == NOW
    album, track = verdict(release), verdict(release, track=1)
    assert album.allowed, album.reasons
    assert track.allowed, track.reasons
    # The least price that leaves a dollar after the store's tenth.
    assert str(album.price) == "1.12 USD"
    assert str(track.price) == "0.12 USD"


def test_a_track_without_a_deal_is_sold_with_its_release_only(desk: Desk) -> None:
    """R6 and E9."""
    desk.deliver(sale())

    release = Release.objects.get()
    assert verdict(release).allowed
    assert reasons(verdict(release, track=1)) == ["no-price"]
