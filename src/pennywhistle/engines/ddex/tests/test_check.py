"""Structure: one main release, references that lead somewhere, a track release for each track."""

import pytest

from ern_messages import VERSIONS, Built, Terms
from pennywhistle.engines.ddex import Finding, NewRelease, Severity, check, offers_of, read_message


def findings(built: Built, *, changes: tuple[tuple[str, str], ...] = ()) -> tuple[Finding, ...]:
    data = built.bytes().decode()
    for old, new in changes:
        assert old in data
        data = data.replace(old, new)
    message = read_message(data.encode())
    assert isinstance(message, NewRelease)
    return check(message, offers_of(message))


def codes(built: Built, *changes: tuple[str, str]) -> list[str]:
    return [finding.code for finding in findings(built, changes=changes)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_second_main_release_is_an_error(version: str) -> None:
    marked = ' IsMainRelease="true"' if version.startswith("3") else ""
    second = (
        f"<Release{marked}><ReleaseReference>R9</ReleaseReference>"
        "<ReleaseId><GRid>A1-2425G-ABC1234002-M</GRid></ReleaseId>"
        "<DisplayTitleText>Another</DisplayTitleText></Release>"
    )
    built = Built(version=version, extra={"releases": second})

    found = [one for one in findings(built) if one.severity is Severity.ERROR]

    assert [one.code for one in found] == ["main-count"]
    assert found[0].value == "R0, R9"


def test_a_message_of_tracks_only_has_no_main_release() -> None:
    built = Built(version="382")

    assert "main-count" in codes(
        built, ("<ReleaseType>Album<", "<ReleaseType>TrackRelease<"), (' IsMainRelease="true"', "")
    )


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("<DealReleaseReference>R1<", "<DealReleaseReference>R7<", "R7"),
        ("<ReleaseResourceReference>A2<", "<ReleaseResourceReference>A7<", "A7"),
        ("<ArtistPartyReference>PArtist<", "<ArtistPartyReference>PNobody<", "PNobody"),
        ("<ReleaseLabelReference>PLabel<", "<ReleaseLabelReference>PNobody<", "PNobody"),
    ],
)
def test_a_reference_that_leads_nowhere_is_an_error(old: str, new: str, lost: str) -> None:
    found = [
        one for one in findings(Built(), changes=((old, new),)) if one.severity is Severity.ERROR
    ]

    assert {one.code for one in found} == {"reference-unresolved"}
    assert {one.value for one in found} == {lost}


def test_a_reference_that_names_two_things_is_an_error() -> None:
    assert "reference-twice" in codes(
        Built(), ("<PartyReference>PLabel<", "<PartyReference>PArtist<")
    )
    assert "reference-twice" in codes(Built(), ("<ResourceReference>A2<", "<ResourceReference>A1<"))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recording_on_the_album_without_a_track_release_is_told(version: str) -> None:
    third = "<SoundRecording><ResourceReference>A3</ResourceReference></SoundRecording>"
    item = (
        "<ResourceGroupContentItem><ReleaseResourceReference>A3</ReleaseResourceReference>"
        "</ResourceGroupContentItem>"
    )
    end = "</ResourceGroup></ResourceGroup>"
    built = Built(version=version, extra={"resources": third})

    (told,) = [one for one in findings(built, changes=((end, item + end),)) if one.rule == "S4"]

    assert (told.code, told.value) == ("track-release-missing", "R0")
    assert told.sentence.startswith("A3 ")


def test_two_track_releases_for_one_recording_are_told() -> None:
    again = (
        "<TrackRelease><ReleaseReference>R9</ReleaseReference><ReleaseId>"
        '<ProprietaryId Namespace="x">9</ProprietaryId></ReleaseId>'
        "<ReleaseResourceReference>A1</ReleaseResourceReference></TrackRelease>"
    )

    assert "track-release-twice" in codes(Built(extra={"releases": again}))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<ICPN>4006381333931</ICPN>", "", "identifier-missing"),
        ("<ICPN>4006381333931</ICPN>", "<ISRC>DEA1B2600001</ISRC>", "isrc-as-release"),
        ("<ISRC>DEA1B2600002</ISRC>", "", "isrc-missing"),
        ("<MessageId>M1</MessageId>", "", "message-id-missing"),
        ("<PartyId>PADPIDA2026010101N</PartyId>", "", "sender-missing"),
        ("2026-01-01T10:00:00Z", "yesterday", "created-missing"),
    ],
)
def test_what_is_missing_is_told(old: str, new: str, code: str) -> None:
    found = findings(Built(), changes=((old, new),))

    told = {one.code for one in found} - {"date-unreadable"}
    assert told == {code}
    assert all(one.sentence and one.cure and one.rule for one in found)


def test_a_file_without_a_digest_is_told() -> None:
    changes = (("<HashSum>", "<Odd>"), ("</HashSum>", "</Odd>"))

    found = findings(Built(), changes=changes)

    assert {one.code for one in found} == {"hash-missing"}
    assert {one.value for one in found} == {"A1", "A2"}


def test_findings_come_worst_first() -> None:
    found = findings(Built(deals=(Terms(wholesale="0"),), isrcs=(), control="TestMessage"))

    severities = [one.severity for one in found]
    assert severities == sorted(severities, reverse=True)
