"""Small shops for tests: each builder makes real rows by the store's own actions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction

from django.db import transaction

from pennywhistle.apps.catalog.actions.recordings import (
    RecordingCredits,
    RecordingFacts,
    credit_recordings,
    record_recordings,
)
from pennywhistle.apps.catalog.models import Release, ReleaseArtist, Track, Work
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import GrantTerms, Share, record_all_grants, set_up_store
from pennywhistle.apps.rights.actions.warranty import warrant_recordings
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.apps.rights.work import refresh_availability
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.slug import slugify
from pennywhistle.kernel.territories import Territories

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def usd(text: str) -> Money:
    """So many dollars, from a text such as 0.14."""
    return Money.parse(text, currency="USD")


def a_store(*, currency: str = "USD") -> None:
    """A store that keeps a tenth, at home in the US."""
    set_up_store(name="Test Records", currency=currency, share=Fraction(1, 10), home_country="US")


def a_user(email: str = "buyer@example.org", *, country: str = "US") -> User:
    """Somebody who can sign in with "whistle-while-you-work"."""
    return User.objects.create_user(
        email, "whistle-while-you-work", country=country, date_joined=NOON
    )


def a_buyer(email: str = "buyer@example.org", *, balance: str = "10.00") -> User:
    """A buyer with money on the balance."""
    user = a_user(email)
    give_balance(user, balance)
    return user


def give_balance(user: User, amount: str) -> Account:
    """Money paid in, as a provider's payment books it."""
    account = open_account(kind=Account.Kind.BALANCE, currency="USD", user_id=user.pk)
    clearing = open_account(kind=Account.Kind.CLEARING, currency="USD", code="fakepay")
    if usd(amount):
        write_entry(
            kind=Entry.Kind.TOP_UP,
            key=f"test:{user.pk}:{Entry.objects.count()}",
            subject=account.number,
            amounts=[Amount(account.number, usd(amount)), Amount(clearing.number, -usd(amount))],
            now=NOON,
        )
    return account


def keep() -> None:
    """Let the keeper work until nothing waits, as it does beside a store that runs."""
    while refresh_availability(now=datetime.now(tz=UTC)).is_waiting:
        pass


@dataclass(frozen=True)
class Shelf:
    """A published release with its tracks, ready to be bought."""

    release: Release
    tracks: list[Track]
    payees: list[Party]

    @property
    def album(self) -> ItemRef:
        """The release as an item."""
        return ItemRef(self.release.pk)

    def track(self, number: int) -> ItemRef:
        """One track as an item, counted from 1."""
        return ItemRef(self.release.pk, self.tracks[number - 1].pk)


@transaction.atomic
def a_shelf(
    title: str = "Tin Weather",
    *,
    track_count: int = 3,
    track_price: str | None = "0.14",
    album_price: str = "0.35",
    territories: Territories | None = None,
    shares: tuple[Fraction, ...] = (Fraction(1, 2), Fraction(1, 2)),
    payees_of: str = "",
    label_of: str = "",
) -> Shelf:
    """A release of a label, granted worldwide unless said otherwise.

    Its payees are its own, or, where several shelves say the same `payees_of`, the same for all;
    and so with its label, which supplies it.
    """
    whose = payees_of or title
    kinds = {f"{label_of or title} Label": Party.Kind.ORGANIZATION}
    kinds |= {f"{whose} Payee {n}": Party.Kind.PERSON for n in range(1, len(shares) + 1)}
    label, *payees = _parties(kinds)
    release = Release.objects.create(
        slug=slugify(title),
        title=title,
        artist_line=payees[0].name,
        label=label,
        supplier=label,
        released_on=date(2026, 11, 1),
        published_at=NOON,
    )
    ReleaseArtist.objects.create(release=release, party=payees[0])
    tracks = _tracks(release, track_count)
    warrant_recordings(
        supplier_id=label.pk, recording_ids=[track.recording_id for track in tracks], now=NOON
    )
    terms = GrantTerms(
        territories=territories or Territories.worldwide(),
        valid=Period.always(),
        currency="USD",
        price=usd(track_price) if track_price else None,
        wholesale=Money.zero("USD"),
        shares=tuple(
            Share(payee.pk, "MainArtist", share)
            for payee, share in zip(payees, shares, strict=True)
        ),
    )
    of_album = replace(terms, price=usd(album_price), shares=())
    record_all_grants(
        licensor_id=label.pk,
        release_id=release.pk,
        terms={**{track.pk: [terms] for track in tracks}, None: [of_album]},
        now=NOON,
    )
    return Shelf(release, tracks, payees)


def _parties(kinds: dict[str, str]) -> list[Party]:
    """The parties of these names, as `ensure_party` finds or makes each of them."""
    found = {party.name: party for party in Party.objects.filter(name__in=kinds).order_by("-id")}
    new = [name for name in kinds if name not in found]
    made = Party.objects.bulk_create(
        Party(name=name, kind=kinds[name], slug=slugify(name)) for name in new
    )
    found |= dict(zip(new, made, strict=True))
    return [found[name] for name in kinds]


def _tracks(release: Release, count: int) -> list[Track]:
    """Tracks of a minute, each a recording of a work of its own."""
    numbers = range(1, count + 1)
    recordings = record_recordings(
        supplier_id=release.supplier_id,
        told=[(RecordingFacts(f"Track {n}", isrc="", duration_ms=60_000), None) for n in numbers],
    )
    works = Work.objects.bulk_create(Work(title=f"Track {n}") for n in numbers)
    played = [
        RecordingCredits(recording.pk, (), (work.pk,))
        for recording, work in zip(recordings, works, strict=True)
    ]
    credit_recordings(told=played, now=NOON)
    return Track.objects.bulk_create(
        Track(
            slug=f"track-{n}",
            release=release,
            recording=recording,
            track_number=n,
            title=recording.title,
            artist_line=release.artist_line,
        )
        for n, recording in zip(numbers, recordings, strict=True)
    )
