"""Whoever leaves takes everything along, and another store has the same catalog from it."""

from __future__ import annotations

import csv
import hashlib
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from builders import a_store, usd
from ern_deliveries import Distributor
from ern_facts import facts_of
from pennywhistle.apps.catalog.models import Release, Track, WorkCredit
from pennywhistle.apps.intake.ern.receiving import process_message, take_message
from pennywhistle.apps.intake.leaving import batches
from pennywhistle.apps.intake.leaving.batches import AnotherExportError, export_catalog
from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.intake.ways.letters import lying_at
from pennywhistle.apps.media.folders import MASTERS
from pennywhistle.apps.parties.actions import ensure_party, identify_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import GrantTerms, record_agreement, record_grant
from pennywhistle.apps.rights.models import Grant
from pennywhistle.engines.ddex import Manifest, NewRelease, read_message
from pennywhistle.engines.ddex.write_facts import Line, Sale
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ern_deliveries import Delivery
    from pennywhistle.engines.ddex.write_facts import ReleaseFacts

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2027, 2, 1, 12, tzinfo=UTC)
WORLDWIDE = Territories.worldwide()


@contextmanager
def a_store_of_its_own() -> Iterator[None]:
    """What is written to the database within is gone afterwards; stored files stay."""
    own = transaction.atomic()
    # As the tests' own transaction is marked: what must be durable is only nested in a test's.
    own._from_testcase = True  # type: ignore[attr-defined]
    with own:
        yield
        transaction.set_rollback(True)


def a_supplier(distributor: Distributor) -> Party:
    """The distributor, known to the store by its DPID."""
    a_store()
    party = ensure_party(name=distributor.sender.name, kind=Party.Kind.ORGANIZATION)
    identify_party(party_id=party.pk, scheme="dpid", text=distributor.sender.dpid)
    record_agreement(supplier_id=party.pk, valid=Period.always(), us_source="direct", now=NOW)
    return party


def deliver(supplier: Party, delivery: Delivery, folder: Path) -> Message:
    """Send it, and do what it says."""
    delivery.put_into(folder)
    files = {path: folder / delivery.release_id / path for path in delivery.files}
    return take(supplier, delivery.document, files)


def take(supplier: Party, document: bytes, files: dict[str, Path], now: datetime = NOW) -> Message:
    message = take_message(
        supplier_id=supplier.pk, document=document, files=files, source_name="m.xml", now=now
    )
    return process_message(message_id=message.pk, now=now)


def read_back(supplier: Party, folder: Path) -> list[Message]:
    """Take in every batch as another store does, by its manifest."""
    found = []
    for batch in sorted(folder.glob("N_*")):
        (complete,) = batch.glob("BatchComplete_*.xml")
        manifest = read_message(complete.read_bytes())
        assert isinstance(manifest, Manifest)
        for entry in manifest.entries:
            document = (batch / entry.url).read_bytes()
            assert entry.hash is not None
            assert hashlib.sha256(document).hexdigest() == entry.hash.value
            own = (batch / entry.url).parent
            known = {str(path.relative_to(batch)): path for path in own.rglob("*.*")}
            message = read_message(document)
            assert isinstance(message, NewRelease)
            names = [
                file.name
                for resource in message.contents.resources
                for form in resource.editions[0].delivered
                for file in form.files
            ]
            files = {name: known[lying_at(name, f"{own.name}/", known)] for name in names}
            found.append(take(supplier, document, files, LATER))
    return found


def catalog(supplier: Party) -> dict[str, object]:
    """Everything that is kept of a supplier's releases, in words that no row's number is in."""
    return {
        release.upc: (
            (release.title, release.artist_line, release.label.name, release.released_on),
            release.about,
            (release.genre and release.genre.name, release.is_explicit, release.cover.sha256),
            [artist.name for artist in release.artists.order_by("releaseartist__position")],
            [_track(track) for track in release.tracks.select_related("recording__master")],
            _grants(release),
        )
        for release in Release.objects.filter(supplier=supplier, withdrawn_at=None)
    }


