"""Fills a demo: the store's choices, its people, and the sample catalog by the ordinary intake."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.timezone import now
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.actions import Terms, TrackTerms, publish_delivery
from pennywhistle.apps.intake.supplement import NamedCredit, Supplement, TrackNote
from pennywhistle.apps.parties.actions import ensure_party, let_act, party_meant
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import Share, set_up_store
from pennywhistle.apps.users.actions import ensure_user, let_operate
from pennywhistle.interfaces.console.keeper import catch_up
from pennywhistle.interfaces.console.sample import (
    CATALOG,
    SampleLabel,
    SampleRelease,
    SampleTrack,
    write_sample,
)
from pennywhistle.interfaces.console.sample_society import found_society
from pennywhistle.kernel.identifiers import Gtin
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from rich.console import Console

DEMO_PASSWORD = "pennywhistle-demo"  # noqa: S105 (printed by the demo, and good for nothing else)
BUYER = "buyer@demo.example"
OPERATOR = "operator@demo.example"
SOCIETY = "society@demo.example"
# In the order of the catalog.
LABELS = ("label@demo.example", "nordgleis@demo.example", "lantern@demo.example")
_CURRENCY = "USD"
_STORE_SHARE = Fraction(1, 10)


def seed(*, console: Console) -> None:
    """Make the demo's store, people and catalog; what is there already is left alone.

    The sample's folders are written below the store's data folder and taken in like any
    supplier's; they may be deleted afterwards.
    """
    # A demo of an earlier version has all but its operator.
    let_operate(user_id=_person(OPERATOR, "Otto Demo"))
    if is_seeded():
        return
    _set_up()
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as bars:
        writing = bars.add_task("Playing the music", total=None)
        folders = write_sample(
            Path(settings.DATA) / "sample",
            progress=lambda done, total: bars.update(writing, completed=done, total=total),
        )
        # What is written is taken in while the next is played: no core waits for another.
        releases = [(label, release) for label in CATALOG for release in label.releases]
        reading = bars.add_task("Taking it in", total=sum(len(r.tracks) for _, r in releases))
        for (label, release), folder in zip(releases, folders, strict=True):
            _take_in(label, release, folder, _counter(bars, reading))
    found_society(user_id=_person(SOCIETY, "Sasha Demo"), now=now())
    catch_up(console=console)


def _counter(bars: Progress, task: TaskID) -> work.Progress:
    """Adds one delivery's progress to the bar of all."""
    before = bars.tasks[task].completed

    def heard(step: str, done: int, _total: int, /, *_paths: str) -> None:
        if step == "check":
            bars.update(task, completed=before + done)

    return heard


def is_seeded() -> bool:
    """Whether every release of the sample is on the shelves."""
    wanted = {Gtin.parse(release.upc).value for label in CATALOG for release in label.releases}
    found = Release.objects.filter(upc__in=wanted, published_at__isnull=False)
    return found.count() == len(wanted)


def _set_up() -> None:
    set_up_store(
        name=settings.STORE_TITLE,
        currency=_CURRENCY,
        share=_STORE_SHARE,
        home_country="US",
        about="A demonstration: its music was made by a program, and its money is play money.",
    )
    _person(BUYER, "Robin Demo")
    for email, label in zip(LABELS, CATALOG, strict=True):
        party = ensure_party(name=label.name, kind=Party.Kind.ORGANIZATION, about=label.blurb)
        let_act(party_id=party.pk, user_id=_person(email, f"{label.name} (demo)"))


def _person(email: str, name: str) -> int:
    return ensure_user(email=email, password=DEMO_PASSWORD, name=name, country="US", now=now()).pk


def _take_in(
    label: SampleLabel, release: SampleRelease, folder: Path, progress: work.Progress
) -> None:
    supplier_id = ensure_party(name=label.name).pk
    delivery = work.read_folder(
        supplier_id=supplier_id,
        folder=folder,
        supplement=_supplement(release),
        now=now(),
        progress=progress,
    )
    publish_delivery(delivery_id=delivery.pk, terms=_terms(release, supplier_id), now=now())


def _supplement(release: SampleRelease) -> Supplement:
    return Supplement(
        notes=tuple(_note(track) for track in release.tracks),
        artists=release.artists,
        about=release.description,
        is_explicit=release.explicit,
    )


def _note(track: SampleTrack) -> TrackNote:
    credits_ = (NamedCredit(credit.party, credit.role) for credit in track.credits)
    return TrackNote(
        f"{track.number:02d} *", tuple(credits_), track.work_title, track.iswc, track.explicit
    )


def _terms(release: SampleRelease, supplier_id: int) -> Terms:
    included, excluded = release.territories.included, release.territories.excluded
    return Terms(
        currency=release.currency,
        territories=Territories.parse(included, excluded=excluded),
        valid=Period.always(),
        album_price=Money(release.price_micro, release.currency),
        track_price=None,
        own={
            (1, track.number): _track_terms(track, release, supplier_id) for track in release.tracks
        },
    )


def _track_terms(track: SampleTrack, release: SampleRelease, supplier_id: int) -> TrackTerms:
    price = None if track.price_micro is None else Money(track.price_micro, release.currency)
    return TrackTerms(
        price,
        tuple(
            Share(_payee(share.party, supplier_id), share.role, share.share)
            for share in track.split
        ),
    )


def _payee(name: str, supplier_id: int) -> int:
    return party_meant(said=name, by_party_id=supplier_id).pk
