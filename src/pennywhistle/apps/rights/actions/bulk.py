"""Recording what a file says of many works at once, by the same rules as one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from pennywhistle.apps.rights.actions.ownership import Claim, Subject, check_claims, shares_of
from pennywhistle.apps.rights.closing import restate
from pennywhistle.apps.rights.models import OwnershipShare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

Status = OwnershipShare.Status
# Each work takes a lock until the end of the transaction, of some ten thousand that there are.
statements_max = 2_000


@dataclass(frozen=True, slots=True)
class Statement:
    """All that one source says of the ownership of a work; what it said before is over."""

    work_id: int
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Whose word it is: who sent the file, the file, and what the same party sent before."""

    party_id: int
    evidence_id: int
    earlier_evidence_ids: frozenset[int] = frozenset()

    def said(self, share: OwnershipShare) -> bool:
        """Whether a share rests on this party's word: on a file of its, or it warranted it."""
        if share.evidence_id is None:
            return share.party_id == self.party_id
        return share.evidence_id in self.earlier_evidence_ids | {self.evidence_id}


@dataclass(frozen=True, slots=True)
class Stated:
    """What became of statements, counted in shares.

    `contradicted` are ids of others' shares, `settled` of the party's own that a settlement closed.
    """

    recorded: int
    kept: int
    closed: int
    contradicted: tuple[int, ...]
    settled: tuple[int, ...] = ()


@transaction.atomic
def state_shares(*, statements: Sequence[Statement], source: Source, now: datetime) -> Stated:
    """Record what one source says of at most `statements_max` works, all or nothing.

    Shares that rest on its word and are not repeated are closed. Nobody else's are: where another
    source gives the same party another part, that share is marked as disputed, and nothing is
    recorded beside it, since two parts of one party would be added. A share that another source
    told alike stays as it is. What the store has confirmed, by a settlement for instance, no file
    changes: it stays confirmed, and is answered as contradicted. Of a right of which a settlement
    left a party nothing, a share that is told again is not recorded; it is answered as settled.

    Raises what `record_shares` does.
    """
    assert len(statements) <= statements_max, "the caller takes portions"
    for statement in statements:
        check_claims(subject=Subject(work_id=statement.work_id), claims=statement.claims)
    _lock([Subject(work_id=statement.work_id).ref for statement in statements])
    work_ids = [statement.work_id for statement in statements]
    known = _known(work_ids)
    sorting = _Sorting(
        {share.key: share for share in known}, source, _settled_away(work_ids, known)
    )
    for share in _told(statements, source.evidence_id):
        share.recorded_at = now
        sorting.add(share)
    sorting.left_out(known)
    gone = [share.pk for share in known if sorting.is_over(share)]
    OwnershipShare.objects.open().filter(id__in=gone).update(closed_at=now)
    for share in sorting.contradicted:
        if share.status not in {Status.DISPUTED, Status.CONFIRMED}:
            restate(share, now=now, status=Status.DISPUTED)
    OwnershipShare.objects.bulk_create(sorting.added, batch_size=2_000)
    return Stated(
        recorded=len(sorting.added),
        kept=len(sorting.kept),
        closed=len(gone),
        contradicted=tuple(share.pk for share in sorting.contradicted),
        settled=tuple(share.pk for share in sorting.settled),
    )


class _Sorting:
    """Sorts shares that are told into those to be added, those that stand, and contradictions."""

    def __init__(
        self,
        known: dict[tuple[object, ...], OwnershipShare],
        source: Source,
        settled_away: dict[_Whose, OwnershipShare],
    ) -> None:
        self.known = known
        self.source = source
        self.settled_away = settled_away
        self.added: list[OwnershipShare] = []
        self.kept: set[int] = set()
        self.replaced: set[int] = set()
        self.contradicted: list[OwnershipShare] = []
        self.settled: list[OwnershipShare] = []

    def add(self, share: OwnershipShare) -> None:
        before = self.known.get(share.key)
        settled = self.settled_away.get(_whose(share))
        if before is None and settled is not None:
            self.settled.append(settled)
        elif before is None:
            self.added.append(share)
        elif before.status != Status.REVOKED and before.part == share.part:
            self.kept.add(before.pk)
        elif before.status == Status.CONFIRMED:
            self.contradicted.append(before)
        elif before.status == Status.REVOKED or self.source.said(before):
            self.replaced.add(before.pk)
            self.added.append(share)
        else:
            self.contradicted.append(before)

    def left_out(self, known: Sequence[OwnershipShare]) -> None:
        """Once all is told: a confirmed share that its own source does not repeat."""
        told = self.kept | {share.pk for share in self.contradicted}
        self.contradicted += [
            share
            for share in known
            if share.status == Status.CONFIRMED and share.pk not in told and self.source.said(share)
        ]

    def is_over(self, share: OwnershipShare) -> bool:
        if share.pk in self.replaced:
            return True
        is_open = share.status != Status.CONFIRMED and share.pk not in self.kept
        return is_open and self.source.said(share)


def _lock(refs: Sequence[str]) -> None:
    """The locks of these subjects, in one order for everybody, so that no two wait in a ring."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('rights'), subject) FROM ("
            "SELECT DISTINCT hashtext(ref) AS subject FROM unnest(%s::text[]) ref ORDER BY 1"
            ") subjects",
            [list(refs)],
        )


def _known(work_ids: Sequence[int]) -> list[OwnershipShare]:
    return list(OwnershipShare.objects.open().filter(work__in=work_ids).order_by("id"))


# Whose share of what: the work, the right, the party.
_Whose = tuple[int | None, str, int]


def _whose(share: OwnershipShare) -> _Whose:
    return share.work_id, share.right, share.party_id


def _settled_away(
    work_ids: Sequence[int], known: Sequence[OwnershipShare]
) -> dict[_Whose, OwnershipShare]:
    """Shares of which a settlement left nothing: closed at the instant that confirmed others.

    A settlement closes all disputed shares of a right at once, and confirms what is left of them;
    whoever was left something has a share from that instant on, also if that was closed since.
    """
    rows = OwnershipShare.objects.filter(work__in=work_ids)
    confirmed = rows.filter(
        work=OuterRef("work"),
        right=OuterRef("right"),
        status=Status.CONFIRMED,
        recorded_at=OuterRef("closed_at"),
    )
    left = confirmed.filter(party=OuterRef("party"))
    closed = rows.filter(Exists(confirmed), ~Exists(left), closed_at__isnull=False)
    closed = closed.exclude(status=Status.REVOKED)
    standing = {_whose(share) for share in known if share.status != Status.REVOKED}
    return {
        _whose(share): share for share in closed.order_by("id") if _whose(share) not in standing
    }


def _told(statements: Sequence[Statement], evidence_id: int) -> Iterator[OwnershipShare]:
    """The claims as rows; each set of territories is looked up once."""
    together: list[Claim] = [claim for statement in statements for claim in statement.claims]
    works = [statement.work_id for statement in statements for _ in statement.claims]
    for work_id, share in zip(
        works, shares_of(claims=together, evidence_id=evidence_id), strict=True
    ):
        share.work_id = work_id
        yield share
