"""Weighs a track: what short passages of it take in some forms, from which all sizes follow."""

import io
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from pennywhistle.engines.audio.containers import Container
from pennywhistle.engines.audio.conversion import Cut, count_samples, render
from pennywhistle.engines.audio.decoding import Samples, open_audio
from pennywhistle.engines.audio.encoding import encode
from pennywhistle.engines.audio.errors import AudioRefusedError
from pennywhistle.engines.audio.pcm import PcmShape, write_wav
from pennywhistle.engines.audio.recipes import Codec, Recipe

_passage_ms = 2_000
_passage_count = 6
_mp3_probes = (0, 2, 4, 6, 9)
_vorbis_probes = (3, 8)
# Of codecs that are given a rate: how near they come to it.
_rate_probes = {Codec.OPUS: "opus-128", Codec.AAC: "aac-192"}
_permille = 1000


def weigh(source: BinaryIO, sink: BinaryIO) -> dict[str, int]:
    """Encode six passages of two seconds in a dozen forms; meant to run in the sandbox.

    Answers:
        `flac-16`, `flac-24`: bits per second of FLAC, of the depths that the master can fill.
        `mp3-v…`, `vorbis-q…`: bits per second of these qualities.
        `alac-permille`: beside FLAC of the same depth.
        `opus-permille`, `aac-permille`: beside the rate that was asked for.
        `flac-copied-bytes`: the frames of a FLAC master, which are handed out as they are.

    Raises:
        AudioRefusedError: the source is no audio, or is shorter than it promises.
    """
    del sink
    total = count_samples(source)
    with open_audio(source) as opened:
        rendering = render(opened, Recipe.parse("wav"), Cut(), total=total)
        shape = rendering.shape
        passages = np.concatenate(list(_passages(rendering.blocks(), shape)))
        copied = opened.promise.audio_starts_at if opened.container is Container.FLAC else 0
    weights = _weigh(_Passages(passages, shape))
    if copied:
        weights["flac-copied-bytes"] = source.seek(0, io.SEEK_END) - copied
    return weights


class _Passages:
    """What is encoded, as a file of its own."""

    def __init__(self, samples: Samples, shape: PcmShape) -> None:
        self.bits = shape.bits
        self._seconds = len(samples) / shape.sample_rate_hz
        one = PcmShape(len(samples), shape.sample_rate_hz, shape.channels, shape.bits)
        self._wav = b"".join(write_wav(one, iter([samples]), b""))
        moment = PcmShape(1, shape.sample_rate_hz, shape.channels, shape.bits)
        self._moment = b"".join(write_wav(moment, iter([samples[:1]]), b""))

    def bits_per_second(self, recipe: str) -> float:
        """Of the form; what every file has once, however short, is not counted."""
        sizes = [self._size(source, recipe) for source in (self._wav, self._moment)]
        return (sizes[0] - sizes[1]) * 8 / self._seconds

    def _size(self, source: bytes, recipe: str) -> int:
        made = io.BytesIO()
        encode(io.BytesIO(source), made, recipe=recipe)
        return len(made.getvalue())


def _weigh(passages: _Passages) -> dict[str, int]:
    own = f"flac-{passages.bits}"
    names = ["flac-16", *([own] if own != "flac-16" else [])]
    names += [f"mp3-v{quality}" for quality in _mp3_probes]
    names += [f"vorbis-q{quality}" for quality in _vorbis_probes]
    found = {name: passages.bits_per_second(name) for name in names}
    if found[own]:
        alac = passages.bits_per_second("alac")
        found["alac-permille"] = _permille * alac / found[own]
    for codec, name in _rate_probes.items():
        asked = (Recipe.parse(name).bitrate_kbps or 0) * 1000
        found[f"{codec.value}-permille"] = _permille * passages.bits_per_second(name) / asked
    return {name: max(round(value), 0) for name, value in found.items()}


def _passages(blocks: Iterator[Samples], shape: PcmShape) -> Iterator[Samples]:
    """Cut evenly spaced passages out of all samples; all of what is shorter than they are."""
    length = min(_passage_ms * shape.sample_rate_hz // 1000, shape.sample_count)
    gap = max(shape.sample_count - _passage_count * length, 0) // (_passage_count + 1)
    starts = [gap + number * (length + gap) for number in range(_passage_count)]
    position = 0
    for block in blocks:
        for start in starts:
            first, after = start - position, start + length - position
            part = block[max(first, 0) : max(after, 0)]
            if len(part):
                yield part
        position += len(block)
    if position == 0:
        raise AudioRefusedError("no-audio", "The file holds no audio that we take.")
