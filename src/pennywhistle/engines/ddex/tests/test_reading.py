"""Every version of ERN says the same; what it says is read into the same words."""

import pytest

from ern_messages import (
    ARTIST,
    GTIN,
    ISRCS,
    LABEL,
    OLD_VERSIONS,
    SENDER,
    STORE,
    TITLE,
    TRACK_TITLES,
    VERSIONS,
    Built,
    Terms,
    header,
    manifest,
    purge,
    wrap,
)
from pennywhistle.engines.ddex import (
    Manifest,
    MessageRefusedError,
    NewRelease,
    Purge,
    Severity,
    check,
    offers_of,
    read_message,
)


def read(built: Built) -> NewRelease:
    message = read_message(built.bytes())
    assert isinstance(message, NewRelease)
    return message


@pytest.mark.parametrize("version", [*VERSIONS, *OLD_VERSIONS])
def test_every_version_says_who_sent_it_to_whom_and_when(version: str) -> None:
    envelope = read(Built(version=version)).envelope

    assert envelope.version.key == version
    assert envelope.sender_dpid == SENDER
    assert envelope.recipient_dpids == {STORE}
    assert envelope.header.message_id == "M1"
    assert envelope.header.created_at is not None
    assert envelope.header.created_at.isoformat() == "2026-01-01T10:00:00+00:00"
    assert not envelope.header.is_test


@pytest.mark.parametrize("version", [*VERSIONS, *OLD_VERSIONS])
def test_every_version_gives_the_same_recordings(version: str) -> None:
    message = read(Built(version=version))

    recordings = message.contents.resources
    assert [recording.kind for recording in recordings] == ["recording", "recording"]
    assert [recording.reference for recording in recordings] == ["A1", "A2"]
    assert [recording.identities[0].value for recording in recordings] == list(ISRCS)
    assert [recording.titles[0].text for recording in recordings] == list(TRACK_TITLES)
    assert [recording.duration_ms for recording in recordings] == [65_000, 125_000]
    for number, recording in enumerate(recordings, start=1):
        (credit,) = recording.credits
        assert message.envelope.parties[credit.party].name == ARTIST
        assert (credit.kind, credit.sequence) == ("display-artist", 1)
        assert [role.value for role in credit.roles] == ["MainArtist"]
        (edition,) = recording.editions
        (form,) = edition.delivered
        (file,) = form.files
        assert file.name == f"resources/{number}.flac"
        assert file.hash is not None
        assert (file.hash.algorithm.value, file.hash.value) == ("MD5", f"{number:032x}")
        (line,) = recording.lines or edition.lines
        assert (line.kind, line.year, line.text) == ("P", "2026", f"(P) 2026 {LABEL}")


