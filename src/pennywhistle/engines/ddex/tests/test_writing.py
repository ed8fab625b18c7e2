"""What is written is valid, and read back it says the same."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given

from ern_dice import (
    BAND_NUMBERS,
    NOON,
    RECORDING_NUMBERS,
    RELEASE_NUMBERS,
    WORK_NUMBERS,
    WRITER_NUMBERS,
    releases,
)
from ern_facts import facts_of
from pennywhistle.engines.ddex import (
    Manifest,
    NewRelease,
    Purge,
    Schemas,
    Severity,
    check,
    offers_of,
    read_message,
)
from pennywhistle.engines.ddex.write_facts import (
    Correspondent,
    Done,
    Enclosed,
    Heading,
    Line,
    Listed,
    Number,
    Picture,
    Played,
    ReleaseFacts,
    Sale,
    Somebody,
    Sound,
)
from pennywhistle.engines.ddex.write_manifest import write_manifest
from pennywhistle.engines.ddex.write_release import write_purge, write_release
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.territories import Territories

SHARED = Path(__file__).parents[6] / "shared" / "ddex"
HEADING = Heading(
    "M1",
    Correspondent("PADPIDA2026010101N", "Copper & Sons"),
    Correspondent("PADPIDA2026020201K", "The <Store>"),
    NOON,
    thread_id="T1",
)
BAND = Somebody("The Kettle Band", BAND_NUMBERS)
WRITER = Somebody("Ada 'Tin' Brass", WRITER_NUMBERS)
TRACK = Played(
    disc_number=1,
    track_number=1,
    title='First "Whistle" & <more>',
    artist_line="The Kettle Band feat. Nobody",
    artists=(Done(BAND, ("MainArtist",)),),
    numbers=RECORDING_NUMBERS,
    own_id=Number("proprietary", "t1", "Pennywhistle"),
    duration_ms=185_042,
    contributors=(Done(WRITER, ("Composer", "Lyricist")), Done(WRITER, ("Tin whistle mender",))),
    work_numbers=WORK_NUMBERS,
    sound=Sound("resources/1.flac", "ab" * 32, 1_234, "FLAC", "", 2, 44_100, 16),
    lines=(Line("P", "℗ 2026 <Copper> Yard", "2026", "Copper Yard", "DE", "de"),),
)
RELEASE = ReleaseFacts(
    numbers=RELEASE_NUMBERS,
    kind="Album",
    title="نحاس Brass",
    artist_line="The Kettle Band",
    artists=(Done(BAND, ("MainArtist",)),),
    label=Somebody("Copper Yard"),
    released_on=date(2026, 1, 2),
    tracks=(TRACK, replace(TRACK, disc_number=2, is_explicit=True, sound=None, place_title="Two")),
    genre="Brass",
    about="Made of tin.\nAnd of air.",
    cover=Picture("resources/cover.jpg", "cd" * 32, 99, "JPEG", 1_400, 1_400),
    sales=(
        Sale((None,), Territories.worldwide(), date(2026, 1, 2), code="FULL"),
        Sale(
            (0, 1),
            Territories.of("DE", "FR"),
            NOON,
            NOON + timedelta(days=3),
            wholesale=Money(140_000, "EUR"),
            suggested=Money(990_000, "EUR"),
        ),
    ),
    shown_from=NOON,
    lines=(Line("P", "℗ 2026 Copper Yard", "2026"), Line("C", "© Copper Yard", territory="FR")),
    enclosed=(
        Enclosed("NonInteractiveBooklet", "Notes", "resources/b.pdf", "ef" * 32, 9, "PDF"),
        Enclosed("BackCoverImage", "Back", "resources/x.png", "0f" * 32, 8, "PNG", is_picture=True),
        Enclosed("TextDocument", "Words", "resources/w.txt", "1f" * 32, 7, "UTF8Text"),
    ),
)


def test_a_release_that_is_read_back_says_the_same() -> None:
    message = read_message(write_release(RELEASE, HEADING))

    assert isinstance(message, NewRelease)
    assert facts_of(message) == RELEASE
    assert message.envelope.sender_dpid == HEADING.sender.dpid
    assert message.envelope.header.message_id == "M1"
    assert message.envelope.header.created_at == NOON
    assert message.envelope.not_kept == ()
    assert not [one for one in check(message, offers_of(message)) if one.severity > Severity.NOTICE]


def test_what_is_sold_is_permitted_again() -> None:
    message = read_message(write_release(RELEASE, HEADING))
    assert isinstance(message, NewRelease)

    offers = offers_of(message)

    assert not offers.refusals
    assert set(offers.grants) == {"R0", "R1", "R2"}
    assert offers.grants["R1"][0].territories == Territories.of("DE", "FR")


def test_a_release_without_sales_is_taken_down() -> None:
    message = read_message(write_release(replace(RELEASE, sales=()), HEADING))

    assert isinstance(message, NewRelease)
    assert message.contents.deals == ()
    assert facts_of(message) == replace(RELEASE, sales=(), shown_from=None)


def test_a_day_that_ends_beside_an_instant_ends_at_its_midnight() -> None:
    sale = Sale((None,), Territories.of("DE"), NOON, date(2026, 12, 31))
    message = read_message(write_release(replace(RELEASE, sales=(sale,)), HEADING))

    assert isinstance(message, NewRelease)
    (span,) = message.contents.deals[0].spans
    assert span.ends is not None
    assert span.ends.raw == "2027-01-01T00:00:00"


def test_what_xml_cannot_hold_is_marked_and_harms_nothing() -> None:
    message = read_message(write_release(replace(RELEASE, title="a\x00\ud800b\x0bc"), HEADING))

    assert isinstance(message, NewRelease)
    assert facts_of(message).title == "a��b�c"


def test_a_purge_names_its_release() -> None:
    message = read_message(write_purge(HEADING, numbers=RELEASE.numbers, title="Brass"))

    assert isinstance(message, Purge)
    assert message.releases[0].identities[0].value == "04006381333931"
    assert message.releases[0].titles[0].text == "Brass"
    assert not [one for one in check(message) if one.severity > Severity.NOTICE]


def test_a_manifest_lists_its_messages_with_their_digests() -> None:
    listed = [
        Listed("M1", "1/1.xml", "ab" * 32, RELEASE.numbers),
        Listed("M2", "2/2.xml", "cd" * 32, (Number("proprietary", "x", "Y"),), is_take_down=True),
    ]

    manifest = read_message(write_manifest(HEADING, folder="N_B1", messages=listed))

    assert isinstance(manifest, Manifest)
    assert manifest.message_count == 2
    assert [entry.url for entry in manifest.entries] == ["1/1.xml", "2/2.xml"]
    assert [str(entry.action) for entry in manifest.entries] == ["NewReleaseDelivery", "TakeDown"]
    assert [entry.hash and entry.hash.value for entry in manifest.entries] == ["ab" * 32, "cd" * 32]
    assert not [one for one in check(manifest) if one.severity > Severity.NOTICE]
    assert manifest.envelope.not_kept == ()


@given(releases())
def test_whatever_is_written_reads_back_as_it_was(facts: ReleaseFacts) -> None:
    message = read_message(write_release(facts, HEADING))

    assert isinstance(message, NewRelease)
    assert facts_of(message) == facts
    assert {one.code for one in check(message) if one.severity > Severity.NOTICE} <= {
        "isrc-missing"
    }
    assert message.envelope.not_kept == ()


# --- by DDEX's own schemas -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Schemas:
    """DDEX's schema of 4.3.2 with the value lists of 4.3, which are the newest of the collection.

    Values that came with 4.3.2 have no list there: their types allow any text.
    """
    if not (SHARED / "schemas" / "432").is_dir():
        pytest.skip("DDEX's schemas are not here (../shared/ddex/schemas)")
    folder = tmp_path_factory.mktemp("schemas")
    schema = (SHARED / "schemas" / "432" / "release-notification.xsd").read_text()
    values = (SHARED / "schemas" / "43" / "allowed-value-sets.xsd").read_text()
    known = set(re.findall(r'simpleType name="(\w+)"', values))
    missing = set(re.findall(r'"avs:(\w+)"', schema)) - known
    stand_ins = "".join(
        f'<xs:simpleType name="{name}"><xs:restriction base="xs:string"/></xs:simpleType>'
        for name in sorted(missing)
    )
    (folder / "main.xsd").write_text(schema)
    (folder / "allowed-value-sets.xsd").write_text(
        values.replace("</xs:schema>", f"{stand_ins}</xs:schema>")
    )
    return Schemas(folder)


def test_what_is_written_is_valid_by_ddex(schemas: Schemas) -> None:
    for facts in (
        RELEASE,
        replace(RELEASE, sales=(), shown_from=None, genre="", cover=None),
        replace(RELEASE, tracks=(replace(TRACK, numbers=(), work_numbers=()),), kind="Own"),
    ):
        assert schemas.validate(write_release(facts, HEADING)) == ()
    assert schemas.validate(write_purge(HEADING, numbers=RELEASE.numbers[:1], title="T")) == ()


@given(releases())
def test_whatever_is_written_is_valid_by_ddex(schemas: Schemas, facts: ReleaseFacts) -> None:
    assert schemas.validate(write_release(facts, HEADING)) == ()
