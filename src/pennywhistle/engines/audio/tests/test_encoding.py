"""What a buyer gets: the right samples, the right tags, the same bytes each time."""

import base64
import io
import struct

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.engines.audio import RECIPES, AudioRefusedError, Codec, Recipe, Tags, encode
from pennywhistle.engines.audio.conversion import Cut, count_samples, render
from pennywhistle.engines.audio.decoding import as_samples, decode, open_audio
from pennywhistle.engines.audio.mp3 import Mp3Shape, encode_mp3, frame_samples, information_frame
from pennywhistle.engines.audio.ogg_pages import Reader, checksum
from pennywhistle.engines.audio.tests.tones import (
    JPEG,
    TAGS,
    cover_of,
    encoded,
    examined,
    music,
    song,
    wav,
)
from pennywhistle.engines.audio.untyped import OGG_VORBIS, WAVPACK

# More than one page of Ogg holds.
LARGE = JPEG[:-2] + bytes(200_000) + JPEG[-2:]
COVER = base64.b64encode(JPEG).decode()
ONE_OF_EACH = [
    "flac",
    "alac",
    "wav",
    "aiff",
    "mp3-v0",
    "mp3-320",
    "aac-256",
    "opus-128",
    "vorbis-q6",
]
EXACT = ["flac", "alac", "wav", "aiff", "mp3-v0", "mp3-128"]
# WavPack is made, but not taken: it is read back with FFmpeg alone.
TAKEN_BACK = [recipe.name for recipe in RECIPES if recipe.codec is not Codec.WAVPACK]


@pytest.mark.parametrize("recipe", TAKEN_BACK)
def test_every_recipe_gives_the_whole_track(recipe: str) -> None:
    made = encoded(song(), recipe, tags=TAGS.to_json(), cover_b64=COVER)

    found = examined(made)

    assert found.lossless == Recipe.parse(recipe).lossless
    assert abs(found.sample_count / found.sample_rate_hz - 50_001 / 44_100) < 0.024
    assert found.tags.title == TAGS.title


@pytest.mark.parametrize("recipe", [*ONE_OF_EACH, "wavpack", "mp3-abr-160", "flac-l8-16"])
def test_the_same_request_gives_the_same_bytes(recipe: str) -> None:
    arguments = {"tags": TAGS.to_json(), "cover_b64": COVER, "cut": {"start_ms": 100, "fade_ms": 9}}

    assert encoded(song(), recipe, **arguments) == encoded(song(), recipe, **arguments)


@pytest.mark.parametrize("recipe", ["flac", "alac", "wav", "aiff", "flac-l0", "flac-l8"])
@pytest.mark.parametrize("master", ["flac", "alac", "wav", "aiff"])
@pytest.mark.parametrize("bits", [16, 24])
def test_lossless_to_lossless_keeps_every_bit(master: str, recipe: str, bits: int) -> None:
    source = encoded(song(bits=bits), master)

    assert examined(encoded(source, recipe)).audio_md5 == examined(source).audio_md5


@pytest.mark.parametrize("level", ["", "-l0", "-l3"])
@pytest.mark.parametrize("bits", [16, 24])
def test_wavpack_keeps_every_bit_and_says_how_long_it_is(level: str, bits: int) -> None:
    samples = music(sample_count=50_001, bits=bits)

    made = encoded(wav(samples, bits=bits), f"wavpack{level}", tags=TAGS.to_json(), cover_b64=COVER)

    with av.open(io.BytesIO(made)) as file:
        heard = np.concatenate([frame.to_ndarray() for frame in file.decode(audio=0)], axis=1)
    assert np.array_equal(heard.T, samples)
    found = WAVPACK(io.BytesIO(made))
    assert struct.unpack_from("<I", made, 12) == (50_001,)
    assert (found.info.length, found.info.bits_per_sample) == (50_001 / 44_100, bits)
    assert str(found.tags["Title"]) == TAGS.title
    assert [*found.tags["Artist"]] == [*TAGS.artists]
    assert str(found.tags["Track"]) == "3/12"
    assert bytes(found.tags["Cover Art (Front)"].value).endswith(JPEG)


