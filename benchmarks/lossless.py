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
from dataclasses import dataclass
from functools import partial
from pathlib import Path

# One thread each, as in the store, before numpy looks.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from music.fakes import HI_RES_HZ, RECIPES, VORBIS, brought_up, through
from music.honest import Piece, as_producers_leave_it, pieces
from music.recordings import RATE_HZ

from pennywhistle.engines.audio.judgement import Code, Facts, judge

BLOCK_ROWS = 4_096
TEN_MINUTES_LESS_SOME = 8.0


HONEST, HI_RES = "honest", "44.1 to 96 kHz"


@dataclass(frozen=True)
class Task:
    """A piece, and what is to be done with it: nothing (HONEST), a codec, or HI_RES."""

    number: int
    piece: Piece
    what: str


@dataclass(frozen=True)
class Seen:
    """What the judge said.

    Attributes:
        kind: how the piece was treated, or the codec.
        suspicion: how clear a codec's trace is; for HI_RES whether it is called upsampled.
        accused: the codecs that are named, with their deviations.
    """

    task: Task
    kind: str
    suspicion: float
    accused: tuple[tuple[str, float], ...] = ()
    cpu_s: float = 0.0


def main() -> None:
    """Judge what is honest and what is not, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=TEN_MINUTES_LESS_SOME)
    options.add_argument("--seconds", type=int, default=8, help="of each piece")
    options.add_argument("--fakes", type=int, default=25, help="every so many pieces are encoded")
    options.add_argument("--jobs", type=int, default=1, help="processes")
    options.add_argument("--music", type=Path, action="append", default=[], help="lossless music")
    asked = options.parse_args()
    pool = ProcessPoolExecutor(asked.jobs)
    look = partial(examine, seconds=asked.seconds)
    futures = [pool.submit(look, task) for task in tasks(pieces(asked.music), asked.fakes)]
    wait(futures, timeout=60 * asked.minutes)
    pool.shutdown(cancel_futures=True)
    seen = [one for future in futures if not future.cancelled() for one in future.result()]
    for one in seen:
        if one.task.what == HONEST and one.accused:
            print(f"false alarm: {one.task.piece.kind}, {one.task.piece.name}, {one.kind}: {one}")
    print(json.dumps({"bench": "lossless", "figures": figures(seen)}))


def tasks(found: list[Piece], fakes_every: int) -> Iterator[Task]:
    """Every piece as honest, and some of them as fakes of each kind."""
    for number, piece in enumerate(found):
        yield Task(number, piece, HONEST)
        if number % fakes_every == 0:
            for what in (*RECIPES, *VORBIS, HI_RES):
                yield Task(number, piece, what)


def examine(task: Task, *, seconds: int) -> list[Seen]:
    """Judge a piece as it is treated; nothing for one that cannot be used."""
    samples = task.piece.samples(seconds)
    if samples is None:
        return []
    if task.what == HI_RES:
        wide = samples.astype(np.int32) << 16
        return [
            Seen(task, "risen" if risen else "true", is_upsampled(one))
            for risen, one in ((False, wide), (True, brought_up(samples)))
        ]
    if task.what == HONEST:
        kind, left = as_producers_leave_it(samples, task.number)
    else:
        kind, left = task.what, through(samples, task.what)
    began = time.process_time()
    judgement = judge(Facts(RATE_HZ, 2, 16), blocks(left))
    cpu_s = time.process_time() - began
    accused = tuple(
        (finding.about, finding.value)
        for finding in judgement.findings
        if finding.code is Code.LOSSY_SOURCE
    )
    return [Seen(task, kind, judgement.suspicion or 0.0, accused, cpu_s)]


def is_upsampled(samples: np.ndarray) -> bool:
    """Whether a file of 96 kHz is said to come from a lower rate."""
    findings = judge(Facts(HI_RES_HZ, 2, 24), blocks(samples)).findings
    return any(finding.code is Code.UPSAMPLED for finding in findings)


def blocks(samples: np.ndarray) -> Iterator[np.ndarray]:
    """As a decoder hands them over."""
    return (samples[first : first + BLOCK_ROWS] for first in range(0, len(samples), BLOCK_ROWS))


def figures(seen: list[Seen]) -> dict[str, float | None]:
    """Shares above the suspicion of one honest piece in a hundred, and the rest."""
    honest = [one for one in seen if one.task.what == HONEST]
    if not honest:
        raise SystemExit("No piece was judged in that time.")
    fakes = [one for one in seen if one.task.what in {*RECIPES, *VORBIS}]
    hi_res = [one for one in seen if one.task.what == HI_RES]
    show(honest + fakes)
    suspicions = sorted(one.suspicion for one in honest)
    limit = suspicions[-1 - len(suspicions) // 100]
    alarms = sum(bool(one.accused) for one in honest)
    by_codec = {
        f"detected_at_1pct_false_alarm_{codec.replace('-', '_')}": share(
            [one.suspicion > limit for one in fakes if one.kind == codec]
        )
        for codec in (*RECIPES, *VORBIS)
    }
    return {
        "detected_at_1pct_false_alarm": share([one.suspicion > limit for one in fakes]),
        **by_codec,
        "detected_upsampled": share([one.suspicion for one in hi_res if one.kind == "risen"]),
        "false_alarms_upsampled": sum(one.suspicion for one in hi_res if one.kind == "true"),
        "detected_by_shipped_limits": share([bool(one.accused) for one in fakes]),
        "suspicion_at_1pct_false_alarm": round(limit, 3),
        "honest_suspicion_max": round(suspicions[-1], 3),
        "honest_pieces": len(honest),
        "encoded": len(fakes),
        "false_alarms": alarms,
        # The rule of three, and its like for more than none (Poisson, 95 %).
        "false_alarm_rate_below": round((3.0, 4.75, 6.3, 7.76)[min(alarms, 3)] / len(honest), 4),
        "codec_named_right": share(
            [one.kind.startswith(one.accused[0][0]) for one in fakes if one.accused]
        ),
        "judge_cpu_s": round(float(np.median([one.cpu_s for one in honest])), 3),
        "load_average": round(os.getloadavg()[0], 1),
    }


def share(flags: list[bool]) -> float | None:
    """How many of them; None of none."""
    return round(float(np.mean(flags)), 3) if flags else None


def show(seen: list[Seen]) -> None:
    """A line for each kind: how many, and the least, middle and highest suspicion."""
    kinds: dict[str, list[float]] = {}
    for one in seen:
        name = f"{one.task.piece.kind}, {one.kind}" if one.task.what == HONEST else one.kind
        kinds.setdefault(name, []).append(one.suspicion)
    for kind, values in sorted(kinds.items()):
        low, middle, high = np.quantile(values, (0, 0.5, 1))
        print(f"{kind:28} {len(values):3} pieces, suspicion {low:6.2f} {middle:6.2f} {high:6.2f}")


if __name__ == "__main__":
    main()
