"""Tells audio containers by their first bytes, never by a file's name."""

from enum import StrEnum

head_bytes = 64 << 10  # how much of a file `sniff` likes to see

_mpeg_versions = {0: 2.5, 2: 2, 3: 1}
_mp3_kbps = {
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_mp3_rates_hz = {1: (44100, 48000, 32000), 2: (22050, 24000, 16000), 2.5: (11025, 12000, 8000)}
_ogg_packet_at = 28  # of a first page, which holds one short packet
_ogg_codecs = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC")
_id3_header_bytes = 10
_mpeg_header_bytes = 4


class Container(StrEnum):
    """The containers that the store reads."""

    FLAC = "flac"
    WAV = "wav"
    AIFF = "aiff"
    MP4 = "mp4"
    MP3 = "mp3"
    OGG = "ogg"


_signatures = (
    (0, b"fLaC", Container.FLAC),
    (0, b"RIFF", Container.WAV),
    (0, b"FORM", Container.AIFF),
    (4, b"ftyp", Container.MP4),
    (0, b"OggS", Container.OGG),
)
# What stands behind the length of a chunked file; one of four bytes each.
_form_types = {Container.WAV: (b"WAVE",), Container.AIFF: (b"AIFF", b"AIFC")}


def sniff(head: bytes) -> Container | None:
    """The container that a file's first bytes prove, or None; playlists and texts are None.

    Args:
        head: the first `head_bytes` of the file, or all of a shorter one.
    """
    if head.startswith(b"ID3"):
        return _behind_id3(head)
    if head.startswith(b"OggS") and not head[_ogg_packet_at:].startswith(_ogg_codecs):
        return None
    for offset, signature, container in _signatures:
        form_type = head[8:12]
        if head[offset:].startswith(signature) and form_type in _form_types.get(
            container, (form_type,)
        ):
            return container
    return Container.MP3 if _are_mpeg_frames(head) else None


def id3_bytes(head: bytes) -> int:
    """Length of the ID3v2 tag that a file starts with (id3.org, ID3v2.4 section 3.1); 0 if none."""
    if not head.startswith(b"ID3") or len(head) < _id3_header_bytes:
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    footer = _id3_header_bytes if head[5] & 0x10 else 0
    return _id3_header_bytes + size + footer


def _behind_id3(head: bytes) -> Container | None:
    start = id3_bytes(head)
    if start == 0:
        return None
    rest = head[start:]
    if not rest:
        # The tag, with its cover, is longer than the head: the decoder will find out.
        return Container.MP3
    if rest.startswith(b"fLaC"):
        return Container.FLAC
    # Some writers pad behind the tag.
    return Container.MP3 if _are_mpeg_frames(rest.lstrip(b"\0")) else None


def _are_mpeg_frames(head: bytes) -> bool:
    """Whether a valid layer III header stands here, and another where the first frame ends."""
    length = _mpeg_frame_bytes(head)
    if length == 0:
        return False
    following = head[length:]
    return len(following) < _mpeg_header_bytes or _mpeg_frame_bytes(following) > 0


def _mpeg_frame_bytes(header: bytes) -> int:
    """Length of a layer III frame by its header (ISO/IEC 11172-3, 2.4.2.3); 0 if it is none."""
    if len(header) < _mpeg_header_bytes or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:  # noqa: PLR2004 - bits of the header
        return 0
    version = _mpeg_versions.get(header[1] >> 3 & 3)
    bitrate_index, rate_index = header[2] >> 4, header[2] >> 2 & 3
    if version is None or bitrate_index in {0, 15} or rate_index == 3:  # noqa: PLR2004 - reserved
        return 0
    kbps = _mp3_kbps[1 if version == 1 else 2][bitrate_index - 1]
    frame_bits = 144_000 if version == 1 else 72_000
    return frame_bits * kbps // _mp3_rates_hz[version][rate_index] + (header[2] >> 1 & 1)
