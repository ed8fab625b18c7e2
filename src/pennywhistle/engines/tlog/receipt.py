"""What a buyer keeps: a C2SP tlog-proof of the sale, with all that opens it in its extra data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.base64_strict import encode_base64
from pennywhistle.engines.tlog.document import (
    DocumentInvalidError,
    Fields,
    NodePool,
    display_text,
    dump_document,
    load_document,
)
from pennywhistle.engines.tlog.line_document import common_of, line_fields, read_lines
from pennywhistle.engines.tlog.merkle import hash_size_bytes
from pennywhistle.engines.tlog.page import AccountOpening, Place
from pennywhistle.engines.tlog.records import (
    AccountLine,
    EntryLeaf,
    Line,
    PageLeaf,
    RecordInvalidError,
    entry_id_size_bytes,
    salt_size_bytes,
)
from pennywhistle.engines.tlog.terms import TermsOpening, read_terms, terms_fields
from pennywhistle.engines.tlog.tlog_proof import (
    TlogProof,
    TlogProofInvalidError,
    format_proof,
    parse_proof,
    proof_size_bytes_max,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

receipt_format = "pennywhistle-receipt/1"
receipt_size_bytes_max = proof_size_bytes_max
line_count_max = 2_000
shown_count_max = 2_000


class ReceiptInvalidError(ValueError):
    """The bytes are not a receipt; nothing can be said about what it would prove."""

    code = "receipt-invalid"


@dataclass(frozen=True, slots=True)
class ShownItem:
    """Title and artist of an item, as the store words them: shown, not proven."""

    item: str
    title: str
    artist: str


@dataclass(frozen=True, slots=True)
class ShownParty:
    """Name and role of an account's owner, as the store words them: shown, not proven."""

    account: int
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class PageOpening:
    """The page that covers a sale: its leaf in the log, the accounts' lines, each posting's place.

    `places` follows the lines of the sale; `accounts` has each of their accounts once.
    """

    leaf: PageLeaf
    index: int
    path: tuple[bytes, ...]
    accounts: tuple[AccountOpening, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A sale, opened: its leaf at `index` of the log under the signed head `checkpoint`.

    `origin` is the store's log, `buyer` the account that paid, `lines` all postings in the order
    of their `j`. `page` is None until a page covers the sale, `terms` where none are shown.
    """

    origin: str
    buyer: int
    leaf: EntryLeaf
    lines: tuple[Line, ...]
    items: tuple[ShownItem, ...]
    parties: tuple[ShownParty, ...]
    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    page: PageOpening | None = None
    terms: TermsOpening | None = None


def build_receipt(receipt: Receipt) -> bytes:
    """Write a receipt: for eight payees 3 kB, 9 with a page, 11 with terms; 3 more with ML-DSA-44.

    Raises:
        ReceiptInvalidError: it would not be readable, for its size or for lines of several entries.
    """
    if len({line.entry_id for line in receipt.lines}) != 1:
        raise ReceiptInvalidError("A receipt has the lines of one ledger entry.")
    pool = NodePool()
    common = common_of(receipt.lines)
    document: dict[str, object] = {
        "format": receipt_format,
        "origin": receipt.origin,
        "entry": receipt.lines[0].entry_id.hex(),
        "buyer": receipt.buyer,
        "leaf": encode_base64(receipt.leaf.encode()),
        "common": common,
        "lines": [line_fields(line, common) for line in receipt.lines],
        "shown": shown_fields(receipt.items, receipt.parties),
    }
    if receipt.page is not None:
        document["page"] = _page_document(receipt.page, pool)
        document["nodes"] = pool.to_text()
    if receipt.terms is not None:
        document["terms"] = terms_fields(receipt.terms)
    proof = TlogProof(receipt.index, receipt.path, receipt.checkpoint, dump_document(document))
    data = format_proof(proof)
    # What is handed to a buyer must be readable; better refused here than at the buyer's.
    parse_receipt(data)
    return data


def shown_fields(items: Sequence[ShownItem], parties: Sequence[ShownParty]) -> dict[str, object]:
    """Write titles and names, fit to be shown."""
    return {
        "items": [
            {"item": i.item, "title": display_text(i.title), "artist": display_text(i.artist)}
            for i in items
        ],
        "parties": [
            {"account": p.account, "name": display_text(p.name), "role": display_text(p.role)}
            for p in parties
        ],
    }


def _page_document(page: PageOpening, pool: NodePool) -> dict[str, object]:
    return {
        "leaf": encode_base64(page.leaf.encode()),
        "index": page.index,
        "path": pool.put(page.path),
        "accounts": [
            {
                "account": opening.line.account,
                "salt": encode_base64(opening.line.salt),
                "count": opening.line.posting_count,
                "root": encode_base64(opening.line.postings_root),
                "path": pool.put(opening.path),
            }
            for opening in page.accounts
        ],
        "places": [
            {"position": place.position, "path": pool.put(place.path)} for place in page.places
        ],
    }


def parse_receipt(data: bytes) -> Receipt:
    """Read a receipt's shape; whether it is true is `verify.verify_receipt`'s question.

    Raises:
        ReceiptInvalidError: for whatever else the bytes are, with a sentence.
    """
    if len(data) > receipt_size_bytes_max:
        raise ReceiptInvalidError(f"A receipt has at most {receipt_size_bytes_max} bytes.")
    try:
        proof = parse_proof(data)
        fields = load_document(proof.extra, name="receipt")
        receipt = _read_receipt(fields, proof)
        fields.close()
    except (TlogProofInvalidError, DocumentInvalidError, RecordInvalidError) as error:
        raise ReceiptInvalidError(str(error)) from error
    return receipt


def _read_receipt(fields: Fields, proof: TlogProof) -> Receipt:
    if fields.text("format") != receipt_format:
        fields.refuse("format", f"is not {receipt_format}")
    origin = fields.text("origin")
    entry_id = fields.identity("entry", size=entry_id_size_bytes)
    lines = read_lines(fields, entry_id, count_max=line_count_max)
    items, parties = read_shown(fields.fields("shown"))
    return Receipt(
        origin=origin,
        buyer=fields.integer("buyer"),
        leaf=EntryLeaf.decode(fields.octets("leaf")),
        lines=lines,
        items=items,
        parties=parties,
        index=proof.index,
        path=proof.path,
        checkpoint=proof.checkpoint,
        page=_read_page(fields, lines) if fields.has("page") else None,
        terms=read_terms(fields.fields("terms")) if fields.has("terms") else None,
    )


def read_shown(shown: Fields) -> tuple[tuple[ShownItem, ...], tuple[ShownParty, ...]]:
    """Read what `shown_fields` wrote."""
    items, parties = [], []
    for each in shown.items("items", count_max=shown_count_max):
        items.append(ShownItem(each.text("item"), each.text("title"), each.text("artist")))
        each.close()
    for each in shown.items("parties", count_max=shown_count_max):
        parties.append(ShownParty(each.integer("account"), each.text("name"), each.text("role")))
        each.close()
    shown.close()
    return tuple(items), tuple(parties)


def _read_page(receipt: Fields, lines: Sequence[Line]) -> PageOpening:
    pool = NodePool.parse(receipt, "nodes")
    page = receipt.fields("page")
    opening = PageOpening(
        leaf=PageLeaf.decode(page.octets("leaf")),
        index=page.integer("index"),
        path=page.path("path", pool),
        accounts=tuple(
            _read_account(each, pool) for each in page.items("accounts", count_max=line_count_max)
        ),
        places=tuple(
            _read_place(each, pool) for each in page.items("places", count_max=line_count_max)
        ),
    )
    page.close()
    accounts = [opening.line.account for opening in opening.accounts]
    if len(set(accounts)) != len(accounts) or set(accounts) != {line.account for line in lines}:
        page.refuse("accounts", "does not have each account of the sale once")
    if len(opening.places) != len(lines):
        page.refuse("places", "does not have one place for each line of the sale")
    return opening


def _read_account(fields: Fields, pool: NodePool) -> AccountOpening:
    line = AccountLine(
        salt=fields.octets("salt", size=salt_size_bytes),
        account=fields.integer("account"),
        posting_count=fields.integer("count"),
        postings_root=fields.octets("root", size=hash_size_bytes),
    )
    path = fields.path("path", pool)
    fields.close()
    return AccountOpening(line, path)


def _read_place(fields: Fields, pool: NodePool) -> Place:
    place = Place(fields.integer("position"), fields.path("path", pool))
    fields.close()
    return place
