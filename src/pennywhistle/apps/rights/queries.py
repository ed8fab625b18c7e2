"""The facts of clearance, loaded in one query; and clearing with them."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection

from pennywhistle.apps.catalog.models import Release, Track
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.engines import clearance
from pennywhistle.kernel.money import Money, micro_per_minor_unit
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from pennywhistle.machine.postgres.prepared import array, run_prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


verdicts_kept_max = 64
releases_kept_max = 4_096


@dataclass(frozen=True, slots=True)
class ItemRef:
    """A release, or one track of it, by their ids in the database."""

    release_id: int
    track_id: int | None = None


# All that clearance needs of any number of releases and single tracks, one row a release. The
# tracks of a release that is asked for as a whole come all; otherwise only those asked for.
_FACTS = """
WITH wanted AS (
  SELECT release_id, bool_or(track_id IS NULL) AS whole, array_agg(track_id) AS tracks
  FROM unnest(%s::bigint[], %s::bigint[]) AS w(release_id, track_id) GROUP BY release_id
)
SELECT r.id, r.public_id, r.title, s.name, r.published_at, r.withdrawn_at,
  (SELECT json_agg(json_build_array(t.id, t.public_id, t.title)
           ORDER BY t.disc_number, t.track_number)::text
   FROM catalog_track t WHERE t.release_id = r.id AND (w.whole OR t.id = ANY (w.tracks))),
  (SELECT json_agg(json_build_array(g.id, g.track_id, g.licensor_id, l.name, g.uses,
      encode(ts.mask, 'hex'), g.valid_from, g.valid_until, g.currency, g.price_micro,
      g.wholesale_micro,
      (SELECT json_agg(json_build_array(sh.account_number, sh.party_id, p.name, sh.role,
                sh.numerator, sh.denominator) ORDER BY sh.id)
       FROM rights_grantshare sh JOIN parties_party p ON p.id = sh.party_id
       WHERE sh.grant_id = g.id)) ORDER BY g.id)::text
   FROM rights_grant g JOIN parties_party l ON l.id = g.licensor_id
   JOIN rights_territoryset ts ON ts.digest = g.territories_id
   WHERE g.release_id = r.id AND g.closed_at IS NULL
     AND (w.whole OR g.track_id = ANY (w.tracks))),
  (SELECT json_agg(json_build_array(st.id, st.track_id, st.kind, st.sentence)
           ORDER BY st.id)::text
   FROM rights_stop st WHERE st.release_id = r.id AND st.closed_at IS NULL)
FROM wanted w JOIN catalog_release r ON r.id = w.release_id
JOIN parties_party s ON s.id = r.supplier_id
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An item with the verdicts already made of it.

    What is decided of the same facts stays decided until a grant begins or ends: the verdict is
    kept for each question up to its instant, and for its instant by the stretch between two of
    `boundaries`.
    """

    item: clearance.Item
    boundaries: tuple[datetime, ...]
    verdicts: dict[tuple[Any, ...], clearance.Verdict] = field(default_factory=dict)

    def clear(self, question: clearance.Question) -> clearance.Verdict:
        """Clearance's answer, made once for each question."""
        asked = (
            *(question.territory, question.use, question.currency, question.store_share),
            *(question.store_account, question.owned, question.paid),
            bisect_right(self.boundaries, question.at),
        )
        verdict = self.verdicts.get(asked)
        if verdict is None:
            if len(self.verdicts) >= verdicts_kept_max:
                self.verdicts.clear()
            verdict = self.verdicts[asked] = clearance.clear(self.item, question)
        return verdict


def load_items(refs: Sequence[ItemRef], *, at: datetime) -> dict[ItemRef, Loaded]:
    """The facts about each item that exists, read now and in one query."""
    releases = {
        row[0]: _facts(row[1:])
        for row in run_prepared(
            connection,
            _FACTS,
            [array(ref.release_id for ref in refs), array(ref.track_id for ref in refs)],
        )
    }
    found = {}
    for ref in refs:
        facts = releases.get(ref.release_id)
        loaded = facts.load(ref.track_id, at) if facts else None
        if loaded is not None:
            found[ref] = loaded
    return found


def items_for(refs: Sequence[ItemRef], *, at: datetime) -> dict[ItemRef, clearance.Item]:
    """The facts about each item that exists, in one query."""
    return {ref: loaded.item for ref, loaded in load_items(refs, at=at).items()}


def everything_of(*, release_id: int, at: datetime) -> dict[ItemRef, clearance.Item]:
    """The release and each of its tracks as items, in one query."""
    rows = run_prepared(connection, _FACTS, [array([release_id]), array([None])])
    if not rows:
        return {}
    facts = _facts(rows[0][1:])
    track_ids = (None, *facts.tracks)
    return {
        ItemRef(release_id, track_id): loaded.item
        for track_id in track_ids
        if (loaded := facts.load(track_id, at)) is not None
    }


@dataclass(frozen=True, slots=True)
class StoreTerms:
    """What the store takes of each sale, and into which account."""

    currency: str
    share: Fraction
    account: int

    def question(
        self, *, territory: str, at: datetime, owned: Iterable[str] = (), paid_micro: int = 0
    ) -> clearance.Question:
        """Clearance's question, for a buyer who owns some tracks already and paid for them."""
        return clearance.Question(
            territory=territory,
            at=at,
            currency=self.currency,
            store_share=self.share,
            store_account=self.account,
            least_price=Money(micro_per_minor_unit(self.currency), self.currency),
            owned=frozenset(owned),
            paid=Money(paid_micro, self.currency),
        )


