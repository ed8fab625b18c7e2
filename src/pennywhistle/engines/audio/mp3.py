"""Encodes MP3 with LAME, behind an information frame that is right before the first frame is made.

The frame is Xing's (its counts give players the duration) with LAME's extension (its delay and
padding give gapless playing): gabriel.mp3-tech.org, "Mp3 Info Tag revision 1". LAME's own comes
at the end, and has to be patched into the beginning, which a stream cannot.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import lameenc

from pennywhistle.engines.audio.decoding import Samples

frame_samples = 1152
_delay_samples = 576
_padding_samples_min = 576  # what a decoder needs behind the last sample to finish it
_kbps = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_rate_indexes = {44_100: 0, 48_000: 1, 32_000: 2}
_quality = 3  # LAME's own choice for VBR
_vbr_method, _abr_method = 4, 3  # vbr_mtrh, vbr_abr
_info_kbps_min = 64  # the smallest whose frame has room for the tag
_vbr_info_kbps = 128
_frames_known, _bytes_known, _index_known = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Mp3Shape:
    """What is known of an MP3 before it is encoded.

    `bitrate_kbps` is constant, or on average if `is_average`; None for V0 to V9, as `quality` says.
    """

    sample_count: int
    sample_rate_hz: int
    channels: int
    bitrate_kbps: int | None
    quality: int = 0
    is_average: bool = False

    @property
    def padding_samples(self) -> int:
        """Silence that LAME adds at the end to fill the last frame (lame_encode_flush)."""
        padding = frame_samples - (self.sample_count + _delay_samples) % frame_samples
        return padding + frame_samples if padding < _padding_samples_min else padding

    @property
    def frame_count(self) -> int:
        """Frames of audio, without the information frame."""
        return (self.sample_count + _delay_samples + self.padding_samples) // frame_samples

    @property
    def size_bytes(self) -> int | None:
        """Of the information frame and all others; None unless the rate is constant."""
        if self.bitrate_kbps is None or self.is_average:
            return None
        info = _frame_bytes(max(self.bitrate_kbps, _info_kbps_min), self.sample_rate_hz)
        # A frame is a byte longer as soon as those before it lag behind the rate, and the first
        # is never: LAME counts what is missing down from zero (reservoir.c, padding).
        whole, fraction = divmod(144_000 * self.bitrate_kbps, self.sample_rate_hz)
        padded_frames = -(-(self.frame_count - 1) * fraction // self.sample_rate_hz)
        return info + whole * self.frame_count + padded_frames


def encode_mp3(shape: Mp3Shape, blocks: Iterator[Samples]) -> Iterator[bytes]:
    """Yield the information frame, then frames as LAME makes them from 16-bit samples."""
    yield information_frame(shape)
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(shape.channels)
    encoder.set_in_sample_rate(shape.sample_rate_hz)
    # Else LAME lowers the rate for the small bitrates, and the frame count is another one.
    encoder.set_out_sample_rate(shape.sample_rate_hz)
    encoder.set_quality(_quality)
    if shape.bitrate_kbps is None:
        encoder.set_vbr(_vbr_method)
        encoder.set_vbr_quality(shape.quality)
    elif shape.is_average:
        encoder.set_vbr(_abr_method)
        encoder.set_vbr_mean_bitrate_kbps(shape.bitrate_kbps)
    else:
        encoder.set_bit_rate(shape.bitrate_kbps)
    for block in blocks:
        yield bytes(encoder.encode(block.tobytes()))
    yield bytes(encoder.flush())


def information_frame(shape: Mp3Shape) -> bytes:
    """A silent frame whose payload tells of the others."""
    kbps = _vbr_info_kbps
    if shape.bitrate_kbps is not None and not shape.is_average:
        kbps = shape.bitrate_kbps
    header = _header(max(kbps, _info_kbps_min), shape)
    side_information_bytes = 32 if shape.channels > 1 else 17
    tag = _xing(shape) + _lame_extension(shape)
    frame = header + bytes(side_information_bytes) + tag
    frame += struct.pack(">H", _crc16(frame))
    return frame.ljust(_frame_bytes(max(kbps, _info_kbps_min), shape.sample_rate_hz), b"\0")


def _frame_bytes(kbps: int, sample_rate_hz: int) -> int:
    return 144_000 * kbps // sample_rate_hz


def _header(kbps: int, shape: Mp3Shape) -> bytes:
    """MPEG-1 layer III without checksum; joint stereo as LAME uses it, or mono."""
    mode = 0b01 if shape.channels > 1 else 0b11
    third = _kbps.index(kbps) << 4 | _rate_indexes[shape.sample_rate_hz] << 2
    return bytes((0xFF, 0xFB, third, mode << 6 | 0b0100))


def _xing(shape: Mp3Shape) -> bytes:
    """The counts; a constant rate also has its size and a linear index of 100 places.

    The size of a variable rate is not known before its end. The frames alone give the exact
    duration, and players then look for a place by share of the file's size.
    """
    if shape.size_bytes is None:
        return struct.pack(">4sII", b"Xing", _frames_known, shape.frame_count)
    flags = _frames_known | _bytes_known | _index_known
    index = bytes(place * 256 // 100 for place in range(100))
    return struct.pack(">4sIII", b"Info", flags, shape.frame_count, shape.size_bytes) + index


def _lame_extension(shape: Mp3Shape) -> bytes:
    """LAME's part up to the checksum; levels, lengths and lowpass are not known yet: zero."""
    constant, average, variable = 1, 2, 4
    method = average if shape.is_average else constant
    method = variable if shape.bitrate_kbps is None else method
    delay_and_padding = (_delay_samples << 12 | shape.padding_samples).to_bytes(3)
    bitrate = min(shape.bitrate_kbps or 0, 255)
    misc = 0b01 << 2 if shape.channels == 1 else 0b11 << 2
    return (
        struct.pack(">9sBB", b"LAME3.100", method, 0)
        + bytes(8)  # peak and two gains
        + bytes((0, bitrate))
        + delay_and_padding
        + bytes((misc, 0))
        + bytes(2 + 4 + 2)  # preset, music length, music checksum
    )


def _crc16(content: bytes) -> int:
    """CRC-16/ARC, as LAME seals its tag."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
