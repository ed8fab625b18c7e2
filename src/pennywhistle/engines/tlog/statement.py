"""What a payee keeps: its account's line on every page of a period, with each posting opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.base64_strict import encode_base64
from pennywhistle.engines.tlog.document import (
    DocumentInvalidError,
    Fields,
    NodePool,
    dump_document,
    load_document,
)
from pennywhistle.engines.tlog.line_document import (
    common_of,
    line_fields,
    read_common,
    read_line,
)
from pennywhistle.engines.tlog.merkle import hash_size_bytes
from pennywhistle.engines.tlog.note import note_size_bytes_max
from pennywhistle.engines.tlog.page import AccountOpening
from pennywhistle.engines.tlog.records import (
    AccountLine,
    Line,
    PageLeaf,
    RecordInvalidError,
    entry_id_size_bytes,
    salt_size_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

statement_format = "pennywhistle-statement/1"
# A month of a big label: 300,000 opened lines of about 200 bytes.
statement_size_bytes_max = 64 * 1024 * 1024
page_count_max = 50_000
page_line_count_max = 1_000_000
currency_count_max = 100


class StatementInvalidError(ValueError):
    """The bytes are not a statement; nothing can be said about what it would prove."""

    code = "statement-invalid"


@dataclass(frozen=True, slots=True)
class StatementPage:
    """One page: its leaf at `index` of the log, the account's line, and its postings opened.

    `opening` is None only where the page is older than the account.
    """

    leaf: PageLeaf
    index: int
    path: tuple[bytes, ...]
    opening: AccountOpening | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """An account's pages in a row under one signed head, and the totals that the store states.

    `totals` is in micro-units by currency; `lines` of a page are in the order of the account's
    tree there, (log index, j).
    """

    origin: str
    account: int
    checkpoint: bytes
    pages: tuple[StatementPage, ...]
    totals: Mapping[str, int]


def build_statement(statement: Statement) -> bytes:
    """Write a statement as JSON.

    Raises:
        StatementInvalidError: it would not be readable, for instance for its size.
    """
    pool = NodePool()
    common = common_of([line for page in statement.pages for line in page.lines])
    document = {
        "format": statement_format,
        "origin": statement.origin,
        "account": statement.account,
        "checkpoint": statement.checkpoint.decode(),
        "common": common,
        "totals": [{"currency": c, "amount": a} for c, a in sorted(statement.totals.items())],
        "pages": [_page_document(page, common, pool) for page in statement.pages],
        "nodes": pool.to_text(),
    }
    data = dump_document(document)
    parse_statement(data)
    return data


def _page_document(
    page: StatementPage, common: Mapping[str, object], pool: NodePool
) -> dict[str, object]:
    document: dict[str, object] = {
        "leaf": encode_base64(page.leaf.encode()),
        "index": page.index,
        "path": pool.put(page.path),
        "lines": [_line_document(line, common) for line in page.lines],
    }
    if page.opening is not None:
        document["line"] = {
            "salt": encode_base64(page.opening.line.salt),
            "count": page.opening.line.posting_count,
            "root": encode_base64(page.opening.line.postings_root),
            "path": pool.put(page.opening.path),
        }
    return document


def _line_document(line: Line, common: Mapping[str, object]) -> dict[str, object]:
    document = line_fields(line, common)
    del document["account"]
    return {"entry": line.entry_id.hex(), "j": line.j, **document}


def parse_statement(data: bytes) -> Statement:
    """Read a statement's shape; whether it is true is `verify.verify_statement`'s question.

    Raises:
        StatementInvalidError: for whatever else the bytes are, with a sentence.
    """
    if len(data) > statement_size_bytes_max:
        raise StatementInvalidError(f"A statement has at most {statement_size_bytes_max} bytes.")
    try:
        fields = load_document(data, name="statement")
        statement = _read_statement(fields)
        fields.close()
    except (DocumentInvalidError, RecordInvalidError) as error:
        raise StatementInvalidError(str(error)) from error
    return statement


def _read_statement(fields: Fields) -> Statement:
    if fields.text("format") != statement_format:
        fields.refuse("format", f"is not {statement_format}")
    account = fields.integer("account")
    pool = NodePool.parse(fields, "nodes")
    common = read_common(fields)
    pages = tuple(
        _read_page(page, account, common, pool)
        for page in fields.items("pages", count_max=page_count_max)
    )
    if not pages:
        fields.refuse("pages", "is empty")
    return Statement(
        origin=fields.text("origin"),
        account=account,
        checkpoint=fields.note("checkpoint", length_max=note_size_bytes_max),
        pages=pages,
        totals=_read_totals(fields),
    )


def _read_totals(fields: Fields) -> dict[str, int]:
    totals: dict[str, int] = {}
    for each in fields.items("totals", count_max=currency_count_max):
        currency = each.text("currency")
        if currency in totals:
            each.refuse("currency", "is given twice")
        # A total may exceed a posting; it is still bounded by what a number may be here.
        totals[currency] = each.integer("amount", at_least=-(2**63))
        each.close()
    return totals


def _read_page(
    page: Fields, account: int, common: Mapping[str, object], pool: NodePool
) -> StatementPage:
    opening = None
    if page.has("line"):
        opening = _read_opening(page.fields("line"), account, pool)
    result = StatementPage(
        leaf=PageLeaf.decode(page.octets("leaf")),
        index=page.integer("index"),
        path=page.path("path", pool),
        opening=opening,
        lines=tuple(
            _read_posting(each.with_defaults(common), account)
            for each in page.items("lines", count_max=page_line_count_max)
        ),
    )
    page.close()
    return result


def _read_opening(fields: Fields, account: int, pool: NodePool) -> AccountOpening:
    line = AccountLine(
        salt=fields.octets("salt", size=salt_size_bytes),
        account=account,
        posting_count=fields.integer("count"),
        postings_root=fields.octets("root", size=hash_size_bytes),
    )
    path = fields.path("path", pool)
    fields.close()
    return AccountOpening(line, path)


def _read_posting(fields: Fields, account: int) -> Line:
    entry_id = fields.identity("entry", size=entry_id_size_bytes)
    return read_line(fields, entry_id=entry_id, j=fields.integer("j"), account=account)
