"""The public list of works whose money nobody has claimed (directive 2014/26/EU, article 13(3)).

Amounts are told in bands: exactly, they would tell what a work sells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import connection

from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Iterable

works_per_page = 50
# In whole units of the currency; what is above the last has a band of its own.
band_ends = (1, 10, 100, 1_000)
micro_per_unit = 1_000_000
sums_kept_s = 60
_SUMS_KEY = "societies-unclaimed"

_OF_SOCIETY = re.compile(r"society-(?P<society>\d+)-(?P<reason>.+)")


@dataclass(frozen=True, slots=True)
class Why:
    """Why money is unclaimed; `society` is who keeps it, empty where the store itself does."""

    reason: str
    society: str


@dataclass(frozen=True, slots=True)
class UnclaimedWork:
    """A work, or a recording whose works are unknown, and what waits for its owner.

    It is at least `band_from` and less than `band_to` units of the currency; None: any more.
    """

    ref: str
    title: str
    code: str
    reasons: tuple[Why, ...]
    years: tuple[int, ...]
    territories: tuple[str, ...]
    currency: str
    band_from: int
    band_to: int | None


@dataclass(frozen=True, slots=True)
class UnclaimedPage:
    """Some unclaimed works by title."""

    works: tuple[UnclaimedWork, ...]
    has_more: bool


_WORKS = """
WITH kept AS (
  SELECT currency, split_part(code, ':', 1) AS reason, split_part(code, ':', 2) AS subject,
    split_part(code, ':', 3) AS territory, split_part(code, ':', 4)::integer AS year, micro
  FROM unnest(%(numbers)s::bigint[], %(micros)s::bigint[]) AS sums(number, micro)
  JOIN ledger_account USING (number)
), named AS (
  SELECT k.*, coalesce(w.title, r.title) AS title, coalesce(w.iswc, r.isrc) AS code
  FROM kept k
  LEFT JOIN catalog_work w ON w.id =
    CASE WHEN k.subject LIKE 'work-%%' THEN substr(k.subject, 6)::bigint END
  LEFT JOIN catalog_recording r ON r.id =
    CASE WHEN k.subject LIKE 'recording-%%' THEN substr(k.subject, 11)::bigint END
)
SELECT subject, title, code, array_agg(DISTINCT reason), array_agg(DISTINCT year),
  array_agg(DISTINCT territory), currency, sum(micro)
FROM named
WHERE title IS NOT NULL
  AND (strpos(lower(title), lower(%(wanted)s)) > 0 OR code = upper(%(code)s))
GROUP BY subject, title, code, currency
ORDER BY lower(title), subject, currency LIMIT %(limit)s OFFSET %(offset)s
"""


_SUMS = """
SELECT a.number, sum(p.amount_micro)::bigint FROM ledger_account a
JOIN ledger_posting p ON p.accounts @> ARRAY[a.number] AND p.account_id = a.number
WHERE a.kind = 'unclaimed' GROUP BY a.number HAVING sum(p.amount_micro) > 0
"""


def _sums() -> tuple[list[int], list[int]]:
    """The accounts with something on them, and how much; added up once a minute for everybody.

    Anybody may ask as often as they like, and the books are long.
    """
    found: tuple[list[int], list[int]] | None = cache.get(_SUMS_KEY)
    if found is None:
        with connection.cursor() as cursor:
            cursor.execute(_SUMS)
            rows = cursor.fetchall()
        found = [number for number, _ in rows], [micro for _, micro in rows]
        cache.set(_SUMS_KEY, found, sums_kept_s)
    return found


def unclaimed_works(*, wanted: str = "", page: int = 1) -> UnclaimedPage:
    """Unclaimed works whose title has these words in it, or whose ISWC or ISRC it is.

    As of at most a minute ago.
    """
    numbers, micros = _sums()
    with connection.cursor() as cursor:
        cursor.execute(
            _WORKS,
            {
                "numbers": numbers,
                "micros": micros,
                "wanted": wanted.strip(),
                "code": re.sub(r"[^0-9A-Za-z]", "", wanted) or "-",
                "limit": works_per_page + 1,
                "offset": (max(page, 1) - 1) * works_per_page,
            },
        )
        rows = cursor.fetchall()
    shown = rows[:works_per_page]
    names = _names_of({reason for row in shown for reason in row[3]})
    works = tuple(
        UnclaimedWork(
            ref=subject,
            title=title,
            code=code,
            reasons=tuple(_why(reason, names) for reason in reasons),
            years=tuple(years),
            territories=tuple(territories),
            currency=currency,
            band_from=max((end for end in band_ends if end * micro_per_unit <= micro), default=0),
            band_to=next((end for end in band_ends if end * micro_per_unit > micro), None),
        )
        for subject, title, code, reasons, years, territories, currency, micro in shown
    )
    return UnclaimedPage(works, has_more=len(rows) > len(shown))


def _names_of(reasons: Iterable[str]) -> dict[int, str]:
    ids = {int(found["society"]) for reason in reasons if (found := _OF_SOCIETY.match(reason))}
    return dict(Party.objects.filter(id__in=ids).values_list("id", "name"))


def _why(reason: str, names: dict[int, str]) -> Why:
    found = _OF_SOCIETY.match(reason)
    if found is None:
        return Why(reason, "")
    return Why(found["reason"], names.get(int(found["society"]), ""))