def _track(track: Track) -> object:
    recording = track.recording
    works = recording.works.all()
    return (
        (track.disc_number, track.track_number, track.title, track.artist_line),
        (recording.isrc, recording.duration_ms, recording.is_explicit, recording.title),
        recording.master.sha256,
        sorted((credit.party.name, credit.role) for credit in recording.credits.all()),
        sorted((work.title, work.iswc) for work in works),
        sorted(
            (credit.party.name, credit.role)
            for credit in WorkCredit.objects.filter(work__in=works).select_related("party")
        ),
    )


def _grants(release: Release) -> list[str]:
    return sorted(
        str(
            (
                grant.track and (grant.track.disc_number, grant.track.track_number),
                grant.territories_id,
                (grant.valid_from, grant.valid_until, grant.is_local, grant.is_pre_order),
                (grant.currency, grant.price_micro, grant.wholesale_micro, grant.price_code),
                grant.is_at_floor,
                [(share.party.name, share.role, share.numerator) for share in grant.shares.all()],
            )
        )
        for grant in Grant.objects.open().filter(release=release)
    )


def some_deliveries(distributor: Distributor) -> list[Delivery]:
    """Albums: with words and a track of two titles; with a new price; by wholesale prices."""
    first, second = (distributor.album(place, track_count=2) for place in (1, 2))
    opening, *others = first.facts.tracks
    tracks = (replace(opening, place_title=f"{opening.title} (as it opens)"), *others)
    about = "Made of tin.\nAnd of air."
    at_home = Line("P", "℗ for home only", "1999", territory="DE")
    lines = (*first.facts.lines[:1], at_home, Line("C", "© «Tin» & <air>", language="fr"))
    first = replace(first, facts=replace(first.facts, about=about, tracks=tracks, lines=lines))
    third = distributor.album(3, track_count=14)
    sales = (
        Sale((None, 0), Territories.of("DE"), date(2026, 1, 1), wholesale=usd("0.31")),
        Sale((None,), Territories.of("US", "CA"), NOW, LATER, wholesale=usd("0.5")),
        Sale((None,), Territories.of("FR"), date(2028, 1, 1), code="FULL", is_pre_order=True),
    )
    third = replace(third, facts=replace(third.facts, sales=sales))
    return [first, second, third, distributor.updated(second, 2)]


def lines_in(folder: Path) -> dict[str, object]:
    """The ℗ and © lines of each exported message, and those of its tracks."""
    found = {}
    for path in folder.glob("N_*/*/*.xml"):
        message = read_message(path.read_bytes())
        assert isinstance(message, NewRelease)
        found[path.stem.lstrip("0")] = lines_of(facts_of(message))
    return found


def lines_of(facts: ReleaseFacts) -> object:
    return facts.lines, [track.lines for track in facts.tracks]


@pytest.mark.django_db
def test_a_catalog_that_leaves_is_the_same_in_another_store(tmp_path: Path) -> None:
    distributor = Distributor()
    with a_store_of_its_own():
        supplier = a_supplier(distributor)
        for delivery in some_deliveries(distributor):
            assert deliver(supplier, delivery, tmp_path / "in").state == Message.State.APPLIED
        before = catalog(supplier)
        assert Release.objects.filter(about="Made of tin.\nAnd of air.").count() == 1
        opening = Track.objects.get(title__endswith=" (as it opens)")
        assert opening.title == f"{opening.recording.title} (as it opens)"
        summary = export_catalog(supplier=supplier, folder=tmp_path / "out", now=NOW, per_batch=2)
    assert len(before) == 3
    assert (summary.releases, summary.batches, summary.lost) == (3, 2, [])
    assert not Release.objects.exists()

    supplier = a_supplier(distributor)
    messages = read_back(supplier, tmp_path / "out")

    assert [message.state for message in messages] == [Message.State.APPLIED] * 3
    after = catalog(supplier)
    assert after == before
    # What the catalog has no place for leaves that store, too.
    export_catalog(supplier=supplier, folder=tmp_path / "again", now=LATER)
    sent = {each.release_id: lines_of(each.facts) for each in some_deliveries(distributor)}
    assert len(sent) == 3
    assert lines_in(tmp_path / "out") == sent
    assert lines_in(tmp_path / "again") == sent


