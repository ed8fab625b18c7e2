"""What a document is, by its content: a PDF that only lies there, or plain text."""

import re
from collections.abc import Mapping
from typing import Any, BinaryIO

from pennywhistle.engines.documents.errors import DocumentRefusedError
from pennywhistle.engines.documents.pdf import check_pdf

PDF = "application/pdf"
TEXT = "text/plain"

# Longer texts are no liner notes, whoever wrote them.
text_bytes_max = 2_000_000
_pdf_start = b"%PDF-"
_byte_order_mark = b"\xef\xbb\xbf"
# Control characters but for tab, line ends and form feed: no text has them.
_binary = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def examine_document(source: BinaryIO, sink: BinaryIO) -> dict[str, Any]:
    """Say what a file is; meant to run in the sandbox, read by `read_examined`."""
    del sink
    source.seek(0)
    data = source.read()
    try:
        if data.startswith(_pdf_start):
            check_pdf(data)
            return {"mime_type": PDF}
        _check_text(data)
    except DocumentRefusedError as refusal:
        return refusal.to_json()
    return {"mime_type": TEXT}


def read_examined(value: object) -> str:
    """The media type out of the answer of a child that may have been taken over.

    Raises:
        DocumentRefusedError: the answer is a refusal.
        ValueError: it is no answer.
    """
    if not isinstance(value, Mapping):
        raise ValueError("A document's answer is an object.")  # noqa: TRY004 (the answer is wrong, not the call)
    if isinstance(refused := value.get("refused"), Mapping):
        raise DocumentRefusedError.from_json(refused)
    mime_type = value.get("mime_type")
    if mime_type not in {PDF, TEXT}:
        raise ValueError("No document is of such a type.")
    return str(mime_type)


def _check_text(data: bytes) -> None:
    if _binary.search(data, 0, text_bytes_max) or len(data) > text_bytes_max:
        raise DocumentRefusedError(
            "unknown-document",
            "The file is neither a PDF nor plain text of at most 2 MB, whatever its name.",
        )
    try:
        data.removeprefix(_byte_order_mark).decode()
    except UnicodeDecodeError as error:
        raise DocumentRefusedError(
            "text-not-utf8", "The text is not in UTF-8, so that readers would see other letters."
        ) from error
