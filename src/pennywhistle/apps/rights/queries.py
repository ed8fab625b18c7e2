"""Items with all facts of their clearance, loaded in one query; and clearing with them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.parties.queries import the_store
from pennywhistle.apps.rights.facts.items import item_of
from pennywhistle.apps.rights.facts.parties import party_row, reached_from, register_of
from pennywhistle.apps.rights.facts.releases import ReleaseRow, release_row
from pennywhistle.apps.rights.facts.statement import read_rows
from pennywhistle.apps.rights.refs import (
    ItemRef,
    item_ref_of,
    release_ref,
    track_ref,
)
from pennywhistle.engines import clearance
from pennywhistle.engines.clearance.extents import boundaries_of
from pennywhistle.kernel.money import Money, micro_per_minor_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

__all__ = ["ItemRef", "item_ref_of", "release_ref", "track_ref"]

verdicts_kept_max = 64
releases_kept_max = 4_096


@dataclass(frozen=True, slots=True)
class Loaded:
    """An item with the verdicts already made of it.

    What is decided of the same facts stays decided until one of their periods begins or ends: the
    verdict is kept for each question up to its instant, and for its instant by the stretch between
    two of `boundaries` and the year, which money that is kept apart is kept by.
    """

    item: clearance.Item
    boundaries: tuple[datetime, ...]
    verdicts: dict[tuple[Any, ...], clearance.Verdict] = field(default_factory=dict)

    def clear(self, question: clearance.Question) -> clearance.Verdict:
        """Clearance's answer, made once for each question."""
        # Whole numbers, because a fraction is slow to look up.
        asked = (
            *(question.territory, question.use, question.currency, question.has_subsidy),
            *question.store_share.as_integer_ratio(),
            *question.tax_rate.as_integer_ratio(),
            *(question.owned, question.paid.micro if question.paid else 0),
            *(question.offered.micro if question.offered else 0, question.discount),
            *(question.at.year, bisect_right(self.boundaries, question.at)),
        )
        verdict = self.verdicts.get(asked)
        if verdict is None:
            if len(self.verdicts) >= verdicts_kept_max:
                self.verdicts.clear()
            verdict = self.verdicts[asked] = clearance.clear(self.item, question)
        return verdict


def load_items(
    refs: Sequence[ItemRef],
    *,
    at: datetime,
    is_wide: bool = False,
    known_at: datetime | None = None,
) -> dict[ItemRef, Loaded]:
    """The facts about each item that exists, read now and in one query.

    `is_wide` reads what a refusal needs to name licenses that no mandate leads to. `known_at`
    reads what the register said then, whatever was closed or recorded since.
    """
    releases, parties = read_rows(
        (ref.release_id for ref in refs),
        (ref.track_id for ref in refs),
        is_wide=is_wide,
        known_at=known_at,
    )
    found = {}
    for ref in refs:
        facts = _facts_of(releases.get(ref.release_id), parties)
        loaded = facts.load(ref.track_id, at) if facts else None
        if loaded is not None:
            found[ref] = loaded
    return found


def items_for(
    refs: Sequence[ItemRef], *, at: datetime, is_wide: bool = False
) -> dict[ItemRef, clearance.Item]:
    """The facts about each item that exists, in one query."""
    return {ref: loaded.item for ref, loaded in load_items(refs, at=at, is_wide=is_wide).items()}


def everything_of(*, release_id: int, at: datetime) -> dict[ItemRef, clearance.Item]:
    """The release and each of its tracks as items, in one query, with all that a refusal names."""
    releases, parties = read_rows([release_id], [None], is_wide=True)
    facts = _facts_of(releases.get(release_id), parties)
    if facts is None:
        return {}
    track_ids = (None, *facts.row.tracks)
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
    adds_subsidy: bool = False

    def question(
        self,
        *,
        territory: str,
        at: datetime,
        tax_rate: Fraction = Fraction(0),
        owned: Iterable[str] = (),
        paid_micro: int = 0,
    ) -> clearance.Question:
        """Clearance's question, for a buyer who owns some tracks already and paid for them."""
        return clearance.Question(
            territory=territory,
            at=at,
            currency=self.currency,
            store_share=self.share,
            least_price=Money(micro_per_minor_unit(self.currency), self.currency),
            tax_rate=tax_rate,
            has_subsidy=self.adds_subsidy,
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
    return StoreTerms(store.currency, store.share, account.number, store.adds_subsidy)


@dataclass(frozen=True, slots=True)
class _Facts:
    """A release with what the register says of its parties."""

    row: ReleaseRow
    register: clearance.Register
    loaded: dict[tuple[int | None, bool], Loaded] = field(default_factory=dict)

    def load(self, track_id: int | None, at: datetime) -> Loaded | None:
        """The release as a whole, or one of its tracks; None where there is no such track."""
        known = self.loaded.get((track_id, self.row.is_published(at)))
        if known is not None:
            return known
        if not (track_id is None or track_id in self.row.tracks or track_id in self.row.left):
            return None
        item = item_of(self.row, self.register, track_id, at)
        made = self.loaded[track_id, item.is_published] = Loaded(item, boundaries_of(item))
        return made


def _facts_of(text: str | None, parties: Mapping[int, str]) -> _Facts | None:
    """The facts of a release by its row and the rows of all parties that were read."""
    if text is None:
        return None
    return _facts(text, reached_from(release_row(text).party_ids, parties))


# The database is asked each time; only what it says in the same words is not put together again.
@lru_cache(maxsize=releases_kept_max)
def _facts(text: str, parties: tuple[tuple[int, str], ...]) -> _Facts:
    rows = {party_id: party_row(party_id, row) for party_id, row in parties}
    return _Facts(release_row(text), register_of(rows))
