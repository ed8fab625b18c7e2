"""Judgement: what is wrong with a master, measured while it is decoded once.

`judge(facts, blocks)` takes the decoded blocks of a track and answers a `Judgement`: loudness, true
peak, and findings, each with a number, a severity and a curve to draw. docs/algorithms/judgement.md
says how each is found, and how often the one that accuses is wrong.
"""

from pennywhistle.engines.audio.judgement.findings import (
    Code,
    Curve,
    Finding,
    NotAJudgementError,
    Severity,
    Unit,
)
from pennywhistle.engines.audio.judgement.judging import (
    AlbumJudgement,
    Facts,
    Judge,
    Judgement,
    judge,
    judge_album,
)
from pennywhistle.engines.audio.judgement.programme import Loudness

__all__ = [
    "AlbumJudgement",
    "Code",
    "Curve",
    "Facts",
    "Finding",
    "Judge",
    "Judgement",
    "Loudness",
    "NotAJudgementError",
    "Severity",
    "Unit",
    "judge",
    "judge_album",
]
