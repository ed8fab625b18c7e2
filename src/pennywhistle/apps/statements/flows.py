"""Where the prices of a payee's sales went, as the books have it: read by verdict, in one query.

Amounts are those of the entries' postings, so that everything here sums to the ledger. Verdicts say
what a posting was for: which part of it is a license fee, and for which works.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.apps.rights.models import Verdict
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.purse import PurseKind
from pennywhistle.kernel.split import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from pennywhistle.apps.ledger.models import Account
    from pennywhistle.apps.statements.pages import Stretch

verdicts_read_at_once = 2_000
LICENSE_FEE = "LicenseFee"


@dataclass(slots=True)
class Flow:
    """Micro-units of one currency: what buyers paid, what the store added, and where both went.

    Refunds are counted below zero. `tariffs` are the license fees of others, `others` what other
    payees got besides; `own_tariff` and `own_share` are the payee's two parts of what it got.
    """

    gross: int = 0
    subsidy: int = 0
    tax: int = 0
    tariffs: int = 0
    store: int = 0
    held: int = 0
    unclaimed: int = 0
    others: int = 0
    own_tariff: int = 0
    own_share: int = 0

    def add(self, other: Flow) -> None:
        """Add another's amounts."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def own(self) -> int:
        """What the payee got."""
        return self.own_tariff + self.own_share

    @property
    def left(self) -> int:
        """What is unaccounted for: always nothing, for entries balance."""
        gone = self.tax + self.tariffs + self.store + self.held + self.unclaimed
        return self.gross + self.subsidy - gone - self.others - self.own


@dataclass(frozen=True, slots=True)
class Apart:
    """Money of the payee's sales that was kept apart at the sale: why, over what, where, when."""

    kind: str
    reason: str
    subject: str
    territory: str
    year: int

    @classmethod
    def of(cls, kind: str, code: str) -> Apart:
        """What the code of an account that keeps money says (`kernel.purse.Purse`)."""
        pieces = code.split(":")
        reason, subject, territory, year = (
            pieces if len(pieces) == 4 else (code, "", "", "0")  # noqa: PLR2004 (its four words)
        )
        return cls(kind, reason, subject, territory, int(year) if year.isdecimal() else 0)


@dataclass(slots=True)
class Sold:
    """All sales on one verdict in a stretch of the log, or on one of its days, with refunds."""

    item: str
    territory: str
    use: str
    price_micro: int
    # What of the price is no tax.
    net_micro: int
    day: date | None = None
    sale_count: int = 0
    refund_count: int = 0
    flow: Flow = field(default_factory=Flow)
    apart: dict[Apart, int] = field(default_factory=dict)
    # What licensors got for which work: (the work's or recording's ref, the licensor's id).
    works: dict[tuple[str, int], int] = field(default_factory=dict)


# What sales and refunds in a stretch of the log moved, by verdict; the day is that of the entry.
_MOVED = """
WITH mine AS (
  SELECT e.kind, coalesce(e.reverses_id, e.id) AS sale, e.accounts, e.amounts_micro,
    CASE WHEN %(by_day)s THEN (e.occurred_at AT TIME ZONE 'UTC')::date END AS day
  FROM proof_leaf f JOIN ledger_entry e ON e.id = f.entry_id
  WHERE f.log_index >= %(first)s AND f.log_index < %(end)s AND e.kind IN ('sale', 'refund')
    {whose}
)
SELECT l.verdict_id, m.day, m.kind, a.kind, coalesce(a.party_id, 0), a.code, count(*), sum(p.amount)
FROM mine m
JOIN orders_orderline l ON l.entry_id = m.sale
CROSS JOIN unnest(m.accounts, m.amounts_micro) AS p(account, amount)
JOIN ledger_account a ON a.number = p.account
{which}
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
"""
_OF_ACCOUNT = _MOVED.format(
    whose="AND e.accounts @> ARRAY[%(account)s]::integer[]",
    which="",
)
_OF_LICENSOR = _MOVED.format(
    whose="AND e.currency = %(currency)s",
    which="""WHERE l.verdict_id IN (
  SELECT v.digest FROM rights_verdict v, jsonb_array_elements(v.document->'usage') AS owed
  WHERE (owed->>1)::bigint = %(licensor)s)""",
)
# Digest, day, kind of entry, kind of account, party, code, how many postings, their sum.
_Row = tuple[bytes, "date | None", str, str, int, str, int, int]


def sold_to(account: Account, stretch: Stretch, *, by_day: bool = False) -> Iterator[Sold]:
    """What an account's sales divided: one for each verdict they were made on, or verdict and day.

    Only sales that credited the account, and their refunds.
    """
    assert account.party_id is not None, "a payee's account has a party"
    asked: dict[str, int | str] = {"account": account.number, "by_day": by_day}
    yield from _sold_by(_OF_ACCOUNT, asked, stretch, (account.party_id, account.currency))


def sold_under(
    licensor_id: int, currency: str, stretch: Stretch, *, by_day: bool = False
) -> Iterator[Sold]:
    """What was sold under a licensor's licenses, also where all that it is owed is held."""
    asked: dict[str, int | str] = {
        "licensor": licensor_id,
        "currency": currency,
        "by_day": by_day,
    }
    yield from _sold_by(_OF_LICENSOR, asked, stretch, (licensor_id, currency))