def test_wavpack_without_tags_has_none() -> None:
    assert b"APETAGEX" not in encoded(song(), "wavpack")


@pytest.mark.parametrize("recipe", ["flac-24", "alac-24", "wav-24", "aiff-24", "flac-l8-24"])
def test_more_bits_than_the_master_has_change_nothing(recipe: str) -> None:
    made = encoded(song(bits=16), recipe)

    assert examined(made).bits_per_sample == 24
    assert np.array_equal(_samples(made) >> 16, music(sample_count=50_001))


@pytest.mark.parametrize("recipe", ["flac-16", "alac-16", "wav-16", "aiff-16", "flac-l12-16"])
def test_fewer_bits_are_made_from_a_studio_master(recipe: str) -> None:
    found = examined(encoded(song(bits=24), recipe))

    assert (found.bits_per_sample, found.sample_count) == (16, 50_001)


@pytest.mark.parametrize("recipe", ["flac-l8", "flac-l8-16"])
def test_a_flac_that_is_made_anew_names_the_checksum_of_its_samples(recipe: str) -> None:
    made = encoded(encoded(song(), "flac"), recipe)

    assert examined(made).md5_checked


@pytest.mark.parametrize("recipe", ["flac-l8", "flac-16", "flac-24", "flac-l0-24"])
def test_a_checksum_is_of_as_many_bits_as_are_written(recipe: str) -> None:
    narrow = io.BytesIO()
    soundfile.write(narrow, music(sample_count=20_000), 44_100, "PCM_S8", format="FLAC")
    made = encoded(narrow.getvalue(), recipe)

    found = examined(made)

    assert found.md5_checked
    assert found.bits_per_sample == (24 if recipe.endswith("24") else 16)
    assert found.sample_count == 20_000


def test_sixteen_bits_of_a_master_that_has_them_are_its_own_frames() -> None:
    master = encoded(song(), "flac")

    assert encoded(master, "flac-16") == encoded(master, "flac")
    assert encoded(master, "flac-l5") != encoded(master, "flac-l0")


def test_an_original_is_the_delivered_file_with_all_that_it_carries() -> None:
    master = encoded(song(), "flac", tags={"comment": "of the supplier"}) + b"trailing bytes"

    assert encoded(master, "original", tags=TAGS.to_json(), cover_b64=COVER) == master


def test_an_older_tag_holds_the_same_words() -> None:
    made = encoded(song(), "mp3-v0", tags={**TAGS.to_json(), "id3_minor": 3}, cover_b64=COVER)

    assert made.startswith(b"ID3\x03")
    found = examined(made).tags
    assert (found.title, found.album) == (TAGS.title, TAGS.album)
    assert found.artists == (" / ".join(TAGS.artists),)
    assert found.date.startswith("2026")
    assert cover_of(made) == JPEG


def test_mono_gets_no_more_than_its_codec_takes() -> None:
    for recipe in ("opus-510", "aac-512"):
        assert examined(encoded(song(channels=1), recipe)).channels == 1


def test_vorbis_carries_our_comment_several_values_and_the_cover() -> None:
    made = encoded(
        song(), "vorbis-q6", tags=TAGS.to_json(), cover_b64=base64.b64encode(LARGE).decode()
    )

    found = OGG_VORBIS(io.BytesIO(made))
    assert found.tags["artist"] == [*TAGS.artists]
    assert found.tags.vendor == "Pennywhistle"
    assert cover_of(made) == LARGE
    assert examined(made).sample_count == 50_001
    pages = [*Reader().feed(made)]
    assert b"".join(page.sealed(serial=1, number=n) for n, page in enumerate(pages)) == made


@pytest.mark.parametrize("quality", range(11))
def test_every_quality_of_vorbis_sounds(quality: int) -> None:
    made = encoded(song(), f"vorbis-q{quality}")

    assert examined(made).sample_count == 50_001


