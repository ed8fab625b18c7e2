"""Files that lie, are cut, or want more than they should get."""

import io
import random
import socket
import struct
from pathlib import Path

import numpy as np
import pytest

from pennywhistle.engines.audio import AudioRefusedError, examine
from pennywhistle.engines.audio.decoding import open_audio
from pennywhistle.engines.audio.tests.tones import answer, encoded, examined, save, song, wav
from pennywhistle.engines.audio.tests.watching import watched

MUTATIONS = 40  # of each kind of file


def refusal(content: bytes, **arguments: float) -> str:
    """The code with which a file is refused."""
    with pytest.raises(AudioRefusedError) as caught:
        examined(content, **arguments)
    assert caught.value.sentence.endswith(".")
    return caught.value.code


@pytest.mark.parametrize("content", [b"", b"R", b"\0", b"fLaC", b"RIFF", b"not audio"])
def test_a_file_of_no_or_few_bytes_is_refused(content: bytes) -> None:
    assert refusal(content) in {"unknown-format", "damaged-audio"}


def test_a_wav_that_is_a_playlist_reads_no_other_file(tmp_path: Path) -> None:
    canary = tmp_path / "canary.wav"
    canary.write_bytes(song())
    playlist = f"ffconcat version 1.0\nfile '{canary}'\n".encode()
    behind_a_header = b"RIFF\0\0\0\0WAVE" + playlist

    with watched(canary) as watch:
        assert refusal(playlist) == "unknown-format"
        assert refusal(behind_a_header) == "damaged-audio"

        assert not watch.was_touched()


@pytest.mark.parametrize(
    "start", [b"", b"ID3\4\0\0\0\0\0\0", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftyp"]
)
def test_a_playlist_with_an_address_makes_no_connection(start: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/a.ts"
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n".encode()

        assert refusal(start + playlist) in {"unknown-format", "damaged-audio"}

        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("recipe", ["flac", "wav", "aiff", "alac"])
@pytest.mark.parametrize("share", [0.5, 0.99])
def test_a_lossless_file_that_is_cut_is_incomplete(recipe: str, share: float) -> None:
    whole = encoded(song(sample_count=200_000), recipe)

    assert refusal(whole[: int(len(whole) * share)]) == "incomplete-audio"


def test_a_flac_whose_md5_is_wrong_is_refused_with_the_reason() -> None:
    flac = bytearray(encoded(song(), "flac"))
    flac[26] ^= 1

    assert refusal(bytes(flac)) == "md5-differs"


def test_a_flac_without_md5_is_taken_and_marked_as_not_checked() -> None:
    flac = bytearray(encoded(song(), "flac"))
    flac[26:42] = bytes(16)

    assert not examined(bytes(flac)).md5_checked


def test_a_flac_that_promises_more_samples_is_incomplete() -> None:
    flac = bytearray(encoded(song(), "flac"))
    flac[22:26] = struct.pack(">I", 60_000)

    assert refusal(bytes(flac)) == "incomplete-audio"


def test_damage_in_the_middle_is_not_taken_for_a_cut() -> None:
    flac = bytearray(encoded(song(sample_count=400_000), "flac"))
    middle = len(flac) // 4
    flac[middle : middle + 4000] = bytes(4000)

    assert refusal(bytes(flac)) in {"damaged-audio", "incomplete-audio", "md5-differs"}


def test_hours_of_silence_are_stopped_at_the_limit() -> None:
    silence = encoded(wav(np.zeros((8_000 * 60, 2), np.int16), rate=8_000), "flac")
    assert len(silence) < 60_000

    assert refusal(silence, seconds_max=59.5) == "too-long"
    assert examined(silence, seconds_max=60).duration_ms == 60_000


def test_the_limit_is_kept_while_decoding_not_after() -> None:
    long = encoded(song(sample_count=44_100 * 15), "flac")
    source = io.BytesIO(long)

    with pytest.raises(AudioRefusedError):
        examine(source, seconds_max=1)

    assert source.tell() < len(long) / 2


def test_more_than_two_channels_are_refused_with_a_sentence() -> None:
    surround = wav(np.zeros((1000, 6), np.int16))

    assert refusal(surround) == "too-many-channels"


def test_a_wav_with_another_codec_is_refused() -> None:
    alaw = bytearray(song())
    alaw[20:22] = struct.pack("<H", 6)
    alaw[34:36] = struct.pack("<H", 8)

    assert refusal(bytes(alaw)) in {"no-audio", "damaged-audio"}


def test_a_wav_without_samples_is_refused() -> None:
    assert refusal(wav(np.zeros((0, 2), np.int16))) in {"no-audio", "damaged-audio"}


def test_a_wav_of_unknown_length_counts_as_cut() -> None:
    endless = bytearray(song())
    endless[40:44] = b"\xff" * 4

    assert refusal(bytes(endless)) == "incomplete-audio"


def test_a_sample_rate_of_nothing_is_refused() -> None:
    slow = bytearray(song())
    slow[24:28] = struct.pack("<I", 10)

    assert refusal(bytes(slow)) in {"unusual-sample-rate", "damaged-audio"}


def test_an_mp4_that_refers_to_another_file_does_not_get_it(tmp_path: Path) -> None:
    other = save(tmp_path, "other.m4a", encoded(song(), "alac"))
    address = f"file://{other}".encode() + b"\0"
    hostile = _with_data_reference(other.read_bytes(), address)

    with watched(other) as watch:
        answer(hostile)

        assert address in hostile
        assert not watch.was_touched()


def _with_data_reference(mp4: bytes, address: bytes) -> bytes:
    """Replace "the data is in this file" by an address, in every box around it."""
    place = mp4.index(b"url ")
    changed = bytearray(mp4)
    changed[place + 4 : place + 8] = bytes(4)
    for box in (b"url ", b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        at = mp4.rindex(box, 0, place + 4) - 4
        (size,) = struct.unpack_from(">I", changed, at)
        struct.pack_into(">I", changed, at, size + len(address))
    changed[place + 8 : place + 8] = address
    return bytes(changed)


@pytest.mark.parametrize("recipe", ["flac", "wav", "aiff", "alac", "aac-128", "mp3-128", "opus-64"])
def test_damaged_files_are_refused_or_examined_and_nothing_else(recipe: str) -> None:
    whole = encoded(song(sample_count=20_000), recipe, tags={"title": "damaged"})
    chance = random.Random(recipe)  # noqa: S311 - the same damage each time

    for _ in range(MUTATIONS):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(damaged)) :]
        found = answer(bytes(damaged))

        assert "refused" in found or found["sample_count"] > 0


def test_a_lossless_file_with_damaged_samples_is_never_taken() -> None:
    whole = encoded(song(sample_count=20_000), "flac")
    with open_audio(io.BytesIO(whole)) as opened:
        start = opened.promise.audio_starts_at
    chance = random.Random(1)  # noqa: S311 - the same damage each time

    for _ in range(MUTATIONS):
        damaged = bytearray(whole)
        damaged[chance.randrange(start, len(damaged))] ^= 1 << chance.randrange(8)

        found = answer(bytes(damaged))

        assert "refused" in found or found["audio_md5"] == examined(whole).audio_md5
