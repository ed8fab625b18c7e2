"""The records of CWR about a work that are not about shares: titles, recordings, other works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.works.registration import (
    Acknowledgement,
    Message,
    Note,
    OtherIdentifier,
    Party,
    Recording,
    RelatedWork,
    Title,
)
from pennywhistle.kernel.identifiers import Gtin, IpiBase, IpiName, Isrc, Iswc

if TYPE_CHECKING:
    from pennywhistle.engines.works.cwr_record import Record

_RELATIONS = {"VER": "version-of", "EWT": "excerpt-of", "COM": "component"}


def read_title(record: Record) -> Title:
    """Read ALT or NAT."""
    return Title(record.text("title"), record.text("title_type"), record.text("language"))


def read_performer(record: Record) -> Party:
    """Read PER."""
    return Party(
        record.text("name"),
        record.text("first_name"),
        ipi_name=record.identifier("ipi_name", IpiName),
        ipi_base=record.identifier("ipi_base", IpiBase),
    )


def read_recording(record: Record) -> Recording:
    """Read REC. Where it is told that an ISRC or the link to it is wrong, the ISRC is left out."""
    isrc = record.identifier("isrc", Isrc)
    is_wrong = record.code("isrc_validity", ("Y", "N", "U")) in {"N", "U"}
    if isrc is not None and is_wrong:
        record.log.pass_over(record.line, record.type, "isrc", isrc.value)
        isrc = None
    return Recording(
        line=record.line,
        isrc=isrc,
        title=record.text("title"),
        version_title=record.text("version_title"),
        artist=record.text("artist"),
        label=record.text("label"),
        album_title=record.text("album_title"),
        album_label=record.text("album_label"),
        catalog_number=record.text("catalog_number"),
        gtin=record.identifier("gtin", Gtin),
        released_on=record.day("released_on"),
        duration_s=record.duration("duration"),
        number=record.text("number"),
    )


def read_related_work(record: Record) -> RelatedWork:
    """Read VER, EWT or COM."""
    writers = (
        Party(
            record.text(f"name_{place}"),
            record.text(f"first_name_{place}"),
            ipi_name=record.identifier(f"ipi_name_{place}", IpiName),
            ipi_base=record.identifier(f"ipi_base_{place}", IpiBase),
        )
        for place in (1, 2)
    )
    return RelatedWork(
        line=record.line,
        relation=_RELATIONS[record.type],
        title=record.text("title"),
        iswc=record.identifier("iswc", Iswc),
        number=record.text("work_number"),
        writers=tuple(writer for writer in writers if writer.name),
    )


def read_other_identifier(record: Record) -> OtherIdentifier:
    """Read XRF."""
    return OtherIdentifier(
        line=record.line,
        organization=record.text("organization"),
        identifier=record.text("identifier"),
        kind=record.code("identifier_type", ("W", "R", "P", "V")),
        is_valid=record.code("is_valid", ("Y", "N", "U")) == "Y",
    )


def read_note(record: Record) -> Note:
    """Read ARI."""
    return Note(
        line=record.line,
        society=record.text("society"),
        work_number=record.text("work_number"),
        right=record.text("right"),
        subject=record.text("subject"),
        text=record.text("text"),
    )


def read_message(record: Record) -> Message:
    """Read MSG."""
    return Message(
        line=record.line,
        refuses=record.text("refuses"),
        record_number=record.number("original_record") or 0,
        record=record.text("record_type"),
        rule=record.text("rule"),
        text=record.text("text"),
    )


def read_acknowledgement(record: Record, messages: tuple[Message, ...]) -> Acknowledgement:
    """Read ACK."""
    return Acknowledgement(
        line=record.line,
        status=record.text("status"),
        original_type=record.text("original_type"),
        original_group=record.number("original_group") or 0,
        original_transaction=record.number("original_transaction") or 0,
        original_created_at=record.moment("original_created_on", "original_created_time"),
        title=record.text("title"),
        submitter_work_number=record.text("submitter_number"),
        recipient_work_number=record.text("recipient_number"),
        processed_on=record.day("processed_on"),
        messages=messages,
    )
