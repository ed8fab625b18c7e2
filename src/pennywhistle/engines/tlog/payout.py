"""What a payee keeps of a payout: its document, and the proof that the log announced it (leaf O).

The document says what was due, what was withheld and what was sent, to the micro-unit, and by which
ledger entry; it names no person and no bank account. The log holds its salted digest, once.
"""

from __future__ import annotations

from dataclasses import dataclass

from pennywhistle.engines.tlog.announced import AnnouncedLeaf, announced_digest
from pennywhistle.engines.tlog.base64_strict import encode_base64
from pennywhistle.engines.tlog.document import (
    DocumentInvalidError,
    Fields,
    NodePool,
    dump_document,
    load_document,
)
from pennywhistle.engines.tlog.note import note_size_bytes_max
from pennywhistle.engines.tlog.records import (
    RecordInvalidError,
    entry_id_size_bytes,
    salt_size_bytes,
)

payout_format = "pennywhistle-payout/1"
payout_size_bytes_max = 1024 * 1024
document_length_max = 100_000
part_count_max = 300
# Items of the payee's own lines that pay, bring back or convert, rather than earn.
PAYOUT_ITEM = "payout:"
PAYING_ITEMS = (PAYOUT_ITEM, "exchange")
# Items of what a contract passes on, from its payer's account to its payee's.
CONTRACT_ITEM = "contract:"
# These count from when they were written: what is due before a cut is moved after it.
UNCUT_ITEMS = (*PAYING_ITEMS, CONTRACT_ITEM)


class PayoutInvalidError(ValueError):
    """The bytes are no payout; nothing can be said about what it would prove."""

    code = "payout-invalid"