def test_the_checksum_of_a_page_is_that_of_the_specification() -> None:
    # The polynomial 0x04c11db7, bit by bit, from zero, without a final exclusive or.
    page = encoded(song(sample_count=3_000), "opus-64")[:60]
    plain = page[:22] + bytes(4) + page[26:47]
    remainder = 0
    for byte in plain:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = (
                remainder << 1 ^ 0x04C11DB7 if remainder >> 31 else remainder << 1
            ) & 0xFFFFFFFF

    assert checksum(plain) == remainder == int.from_bytes(page[22:26], "little")


def test_a_flac_master_is_handed_out_with_its_own_frames() -> None:
    master = encoded(song(), "flac", tags={"title": "of the supplier", "comment": "internal"})

    made = encoded(master, "flac", tags={"title": "of the store"}, cover_b64=COVER)

    assert made.endswith(master[-20_000:])
    assert examined(made).md5_checked
    assert examined(made).tags.title == "of the store"
    assert examined(made).tags.comment == ""
    assert cover_of(made) == JPEG


@pytest.mark.parametrize("recipe", ONE_OF_EACH)
def test_hostile_tags_arrive_as_text(recipe: str) -> None:
    made = encoded(song(), recipe, tags=TAGS.to_json())

    found = examined(made).tags

    assert (found.title, found.album, found.comment) == (TAGS.title, TAGS.album, TAGS.comment)
    assert (found.track_number, found.track_total) == (3, 12)
    # Ogg's muxer keeps one value of a name.
    artists = ("Ann & Bob; Çelik",) if recipe == "opus-128" else TAGS.artists
    assert found.artists == artists


@pytest.mark.parametrize("recipe", ONE_OF_EACH)
def test_no_tags_and_no_cover_are_no_tags_and_no_cover(recipe: str) -> None:
    found = examined(encoded(song(), recipe))

    assert found.tags == Tags()
    assert found.cover_type == ""


@pytest.mark.parametrize("recipe", ONE_OF_EACH)
def test_a_cover_that_is_no_picture_is_left_out(recipe: str) -> None:
    svg = base64.b64encode(b"<svg onload='alert(1)'/>").decode()

    assert examined(encoded(song(), recipe, cover_b64=svg)).cover_type == ""


@pytest.mark.parametrize("recipe", EXACT)
def test_a_cut_has_exactly_its_length(recipe: str) -> None:
    cut = {"start_ms": 200, "length_ms": 500, "fade_ms": 50}

    assert examined(encoded(song(), recipe, cut=cut)).sample_count == 22_050


def test_a_cut_is_the_part_that_was_asked_for() -> None:
    samples = music(sample_count=44_100)

    made = encoded(wav(samples), "wav", cut={"start_ms": 500, "length_ms": 100})

    assert np.array_equal(_samples(made), samples[22_050 : 22_050 + 4_410])


def test_a_cut_longer_than_the_rest_ends_with_the_track() -> None:
    made = encoded(song(sample_count=44_100), "flac", cut={"start_ms": 900, "length_ms": 30_000})

    assert examined(made).sample_count == 4_410


def test_a_cut_behind_the_end_is_refused() -> None:
    with pytest.raises(AudioRefusedError) as caught:
        encoded(song(), "flac", cut={"start_ms": 60_000})

    assert caught.value.code == "outside-the-track"


def test_a_negative_cut_is_an_error() -> None:
    with pytest.raises(ValueError, match="positive"):
        encoded(song(), "flac", cut={"start_ms": -1})


def test_fades_begin_and_end_in_silence() -> None:
    loud = wav(np.full((44_100, 2), 20_000, np.int16))

    made = _samples(encoded(loud, "wav", cut={"fade_ms": 100})).astype(int)

    # Dither may leave one step of noise.
    assert abs(made[0]).max() <= 2
    assert abs(made[-1]).max() <= 10
    assert abs(made[22_050] - 20_000).max() <= 2
    assert abs(made[2_205] - 10_000).max() <= 50


