"""Numbers of MusicBrainz go in and come out under Picard's names, in every format."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen import id3

from pennywhistle.engines.audio import Tags
from pennywhistle.engines.audio.musicbrainz import MusicBrainz
from pennywhistle.engines.audio.tags import clean_text
from pennywhistle.engines.audio.tests.tones import encoded, examined, song
from pennywhistle.engines.audio.untyped import FLAC, MP4, OGG_OPUS, OGG_VORBIS, WAVPACK

RECORDING = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
RELEASE = "1b3a8d2f-0a3c-4b6e-9a53-5f1c7a0e2b11"
ADA, BEN = "f27ec8db-af05-4f36-916e-3d57f91ecf5e", "0383dadf-2a4e-4d10-a46a-e9e041da8eb3"
NUMBERS = MusicBrainz(RECORDING, RELEASE, (ADA, BEN), (ADA,))
TAGS = Tags(title="Rain", artists=("Ada & Ben",), musicbrainz=NUMBERS)


@pytest.mark.parametrize(
    "recipe", ["flac", "alac", "wav", "aiff", "mp3-v0", "aac-128", "opus-64", "vorbis-q2"]
)
def test_what_is_written_is_read_again(recipe: str) -> None:
    made = encoded(song(), recipe, tags=TAGS.to_json())

    assert examined(made).tags.musicbrainz == NUMBERS


def test_older_id3_holds_them_too() -> None:
    made = encoded(song(), "mp3-v0", tags={**TAGS.to_json(), "id3_minor": 3})

    assert examined(made).tags.musicbrainz == NUMBERS


def test_id3_has_picards_frames() -> None:
    tag = id3.ID3(io.BytesIO(encoded(song(), "mp3-v0", tags=TAGS.to_json())))

    assert tag["UFID:http://musicbrainz.org"].data == RECORDING.encode()
    assert tag["TXXX:MusicBrainz Album Id"].text == [RELEASE]
    assert tag["TXXX:MusicBrainz Artist Id"].text == [ADA, BEN]
    assert tag["TXXX:MusicBrainz Album Artist Id"].text == [ADA]


@pytest.mark.parametrize(("recipe", "reader"), [("flac", FLAC), ("vorbis-q2", OGG_VORBIS)])
def test_comments_have_picards_names(recipe: str, reader: object) -> None:
    tags = reader(io.BytesIO(encoded(song(), recipe, tags=TAGS.to_json()))).tags  # type: ignore[operator]

    assert tags["MUSICBRAINZ_TRACKID"] == [RECORDING]
    assert tags["MUSICBRAINZ_ALBUMID"] == [RELEASE]
    assert tags["MUSICBRAINZ_ARTISTID"] == [ADA, BEN]
    assert tags["MUSICBRAINZ_ALBUMARTISTID"] == [ADA]


def test_opus_joins_several_as_its_muxer_keeps_one_of_each() -> None:
    tags = OGG_OPUS(io.BytesIO(encoded(song(), "opus-64", tags=TAGS.to_json()))).tags

    assert tags["MUSICBRAINZ_ARTISTID"] == [f"{ADA}; {BEN}"]


def test_mp4_has_picards_atoms() -> None:
    tags = MP4(io.BytesIO(encoded(song(), "alac", tags=TAGS.to_json()))).tags

    def atom(name: str) -> list[bytes]:
        return [bytes(value) for value in tags[f"----:com.apple.iTunes:{name}"]]

    assert atom("MusicBrainz Track Id") == [RECORDING.encode()]
    assert atom("MusicBrainz Album Id") == [RELEASE.encode()]
    assert atom("MusicBrainz Artist Id") == [ADA.encode(), BEN.encode()]
    assert atom("MusicBrainz Album Artist Id") == [ADA.encode()]


def test_wavpack_has_picards_items() -> None:
    tags = WAVPACK(io.BytesIO(encoded(song(), "wavpack", tags=TAGS.to_json()))).tags

    assert str(tags["MUSICBRAINZ_TRACKID"]) == RECORDING
    assert "MUSICBRAINZ_ALBUMID" in [*tags.keys()]
    assert [*tags["MUSICBRAINZ_ARTISTID"]] == [ADA, BEN]


def test_without_numbers_nothing_is_said_so_that_no_file_changes() -> None:
    assert "musicbrainz" not in Tags(title="Rain").to_json()
    assert Tags.from_json(TAGS.to_json()) == TAGS


@pytest.mark.parametrize(
    "given_",
    [
        None,
        {"recording": 7},
        {"recording": "b10bbbfc"},
        {"artists": [ADA, "nobody"]},
        {"artists": ADA},
        {"artists": [ADA] * 51},
    ],
)
def test_what_is_no_number_is_left_out(given_: object) -> None:
    assert MusicBrainz.from_json(given_) == MusicBrainz()


@given(st.dictionaries(st.sampled_from(["recording", "artists"]), st.text() | st.lists(st.text())))
def test_any_json_is_read(plain: dict[str, object]) -> None:
    found = MusicBrainz.from_json(plain)

    assert all(clean_text(number) == number for number in (found.recording, *found.artists))
