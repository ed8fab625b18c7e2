"""What an audit keeps until the next one, as JSON that is read as strictly as a receipt."""

from __future__ import annotations

from dataclasses import dataclass

from pennywhistle.engines.tlog.audit import KINDS, RecordAudit, problems_kept_max
from pennywhistle.engines.tlog.base64_strict import decode_base64, encode_base64
from pennywhistle.engines.tlog.checkpoint import Checkpoint, CheckpointInvalidError
from pennywhistle.engines.tlog.document import (
    DocumentInvalidError,
    Fields,
    display_text,
    dump_document,
    load_document,
)
from pennywhistle.engines.tlog.growth import Growth
from pennywhistle.engines.tlog.log_audit import LogAudit
from pennywhistle.engines.tlog.merkle import ProofInvalidError, hash_size_bytes
from pennywhistle.engines.tlog.note import NoteInvalidError, note_size_bytes_max, read_note
from pennywhistle.engines.tlog.records import PageLeaf, RecordInvalidError

state_format = "pennywhistle-audit/2"
_FORMAT_BEFORE = "pennywhistle-audit/1"
state_size_bytes_max = 1024 * 1024
_LEVELS_MAX = 8


class AuditStateInvalidError(ValueError):
    """The file is no state of an audit; the sentence says why."""

    code = "audit-state-invalid"


@dataclass(frozen=True, slots=True)
class AuditState:
    """The log's name, the last head that was audited to its end (a note), and what is below it.

    `head` is empty before the first audit came to its end. `ahead` is what a run that was cut off
    read beyond: nobody has compared it with a signed head yet, so it may have to be read again.
    """

    origin: str
    head: bytes
    audit: LogAudit
    ahead: LogAudit | None = None


def format_state(state: AuditState) -> bytes:
    """Write a state as JSON."""
    document: dict[str, object] = {
        "format": state_format,
        "origin": state.origin,
        "head": state.head.decode(),
        "audited": _reading(state.audit),
    }
    if state.ahead is not None:
        document["ahead"] = _reading(state.ahead)
    return dump_document(document)


def _reading(audit: LogAudit) -> dict[str, object]:
    records, tree = audit.records, audit.tree
    last = records.last_page
    return {
        "size": tree.size,
        "edge": [{"hashes": encode_base64(b"".join(row))} for row in tree.edge],
        "counts": [{"kind": kind, "count": n} for kind, n in sorted(records.counts.items())],
        "page": encode_base64(last.encode()) if last else "",
        "problems": [
            {"of": name, "is": display_text(sentence)}
            for name, sentences in _problems(audit).items()
            for sentence in sentences
        ],
    }


def parse_state(data: bytes) -> AuditState:
    """Read a state. Raises AuditStateInvalidError."""
    if len(data) > state_size_bytes_max:
        raise AuditStateInvalidError(f"A state has at most {state_size_bytes_max} bytes.")
    try:
        fields = load_document(data, name="state")
        state = _read(fields)
        fields.close()
    except (DocumentInvalidError, RecordInvalidError, ProofInvalidError) as error:
        raise AuditStateInvalidError(str(error)) from error
    return state


def _read(fields: Fields) -> AuditState:
    written_as = fields.text("format")
    if written_as not in {state_format, _FORMAT_BEFORE}:
        fields.refuse("format", f"is not {state_format}")
    origin, head = fields.text("origin"), fields.note("head", length_max=note_size_bytes_max)
    if written_as == _FORMAT_BEFORE:
        return _from_before(origin, head, _read_reading(fields))
    audit = _read_closed(fields.fields("audited"))
    if audit.tree.size != _size_of(head):
        fields.refuse("audited", "has another size than the head")
    ahead = _read_closed(fields.fields("ahead")) if fields.has("ahead") else None
    return AuditState(origin, head, audit, ahead)


def _from_before(origin: str, head: bytes, read: LogAudit) -> AuditState:
    """A state in which what was audited and what was read beyond it were one."""
    if read.tree.size == _size_of(head):
        return AuditState(origin, head, read)
    # The log is then read from its beginning, against the head that is known.
    return AuditState(origin, head, LogAudit(), read)


def _size_of(head: bytes) -> int:
    try:
        return Checkpoint.parse(read_note(head)[0]).size if head else 0
    except (NoteInvalidError, CheckpointInvalidError) as error:
        raise DocumentInvalidError(f"The head of the state cannot be read: {error}") from error


def _read_closed(fields: Fields) -> LogAudit:
    audit = _read_reading(fields)
    fields.close()
    return audit


def _read_reading(fields: Fields) -> LogAudit:
    audit = LogAudit(
        tree=Growth(
            fields.integer("size"),
            [_hashes(each) for each in fields.items("edge", count_max=_LEVELS_MAX)],
        )
    )
    audit.records = RecordAudit(index=audit.tree.size)
    for each in fields.items("counts", count_max=len(KINDS) + 1):
        audit.records.counts[each.text("kind")] = each.integer("count")
        each.close()
    page = _octets(fields, "page")
    audit.records.last_page = PageLeaf.decode(page) if page else None
    places = _problems(audit)
    for each in fields.items("problems", count_max=len(places) * problems_kept_max):
        name = each.text("of")
        if name not in places:
            each.refuse("of", "is not known")
        places[name].append(each.text("is"))
        each.close()
    return audit


def _problems(audit: LogAudit) -> dict[str, list[str]]:
    """The lists that problems are kept in, by the names that the state gives them."""
    return {
        "entries": audit.records.unreadable,
        "pages": audit.records.gaps,
        "accounts": audit.records.vanished,
        "tiles": audit.wrong_tiles,
    }


def _hashes(fields: Fields) -> list[bytes]:
    data = fields.octets("hashes")
    fields.close()
    if len(data) % hash_size_bytes:
        fields.refuse("hashes", f"is not made of hashes of {hash_size_bytes} bytes")
    return [data[at : at + hash_size_bytes] for at in range(0, len(data), hash_size_bytes)]


def _octets(fields: Fields, name: str) -> bytes:
    try:
        return decode_base64(fields.text(name))
    except ValueError:
        fields.refuse(name, "is not base64")
