"""Which pages of the log a statement covers."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Subquery

from pennywhistle.apps.proof.models import Head, Page

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from pennywhistle.apps.statements.days import Days


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive pages, and the stretch of the log that they cover, half-open.

    `sealed_until` is where the newest page ends that stands under a signed head: what lies behind
    it is on no statement yet. Without pages `first_number` and `last_number` are None.
    """

    first_number: int | None
    last_number: int | None
    first_index: int
    end_index: int
    sealed_until: int

    @property
    def page_count(self) -> int:
        """How many pages they are."""
        if self.first_number is None or self.last_number is None:
            return 0
        return self.last_number - self.first_number + 1


def sealed_pages() -> QuerySet[Page]:
    """The pages that stand under the signed head, in their order."""
    size = Head.objects.filter(id=1).values("size")
    return Page.objects.filter(leaf_id__lt=Subquery(size)).order_by("number")


def stretch_of(days: Days) -> Stretch:
    """The pages of some days: those that were closed on one of them.

    In the log's order: from the first page closed on or after the first day, up to but without
    the first page closed after the last day. So the statements of adjoining periods leave no page
    out and name none twice, even if the clock was once set back between two pages.
    """
    pages = sealed_pages().values_list("number", "first_index", "end_index")
    last = pages.last()
    sealed_until = last[2] if last else 0
    first = pages.filter(closed_at__gte=days.starts_at).first()
    if first is None or last is None:
        return Stretch(None, None, sealed_until, sealed_until, sealed_until)
    after = pages.filter(closed_at__gte=days.ends_at).first()
    end_number, end_index = (after[0], after[1]) if after else (last[0] + 1, last[2])
    if end_number <= first[0]:
        return Stretch(None, None, first[1], first[1], sealed_until)
    return Stretch(first[0], end_number - 1, first[1], end_index, sealed_until)


def pages_of(stretch: Stretch) -> list[Page]:
    """The pages themselves."""
    if stretch.first_number is None:
        return []
    numbers = (stretch.first_number, stretch.last_number)
    return list(sealed_pages().filter(number__range=numbers))


class PageNumbers:
    """Tells which page of a stretch covers a place of the log."""

    def __init__(self, stretch: Stretch) -> None:
        rows = (
            sealed_pages().filter(number__range=(stretch.first_number, stretch.last_number))
            if stretch.first_number is not None
            else Page.objects.none()
        )
        found = list(rows.values_list("first_index", "number"))
        self._starts = [first for first, _ in found]
        self._numbers = [number for _, number in found]

    def covering(self, log_index: int) -> int:
        """The number of the page; `log_index` lies in the stretch."""
        return self._numbers[bisect_right(self._starts, log_index) - 1]