@pytest.mark.parametrize("version", [*VERSIONS, *OLD_VERSIONS])
def test_every_version_gives_the_same_releases(version: str) -> None:
    message = read(Built(version=version))

    album, *tracks = message.contents.releases
    assert message.contents.main == album
    assert album.identities[0].value == GTIN.zfill(14)
    assert TITLE in {title.text for title in album.titles}
    assert [label.name for label in album.labels] == [LABEL]
    assert [genre.text for genre in album.genres] == ["Brass"]
    assert [(line.kind, line.text) for line in album.lines] == [("C", f"(C) 2026 {LABEL}")]
    assert [(date.kind, date.moment.raw) for date in album.dates] == [("release", "2026-01-02")]
    items = album.groups[0].groups[0].items
    assert [(item.sequence, item.resource) for item in items] == [(1, "A1"), (2, "A2")]
    assert [track.reference for track in tracks] == ["R1", "R2"]
    assert all(track.is_track and not track.is_main for track in tracks)
    assert [track.resources[0].resource for track in tracks] == ["A1", "A2"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_good_message_has_no_finding_and_loses_nothing(version: str) -> None:
    message = read(Built(version=version))

    assert check(message, offers_of(message)) == ()
    assert message.envelope.not_kept == ()


def test_what_no_place_is_for_is_listed_with_its_path() -> None:
    extra = {
        "recording": '<Raven Color="black"><Wing>left</Wing></Raven>',
        "message": "<Nest>high</Nest>",
    }

    envelope = read(Built(extra=extra)).envelope

    listed = {(one.path, one.value) for one in envelope.not_kept}
    recording = "/NewReleaseMessage/ResourceList/SoundRecording"
    assert listed == {
        (f"{recording}[1]/Raven/@Color", "black"),
        (f"{recording}[1]/Raven/Wing", "left"),
        (f"{recording}[2]/Raven/@Color", "black"),
        (f"{recording}[2]/Raven/Wing", "left"),
        ("/NewReleaseMessage/Nest", "high"),
    }
    assert envelope.not_kept_count == 5


def test_the_same_party_written_twice_is_one_party() -> None:
    envelope = read(Built(version="382")).envelope

    names = sorted(party.name for party in envelope.parties.values())
    assert names == [ARTIST, "The Sender", "The Store"]


def test_territories_of_details_go_to_what_stands_in_them() -> None:
    extra = {
        "recording": "",
        "album": (
            "<ReleaseDetailsByTerritory><TerritoryCode>JP</TerritoryCode>"
            "<Title><TitleText>真鍮と錫</TitleText></Title></ReleaseDetailsByTerritory>"
        ),
    }

    album = read(Built(version="382", extra=extra)).contents.releases[0]

    japanese = album.titles[-1]
    assert japanese.text == "真鍮と錫"
    assert japanese.where is not None
    assert japanese.where.territories is not None
    assert japanese.where.territories.codes == ("JP",)


def test_territories_of_an_attribute_do_the_same() -> None:
    title = (
        '<DisplayTitle ApplicableTerritoryCode="JP"><TitleText>真鍮と錫</TitleText></DisplayTitle>'
    )

    album = read(Built(version="43", extra={"album": title})).contents.releases[0]

    where = album.titles[-1].where
    assert where is not None
    assert where.territories is not None
    assert where.territories.codes == ("JP",)


def test_an_unknown_allowed_value_is_a_finding_of_its_field() -> None:
    extra = {"album": "<ReleaseType>Pamphlet</ReleaseType>"}

    (finding,) = read(Built(version="432", extra=extra)).envelope.findings

    assert (finding.code, finding.value) == ("unknown-value", "Pamphlet")
    assert finding.path == "/NewReleaseMessage/ReleaseList/Release/ReleaseType[2]"
    assert finding.severity is Severity.WARNING


def test_a_wrong_check_digit_is_a_warning_and_the_identifier_is_kept() -> None:
    message = read(Built(gtin="4006381333930"))

    (finding,) = message.envelope.findings
    assert (finding.code, finding.severity) == ("identifier-check", Severity.WARNING)
    identity = message.contents.releases[0].identities[0]
    assert (identity.value, identity.check_ok) == ("04006381333930", False)


def test_an_identifier_without_form_is_kept_as_text() -> None:
    message = read(Built(isrcs=("DE-too-short", ISRCS[1])))

    identity = message.contents.resources[0].identities[0]
    assert (identity.text, identity.value) == ("DE-too-short", "")
    assert message.envelope.finding_counts == {"identifier-form": 1}


def test_a_test_message_says_so() -> None:
    message = read(Built(control="TestMessage"))

    assert message.envelope.header.is_test
    assert [finding.code for finding in check(message)] == ["test-message"]


def test_editions_of_4_3_stand_apart() -> None:
    edition = (
        "<SoundRecording><ResourceReference>A9</ResourceReference>"
        "<Type>MusicalWorkSoundRecording</Type>"
        "<SoundRecordingEdition><Type>NonImmersiveEdition</Type><ResourceId><ISRC>DEA1B2600008"
        "</ISRC></ResourceId></SoundRecordingEdition>"
        "<SoundRecordingEdition><Type>ImmersiveEdition</Type><ResourceId><ISRC>DEA1B2600009"
        "</ISRC></ResourceId></SoundRecordingEdition></SoundRecording>"
    )

    recording = read(Built(extra={"resources": edition})).contents.resources[-1]

    found = [(str(one.kind), one.identities[0].value) for one in recording.editions]
    assert found == [("NonImmersiveEdition", "DEA1B2600008"), ("ImmersiveEdition", "DEA1B2600009")]


def test_a_role_of_4_3_2_holds_its_instruments() -> None:
    role = "<Role><Value>StudioMusician</Value><InstrumentType>Tuba</InstrumentType></Role>"
    player = f"<ContributorPartyReference>PArtist</ContributorPartyReference>{role}"
    extra = {"recording": f'<Contributor SequenceNumber="1">{player}</Contributor>'}

    message = read(Built(extra=extra))

    credit = message.contents.resources[0].credits[-1]
    assert [role.value for role in credit.roles] == ["StudioMusician"]
    assert [word.value for word in credit.instruments] == ["Tuba"]
    assert message.envelope.not_kept == ()


def test_a_clip_of_4_3_2_is_a_release_that_is_no_track() -> None:
    clip = (
        "<ClipRelease><ReleaseReference>R9</ReleaseReference><ReleaseId>"
        '<ProprietaryId Namespace="x">9</ProprietaryId></ReleaseId>'
        "<ReleaseResourceReference>A1</ReleaseResourceReference></ClipRelease>"
    )
    deal = Terms(releases=("R0", "R1", "R2", "R9"))

    message = read(Built(extra={"releases": clip}, deals=(deal,)))

    last = message.contents.releases[-1]
    assert (last.is_clip, last.is_track, last.is_main) == (True, False, False)
    assert check(message, offers_of(message)) == ()


def test_a_purge_names_its_release() -> None:
    message = read_message(purge())

    assert isinstance(message, Purge)
    assert message.envelope.sender_dpid == SENDER
    assert message.releases[0].identities[0].value == GTIN.zfill(14)
    assert check(message) == ()


def test_a_manifest_lists_its_messages_and_a_wrong_count_is_an_error() -> None:
    good, bad = read_message(manifest(2)), read_message(manifest(2, count=3))

    assert isinstance(good, Manifest)
    assert [entry.message_id for entry in good.entries] == ["M0", "M1"]
    assert good.entries[0].hash is not None
    assert good.entries[0].hash.value == "00ff"
    assert (good.is_test, good.root_directory) == (False, "/20260101")
    assert check(good) == ()
    assert [finding.code for finding in check(bad)] == ["manifest-count"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (wrap(header(), name="CatalogListMessage"), "unknown-message"),
        (wrap(header(), version="99"), "unknown-version"),
        (b"<NewReleaseMessage/>", "unknown-version"),
        (b'<m:Other xmlns:m="http://ddex.net/xml/ern-c-sftp/16"/>', "unknown-message"),
        (wrap(header(), name="ManifestMessage"), "unknown-message"),
    ],
)
def test_what_is_no_message_of_ours_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(MessageRefusedError) as refusal:
        read_message(data)

    assert refusal.value.code == code
    assert refusal.value.cure


def test_a_message_without_its_parts_is_unusable_not_a_crash() -> None:
    message = read_message(wrap(""))

    codes = {finding.code for finding in check(message) if finding.severity is Severity.ERROR}
    missing = {"part-missing", "created-missing", "sender-missing", "message-id-missing"}
    assert codes == {*missing, "main-count"}


@pytest.mark.parametrize(
    ("said", "is_test"),
    [
        ("LiveMessage", False),
        ("TestMessage", True),
        ("testMessage", True),
        ("LiveMessage</MessageControlType><MessageControlType>TestMessage", True),
        ("TestMessage</MessageControlType><MessageControlType>LiveMessage", True),
    ],
)
def test_only_what_is_live_without_a_doubt_is_live(said: str, *, is_test: bool) -> None:
    assert read(Built(control=said)).envelope.header.is_test is is_test