def _sold_by(
    query: str, asked: Mapping[str, int | str], stretch: Stretch, whose: tuple[int, str]
) -> Iterator[Sold]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"first": stretch.first_index, "end": stretch.end_index, **asked})
        rows: list[_Row] = [(bytes(r[0]), *r[1:7], int(r[7])) for r in cursor.fetchall()]
    by_verdict: dict[bytes, dict[date | None, list[_Row]]] = {}
    for row in rows:
        by_verdict.setdefault(row[0], {}).setdefault(row[1], []).append(row)
    digests = list(by_verdict)
    for start in range(0, len(digests), verdicts_read_at_once):
        some = digests[start : start + verdicts_read_at_once]
        for document in _documents(some):
            for day, mine in by_verdict[document.digest].items():
                yield _sold(document, day, mine, whose)


@dataclass(frozen=True, slots=True)
class _Document:
    """What a verdict says of how its price is divided."""

    digest: bytes
    item: str
    territory: str
    use: str
    price_micro: int
    subsidy_micro: int
    parts: Iterable[tuple[str, int, str, str, str]]
    usage: Iterable[tuple[int, int, str, str, str]]

    def fees(self) -> Mapping[int, dict[str, Fraction]]:
        """By licensor, which part of the price it gets for which work; without what is held."""
        found: dict[int, dict[str, Fraction]] = {}
        for _, licensor_id, subject, apart, share in self.usage:
            if not apart:
                works = found.setdefault(licensor_id, {})
                works[subject] = works.get(subject, Fraction(0)) + Fraction(share)
        return found

    @property
    def net_micro(self) -> int:
        """The price without tax, to the nearest micro-unit, which each sale's tax is as near to."""
        taxes = (Fraction(share) for kind, *_, share in self.parts if kind == PurseKind.TAX)
        total = self.price_micro + self.subsidy_micro
        return self.price_micro - round(sum(taxes, Fraction(0)) * total)

    def share_of(self, party_id: int) -> Fraction:
        """A payee's whole part of the price."""
        shares = (
            Fraction(share)
            for kind, whose, _, _, share in self.parts
            if kind == PurseKind.PAYEE and whose == party_id
        )
        return sum(shares, Fraction(0))


def _documents(digests: list[bytes]) -> Iterator[_Document]:
    names = ("item", "territory", "use", "price_micro", "subsidy_micro", "parts", "usage")
    rows = Verdict.objects.filter(digest__in=digests).order_by("digest")
    for digest, *said in rows.values_list("digest", *(f"document__{name}" for name in names)):
        item, territory, use, price, subsidy, parts, usage = said
        yield _Document(
            bytes(digest), item, territory, use, price, subsidy or 0, parts or (), usage or ()
        )


def _sold(document: _Document, day: date | None, rows: list[_Row], whose: tuple[int, str]) -> Sold:
    sold = Sold(
        document.item,
        document.territory,
        document.use,
        document.price_micro,
        document.net_micro,
        day,
    )
    fees = document.fees()
    for _, _, entry_kind, kind, party_id, code, count, amount in rows:
        if kind == "balance":
            sold.flow.gross -= amount
            if entry_kind == "sale":
                sold.sale_count += count
            else:
                sold.refund_count += count
        elif kind in {PurseKind.HELD, PurseKind.UNCLAIMED}:
            apart = Apart.of(kind, code)
            sold.apart[apart] = sold.apart.get(apart, 0) + amount
            setattr(sold.flow, kind, getattr(sold.flow, kind) + amount)
        elif kind == PurseKind.PAYEE:
            payee = _Payee(party_id, document.share_of(party_id), fees.get(party_id, {}))
            _count_payee(sold, payee, amount, whose, seed=document.digest)
        elif kind == PurseKind.SUBSIDY:
            sold.flow.subsidy -= amount
        else:
            setattr(sold.flow, kind, getattr(sold.flow, kind) + amount)
    return sold


@dataclass(frozen=True, slots=True)
class _Payee:
    """A payee's whole part of a price, and what of it is a fee for which work."""

    party_id: int
    whole: Fraction
    works: Mapping[str, Fraction]


def _count_payee(
    sold: Sold, payee: _Payee, amount: int, whose: tuple[int, str], *, seed: bytes
) -> None:
    """Take a payee's posting apart: what it got for each work, and what besides."""
    party_id, currency = whose
    fee = sum(payee.works.values(), Fraction(0))
    tariff = 0
    if fee and payee.whole:
        shares = [1 - fee / payee.whole, *(share / payee.whole for share in payee.works.values())]
        parts = split(Money(abs(amount), currency), shares=shares, seed=seed)
        sign = 1 if amount >= 0 else -1
        for subject, part in zip(payee.works, parts[1:], strict=True):
            key = (subject, payee.party_id)
            sold.works[key] = sold.works.get(key, 0) + sign * part.micro
            tariff += sign * part.micro
    if payee.party_id == party_id:
        sold.flow.own_tariff += tariff
        sold.flow.own_share += amount - tariff
    else:
        sold.flow.tariffs += tariff
        sold.flow.others += amount - tariff
