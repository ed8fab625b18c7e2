"""Money that was held while a catalog changed hands: it goes to whose the sales were.

An operator says so, by a document. Then each sale's part of the recording goes to the payees of
the grant by which that supplier sold it at that instant, as the register stood then; to the
supplier itself where it had no grant of the track.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from pennywhistle.apps.claims.again import Sold, document_of, sales_with
from pennywhistle.apps.claims.models import TransferWord
from pennywhistle.apps.claims.pots import Pot, divide_pots, recording_of
from pennywhistle.apps.ledger.models import Account
from pennywhistle.apps.ledger.queries import codes_out_of_balance
from pennywhistle.apps.rights.closing import lock, territories_of
from pennywhistle.apps.rights.models import Grant, Transfer
from pennywhistle.kernel import local_time
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.claims.moving import Move
    from pennywhistle.apps.claims.pots import Due

TRANSFER = "transfer"
_LABEL = "sales"
# How a verdict names the transfer that it rests on.
_BASIS = "transfers"


class TransferError(Exception):
    """Whose the sales were cannot be said like this."""

    code = "transfer"


class TransferUnknownError(TransferError):
    """No transfer between the two suppliers is on record."""

    code = "transfer-unknown"


class TransferWordMissingError(TransferError):
    """It needs a reason and a document: nobody's catalog goes by word of mouth."""

    code = "transfer-word-missing"


class NothingHeldError(TransferError):
    """Nothing was ever held for it because of a transfer between these two."""

    code = "nothing-held"


@dataclass(frozen=True, slots=True)
class Word:
    """Whose the sales between two suppliers were; `recording_id` None: of the whole catalog."""

    from_supplier_id: int
    to_supplier_id: int
    recording_id: int | None
    whose: TransferWord.Whose
    reason: str
    changes_at: datetime | None = None


@transaction.atomic
def say_whose_sales(
    *, word: Word, evidence_id: int | None, user_id: int, now: datetime
) -> tuple[Move, ...]:
    """Record whose the sales of a catalog were during its transfer, and pay what was held for them.

    What is said later holds instead, and moves the money on. The same again changes nothing.
    Answers what moved. Raises TransferWordMissingError, TransferUnknownError or NothingHeldError.
    """
    if not word.reason.strip() or evidence_id is None:
        raise TransferWordMissingError("Say why, and name the document that shows it.")
    if (word.whose == TransferWord.Whose.BY_DAY) != (word.changes_at is not None):
        raise TransferWordMissingError("Name the day from which the sales are the new supplier's.")
    pair = {
        "from_supplier_id": word.from_supplier_id,
        "to_supplier_id": word.to_supplier_id,
    }
    if not Transfer.objects.filter(**pair).exists():
        raise TransferUnknownError("No transfer between these two is on record.")
    lock(f"transfers-{word.from_supplier_id}")
    concerned = [
        recording_id
        for recording_id in _recordings_held_between(word.from_supplier_id, word.to_supplier_id)
        if word.recording_id in (None, recording_id)
    ]
    if not concerned:
        raise NothingHeldError("Nothing was held for it.")
    said = {
        **pair,
        "recording_id": word.recording_id,
        "whose": word.whose,
        "changes_at": word.changes_at,
        "reason": word.reason,
        "evidence_id": evidence_id,
    }
    last = TransferWord.objects.filter(**pair).order_by("-id").first()
    if last is None or any(getattr(last, name) != value for name, value in said.items()):
        TransferWord.objects.create(**said, decided_by_id=user_id, decided_at=now)
    moved: list[Move] = []
    for recording_id in concerned:
        moved += divide_transferred(recording_id=recording_id, now=now)
    return tuple(moved)


@transaction.atomic
def divide_transferred(*, recording_id: int, now: datetime) -> tuple[Move, ...]:
    """Pay what was held for a recording's sales to whose they are said to be; the same: nothing."""
    subject = f"recording-{recording_id}"
    lock(subject)
    words = TransferWord.objects.newest_for(recording_id=recording_id)
    grants = _Grants(recording_id)
    beginning = f"{TRANSFER}:{subject}:"
    documents: dict[bytes, dict[str, Any]] = {}
    pots: dict[tuple[str, Purse], Pot] = {}
    codes = Account.objects.filter(kind=Account.Kind.HELD, code__startswith=beginning)
    names = codes.values_list("code", flat=True).distinct()
    for sold in sales_with(names, "parts", f'@[2] starts with "{beginning}"'):
        if sold.verdict not in documents:
            documents[sold.verdict] = document_of(sold.verdict)
        document = documents[sold.verdict]
        owners = _owners(sold, document, words, grants)
        for kind, _, code, _, share in document["parts"]:
            if code.startswith(beginning):
                purse, currency = Purse(PurseKind(kind), code=code), document["currency"]
                pot = pots.setdefault((currency, purse), Pot(purse, currency))
                total_micro = sold.price_micro + document["subsidy_micro"]
                pot.add(sold.id, Fraction(share) * total_micro, owners)
    return divide_pots(f"{TRANSFER}-{subject}", pots.values(), disputed=(), now=now)


