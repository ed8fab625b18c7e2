"""The tag library's classes as `Any`: it carries no types, which strict checking would mind."""

from typing import Any

from mutagen import (
    _vorbis,
    aiff,
    apev2,
    flac,
    id3,
    mp3,
    mp4,
    oggflac,
    oggopus,
    oggvorbis,
    wave,
    wavpack,
)

AIFF: Any = aiff.AIFF
APE: Any = apev2.APEv2
APE_TEXT: Any = apev2.APEValue
FLAC: Any = flac.FLAC
ID3: Any = id3.ID3
ID3_FRAMES: Any = id3
MP3: Any = mp3.MP3
MP4: Any = mp4.MP4
MP4_COVER: Any = mp4.MP4Cover
MP4_FREE_FORM: Any = mp4.MP4FreeForm
OGG_FLAC: Any = oggflac.OggFLAC
OGG_OPUS: Any = oggopus.OggOpus
OGG_VORBIS: Any = oggvorbis.OggVorbis
PICTURE: Any = flac.Picture
VORBIS_COMMENT: Any = _vorbis.VComment
WAVPACK: Any = wavpack.WavPack
WAVE: Any = wave.WAVE
