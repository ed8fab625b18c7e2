"""How long a file says that it plays, so that it can be compared with what was decoded.

Tags first, since somebody wrote them: ID3v2.4's TLEN (section 4.2.3, milliseconds), and LENGTH, as
it is called in Vorbis comments and MP4. Then the header: of FLAC, WAV, AIFF and MP4, and the Xing
frame that stands before the audio of an MP3. A duration that a demuxer only estimates from the
bit rate is nobody's word.
"""

import os
from typing import BinaryIO

from pennywhistle.engines.audio.containers import Container, id3_bytes
from pennywhistle.engines.audio.decoding import Opened

_id3_head_bytes = 10
_padding_bytes_max = 4 << 10
_frame_head_bytes = 64
_frames_known = 1
_number_chars_max = 12
# As plain numbers seconds end here, as milliseconds no music begins before that.
_seconds_max = 4 * 3600
_milliseconds_min = 1_000


def stated_duration_ms(source: BinaryIO, opened: Opened) -> int | None:
    """The length in the file's tags, else that of its header; None where neither says it.

    Leaves the position in `source` as it is.
    """
    tags = {
        name.lower(): text
        for name, text in {**opened.file.metadata, **opened.stream.metadata}.items()
    }
    said = parse_length_ms(tags.get("tlen", ""), is_milliseconds=True)
    said = said or parse_length_ms(tags.get("length", ""), is_milliseconds=False)
    return said or _in_header_ms(source, opened)


def parse_length_ms(text: str, *, is_milliseconds: bool) -> int | None:
    """A length from `245000`, `4:05` or `1:04:05`; None for anything else.

    LENGTH has no standard, and some write seconds: a number that could be either says nothing.
    """
    text = text.strip()
    if len(text) > _number_chars_max or not text.isascii():
        return None
    parts = text.split(":")
    if len(parts) in {2, 3} and all(part.isdigit() for part in parts):
        seconds = 0
        for part in parts:
            seconds = seconds * 60 + int(part)
        return seconds * 1000 or None
    whole = text.partition(".")[0]
    if not whole.isdigit():
        return None
    number = int(whole)
    if number < _milliseconds_min:
        return number * 1000 or None
    return number if is_milliseconds or number > _seconds_max else None


def _in_header_ms(source: BinaryIO, opened: Opened) -> int | None:
    rate_hz = opened.sample_rate_hz
    if opened.sample_count:
        return opened.sample_count * 1000 // rate_hz
    stream = opened.stream
    if opened.container is Container.MP4 and stream.duration and stream.time_base:
        return round(stream.duration * stream.time_base * 1000)
    if opened.container is Container.MP3:
        sample_count = _xing_sample_count(source)
        return sample_count * 1000 // rate_hz if sample_count else None
    return None


def _xing_sample_count(source: BinaryIO) -> int | None:
    """Samples by the frames that the Xing frame counts (gabriel.mp3-tech.org, Mp3 Info Tag)."""
    position = source.tell()
    try:
        source.seek(0)
        source.seek(id3_bytes(source.read(_id3_head_bytes)))
        head = source.read(_padding_bytes_max + _frame_head_bytes).lstrip(b"\0")
    finally:
        source.seek(position, os.SEEK_SET)
    frame = head[:_frame_head_bytes]
    if len(frame) < _frame_head_bytes:
        return None
    is_first_version, is_mono = frame[1] >> 3 & 3 == 3, frame[3] >> 6 == 3  # noqa: PLR2004 - bits of the header
    if is_first_version:
        start, frame_samples = (21 if is_mono else 36), 1152
    else:
        start, frame_samples = (13 if is_mono else 21), 576
    name, flags = frame[start : start + 4], int.from_bytes(frame[start + 4 : start + 8])
    if name not in {b"Xing", b"Info"} or not flags & _frames_known:
        return None
    return int.from_bytes(frame[start + 8 : start + 12]) * frame_samples