@dataclass(frozen=True, slots=True)
class PayoutPart:
    """What uses in one territory brought, and what its tax office gets of it."""

    territory: str
    due_micro: int
    rate: str
    withheld_micro: int


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What was due in the currency in which it was earned, and the rate, its source and its day."""

    currency: str
    due_micro: int
    factor: str
    source: str
    day: str


@dataclass(frozen=True, slots=True)
class PayoutSaid:
    """What the document says. It pays the lines of `source` in a stretch of the log, half-open.

    Amounts are in micro-units of `currency`; `due_micro` less what is withheld and paid is carried.
    """

    account: int
    source: int
    payout_id: bytes
    entry_id: bytes
    end_to_end_id: str
    currency: str
    first_index: int
    end_index: int
    due_micro: int
    withheld: tuple[PayoutPart, ...]
    paid_micro: int
    exchanged: Exchanged | None
    approved_at: str

    @property
    def withheld_micro(self) -> int:
        """What goes to tax offices."""
        return sum(part.withheld_micro for part in self.withheld)

    @property
    def carried_micro(self) -> int:
        """What stays on the account."""
        return self.due_micro - self.withheld_micro - self.paid_micro


@dataclass(frozen=True, slots=True)
class PayoutProof:
    """A payout's document with its salt, and its leaf's place in the log under a signed head."""

    origin: str
    document: bytes
    salt: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    @property
    def said(self) -> PayoutSaid:
        """The document, read."""
        return read_payout(self.document)

    @property
    def leaf(self) -> AnnouncedLeaf:
        """What the log must hold."""
        said = self.said
        digest = announced_digest(self.salt, self.document)
        return AnnouncedLeaf("O", payout_subject(said.account, said.payout_id), digest)


def payout_subject(account: int, payout_id: bytes) -> str:
    """Under which subject a payout is announced."""
    return f"account-{account}/payout-{payout_id.hex()}"


def payout_document(said: PayoutSaid) -> bytes:
    """Write the document, the same bytes for the same words."""
    document: dict[str, object] = {
        "account": said.account,
        "source": said.source,
        "payout": said.payout_id.hex(),
        "entry": said.entry_id.hex(),
        "end_to_end_id": said.end_to_end_id,
        "currency": said.currency,
        "first_index": said.first_index,
        "end_index": said.end_index,
        "due": said.due_micro,
        "withheld": [
            {
                "territory": part.territory,
                "due": part.due_micro,
                "rate": part.rate,
                "withheld": part.withheld_micro,
            }
            for part in said.withheld
        ],
        "paid": said.paid_micro,
        "approved_at": said.approved_at,
    }
    if said.exchanged is not None:
        document["exchanged"] = {
            "currency": said.exchanged.currency,
            "due": said.exchanged.due_micro,
            "factor": said.exchanged.factor,
            "source": said.exchanged.source,
            "day": said.exchanged.day,
        }
    return dump_document(document)


def read_payout(data: bytes) -> PayoutSaid:
    """Read what `payout_document` wrote. Raises PayoutInvalidError."""
    try:
        fields = load_document(data, name="payout's document")
        said = _read(fields)
        fields.close()
    except DocumentInvalidError as error:
        raise PayoutInvalidError(str(error)) from error
    return said


def _read(fields: Fields) -> PayoutSaid:
    exchanged = None
    if fields.has("exchanged"):
        of = fields.fields("exchanged")
        exchanged = Exchanged(
            of.text("currency"), of.integer("due"), of.text("factor"), of.text("source"),
            of.text("day"),
        )  # fmt: skip
        of.close()
    return PayoutSaid(
        account=fields.integer("account"),
        source=fields.integer("source"),
        payout_id=fields.identity("payout", size=entry_id_size_bytes),
        entry_id=fields.identity("entry", size=entry_id_size_bytes),
        end_to_end_id=fields.text("end_to_end_id"),
        currency=fields.text("currency"),
        first_index=fields.integer("first_index"),
        end_index=fields.integer("end_index"),
        due_micro=fields.integer("due", at_least=1),
        withheld=tuple(
            _read_part(part) for part in fields.items("withheld", count_max=part_count_max)
        ),
        paid_micro=fields.integer("paid", at_least=1),
        exchanged=exchanged,
        approved_at=fields.text("approved_at"),
    )


def _read_part(part: Fields) -> PayoutPart:
    read = PayoutPart(
        part.text("territory"), part.integer("due"), part.text("rate"), part.integer("withheld")
    )
    part.close()
    return read


def build_payout(proof: PayoutProof) -> bytes:
    """Write the proof as JSON. Raises PayoutInvalidError where nobody could read it."""
    pool = NodePool()
    data = dump_document(
        {
            "format": payout_format,
            "origin": proof.origin,
            "document": proof.document.decode(),
            "salt": encode_base64(proof.salt),
            "index": proof.index,
            "path": pool.put(proof.path),
            "checkpoint": proof.checkpoint.decode(),
            "nodes": pool.to_text(),
        }
    )
    parse_payout(data)
    return data


def is_payout(data: bytes) -> bool:
    """Whether this is meant to be a payout: its format is the first thing that it says."""
    return (
        data.lstrip()[:100]
        .replace(b" ", b"")
        .startswith(b'{"format":"' + payout_format.encode() + b'"')
    )


def parse_payout(data: bytes) -> PayoutProof:
    """Read a payout's shape; whether it is true is `payout_checks`' question.

    Raises:
        PayoutInvalidError: for whatever else the bytes are, with a sentence.
    """
    if len(data) > payout_size_bytes_max:
        raise PayoutInvalidError(f"A payout has at most {payout_size_bytes_max} bytes.")
    try:
        fields = load_document(data, name="payout")
        if fields.text("format") != payout_format:
            fields.refuse("format", f"is not {payout_format}")
        pool = NodePool.parse(fields, "nodes")
        proof = PayoutProof(
            origin=fields.text("origin"),
            document=fields.note("document", length_max=document_length_max),
            salt=fields.octets("salt", size=salt_size_bytes),
            index=fields.integer("index"),
            path=fields.path("path", pool),
            checkpoint=fields.note("checkpoint", length_max=note_size_bytes_max),
        )
        fields.close()
        _ = proof.leaf
    except (DocumentInvalidError, RecordInvalidError) as error:
        raise PayoutInvalidError(str(error)) from error
    return proof
