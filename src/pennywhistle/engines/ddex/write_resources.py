"""The ResourceList of ERN 4.3.2: recordings with their masters, and the cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.values import is_allowed
from pennywhistle.engines.ddex.write_parties import (
    RECORDING_SCHEMES,
    WORK_SCHEMES,
    artists_xml,
    contributors_xml,
    numbers_xml,
    word_xml,
)
from pennywhistle.engines.ddex.write_xml import element, flag, text, text_if

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.ddex.write_facts import (
        Enclosed,
        Line,
        Picture,
        Played,
        ReleaseFacts,
        Sound,
    )
    from pennywhistle.engines.ddex.write_parties import PartyList

COVER_REFERENCE = "A0"
_SOUND_CONTAINERS = frozenset({"AIFF", "MP4", "Ogg", "WAV"})
_PICTURE_CODECS = frozenset({"GIF", "JPEG", "PNG", "TIFF"})
_TEXT_CODECS = frozenset({"PDF", "UTF8Text"})


def resource_reference(place: int) -> str:
    """The reference of the recording at a place in the tracks, counted from 0."""
    return f"A{place + 1}"


def enclosed_reference(facts: ReleaseFacts, place: int) -> str:
    """The reference of what comes with the release, behind the recordings."""
    return resource_reference(len(facts.tracks) + place)


def resources_xml(facts: ReleaseFacts, parties: PartyList) -> str:
    """The whole list: recordings, pictures with the cover first, texts."""
    recordings = "".join(
        _recording(track, place, parties) for place, track in enumerate(facts.tracks)
    )
    cover = _image(facts.cover, facts.numbers[0].value) if facts.cover else ""
    pictures: list[str] = []
    texts: list[str] = []
    for place, enclosed in enumerate(facts.enclosed):
        reference = enclosed_reference(facts, place)
        written = _enclosed(enclosed, reference, facts.numbers[0].value)
        (pictures if enclosed.is_picture else texts).append(written)
    return element("ResourceList", recordings + cover + "".join(pictures + texts))


def titles_xml(title: str) -> str:
    """A title as it is shown, in one piece and in parts."""
    parts = element("DisplayTitle", text("TitleText", title))
    return text("DisplayTitleText", title) + parts


def warning_xml(*, is_explicit: bool) -> str:
    """Whether parents are warned."""
    return text("ParentalWarningType", "Explicit" if is_explicit else "NotExplicit")


def lines_xml(lines: Iterable[Line]) -> str:
    """℗ and © lines, each with its year and company where they are known."""
    return "".join(
        element(
            f"{line.kind}Line",
            text_if("Year", line.year)
            + text_if(f"{line.kind}LineCompany", line.company)
            + text(f"{line.kind}LineText", line.text),
            LanguageAndScriptCode=line.language,
            ApplicableTerritoryCode=line.territory,
        )
        for line in lines
    )


def duration_xml(duration_ms: int) -> str:
    """A length to the millisecond."""
    minutes, rest = divmod(duration_ms, 60_000)
    seconds, part = divmod(rest, 1_000)
    return text("Duration", f"PT{minutes}M{seconds}{f'.{part:03}' if part else ''}S")


def _recording(track: Played, place: int, parties: PartyList) -> str:
    # An edition needs an identifier; where there is no ISRC, the track's own one stands in.
    numbers = track.numbers or (track.own_id,)
    sound = _sound(track.sound, place) if track.sound else ""
    identity = element("ResourceId", numbers_xml(numbers, RECORDING_SCHEMES))
    edition = identity + lines_xml(track.lines) + sound
    works = "".join(
        element("WorkId", numbers_xml((number,), WORK_SCHEMES)) for number in track.work_numbers
    )
    return element(
        "SoundRecording",
        text("ResourceReference", resource_reference(place))
        + text("Type", "MusicalWorkSoundRecording")
        + element("SoundRecordingEdition", edition)
        + works
        + titles_xml(track.title)
        + text("DisplayArtistName", track.artist_line)
        + artists_xml(track.artists, parties)
        + contributors_xml(track.contributors, parties)
        + duration_xml(track.duration_ms)
        + warning_xml(is_explicit=track.is_explicit),
    )


def _sound(sound: Sound, place: int) -> str:
    is_codec = is_allowed("audio-codec", sound.codec)
    is_container = sound.container in _SOUND_CONTAINERS
    rate = text_if("SamplingRate", sound.sample_rate_hz, UnitOfMeasure="Hz")
    container = word_xml("ContainerFormat", sound.container, is_container)
    delivered = element(
        "DeliveryFile",
        text("Type", "AudioFile")
        + (container if sound.container else "")
        + word_xml("AudioCodecType", sound.codec, is_codec)
        + text_if("NumberOfChannels", sound.channel_count)
        + rate
        + text_if("BitsPerSample", sound.bits_per_sample)
        + _file(sound)
        + flag("IsProvidedInDelivery", is_set=True),
    )
    reference = text("TechnicalResourceDetailsReference", f"T{place + 1}")
    return element("TechnicalDetails", reference + delivered)


def _image(picture: Picture, own_id: str) -> str:
    details = element(
        "TechnicalDetails",
        text("TechnicalResourceDetailsReference", "T0")
        + word_xml("ImageCodecType", picture.codec, picture.codec in _PICTURE_CODECS)
        + text("ImageHeight", picture.height_px, UnitOfMeasure="Pixel")
        + text("ImageWidth", picture.width_px, UnitOfMeasure="Pixel")
        + _file(picture)
        + flag("IsProvidedInDelivery", is_set=True),
    )
    identity = text("ProprietaryId", f"{own_id}-cover", Namespace="Pennywhistle")
    return element(
        "Image",
        text("ResourceReference", COVER_REFERENCE)
        + text("Type", "FrontCoverImage")
        + element("ResourceId", identity)
        + details,
    )


def _enclosed(enclosed: Enclosed, reference: str, own_id: str) -> str:
    kind = "Image" if enclosed.is_picture else "Text"
    codecs = _PICTURE_CODECS if enclosed.is_picture else _TEXT_CODECS
    details = element(
        "TechnicalDetails",
        text("TechnicalResourceDetailsReference", f"T{reference.removeprefix('A')}")
        + word_xml(f"{kind}CodecType", enclosed.codec, enclosed.codec in codecs)
        + _file(enclosed)
        + flag("IsProvidedInDelivery", is_set=True),
    )
    number = f"{own_id}-{reference}"
    return element(
        kind,
        text("ResourceReference", reference)
        + text("Type", enclosed.kind)
        + element("ResourceId", text("ProprietaryId", number, Namespace="Pennywhistle"))
        + titles_xml(enclosed.title)
        + details,
    )


def _file(file: Sound | Picture | Enclosed) -> str:
    digest = element("HashSum", text("Algorithm", "SHA-256") + text("HashSumValue", file.sha256))
    return element("File", text("URI", file.path) + digest + text("FileSize", file.size_bytes))
