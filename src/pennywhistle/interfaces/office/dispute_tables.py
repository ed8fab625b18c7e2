"""Disputes as the office's templates draw them: rows, money held, moves, postings, who was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from pennywhistle.apps.parties.models import Party
from pennywhistle.interfaces.common.disputes import part_text
from pennywhistle.interfaces.common.format import country_name, date_text, exact_text, price_text
from pennywhistle.interfaces.common.party_field import right_name
from pennywhistle.interfaces.common.purse_names import purse_name
from pennywhistle.interfaces.office.words import instant_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.claims.dossier import Held
    from pennywhistle.apps.claims.models import Notice
    from pennywhistle.apps.claims.moving import Move
    from pennywhistle.apps.claims.queries import DisputeRow
    from pennywhistle.apps.ledger.models import Posting
    from pennywhistle.kernel.money import Money


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute in the inbox."""

    id: int
    url: str
    title: str
    is_work: bool
    right: str
    claimants: str
    claimed: str
    held: str
    due: str
    left: str
    is_late: bool
    settled: str


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """An amount with whose it is; negative where it is asked back."""

    name: str
    amount: str
    is_negative: bool
    account: int | None = None


@dataclass(frozen=True, slots=True)
class EntryText:
    """An entry of the books with all its postings."""

    id: str
    at: str
    lines: tuple[MoneyLine, ...]


def dispute_line(row: DisputeRow, *, now: datetime) -> DisputeLine:
    """A row of the inbox."""
    return DisputeLine(
        id=row.id,
        url=reverse("office-dispute", args=[row.id]),
        title=row.title,
        is_work=row.is_work,
        right=str(right_name(row.right)),
        claimants=", ".join(row.claimants),
        claimed=part_text(row.claimed),
        held=moneys_text(row.held),
        due=date_text(row.evidence_due_at.date()),
        left=days_left(row.evidence_due_at, now=now),
        is_late=row.evidence_due_at <= now,
        settled=instant_text(row.settled_at),
    )


def days_left(due_at: datetime, *, now: datetime) -> str:
    """How long the claimants still have."""
    days = (due_at.date() - now.date()).days
    if due_at <= now:
        return gettext("over")
    if not days:
        return gettext("today")
    return ngettext("%(count)d day left", "%(count)d days left", days) % {"count": days}


def moneys_text(moneys: Sequence[Money]) -> str:
    """Amounts of several currencies on one line."""
    return " + ".join(price_text(money) for money in moneys)


def held_lines(held: Sequence[Held]) -> list[tuple[str, str, int, str]]:
    """Territory, year, account and amount of what is held."""
    return [
        (country_name(each.territory), each.year, each.account, exact_text(each.money))
        for each in held
    ]


def move_lines(moves: Sequence[Move]) -> list[MoneyLine]:
    """What a settlement would pay to whom, payees first; one query."""
    names = Party.objects.in_bulk([move.purse.party_id for move in moves if move.purse.party_id])
    return [
        MoneyLine(
            name=names[move.purse.party_id].name
            if move.purse.party_id
            else _apart(move.purse.kind, move.purse.code),
            amount=exact_text(move.money),
            is_negative=move.money.is_negative,
        )
        for move in sorted(moves, key=lambda move: (not move.purse.party_id, move.purse))
    ]


def entry_texts(postings: Sequence[Posting], money: type[Money]) -> list[EntryText]:
    """Postings by their entry, in the order in which they come."""
    found: dict[str, list[Posting]] = {}
    for posting in postings:
        found.setdefault(str(posting.entry_id), []).append(posting)
    return [
        EntryText(
            id=entry_id,
            at=instant_text(lines[0].entry.occurred_at),
            lines=tuple(
                MoneyLine(
                    name=each.account.party.name
                    if each.account.party
                    else _apart(each.account.kind, each.account.code),
                    amount=exact_text(money(each.amount_micro, each.currency)),
                    is_negative=each.amount_micro < 0,
                    account=each.account_id,
                )
                for each in lines
            ),
        )
        for entry_id, lines in found.items()
    ]


def told_lines(notices: Sequence[Notice]) -> list[tuple[str, str]]:
    """Who is told by mail, and when the mail went out."""
    return [(each.user.email, instant_text(each.sent_at)) for each in notices]


def _apart(kind: str, code: str) -> str:
    """Whose money it is, and where and when it was earned where that is known."""
    name = purse_name(kind, code)
    _, _, place = code.partition(":work-")
    pieces = place.split(":")
    if len(pieces) != 3:  # noqa: PLR2004 (work, territory, year)
        return name
    return f"{name} ({country_name(pieces[1])}, {pieces[2]})"
