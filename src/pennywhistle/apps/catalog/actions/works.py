"""Writing works: who wrote them; which of them deliveries and messages mean."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.catalog.models import Role, Work, WorkCredit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


class RoleUnknownError(Exception):
    """A credit names a role that the catalog does not have."""

    code = "role-unknown"


@dataclass(frozen=True, slots=True)
class Credit:
    """A party and what it did; `role` is a value of `Role`."""

    party_id: int
    role: str


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """A composition as delivered; `iswc` in its normal form, or empty."""

    title: str
    iswc: str
    writers: tuple[Credit, ...]


Signature = tuple[str, frozenset[int]]
"""A work's title and all its writers."""


@transaction.atomic
def record_work(*, title: str, iswc: str, writers: Sequence[Credit]) -> Work:
    """The composition with this ISWC; without one, the composition of this title by these writers.

    Writers are added, never removed: one supplier knowing fewer of them is no reason to forget.
    """
    return record_delivered_works(works=[WorkFacts(title, iswc, tuple(writers))])[0]


def record_delivered_works(*, works: Sequence[WorkFacts]) -> list[Work]:
    """As `record_work`, for all works of a release at once, in the order asked.

    Part of its caller's transaction.
    """
    credited = {
        (place, writer.party_id, checked_role(role=writer.role))
        for place, told in enumerate(works)
        for writer in told.writers
    }
    by_iswc = _by_iswc(works)
    by_writers = works_by_title(titles={told.title for told in works if not told.iswc})
    new: dict[Signature, Work] = {}
    for told in works:
        signature = signature_of(title=told.title, writers=told.writers)
        if not told.iswc and signature not in by_writers:
            new.setdefault(signature, Work(title=told.title))
    Work.objects.bulk_create(new.values())
    by_writers |= new
    found = [
        by_iswc[told.iswc]
        if told.iswc
        else by_writers[signature_of(title=told.title, writers=told.writers)]
        for told in works
    ]
    add_writers(said=((found[place].pk, party_id, role) for place, party_id, role in credited))
    return found


def _by_iswc(works: Iterable[WorkFacts]) -> dict[str, Work]:
    """The works with these ISWCs; those that nobody knew are made, under the first title."""
    titles: dict[str, str] = {}
    for told in works:
        if told.iswc:
            titles.setdefault(told.iswc, told.title)
    if not titles:
        return {}
    found = {work.iswc: work for work in Work.objects.filter(iswc__in=titles)}
    # In order: two deliveries that make the same new works wait for each other one way only.
    new = sorted(titles.keys() - found.keys())
    if new:
        Work.objects.bulk_create(
            (Work(title=titles[iswc], iswc=iswc) for iswc in new), ignore_conflicts=True
        )
        found |= {work.iswc: work for work in Work.objects.filter(iswc__in=new)}
    return found


def works_by_title(*, titles: Collection[str]) -> dict[Signature, Work]:
    """Works by their title and all their writers; the first recorded where there are several."""
    if not titles:
        return {}
    writers: dict[Work, set[int]] = defaultdict(set)
    works = Work.objects.filter(title__in=titles).prefetch_related("credits").order_by("-id")
    for work in works:
        writers[work] = {credit.party_id for credit in work.credits.all()}
    return {(work.title, frozenset(ids)): work for work, ids in writers.items()}


def signature_of(*, title: str, writers: Iterable[Credit]) -> Signature:
    """Under what `works_by_title` has a work."""
    return title, frozenset(writer.party_id for writer in writers)


def add_writers(*, said: Iterable[tuple[int, int, str]]) -> None:
    """Write down who wrote what, as (work, party, role), where that is not known yet."""
    wanted = set(said)
    known = set(
        WorkCredit.objects.filter(work__in={work_id for work_id, _, _ in wanted}).values_list(
            "work_id", "party_id", "role"
        )
    )
    WorkCredit.objects.bulk_create(
        (
            WorkCredit(work_id=work_id, party_id=party_id, role=role)
            for work_id, party_id, role in sorted(wanted - known)
        ),
        ignore_conflicts=True,
    )


def checked_role(*, role: str) -> str:
    """The role, if the catalog knows it; raises RoleUnknownError."""
    if role not in Role.values:
        raise RoleUnknownError(f"{role!r} is no role; the catalog knows {', '.join(Role.values)}.")
    return role
