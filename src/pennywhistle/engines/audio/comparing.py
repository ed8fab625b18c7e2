"""Makes a passage as a format leaves it, as loud as the master's, for a comparison by ear."""

import io
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from av.audio.frame import AudioFrame

from pennywhistle.engines.audio.decoding import Chain, decode, open_audio
from pennywhistle.engines.audio.encoding import encode
from pennywhistle.engines.audio.flac import encode_flac
from pennywhistle.engines.audio.pcm import PcmShape
from pennywhistle.engines.audio.recipes import Recipe, output_rate_hz
from pennywhistle.engines.audio.tags import Tags

# Lowered by this, what an encoder lets overshoot is not cut off; both sides are, so neither shows.
headroom_db = 3.0
_gain_db_max = 6.0
_silence_lufs = -69.0
_bits = 24
_unknown_md5 = bytes(16)


def passage(
    source: BinaryIO, sink: BinaryIO, *, recipe: str, start_ms: int, length_ms: int
) -> dict[str, float]:
    """Encode a passage of a master, decode it again, and write that as FLAC of 24 bits.

    Its loudness (ITU-R BS.1770-5, integrated) is brought to the passage's own in the master, and
    both are lowered by `headroom_db`. Meant to run in the sandbox.

    Args:
        source: the master.
        sink: where the FLAC file goes.
        recipe: the form to be heard; not `original`.
        start_ms: where the passage begins.
        length_ms: how long it is.

    Raises:
        AudioRefusedError: the source is no audio, or the passage lies behind its end.
    """
    parsed = Recipe.parse(recipe)
    cut = {"start_ms": start_ms, "length_ms": length_ms}
    own = _encoded(source, "wav", cut)
    # What keeps every bit need not be packed to be heard.
    depth = f"-{parsed.bits}" if parsed.bits else ""
    heard = own
    if not parsed.lossless:
        heard = _encoded(io.BytesIO(own), recipe, {})
    elif depth:
        heard = _encoded(io.BytesIO(own), f"wav{depth}", {})
    wanted_lufs, found_lufs = _loudness(own), _loudness(heard)
    gain_db = 0.0
    if min(wanted_lufs, found_lufs) > _silence_lufs:
        gain_db = float(np.clip(wanted_lufs - found_lufs, -_gain_db_max, _gain_db_max))
    sink.write(_lowered(heard, parsed, own, gain_db - headroom_db))
    return {"gain_db": round(gain_db, 2)}


def _encoded(source: BinaryIO, recipe: str, cut: dict[str, int]) -> bytes:
    made = io.BytesIO()
    encode(source, made, recipe=recipe, cut=cut)
    return made.getvalue()


def _loudness(file: bytes) -> float:
    """Integrated loudness in LUFS; the gate's own value for what is silent or too short."""
    meter = Chain([("ebur128", "metadata=1:framelog=quiet")])
    found = _silence_lufs
    with open_audio(io.BytesIO(file)) as opened:
        for frame in meter.run(decode(opened)):
            found = float(frame.metadata.get("lavfi.r128.I", found))
    return found


def _lowered(file: bytes, recipe: Recipe, own: bytes, gain_db: float) -> bytes:
    """The passage with its gain, exactly as long as in the master."""
    with open_audio(io.BytesIO(own)) as opened:
        rate_hz = output_rate_hz(recipe.codec, opened.sample_rate_hz)
        count = -(-(opened.sample_count or 0) * rate_hz // opened.sample_rate_hz)
    with open_audio(io.BytesIO(file)) as opened:
        shape = PcmShape(count, opened.sample_rate_hz, opened.channels, _bits)
        filters = [
            ("volume", f"volume={gain_db:.2f}dB:precision=double"),
            ("atrim", f"end_sample={count}"),
            ("aresample", f"osr={shape.sample_rate_hz}:osf=s32"),
        ]
        frames = Chain(filters).run(decode(opened))
        return b"".join(encode_flac(_whole(frames), shape, _unknown_md5, (Tags(), b"")))


def _whole(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    """Frames that hold something; a trimmed stream may end with one that does not."""
    return (frame for frame in frames if frame.samples)