@pytest.mark.django_db
def test_what_was_taken_down_leaves_with_its_masters_and_is_not_sold(tmp_path: Path) -> None:
    distributor = Distributor()
    supplier = a_supplier(distributor)
    album = distributor.album(5, track_count=1)
    deliver(supplier, album, tmp_path / "in")
    deliver(supplier, distributor.taken_down(album, 5), tmp_path / "in")

    summary = export_catalog(supplier=supplier, folder=tmp_path / "out", now=NOW)

    assert (summary.releases, summary.taken_down, summary.files) == (1, 1, 2)
    (document,) = (tmp_path / "out").glob("N_*/*/*.xml")
    message = read_message(document.read_bytes())
    assert isinstance(message, NewRelease)
    assert message.contents.deals == ()
    for name, content in album.files.items():
        (kept,) = document.parent.glob(f"resources/*.{name.rpartition('.')[2]}")
        assert kept.read_bytes() == content


@pytest.mark.django_db
def test_an_export_that_was_interrupted_goes_on_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributor = Distributor()
    supplier = a_supplier(distributor)
    for delivery in distributor.albums([20, 21]):
        deliver(supplier, replace(delivery, files=delivery.files), tmp_path / "in")
    export_catalog(supplier=supplier, folder=tmp_path / "whole", now=NOW)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(batches, "_complete", die)
        with pytest.raises(KeyboardInterrupt):
            export_catalog(supplier=supplier, folder=tmp_path / "out", now=NOW)
    assert not list((tmp_path / "out").glob("N_*/BatchComplete_*"))
    export_catalog(supplier=supplier, folder=tmp_path / "out", now=LATER)

    assert _bytes_in(tmp_path / "out") == _bytes_in(tmp_path / "whole")


def _bytes_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.django_db
def test_a_price_of_ones_own_leaves_as_a_code_that_the_rate_card_explains(tmp_path: Path) -> None:
    distributor = Distributor()
    supplier = a_supplier(distributor)
    deliver(supplier, distributor.album(6, track_count=1), tmp_path / "in")
    release = Release.objects.get()
    terms = GrantTerms(WORLDWIDE, Period.always(), "USD", usd("7.50"), usd("0"))
    record_grant(
        licensor_id=supplier.pk, release_id=release.pk, track_id=None, terms=terms, now=NOW
    )

    export_catalog(supplier=supplier, folder=tmp_path / "out", now=LATER)

    written = (tmp_path / "out" / "rate-card.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(written.splitlines()))
    assert [(row["code"], row["currency"], row["price"]) for row in rows] == [
        ("USD-7.50", "USD", "7.50")
    ]
    (document,) = (tmp_path / "out").glob("N_*/*/*.xml")
    message = read_message(document.read_bytes())
    assert isinstance(message, NewRelease)
    prices = {
        deal.releases: price.code
        for deal in message.contents.deals
        for price in deal.prices
        if price.kind == "code"
    }
    assert prices[("R0",)] == "USD-7.50"


@pytest.mark.django_db
def test_a_master_that_is_lost_is_named_and_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    distributor = Distributor()
    supplier = a_supplier(distributor)
    album = distributor.album(7, track_count=2)
    deliver(supplier, album, tmp_path / "in")
    lost = album.facts.tracks[0].sound
    assert lost is not None
    kept = MASTERS.path(lost.sha256).read_bytes()
    MASTERS.path(lost.sha256).unlink()
    try:
        summary = export_catalog(supplier=supplier, folder=tmp_path / "out", now=NOW)
    finally:
        MASTERS.put([kept])

    assert summary.lost == [f"{Release.objects.get().upc}: {lost.sha256}"]
    assert (summary.releases, summary.files) == (1, 2)


@pytest.mark.django_db
def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    supplier = a_supplier(Distributor())
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(AnotherExportError):
        export_catalog(supplier=supplier, folder=tmp_path, now=NOW)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