@pytest.mark.parametrize(
    ("rate", "recipe", "expected"),
    [
        (96_000, "mp3-v0", 48_000),
        (88_200, "mp3-320", 44_100),
        (22_050, "mp3-128", 44_100),
        (96_000, "aac-256", 48_000),
        (44_100, "opus-128", 48_000),
        (192_000, "flac", 192_000),
        (96_000, "alac", 96_000),
    ],
)
def test_rates_that_a_codec_does_not_take_are_converted(
    rate: int, recipe: str, expected: int
) -> None:
    found = examined(encoded(song(sample_count=rate, rate=rate, bits=24), recipe))

    assert found.sample_rate_hz == expected
    assert abs(found.sample_count - expected) <= 1024


def test_sixteen_bits_from_twenty_four_are_dithered() -> None:
    # Half a step of the 16 bits, constantly: without dither it rounds to one value for ever.
    steady = np.full((44_100, 2), 128 << 8, np.int32)

    pieces = b"".join(_mp3_input(wav(steady, bits=24)))
    heard = np.frombuffer(pieces, np.int16)

    assert len(np.unique(heard)) > 1
    assert heard.mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("steps_256", [-300, -128, -64, -1, 0, 1, 32, 64, 128, 200, 255, 700])
def test_what_is_below_the_last_bit_is_kept_on_average(steps_256: int) -> None:
    # A constant of so many 256ths of a 16-bit step, which plain rounding would lose.
    steady = np.full((220_500, 2), steps_256 << 8, np.int32)

    heard = _samples(encoded(wav(steady, bits=24), "wav-16")).astype(float)

    # Triangular noise, two steps wide: its mean is the signal, its variance with that of rounding
    # is a quarter of a step squared, whatever the signal.
    assert heard.mean() == pytest.approx(steps_256 / 256, abs=0.01)
    assert heard.var() == pytest.approx(0.25, abs=0.02)


def test_dither_is_neither_shaped_nor_the_same_on_both_channels() -> None:
    heard = _samples(encoded(wav(np.zeros((220_500, 2), np.int32), bits=24), "wav-16")).astype(
        float
    )

    left, right = (heard - heard.mean(axis=0)).T
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.02
    assert abs(np.corrcoef(left[1:], left[:-1])[0, 1]) < 0.02


def test_a_quiet_tone_comes_through_the_dither_without_harmonics() -> None:
    # A third of a 16-bit step: rounding alone makes silence of it.
    instants = np.arange(441_000) / 44_100
    tone = np.round(np.sin(2 * np.pi * 1000 * instants) * 256 / 3).astype(np.int32)
    quiet = np.repeat(tone[:, None] << 8, 2, axis=1)

    heard = _samples(encoded(wav(quiet, bits=24), "flac-16"))[:, 0].astype(float)

    strength = np.abs(np.fft.rfft(heard)) * 2 / len(heard)
    assert strength[10_000] == pytest.approx(1 / 3, rel=0.05)
    assert strength[[20_000, 30_000, 50_000]].max() < 0.01


@pytest.mark.parametrize("master", ["mp3-320", "opus-128", "aac-256"])
def test_a_lossy_master_can_be_encoded_again(master: str) -> None:
    source = encoded(song(), master)

    found = examined(encoded(source, "mp3-v0"))

    assert abs(found.duration_ms - examined(source).duration_ms) <= 1


def test_a_source_that_ends_early_is_an_error_and_not_a_short_file() -> None:
    flac = bytearray(encoded(song(), "flac"))
    flac[22:26] = struct.pack(">I", 60_000)

    with pytest.raises(AudioRefusedError) as caught:
        encoded(bytes(flac), "mp3-v0")

    assert caught.value.code == "incomplete-audio"


def test_what_streams_needs_no_sink_that_seeks() -> None:
    class Pipe(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, content: bytes) -> int:  # type: ignore[override]
            self.written += content
            return len(content)

    for recipe in ("flac", "wav", "aiff", "mp3-v0", "opus-128", "wavpack", "original", "vorbis-q6"):
        pipe = Pipe()
        encode(io.BytesIO(song()), pipe, recipe=recipe)  # type: ignore[arg-type]
        assert pipe.written == encoded(song(), recipe)


