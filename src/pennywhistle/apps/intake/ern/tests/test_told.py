"""What must not pass in silence: ends before beginnings, bad files, files of others, schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ern_messages import purge
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.ern.tests.conftest import a_desk, reasons, sale, verdict
from pennywhistle.apps.intake.message_limits import schemas_folder
from pennywhistle.apps.intake.models import Message, Standing
from pennywhistle.apps.media.models import Master

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.intake.ern.tests.conftest import Desk

OTHERS = "PADPIDA2026010102L"
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
 targetNamespace="http://ddex.net/xml/ern/432" elementFormDefault="unqualified">
 <xs:element name="NewReleaseMessage" type="xs:date"/></xs:schema>"""


def codes(message: Message) -> list[str]:
    return [finding["code"] for finding in message.findings]


def test_a_release_that_comes_after_its_purge_is_not_sold(desk: Desk) -> None:
    older = desk.letter(sale())

    ended = desk.send(purge(created="2026-02-03T10:00:00Z"))
    message = desk.send(older, files=desk.files())

    assert ended.state == Message.State.IGNORED
    assert message.state == Message.State.IGNORED
    assert not Release.objects.exists()


def test_a_release_that_was_made_after_a_purge_is_sold(desk: Desk) -> None:
    desk.send(purge(created="2026-01-03T10:00:00Z"))

    desk.deliver(sale())

    assert verdict(Release.objects.get(), "DE").allowed


def test_nobody_elses_purge_keeps_a_release_from_being_sold(desk: Desk, tmp_path: Path) -> None:
    other = a_desk(tmp_path, name="Somebody else", dpid=OTHERS)
    other.send(purge(sender=OTHERS, created="2026-02-03T10:00:00Z"))

    desk.deliver(sale())

    assert verdict(Release.objects.get(), "DE").allowed
    assert Standing.objects.get(supplier=other.supplier).release is None


def test_a_new_master_that_is_bad_is_told_and_opens_nothing(desk: Desk) -> None:
    desk.deliver(sale("DE"))
    kept = sorted(Master.objects.values_list("sha256", flat=True))
    bad = desk.files()
    cut = desk.folder / "cut.flac"
    cut.write_bytes(bad["resources/1.flac"].read_bytes()[:-2_000])
    bad["resources/1.flac"] = cut

    message = desk.send(desk.letter(sale("DE", "FR")), files=bad)

    assert message.state == Message.State.REFUSED
    assert "incomplete-audio" in codes(message)
    assert sorted(Master.objects.values_list("sha256", flat=True)) == kept
    release = Release.objects.get()
    assert verdict(release, "DE").allowed
    assert reasons(verdict(release, "FR")) == ["territory"]


def test_a_file_that_the_message_names_for_one_is_not_sold_as_another(desk: Desk) -> None:
    letter = desk.letter(sale()).bytes()
    for number in (b"1", b"2"):
        letter = letter.replace(b"resources/" + number + b".flac", b"disc" + number + b"/01.flac")
    second = desk.files()["resources/2.flac"]

    message = desk.send(letter, files={"disc2/01.flac": second})

    assert message.state == Message.State.REFUSED
    assert "file-missing" in codes(message)
    assert not Release.objects.exists()


@pytest.mark.parametrize("is_installed", [True, False])
def test_what_a_schema_finds_is_told_where_one_is_installed(
    desk: Desk,
    settings: pytest.FixtureRequest,
    tmp_path: Path,
    is_installed: bool,  # noqa: FBT001
) -> None:
    settings.DATA = str(tmp_path / "data")  # type: ignore[attr-defined]
    if is_installed:
        schemas_folder().mkdir(parents=True)
        (schemas_folder() / "message.xsd").write_text(SCHEMA)

    message = desk.deliver(sale("DE"))

    assert message.state == Message.State.APPLIED
    assert ("schema" in " ".join(codes(message))) == is_installed
