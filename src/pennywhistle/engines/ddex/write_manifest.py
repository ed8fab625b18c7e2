"""Writes the ManifestMessage that completes a batch (ERN choreography by SFTP, 1.6, 8.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.write_deals import instant_text
from pennywhistle.engines.ddex.write_parties import correspondent_xml, numbers_xml
from pennywhistle.engines.ddex.write_xml import document, element, flag, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.ddex.write_facts import Heading, Listed

_NAMESPACE = "http://ddex.net/xml/ern-c-sftp/16"
_SCHEMES = ("grid", "gtin")


def write_manifest(heading: Heading, *, folder: str, messages: Sequence[Listed]) -> bytes:
    """Write what a batch holds: its messages, where they lie below `folder`, and their digests."""
    header = element(
        "MessageHeader",
        correspondent_xml("MessageSender", heading.sender)
        + correspondent_xml("MessageRecipient", heading.recipient)
        + text("MessageCreatedDateTime", instant_text(heading.created_at)),
    )
    inner = (
        header
        + flag("IsTestFlag", is_set=heading.is_test)
        + text("RootDirectory", folder)
        + text("NumberOfMessages", len(messages))
        + "".join(_listed(message) for message in messages)
    )
    return document(
        "ManifestMessage",
        inner,
        namespace=_NAMESPACE,
        prefix="ern-c-sftp",
        MessageVersionId="1.6",
    )


def _listed(message: Listed) -> str:
    digest = text("HashSum", message.sha256) + text("HashSumAlgorithmType", "SHA-256")
    kind = "TakeDown" if message.is_take_down else "NewReleaseDelivery"
    return element(
        "MessageInBatch",
        text("MessageType", "NewReleaseMessage")
        + text("MessageId", message.message_id)
        + text("URL", message.path)
        + element("IncludedReleaseId", numbers_xml(message.numbers, _SCHEMES))
        + text("DeliveryType", kind)
        + text("ProductType", "AudioProduct")
        + element("HashSum", digest),
    )
