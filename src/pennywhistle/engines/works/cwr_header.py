"""The first record of a CWR file (2.2 revision 2, section 3.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pennywhistle.engines.works.cwr_lines import codec_of
from pennywhistle.engines.works.transmission import Header

if TYPE_CHECKING:
    from pennywhistle.engines.works.cwr_record import Record

EDI_VERSION = "01.10"
_SENDER_TYPES = {"PB", "SO", "AA", "WR"}
_TWO_DIGITS = re.compile(r"[0-9]{2}")
_IPI_DIGITS = 11
_SOCIETY_DIGITS = 3
_REVISIONS = {None, 0, 1, 2}


def read_header(record: Record) -> Header:
    """Read HDR."""
    sender_type, sender_id = _sender(record)
    character_set = record.text("character_set")
    if codec_of(character_set) is None:
        _refuse(
            record,
            "character_set",
            "The store reads ASCII, ISO-8859-1 and UTF-8",
            "Write the file in UTF-8 and say so in columns 87 to 101",
        )
    version, revision = record.text("version"), record.number("revision")
    if version not in {"", "2.1", "2.2"} or revision not in _REVISIONS:
        _refuse(record, "version", "The store reads CWR 2.1 and 2.2", "Send one of these versions")
    software = " ".join(filter(None, (record.text("software"), record.text("software_version"))))
    return Header(
        sender_type,
        sender_id,
        sender_name=record.text("sender_name"),
        created_at=record.moment("created_on", "created_time"),
        transmitted_on=record.day("transmitted_on"),
        character_set=character_set,
        version=version,
        revision=revision,
        software=software,
    )


def _sender(record: Record) -> tuple[str, str]:
    sender_type, number = record.text("sender_type"), record.number("sender_id")
    digits = str(number or 0)
    if _TWO_DIGITS.fullmatch(sender_type):
        # Since 2.2 revision 2 the first digits of a long IPI name number may stand here.
        return "PB", sender_type + digits.zfill(9)
    if sender_type not in _SENDER_TYPES:
        _refuse(
            record,
            "sender_type",
            "A sender is PB, SO, AA or WR, or the first two digits of its IPI name number",
            "Write PB for a publisher",
        )
    return sender_type, digits.zfill(_SOCIETY_DIGITS if sender_type == "SO" else _IPI_DIGITS)


def _refuse(record: Record, name: str, sentence: str, remedy: str) -> None:
    record.log.refuse(record, name, rule=f"header-{name}", sentence=sentence, remedy=remedy)
