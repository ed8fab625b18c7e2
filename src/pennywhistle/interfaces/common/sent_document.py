"""A release message as it was sent, as a file to be saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import FileResponse, Http404

from pennywhistle.apps.intake.ern.folders import MESSAGES
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from pennywhistle.apps.intake.models import Message


def sent_document(message: Message) -> FileResponse:
    """Byte for byte; a stranger wrote it, so no browser shows it as a page of ours."""
    try:
        document = MESSAGES.open(message.sha256)
    except StoredFileMissingError:
        raise Http404 from None
    name = f"message-{message.public_id}.xml"
    response = FileResponse(
        document, as_attachment=True, filename=name, content_type="application/xml"
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
