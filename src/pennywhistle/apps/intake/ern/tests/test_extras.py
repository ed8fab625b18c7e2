"""Booklets and pictures that a message names come with its release, by its hashes."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from ern_messages import VERSIONS
from ern_terms import is_old
from pennywhistle.apps.catalog.models import Extra, Release
from pennywhistle.apps.intake.ern.tests.conftest import NOW, sale
from pennywhistle.apps.intake.models import Message
from pennywhistle.engines.documents.tests.pdfs import a_pdf

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.intake.ern.tests.conftest import Desk

PDF = a_pdf()


def text(
    name: str = "booklet.pdf",
    *,
    kind: str = "NonInteractiveBooklet",
    digest: str = "",
    version: str = "432",
    composite: str = "Text",
) -> str:
    """A text or picture resource of a message."""
    hashed = ""
    technical = "<TechnicalResourceDetailsReference>T8</TechnicalResourceDetailsReference>"
    own = '<ProprietaryId Namespace="DPID:PADPIDA2026010101N">8</ProprietaryId>'
    if is_old(version):
        if digest:
            hashed = (
                f"<HashSum><HashSum>{digest}</HashSum>"
                "<HashSumAlgorithmType>SHA-256</HashSumAlgorithmType></HashSum>"
            )
        return (
            f"<{composite}><{composite}Type>{kind}</{composite}Type>"
            f"<{composite}Id>{own}</{composite}Id><ResourceReference>A8</ResourceReference>"
            f"<{composite}DetailsByTerritory><TerritoryCode>Worldwide</TerritoryCode>"
            f"<Technical{composite}Details>{technical}<File><FileName>{name}</FileName>"
            f"<FilePath>resources</FilePath>{hashed}</File></Technical{composite}Details>"
            f"</{composite}DetailsByTerritory></{composite}>"
        )
    if digest:
        hashed = (
            "<HashSum><Algorithm>SHA-256</Algorithm>"
            f"<HashSumValue>{digest}</HashSumValue></HashSum>"
        )
    return (
        f"<{composite}><ResourceReference>A8</ResourceReference><Type>{kind}</Type>"
        f"<ResourceId>{own}</ResourceId><TechnicalDetails>{technical}"
        f"<File><URI>resources/{name}</URI>{hashed}</File></TechnicalDetails></{composite}>"
    )


def send(
    desk: Desk,
    resource: str,
    *,
    content: bytes | None = PDF,
    name: str = "booklet.pdf",
    **more: str,
) -> Message:
    """Send a message with its sounds, and with this file besides."""
    files = desk.files()
    if content is not None:
        path = desk.folder / name
        path.write_bytes(content)
        files[f"resources/{name}"] = path
    letter = desk.letter(sale(), extra={"resources": resource}, **more)
    return desk.send(letter, files=files)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_booklet_comes_with_its_release_in_every_version(desk: Desk, version: str) -> None:
    resource = text(digest=sha256(PDF).hexdigest(), version=version)

    message = send(desk, resource, version=version)

    assert message.state == Message.State.APPLIED, message.findings
    extra = Release.objects.get().extras.get()
    assert (extra.kind, extra.name, extra.mime_type) == (
        "booklet",
        "booklet.pdf",
        "application/pdf",
    )
    assert extra.sha256 == sha256(PDF).hexdigest()


def test_a_booklet_with_another_hash_is_told_and_does_not_come(desk: Desk) -> None:
    message = send(desk, text(digest="ab" * 32))

    assert message.state == Message.State.APPLIED
    assert "hash-wrong" in {finding["code"] for finding in message.findings}
    assert not Extra.objects.exists()


def test_a_booklet_with_a_script_is_told_and_does_not_come(desk: Desk) -> None:
    message = send(desk, text(), content=a_pdf(b"<< /S /JavaScript /JS (x) >>"))

    assert message.state == Message.State.APPLIED
    assert "extra-active-document" in {finding["code"] for finding in message.findings}
    assert not Extra.objects.exists()


def test_a_back_cover_comes_with_the_release_and_the_front_does_not(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "made.png"
    Image.new("RGB", (200, 200), "#246").save(path)
    back = text("back.png", kind="BackCoverImage", composite="Image")

    send(desk, back, content=path.read_bytes(), name="back.png")

    extra = Extra.objects.get()
    assert (extra.kind, extra.mime_type) == ("back", "image/png")
    front = text("back.png", kind="FrontCoverImage", composite="Image")
    send(desk, front, content=path.read_bytes(), name="back.png")
    extra.refresh_from_db()
    assert extra.left_at == NOW


def test_a_message_that_names_it_without_its_file_keeps_it(desk: Desk) -> None:
    send(desk, text())

    message = send(desk, text(), content=None)

    assert message.state == Message.State.APPLIED, message.findings
    assert Extra.objects.present().get().name == "booklet.pdf"


def test_a_message_that_names_none_takes_it_from_later_buyers(desk: Desk) -> None:
    send(desk, text())

    desk.deliver(sale())

    extra = Extra.objects.get()
    assert extra.left_at == NOW