class StoreNotSetUpError(Exception):
    """The store has no row of choices and no account for its share: run its set-up first."""

    code = "store-not-set-up"


def store_terms() -> StoreTerms:
    """The store's terms now. Raises StoreNotSetUpError."""
    store = the_store()
    account = Account.objects.filter(kind=Account.Kind.STORE, currency=store.currency).first()
    if account is None:
        raise StoreNotSetUpError(
            "The store has no account for its share; run `pennywhistle setup`."
        )
    return StoreTerms(store.currency, store.share, account.number)


def release_ref(public_id: str) -> str:
    """A release's name in sales and in the log."""
    return f"release:{public_id}"


def track_ref(public_id: str) -> str:
    """A track's name in sales and in the log."""
    return f"track:{public_id}"


def item_ref_of(thing: Release | Track) -> ItemRef:
    """The reference of a catalog row."""
    return ItemRef(thing.release_id, thing.pk) if isinstance(thing, Track) else ItemRef(thing.pk)


@dataclass(frozen=True, slots=True)
class _Facts:
    """One release's row of facts, taken apart."""

    public_id: str
    title: str
    supplier: str
    published_at: datetime | None
    withdrawn_at: datetime | None
    tracks: dict[int, clearance.Track]
    grants: tuple[clearance.Grant, ...]
    stops: tuple[clearance.Stop, ...]
    loaded: dict[tuple[int | None, bool], Loaded] = field(default_factory=dict)

    def load(self, track_id: int | None, at: datetime) -> Loaded | None:
        """The release as a whole, or one of its tracks; None where there is no such track."""
        is_published = (
            self.published_at is not None
            and self.published_at <= at
            and (self.withdrawn_at is None or self.withdrawn_at > at)
        )
        known = self.loaded.get((track_id, is_published))
        if known is not None:
            return known
        item = self._item(track_id, is_published=is_published)
        if item is None:
            return None
        made = self.loaded[track_id, is_published] = Loaded(item, _boundaries(item))
        return made

    def _item(self, track_id: int | None, *, is_published: bool) -> clearance.Item | None:
        if track_id is None:
            return clearance.Item(
                ref=release_ref(self.public_id),
                title=self.title,
                supplier=self.supplier,
                is_published=is_published,
                tracks=tuple(self.tracks.values()),
                grants=self.grants,
                stops=self.stops,
                is_release=True,
            )
        track = self.tracks.get(track_id)
        if track is None:
            return None
        return clearance.Item(
            ref=track.ref,
            title=track.title,
            supplier=self.supplier,
            is_published=is_published,
            tracks=(track,),
            stops=self.stops,
        )


# The database is asked each time; only what it says of the same release in the same words is not
# taken apart again.
@lru_cache(maxsize=releases_kept_max)
def _facts(row: tuple[Any, ...]) -> _Facts:
    public_id, title, supplier, published_at, withdrawn_at, tracks, grants, stops = row
    by_track: dict[int | None, list[clearance.Grant]] = defaultdict(list)
    for grant in json.loads(grants or "[]"):
        by_track[grant[1]].append(_grant(grant))
    stopped: dict[int | None, list[clearance.Stop]] = defaultdict(list)
    for stop_id, track_id, kind, sentence in json.loads(stops or "[]"):
        stopped[track_id].append(clearance.Stop(stop_id, kind, sentence))
    return _Facts(
        public_id=public_id,
        title=title,
        supplier=supplier,
        published_at=published_at,
        withdrawn_at=withdrawn_at,
        tracks={
            track_id: clearance.Track(
                track_ref(track_public_id),
                track_title,
                tuple(by_track[track_id]),
                tuple(stopped[track_id]),
            )
            for track_id, track_public_id, track_title in json.loads(tracks or "[]")
        },
        grants=tuple(by_track[None]),
        stops=tuple(stopped[None]),
    )


def _boundaries(item: clearance.Item) -> tuple[datetime, ...]:
    grants = [*item.grants, *(grant for track in item.tracks for grant in track.grants)]
    instants = (end for grant in grants for end in (grant.valid.starts_at, grant.valid.ends_at))
    return tuple(sorted({instant for instant in instants if instant is not None}))


def _grant(row: list[Any]) -> clearance.Grant:
    grant_id, _, licensor_id, licensor, uses, mask, start, end, currency, price, least, shares = row
    return clearance.Grant(
        id=grant_id,
        licensor_id=licensor_id,
        licensor=licensor,
        uses=frozenset(uses.split(",")),
        territories=Territories.from_bytes(bytes.fromhex(mask)),
        valid=Period(
            datetime.fromisoformat(start) if start else None,
            datetime.fromisoformat(end) if end else None,
        ),
        wholesale=Money(least, currency),
        price=Money(price, currency) if price is not None else None,
        payees=tuple(
            clearance.Payee(account, party_id, name, role, Fraction(numerator, denominator))
            for account, party_id, name, role, numerator, denominator in shares or ()
        ),
    )
