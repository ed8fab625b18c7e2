"""Fake lossless: how many files that went through a lossy codec are found, by codec and bit rate.

Honest pieces are lossless files in the folders named by --music (renderings of MIDI files and of
tracker modules, say), real recordings played 15 to 45 % faster (Debian's music packages hold lossy
files only; at such a speed their codecs' blocks begin at no whole sample), and generated styles.
Half of them come as they are, half in one of the ways that producers leave them: low-passed at 16
or 11 kHz, quieter with dither, limited hard. Some pieces are also sent through each codec and back,
and brought up to 96 kHz.

`detected_at_1pct_false_alarm_…`: the share of fakes above the suspicion that one honest piece in a
hundred exceeds. `false_alarms` are honest pieces that the limits as shipped accuse;
`false_alarm_rate_below` is what their number says with 95 % confidence.

It takes new pieces for so many --minutes; `--minutes 60 --music folder` judges all there are.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

# One thread each, as in the store, before numpy looks.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from music.fakes import HI_RES_HZ, RECIPES, VORBIS, brought_up, through
from music.honest import Piece, as_producers_leave_it, pieces
from music.recordings import RATE_HZ

from pennywhistle.engines.audio.judgement import Code, Facts, Judgement, judge

BLOCK_ROWS = 4_096
TEN_MINUTES_LESS_SOME = 8.0


@dataclass
class Seen:
    """Suspicions of one piece by kind, of what was made of it by codec, and what was said."""

    piece: Piece
    honest: dict[str, float] = field(default_factory=dict)
    fakes: dict[str, float] = field(default_factory=dict)
    accused: list[str] = field(default_factory=list)
    named_right: list[bool] = field(default_factory=list)
    upsampled: dict[bool, bool] = field(default_factory=dict)
    cpu_s: list[float] = field(default_factory=list)


def main() -> None:
    """Judge what is honest and what is not, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=TEN_MINUTES_LESS_SOME)
    options.add_argument("--seconds", type=int, default=8, help="of each piece")
    options.add_argument("--fakes", type=int, default=25, help="every so many pieces are encoded")
    options.add_argument("--jobs", type=int, default=1, help="processes")
    options.add_argument("--music", type=Path, action="append", default=[], help="lossless music")
    asked = options.parse_args()
    look = partial(examine, seconds=asked.seconds, fakes_every=asked.fakes)
    pool = ProcessPoolExecutor(asked.jobs)
    futures = [pool.submit(look, numbered) for numbered in enumerate(pieces(asked.music))]
    wait(futures, timeout=60 * asked.minutes)
    pool.shutdown(cancel_futures=True)
    seen = [one for future in futures if not future.cancelled() and (one := future.result())]
    for one in seen:
        for line in one.accused:
            print(f"false alarm: {one.piece.kind}, {one.piece.name}: {line}")
    print(json.dumps({"bench": "lossless", "figures": figures(seen)}))


def examine(numbered: tuple[int, Piece], *, seconds: int, fakes_every: int) -> Seen | None:
    """Judge one piece, what producers make of it, and now and then what codecs do."""
    number, piece = numbered
    samples = piece.samples(seconds)
    if samples is None:
        return None
    seen = Seen(piece)
    kind, left = as_producers_leave_it(samples, number)
    judgement = judged(seen, left)
    seen.honest[kind] = judgement.suspicion or 0.0
    seen.accused += [f"{kind}: {one.about}, {one.value}" for one in accusations(judgement)]
    if number % fakes_every == 0:
        for codec in (*RECIPES, *VORBIS):
            judgement = judged(seen, through(samples, codec))
            seen.fakes[codec] = judgement.suspicion or 0.0
            seen.named_right += [codec.startswith(one.about) for one in accusations(judgement)]
        wide = samples.astype(np.int32) << 16
        for risen, candidate in ((False, wide), (True, brought_up(samples))):
            judgement = judge(Facts(HI_RES_HZ, 2, 24), blocks(candidate))
            seen.upsampled[risen] = any(one.code is Code.UPSAMPLED for one in judgement.findings)
    return seen


def judged(seen: Seen, samples: np.ndarray) -> Judgement:
    """The judgement, its time taken."""
    began = time.process_time()
    judgement = judge(Facts(RATE_HZ, 2, 16), blocks(samples))
    seen.cpu_s.append(time.process_time() - began)
    return judgement


def blocks(samples: np.ndarray) -> Iterator[np.ndarray]:
    """As a decoder hands them over."""
    return (samples[first : first + BLOCK_ROWS] for first in range(0, len(samples), BLOCK_ROWS))


def accusations(judgement: Judgement) -> list:
    """What says that the piece is not lossless."""
    return [finding for finding in judgement.findings if finding.code is Code.LOSSY_SOURCE]


def figures(seen: list[Seen]) -> dict[str, float]:
    """Shares above the suspicion of one honest piece in a hundred, and the rest."""
    honest = sorted(value for one in seen for value in one.honest.values())
    limit = honest[-1 - len(honest) // 100]
    fakes = {
        codec: [one.fakes[codec] for one in seen if one.fakes] for codec in (*RECIPES, *VORBIS)
    }
    show(seen, fakes)
    values = [value for made in fakes.values() for value in made]
    alarms = sum(bool(one.accused) for one in seen)
    named = [right for one in seen for right in one.named_right]
    made = {
        f"detected_at_1pct_false_alarm_{codec.replace('-', '_')}": share(each, limit)
        for codec, each in fakes.items()
    }
    return {
        "detected_at_1pct_false_alarm": share(values, limit),
        **made,
        "detected_at_1pct_false_alarm_upsampled": share(
            [one.upsampled[True] for one in seen if one.upsampled], 0.5
        ),
        "false_alarms_upsampled": sum(one.upsampled.get(False, False) for one in seen),
        "detected_by_shipped_limits": share(values, 1),
        "suspicion_at_1pct_false_alarm": round(limit, 3),
        "honest_suspicion_max": round(honest[-1], 3),
        "honest_pieces": len(seen),
        "encoded_pieces": len(values) // len(fakes),
        "false_alarms": alarms,
        # The rule of three, and its like for more than none (Poisson, 95 %).
        "false_alarm_rate_below": round((3.0, 4.75, 6.3, 7.76)[min(alarms, 3)] / len(seen), 4),
        "codec_named_right": round(float(np.mean(named)), 3),
        "judge_cpu_s": round(float(np.mean([s for one in seen for s in one.cpu_s])), 3),
        "load_average": round(os.getloadavg()[0], 1),
    }


def share(values: list[float], above: float) -> float:
    """How many of them are above."""
    return round(float(np.mean([value > above for value in values])), 3)


def show(seen: list[Seen], fakes: dict[str, list[float]]) -> None:
    """A line for each kind: how many, and the least, middle and highest suspicion."""
    kinds: dict[str, list[float]] = {}
    for one in seen:
        for kind, value in one.honest.items():
            kinds.setdefault(f"{one.piece.kind}, {kind}", []).append(value)
    for kind, values in sorted({**kinds, **fakes}.items()):
        low, middle, high = np.quantile(values, (0, 0.5, 1))
        print(f"{kind:28} {len(values):3} pieces, suspicion {low:6.2f} {middle:6.2f} {high:6.2f}")


if __name__ == "__main__":
    main()
