"""Entering bank details: checked, masked, in force after three days, and told to everybody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.db import transaction
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from text_unidecode import unidecode  # type: ignore[import-untyped]

from pennywhistle.apps.parties.actions import lock_parties
from pennywhistle.apps.payouts.errors import DetailsInvalidError
from pennywhistle.apps.payouts.limits import ACCOUNT_LENGTH_MAX, DETAILS_WAIT, HOLDER_LENGTH_MAX
from pennywhistle.apps.payouts.models import Details, Letter
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.territories import TERRITORY_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


@dataclass(frozen=True, slots=True)
class DetailsSaid:
    """What somebody entered for a party that they act for."""

    party_id: int
    user_id: int
    kind: str
    holder: str
    country: str
    account: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A party's details: what holds, what waits, and what closed the newest, if that was it.

    `doubtful` are those that would hold if money had not come back from there.
    """

    in_force: Details | None
    waiting: Details | None
    doubtful: Details | None


@transaction.atomic
def record_details(*, said: DetailsSaid, now: datetime) -> Details:
    """Keep new bank details; money goes there in three days, and all who act for the party hear.

    Those that were still waiting are closed, and the wait begins anew; until it is over, what was
    in force stays so. The same ones again, waiting or in force, change nothing.

    Raises:
        DetailsInvalidError: no holder, no country, or no account with right check digits.
    """
    lock_parties(party_ids=[said.party_id])
    holder = " ".join(said.holder.split())
    if not holder or len(holder) > HOLDER_LENGTH_MAX or not holder.isprintable():
        raise DetailsInvalidError(f"A holder has a name of at most {HOLDER_LENGTH_MAX} letters.")
    if said.country not in TERRITORY_CODES:
        raise DetailsInvalidError("Say in which country the holder lives.")
    account, bic = account_of(said.kind, said.account)
    if said.kind == Details.Kind.IBAN and not name_for_bank(holder):
        raise DetailsInvalidError(
            "Write the holder's name in letters that banks read, such as Latin ones."
        )
    standing = standing_of(said.party_id, at=now)
    newest = standing.waiting or standing.in_force
    written = (said.kind, holder, said.country, account)
    if newest and (newest.kind, newest.holder, newest.country, newest.account) == written:
        return newest
    Details.objects.waiting(at=now).filter(party=said.party_id).update(closed_at=now)
    people = _people(said.party_id)
    told = people.keys() | _told_before(said.party_id)
    details = Details.objects.create(
        party_id=said.party_id,
        kind=said.kind,
        holder=holder,
        country=said.country,
        account=account,
        bic=bic,
        entered_by_id=said.user_id,
        entered_at=now,
        usable_at=now + DETAILS_WAIT,
        told=sorted(told),
    )
    _tell(details, people, now)
    return details


def name_for_bank(holder: str) -> str:
    """A holder in the letters that a bank's file takes, as what writes the file turns them."""
    return str(unidecode(holder)).strip()


def account_of(kind: str, text: str) -> tuple[str, str]:
    """An account as it is kept, and its bank's code (BIC) where it is known.

    Raises DetailsInvalidError.
    """
    compact = re.sub(r"[\s-]", "", text).upper()
    if kind == Details.Kind.IBAN:
        try:
            iban = IBAN(compact)
        except (SchwiftyException, ValueError) as error:
            raise DetailsInvalidError(
                "This IBAN is not right: look at each digit again. Its check digits find a slip."
            ) from error
        return str(iban.compact), str(iban.bic.compact) if iban.bic else ""
    words = " ".join(text.split())
    if kind != Details.Kind.OTHER or not words or len(words) > ACCOUNT_LENGTH_MAX:
        raise DetailsInvalidError("Say how your bank calls the account, and which bank it is.")
    if _LIKE_IBAN.fullmatch(compact) and not words.isalpha():
        raise DetailsInvalidError("This looks like an IBAN: choose that, so that it is checked.")
    return words, ""


def standing_of(party_id: int, *, at: datetime) -> Standing:
    """A party's details at an instant; those that money came back from are in force no more."""
    newest = Details.objects.filter(party=party_id).usable(at=at).first()
    waiting = Details.objects.filter(party=party_id).waiting(at=at).order_by("-id").first()
    if newest is not None and newest.closed_at is not None and newest.closed_at <= at:
        return Standing(None, waiting, newest)
    return Standing(newest, waiting, None)


def close_doubtful(*, details_id: int, now: datetime) -> None:
    """Send no more money there: what was sent came back."""
    Details.objects.filter(id=details_id, closed_at__isnull=True).update(closed_at=now)


def told_people(party_id: int) -> dict[str, User]:
    """Every address of everybody who acts for a party, with whose it is."""
    return _people(party_id)


def _people(party_id: int) -> dict[str, User]:
    people = {}
    for user in User.objects.filter(membership__party=party_id, is_active=True).order_by("id"):
        for email in EmailAddress.objects.filter(user=user).values_list("email", flat=True):
            people[email.lower()] = user
        people[user.email.lower()] = user
    return people


def _told_before(party_id: int) -> Iterable[str]:
    """The old addresses: who was told of any details before.

    Of all, not only the newest: else a harmless change first would leave them out of the next one.
    """
    rows = Details.objects.filter(party=party_id).values_list("told", flat=True)
    return {email for told in rows for email in told}


def _tell(details: Details, people: dict[str, User], now: datetime) -> None:
    """All who act for the party today, and the old addresses."""
    old = {email: details.entered_by for email in details.told if email not in people}
    known = people | old
    Letter.objects.bulk_create(
        Letter(
            about=Letter.About.DETAILS,
            party_id=details.party_id,
            user=user,
            email=email,
            details=details,
            noted_at=now,
        )
        for email, user in sorted(known.items(), key=lambda each: each[0])
    )
