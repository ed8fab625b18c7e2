"""Fake lossless: how many files that went through a lossy codec are found, by codec and bit rate.

Honest pieces are the FLAC and WAV files in the folders named by --music, generated music in several
styles, and real recordings played at double speed: Debian's music packages hold lossy files only,
and an octave higher what their codec took away lies elsewhere, as do its blocks. Each honest piece
also comes as producers leave it: low-passed steeply at 16 and at 11 kHz, quieter with dither, and
once limited hard. Fakes are the same pieces through the store's own encoders and back; for Vorbis,
which the store does not write, they are the Vorbis files of those packages themselves.

`detected_…_at_1pct_false_alarm`: the share of fakes above the suspicion that one honest piece in a
hundred exceeds. `false_alarms` are honest pieces that the limits as shipped accuse.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from fingerprint import decode, found_files

from pennywhistle.engines.audio import encode
from pennywhistle.engines.audio.judgement import Code, Facts, Judgement, judge
from pennywhistle.engines.audio.pcm import PcmShape, write_wav

RATE_HZ, HI_RES_HZ = 44_100, 96_000
CODECS = (
    *("mp3-64", "mp3-128", "mp3-192", "mp3-256", "mp3-320", "mp3-v0"),
    *("aac-128", "aac-192", "aac-256", "aac-320"),
    *("opus-64", "opus-96", "opus-128", "opus-160", "opus-192"),
)
MUSIC_ENDINGS = (".flac", ".wav")
BLOCK_ROWS = 30_000


@dataclass
class Tally:
    """Suspicions by kind of piece, and what was said of them."""

    honest: dict[str, list[float]] = field(default_factory=dict)
    fakes: dict[str, list[float]] = field(default_factory=dict)
    false_alarms: int = 0
    named_right: list[bool] = field(default_factory=list)
    count: int = 0
    cpu_s: float = 0.0


def main() -> None:
    """Judge what is honest and what is not, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--recordings", type=int, default=8, help="real ones, an octave higher")
    options.add_argument("--seconds", type=int, default=8, help="of each piece")
    options.add_argument("--fakes", type=int, default=8, help="pieces to encode")
    options.add_argument("--music", type=Path, action="append", default=[], help="lossless music")
    asked = options.parse_args()
    random.seed(4)
    pieces = dict(honest_pieces(asked))
    tally = Tally()
    for name, piece in pieces.items():
        for kind, left in as_producers_leave_it(piece).items():
            judgement = judged(tally, left)
            tally.honest.setdefault(kind, []).append(judgement.suspicion or 0.0)
            if accused(judgement):
                tally.false_alarms += 1
                print(f"false alarm: {name}, {kind}: {judgement.findings[0]}", flush=True)
        worst = max(tally.honest[kind][-1] for kind in tally.honest)
        print(f"honest: {name}, suspicion up to {worst:.2f}", flush=True)
    real_first = sorted(pieces, key=lambda name: name.startswith("generated"))
    for name in real_first[: asked.fakes]:
        for codec in CODECS:
            keep_fake(tally, codec, judged(tally, through(pieces[name], codec)))
        print(f"encoded: {name}", flush=True)
    for piece in vorbis_files(asked):
        keep_fake(tally, "vorbis-debian", judged(tally, piece))
    print(json.dumps({"bench": "lossless", "figures": {**figures(tally), **hi_res(pieces)}}))


def honest_pieces(asked: argparse.Namespace) -> Iterator[tuple[str, np.ndarray]]:
    """Names and samples: 16 bits, stereo, 44.1 kHz."""
    count = asked.seconds * RATE_HZ
    for folder in asked.music:
        for path in sorted(folder.rglob("*")):
            if path.suffix in MUSIC_ENDINGS:
                piece = decode(path, seconds_max=10 + asked.seconds)[-count:]
                if len(piece) == count and piece.any():
                    yield path.name, piece
    found = [*found_files([Path("/usr/share")])]
    random.shuffle(found)
    left = asked.recordings
    for name, source in found:
        if not left:
            break
        try:
            whole = decode(source, seconds_max=10 + 2 * asked.seconds)[10 * RATE_HZ :: 2]
        except (av.FFmpegError, ValueError):
            continue
        if len(whole) == count and whole.any():
            left -= 1
            yield Path(name).name, dithered(whole.astype(np.float64), left)
    for name, sound in generated(count).items():
        yield f"generated {name}", dithered(sound * 32_000, 77)