def test_mp4_has_its_index_before_its_data() -> None:
    made = encoded(song(), "alac", tags=TAGS.to_json(), cover_b64=COVER)

    assert made.index(b"moov") < made.index(b"mdat")


@given(st.integers(1, 6 * frame_samples), st.sampled_from([1, 2]), st.sampled_from([None, 32, 128]))
def test_the_counts_of_an_mp3_are_known_before_it_is_made(
    sample_count: int, channels: int, kbps: int | None
) -> None:
    shape = Mp3Shape(sample_count, 44_100, channels, kbps)
    samples = music(sample_count=sample_count, channels=channels)

    made = b"".join(encode_mp3(shape, iter([samples])))

    assert examined(made).sample_count == sample_count
    frames = made[len(information_frame(shape)) :]
    assert _count_frames(frames) == shape.frame_count


@pytest.mark.parametrize(
    ("sample_count", "padding_samples", "frame_count"),
    [(1, 1727, 2), (1_153, 1727, 3), (10_584_000, 1152, 9_189)],
)
def test_the_padding_is_that_of_the_documentation(
    sample_count: int, padding_samples: int, frame_count: int
) -> None:
    shape = Mp3Shape(sample_count, 44_100, 2, None)

    assert (shape.padding_samples, shape.frame_count) == (padding_samples, frame_count)


@pytest.mark.parametrize("sample_count", [1, 577, 1_152, 11_520, 70_000, 176_400])
@pytest.mark.parametrize("kbps", [32, 56, 96, 128, 160, 320])
@pytest.mark.parametrize("rate", [32_000, 44_100, 48_000])
def test_a_constant_rate_knows_its_size_to_the_byte(
    kbps: int, rate: int, sample_count: int
) -> None:
    shape = Mp3Shape(sample_count, rate, 2, kbps)

    made = b"".join(encode_mp3(shape, iter([np.zeros((sample_count, 2), np.int16)])))

    (promised,) = struct.unpack_from(">I", made, made.index(b"Info") + 12)
    assert promised == len(made) == shape.size_bytes


def test_the_size_that_was_once_a_byte_short_is_right() -> None:
    assert Mp3Shape(176_400, 44_100, 2, 160).size_bytes == 81_502


def test_the_extension_of_the_information_frame_is_sealed() -> None:
    frame = information_frame(Mp3Shape(100_000, 44_100, 2, None))
    place = frame.index(b"LAME")

    delay_and_padding = int.from_bytes(frame[place + 21 : place + 24])
    assert delay_and_padding >> 12 == 576
    # CRC-16/ARC of a message followed by its own sum, low byte first, is zero.
    sealed = frame[: place + 34] + frame[place + 34 : place + 36][::-1]
    assert _crc16(sealed) == 0


def _crc16(content: bytes) -> int:
    remainder = 0
    for byte in content:
        remainder ^= byte
        for _ in range(8):
            remainder = (remainder >> 1) ^ 0xA001 if remainder & 1 else remainder >> 1
    return remainder


def _count_frames(frames: bytes) -> int:
    kbps = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    position = count = 0
    while position < len(frames):
        header = frames[position : position + 4]
        assert header[0] == 0xFF
        position += 144_000 * kbps[header[2] >> 4] // 44_100 + (header[2] >> 1 & 1)
        count += 1
    assert position == len(frames)
    return count


def _samples(source: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.signedinteger]]:
    with open_audio(io.BytesIO(source)) as opened:
        frames = [
            frame.to_ndarray().T if frame.format.is_planar else as_samples(frame, 2)
            for frame in decode(opened)
        ]
    return np.concatenate(frames)


def _mp3_input(source: bytes) -> list[bytes]:
    from_24_bits = io.BytesIO(source)
    total = count_samples(from_24_bits)
    with open_audio(from_24_bits) as opened:
        rendering = render(opened, Recipe.parse("mp3-v0"), Cut(), total=total)
        assert rendering.recipe.codec is Codec.MP3
        return [block.tobytes() for block in rendering.blocks()]
