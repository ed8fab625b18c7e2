"""Acknowledgements have DDEX's form and words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pennywhistle.engines.ddex.write_ack import (
    FILE_OK,
    NAMESPACE,
    STATUS_BY_CODE,
    Acknowledgement,
    Correspondent,
    acknowledgement_name,
    status_of,
    write_acknowledgement,
)

ROOT = Path(__file__).resolve().parents[5]
SCHEMAS = ROOT.parent / "shared" / "ddex" / "schemas"
AT = datetime(2026, 2, 1, 10, 5, 7, 123_900, tzinfo=UTC)
FINE = Acknowledgement(
    sender=Correspondent("The Store", "PADPIDA2026020201K"),
    recipient=Correspondent("Copper Yard", "", "abc", "records.example"),
    created_at=AT,
    release_id="4006381333931",
    status=FILE_OK,
    set_up_on=date(2026, 2, 1),
)


def read(acknowledgement: Acknowledgement) -> etree._Element:
    return etree.fromstring(write_acknowledgement(acknowledgement))


def test_who_says_what_of_which_release_when() -> None:
    root = read(FINE)

    assert root.tag == f"{{{NAMESPACE}}}FtpAcknowledgementMessage"
    assert root.findtext("MessageHeader/MessageSender/PartyId") == "PADPIDA2026020201K"
    assert root.find("MessageHeader/MessageSender/PartyId").get("IsDPID") == "true"
    assert root.findtext("MessageHeader/MessageRecipient/PartyId") == "abc"
    assert root.findtext("MessageHeader/MessageCreatedDateTime") == "2026-02-01T10:05:07.123Z"
    assert root.findtext("AcknowledgedFile/ReleaseId") == "4006381333931"
    assert root.findtext("AcknowledgedFile/Date") == "2026-02-01"
    assert root.findtext("FileStatus") == "FileOK"
    assert root.find("ProposedActionType") is None


def test_a_refusal_says_what_to_send_again() -> None:
    missing = read(replace(FINE, status="ResourceMissing", error_text="1.flac did not come."))
    invalid = read(replace(FINE, status="NewReleaseMessageInvalid"))

    assert missing.findtext("ErrorText") == "1.flac did not come."
    assert missing.findtext("ProposedActionType") == "ResendXmlAndResources"
    assert invalid.findtext("ProposedActionType") == "ResendXmlOnly"


def test_a_word_of_our_own_is_marked_as_ours() -> None:
    status = read(replace(FINE, status="UserDefined", own_status="unsafe-file")).find("FileStatus")

    assert (status.text, status.get("UserDefinedValue")) == ("UserDefined", "unsafe-file")
    assert status.get("Namespace") == "PADPIDA2026020201K"


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["hash-wrong"], ("SignatureOrHashSumWrongOrMissing", "")),
        (["file-missing", "hash-wrong"], ("ResourceMissing", "")),
        (["something-new", "deals-overlap"], ("ConflictingAvailabilityPeriods", "")),
        (["something-new"], ("UserDefined", "something-new")),
        ([], ("UserDefined", "refused")),
    ],
)
def test_the_first_code_that_ddex_has_a_word_for_counts(
    codes: list[str], expected: tuple[str, str]
) -> None:
    assert status_of(codes) == expected


@pytest.mark.parametrize(
    ("release_id", "name"),
    [
        ("4006381333931", "ACK_20260201100507123_4006381333931.xml"),
        ("../../etc/x", "ACK_20260201100507123_etc-x.xml"),
        ("", "ACK_20260201100507123_unknown.xml"),
    ],
)
def test_names_of_files(release_id: str, name: str) -> None:
    assert acknowledgement_name(AT, release_id) == name
    elsewhere = AT.astimezone(timezone(timedelta(hours=9)))
    assert acknowledgement_name(elsewhere, release_id) == name


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_makes_a_document(text: str, release_id: str) -> None:
    made = replace(FINE, status="UserDefined", own_status=text, error_text=text)

    root = read(replace(made, release_id=release_id))

    assert root.find("AcknowledgedFile/ReleaseId") is not None


def schema(folder: Path) -> etree.XMLSchema:
    """DDEX's schema of the choreography, without the signatures that it refers to elsewhere."""
    text = (SCHEMAS / "ern-choreography-sftp.xsd").read_text(encoding="utf-8")
    stand_in = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        'targetNamespace="http://www.w3.org/2000/09/xmldsig#">'
        '<xs:complexType name="SignedInfoType"/><xs:complexType name="SignatureValueType"/>'
        '<xs:complexType name="X509IssuerSerialType"/></xs:schema>'
    )
    where = "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd"
    (folder / "signatures.xsd").write_text(stand_in)
    (folder / "avs.xsd").write_bytes((SCHEMAS / "avs.xsd").read_bytes())
    (folder / "ack.xsd").write_text(text.replace(where, "signatures.xsd"))
    return etree.XMLSchema(etree.parse(str(folder / "ack.xsd")))


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="DDEX's schemas are not beside the project")
def test_every_acknowledgement_is_valid_by_ddexs_schema(tmp_path: Path) -> None:
    valid = schema(tmp_path)

    for status in {FILE_OK, "UserDefined", *STATUS_BY_CODE.values()}:
        own = "unsafe-file" if status == "UserDefined" else ""
        made = replace(FINE, status=status, own_status=own, error_text="Because.")
        valid.assertValid(read(made))
