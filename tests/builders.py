"""Small shops for tests: each builder makes real rows by the store's own actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction

from pennywhistle.apps.catalog.actions import WorkPart, link_works
from pennywhistle.apps.catalog.models import Recording, Release, ReleaseArtist, Track, Work
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import GrantTerms, Share, record_grant, set_up_store
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
    label = ensure_party(name=f"{label_of or title} Label", kind=Party.Kind.ORGANIZATION)
    whose = payees_of or title
    payees = [ensure_party(name=f"{whose} Payee {n}") for n in range(1, len(shares) + 1)]
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
    where = territories or Territories.worldwide()
    tracks = [_a_track(release, number, label, payees[0]) for number in range(1, track_count + 1)]
    warrant_recordings(
        supplier_id=label.pk, recording_ids=[track.recording_id for track in tracks], now=NOON
    )
    for track in tracks:
        terms = GrantTerms(
            territories=where,
            valid=Period.always(),
            currency="USD",
            price=usd(track_price) if track_price else None,
            wholesale=Money.zero("USD"),
            shares=tuple(
                Share(payee.pk, "MainArtist", share)
                for payee, share in zip(payees, shares, strict=True)
            ),
        )
        record_grant(
            licensor_id=label.pk, release_id=release.pk, track_id=track.pk, terms=terms, now=NOON
        )
    record_grant(
        licensor_id=label.pk,
        release_id=release.pk,
        track_id=None,
        terms=GrantTerms(where, Period.always(), "USD", usd(album_price), Money.zero("USD")),
        now=NOON,
    )
    return Shelf(release, tracks, payees)


def _a_track(release: Release, number: int, supplier: Party, artist: Party) -> Track:
    recording = Recording.objects.create(
        title=f"Track {number}", duration_ms=60_000, supplier=supplier
    )
    work = Work.objects.create(title=f"Track {number}")
    link_works(
        recording_id=recording.pk,
        parts=[WorkPart(work.pk, Fraction(1))],
        matched_by="supplier",
        now=NOON,
    )
    return Track.objects.create(
        slug=f"track-{number}",
        release=release,
        recording=recording,
        track_number=number,
        title=f"Track {number}",
        artist_line=artist.name,
    )