def generated(count: int) -> dict[str, np.ndarray]:
    """Styles that mislead: chips of exact periods, dull pads, hiss, beats with silence between."""
    dice = np.random.default_rng(3)
    at = np.arange(count)
    steps = dice.integers(0, 5, 400)[at // 5512]
    period = np.asarray([192, 144, 128, 96, 64])[steps]
    chip = np.where(at % period < period // 4, 0.3, -0.3) + 0.2 * ((at % 576) / 288 - 1)
    gate = (at % 11_025 < 3000).astype(float)
    hiss = dice.standard_normal(count)
    pitch = 110 * 2.0 ** (dice.integers(0, 24, 400)[at // 22_050] / 12)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    pad = sum(np.sin(k * phase) / k for k in range(1, 30)) * 0.25
    decay = np.exp(-(at % 11_025) / 900)
    low_rate = np.repeat(np.round(40 * pad[::4]) / 40, 4)[:count]
    pan = np.stack((np.ones(count), 0.6 + 0.3 * np.sin(at / 30_000)), axis=1)
    sounds = {
        "chip": chip,
        "chip with silence": chip * gate,
        "pad": pad,
        "hiss": 0.1 * hiss,
        "beat": 0.3 * hiss * decay + 0.4 * pad,
        "eight-bit sampler at 11 kHz": 0.8 * low_rate,
    }
    return {name: 0.8 * sound[:, None] * pan for name, sound in sounds.items()}


def as_producers_leave_it(piece: np.ndarray) -> dict[str, np.ndarray]:
    """The piece, and what happens to honest music before it is sold."""
    sound = piece.astype(np.float64)
    return {
        "as it is": piece,
        "low-pass 16 kHz": dithered(low_passed(sound, 16_000), 1),
        "low-pass 11 kHz": dithered(low_passed(sound, 11_000), 2),
        "quieter": dithered(sound * 0.37, 3),
        "limited": np.clip(sound * 3, -32_767, 32_767).astype(np.int16),
    }


def low_passed(sound: np.ndarray, hz: float) -> np.ndarray:
    """Everything above a frequency gone, within 200 Hz."""
    spectrum = np.fft.rfft(sound, axis=0)
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    spectrum *= np.clip((hz + 200 - frequencies) / 200, 0, 1)[:, None]
    return np.fft.irfft(spectrum, len(sound), axis=0)


def dithered(sound: np.ndarray, seed: int) -> np.ndarray:
    """16 bits with triangular noise."""
    dice = np.random.default_rng(seed)
    noise = dice.random(sound.shape) - dice.random(sound.shape)
    return np.clip(np.round(sound + noise), -32_768, 32_767).astype(np.int16)


def through(piece: np.ndarray, recipe: str) -> np.ndarray:
    """Encoded by the store and decoded to 44.1 kHz."""
    shape = PcmShape(len(piece), RATE_HZ, 2, 16)
    made = io.BytesIO()
    encode(io.BytesIO(b"".join(write_wav(shape, iter([piece]), b""))), made, recipe=recipe)
    made.seek(0)
    return decode(made)


def vorbis_files(asked: argparse.Namespace) -> Iterator[np.ndarray]:
    """Vorbis as it is sold, decoded."""
    paths = [path for path in Path("/usr/share").rglob("*.ogg") if path.stat().st_size > 400_000]
    random.shuffle(paths)
    for path in paths[: asked.fakes]:
        try:
            with av.open(str(path)) as file:
                stream = file.streams.audio[0]
                fits = stream.codec_context.name == "vorbis" and stream.rate == RATE_HZ
        except av.FFmpegError:
            continue
        if fits:
            yield decode(path, seconds_max=10 + asked.seconds)[-asked.seconds * RATE_HZ :]


def judged(tally: Tally, piece: np.ndarray) -> Judgement:
    """The judgement, its time taken."""
    began = time.process_time()
    judgement = judge(Facts(RATE_HZ, 2, 16), blocks(piece))
    tally.cpu_s += time.process_time() - began
    tally.count += 1
    return judgement


def blocks(piece: np.ndarray) -> Iterator[np.ndarray]:
    """As a decoder hands them over."""
    return (piece[first : first + BLOCK_ROWS] for first in range(0, len(piece), BLOCK_ROWS))


def accused(judgement: Judgement) -> bool:
    """Whether it says that the piece is not lossless."""
    return any(finding.code is Code.LOSSY_SOURCE for finding in judgement.findings)


def keep_fake(tally: Tally, codec: str, judgement: Judgement) -> None:
    """Note the suspicion, and whether the right codec was named."""
    tally.fakes.setdefault(codec, []).append(judgement.suspicion or 0.0)
    for finding in judgement.findings:
        if finding.code is Code.LOSSY_SOURCE:
            tally.named_right.append(codec.startswith(finding.about))


def figures(tally: Tally) -> dict[str, float]:
    """Shares above the suspicion of one honest piece in a hundred, and the rest."""
    honest = sorted(one for kind in tally.honest.values() for one in kind)
    limit = honest[-1 - len(honest) // 100]
    for kind, values in {**tally.honest, **tally.fakes}.items():
        low, middle, high = np.quantile(values, (0, 0.5, 1))
        print(f"{kind:16} {len(values):3} pieces, suspicion {low:6.2f} {middle:6.2f} {high:6.2f}")
    made = {
        f"detected_{codec.replace('-', '_')}_at_1pct_false_alarm": round(
            float(np.mean([one > limit for one in values])), 3
        )
        for codec, values in tally.fakes.items()
    }
    return {
        **made,
        "detected_by_shipped_limits": round(
            float(np.mean([one > 1 for values in tally.fakes.values() for one in values])), 3
        ),
        "suspicion_at_1pct_false_alarm": round(limit, 3),
        "honest_pieces": len(honest),
        "false_alarms": tally.false_alarms,
        "codec_named_right": round(float(np.mean(tally.named_right)), 3),
        "cpu_s_per_piece": round(tally.cpu_s / tally.count, 2),
    }


def hi_res(pieces: dict[str, np.ndarray]) -> dict[str, float]:
    """96 kHz and 24 bits: the pieces themselves, called so, and the pieces brought up to it."""
    said: dict[bool, list[bool]] = {False: [], True: []}
    for piece in [*pieces.values()][:12]:
        wide = piece.astype(np.int32) << 16
        for upsampled in (False, True):
            samples = brought_up(piece) if upsampled else wide
            judgement = judge(Facts(HI_RES_HZ, 2, 24), blocks(samples))
            codes = [finding.code for finding in judgement.findings]
            said[upsampled].append(Code.UPSAMPLED in codes)
    return {
        "detected_upsampled": round(float(np.mean(said[True])), 3),
        "false_alarms_upsampled": sum(said[False]),
        "hi_res_pieces": len(said[True]),
    }


def brought_up(piece: np.ndarray) -> np.ndarray:
    """At 96 kHz by FFmpeg's resampler, 24 bits from the top of 32."""
    resampler = av.AudioResampler("s32", "stereo", HI_RES_HZ)
    frame = av.AudioFrame.from_ndarray(piece.reshape(1, -1), "s16", "stereo")
    frame.sample_rate = RATE_HZ
    made = [*resampler.resample(frame), *resampler.resample(None)]
    samples = np.concatenate([one.to_ndarray().reshape(-1, 2) for one in made])
    return samples & ~np.int32(0xFF)


if __name__ == "__main__":
    main()