def _owners(
    sold: Sold, document: Mapping[str, Any], words: Sequence[TransferWord], grants: _Grants
) -> dict[Due, Fraction]:
    """Whose the recording's part of a sale is, in parts of one; empty while nobody said."""
    pairs = {(row["from_id"], row["to_id"]) for code, row in document["basis"] if code == _BASIS}
    here = grants.covering(sold, document["use"], document["territory"])
    licensors = {grant.licensor_id for grant in here}
    for word in words:
        pair = (word.from_supplier_id, word.to_supplier_id)
        if pair in pairs and licensors.intersection(pair):
            owner_id = word.owner_at(sold.at)
            own = [grant for grant in here if grant.licensor_id == owner_id]
            if not own:
                return {(_LABEL, _purse(owner_id)): Fraction(1)}
            return _payees(max(own, key=_precedence))
    return {}


def _precedence(grant: Grant) -> tuple[bool, bool, int]:
    """Of one supplier's several, the one that sells the thing by itself; a sale; the newest.

    As clearance chooses (engines.clearance.masters).
    """
    is_sold_alone = grant.price_micro is not None or bool(grant.price_code) or grant.is_at_floor
    return is_sold_alone, grant.is_sale, grant.pk


def _payees(grant: Grant) -> dict[Due, Fraction]:
    found: dict[Due, Fraction] = {}
    for share in grant.shares.all():
        due = (_LABEL, _purse(share.party_id))
        part = Fraction(share.numerator, share.denominator)
        found[due] = found.get(due, Fraction(0)) + part
    return found


def _purse(party_id: int) -> Purse:
    return Purse(PurseKind.PAYEE, party_id)


class _Grants:
    """Who granted a recording's tracks when, read once."""

    def __init__(self, recording_id: int) -> None:
        # No sale rests on what is for orders before the release.
        rows = Grant.objects.filter(track__recording=recording_id, is_pre_order=False)
        self._rows = list(rows.select_related("territories").prefetch_related("shares"))

    def covering(self, sold: Sold, use: str, territory: str) -> list[Grant]:
        """The grants that covered a sale, as the store knew then."""
        release_id, track_id = sold.ref.release_id, sold.ref.track_id
        return [
            grant
            for grant in self._rows
            if grant.release_id == release_id
            and track_id in (None, grant.track_id)
            and use in grant.uses.split(",")
            and grant.recorded_at <= sold.at
            and (grant.closed_at is None or sold.at < grant.closed_at)
            and _holds(grant, sold.at, territory)
        ]


def _holds(grant: Grant, at: datetime, territory: str) -> bool:
    """Whether a grant covers a territory at an instant, in local time or not."""
    valid = Period(grant.valid_from, grant.valid_until)
    if territory not in territories_of(grant):
        return False
    if grant.is_local:
        return bool(local_time.holding_at(valid, at) & Territories.of(territory).mask)
    return at in valid


_HELD_BETWEEN = """
SELECT DISTINCT part->>2 FROM rights_verdict v, jsonb_array_elements(v.document->'parts') AS part
WHERE part->>2 LIKE 'transfer:recording-%%' AND jsonb_path_exists(
  v.document, 'strict $.basis[*] ? (@[0] == "transfers" && @[1].from_id == $old
    && @[1].to_id == $new)', jsonb_build_object('old', %s::bigint, 'new', %s::bigint))
"""


def _recordings_held_between(from_supplier_id: int, to_supplier_id: int) -> list[int]:
    """The recordings for which something is, or was, held because of a transfer of these two."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD_BETWEEN, [from_supplier_id, to_supplier_id])
        return sorted({recording_of(code) for (code,) in cursor.fetchall()})


def recordings_transferred() -> list[int]:
    """Those for which something is held although somebody said whose it is."""
    accounts = Account.objects.filter(
        kind=Account.Kind.HELD, code__startswith=f"{TRANSFER}:recording-"
    )
    ids = sorted({recording_of(code) for code in codes_out_of_balance(accounts)})
    return [each for each in ids if TransferWord.objects.newest_for(recording_id=each)]
