"""What a buyer has before the log does: the store's signed word that a sale will be in it by then.

A receipt opens what is in the log. A sale that never gets there has none, and a buyer who can show
nothing convicts nobody. A promise is signed at once: it fixes the very leaf that the log must hold,
so that afterwards the leaf is there, or the promise and the log's own head show that it is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.base64_strict import decode_base64, encode_base64
from pennywhistle.engines.tlog.delegation import sign_delegated, text_of_delegated
from pennywhistle.engines.tlog.document import (
    DocumentInvalidError,
    Fields,
    dump_document,
    load_document,
)
from pennywhistle.engines.tlog.line_document import common_of, line_fields, read_lines
from pennywhistle.engines.tlog.note import NoteInvalidError
from pennywhistle.engines.tlog.receipt import (
    ReceiptInvalidError,
    ShownItem,
    ShownParty,
    line_count_max,
    read_shown,
    shown_fields,
)
from pennywhistle.engines.tlog.records import EntryLeaf, Line, RecordInvalidError
from pennywhistle.engines.tlog.records import entry_id_size_bytes as id_size_bytes

if TYPE_CHECKING:
    from pennywhistle.engines.tlog.note import SigningKey

promise_format = "pennywhistle-promise/1"
promise_size_bytes_max = 1024 * 1024
PROMISE_HEADER = "Pennywhistle promise 1"
_NOTE_LENGTH_MAX = 16_384
_NUMBER = "(0|[1-9][0-9]{0,18})"
_TEXT = re.compile(
    rf"{PROMISE_HEADER}\nlog ([^\n]+)\nleaf ([A-Za-z0-9+/=]+)\nafter {_NUMBER}\nby {_NUMBER}\n"
)
_OPENING = f'{{"format":"{promise_format}"'.encode()


@dataclass(frozen=True, slots=True)
class Promise:
    """A sale that the log `origin` will hold as `leaf` by `by_us` (µs since 1970).

    `after` is the size of the log when it was promised: the leaf is not among those before. `note`
    is what was signed; everything else opens it, as in a receipt.
    """

    origin: str
    buyer: int
    leaf: EntryLeaf
    lines: tuple[Line, ...]
    items: tuple[ShownItem, ...]
    parties: tuple[ShownParty, ...]
    after: int
    by_us: int
    note: bytes


@dataclass(frozen=True, slots=True)
class Terms:
    """What a promise's signed text says."""

    origin: str
    leaf: EntryLeaf
    after: int
    by_us: int


def sign_promise(terms: Terms, *, key: SigningKey, delegation: bytes) -> bytes:
    """Sign what is promised by the till's key; the same terms and keys give the same bytes."""
    text = (
        f"{PROMISE_HEADER}\nlog {terms.origin}\nleaf {encode_base64(terms.leaf.encode())}\n"
        f"after {terms.after}\nby {terms.by_us}\n"
    )
    return sign_delegated(text, key=key, delegation=delegation)


def is_promise(data: bytes) -> bool:
    """Whether this is meant to be a promise."""
    return data.startswith(_OPENING)


def build_promise(promise: Promise) -> bytes:
    """Write a promise with what opens it. Raises ReceiptInvalidError."""
    common = common_of(promise.lines)
    data = dump_document(
        {
            "format": promise_format,
            "promise": promise.note.decode(),
            "entry": promise.lines[0].entry_id.hex(),
            "buyer": promise.buyer,
            "common": common,
            "lines": [line_fields(line, common) for line in promise.lines],
            "shown": shown_fields(promise.items, promise.parties),
        }
    )
    parse_promise(data)
    return data


def parse_promise(data: bytes) -> Promise:
    """Read a promise's shape; whether it is true is `promise_checks.verify_promise`'s question.

    Raises:
        ReceiptInvalidError: for whatever else the bytes are, with a sentence.
    """
    if len(data) > promise_size_bytes_max:
        raise ReceiptInvalidError(f"A promise has at most {promise_size_bytes_max} bytes.")
    try:
        fields = load_document(data, name="promise")
        promise = _read(fields)
        fields.close()
    except (DocumentInvalidError, RecordInvalidError, NoteInvalidError) as error:
        raise ReceiptInvalidError(str(error)) from error
    return promise


def _read(fields: Fields) -> Promise:
    if fields.text("format") != promise_format:
        fields.refuse("format", f"is not {promise_format}")
    note = fields.note("promise", length_max=_NOTE_LENGTH_MAX)
    terms = _terms_of(note)
    lines = read_lines(
        fields, fields.identity("entry", size=id_size_bytes), count_max=line_count_max
    )
    items, parties = read_shown(fields.fields("shown"))
    return Promise(
        origin=terms.origin,
        buyer=fields.integer("buyer"),
        leaf=terms.leaf,
        lines=lines,
        items=items,
        parties=parties,
        after=terms.after,
        by_us=terms.by_us,
        note=note,
    )


def _terms_of(note: bytes) -> Terms:
    found = _TEXT.fullmatch(text_of_delegated(note))
    if found is None:
        raise NoteInvalidError("The text that was signed is not a promise.")
    try:
        leaf = EntryLeaf.decode(decode_base64(found[2]))
    except ValueError as error:
        raise NoteInvalidError("The leaf of a promise cannot be read.") from error
    return Terms(found[1], leaf, int(found[3]), int(found[4]))
