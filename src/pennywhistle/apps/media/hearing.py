"""The one pass over a delivered file: examination, judgement and fingerprint from one decoding.

It runs in the sandbox's child, and must not need Django there; it lives above the engines, because
engines do not know each other.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np

from pennywhistle.engines.audio import AudioRefusedError, Examination, examine
from pennywhistle.engines.audio.judgement import Judgement
from pennywhistle.engines.audio.pcm import PcmShape, write_wav
from pennywhistle.engines.fingerprint import BadFingerprintError, Extraction, Fingerprint

if TYPE_CHECKING:
    from pennywhistle.engines.audio.decoding import Samples
    from pennywhistle.engines.audio.judgement import Facts

_WARM_UP_SAMPLES = 8_000


class NotAnAnswerError(ValueError):
    """The child answered with something other than what `hear` answers."""

    code = "not-an-answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """All that was heard in a file; `cover` is the picture that it carries, or empty."""

    examination: Examination
    judgement: Judgement
    fingerprint: Fingerprint
    cover: bytes

    @classmethod
    def read(cls, value: object, attachment: bytes) -> Self:
        """Read the answer of a child that may have been taken over: everything is checked.

        Raises:
            AudioRefusedError: the answer is a refusal.
            ValueError: it is no answer (NotAnAnswerError, or what its parts raise).
        """
        if not isinstance(value, dict):
            raise NotAnAnswerError("An answer is an object.")
        examination = Examination.from_json(
            value if "refused" in value else value.get("examination")
        )
        size_bytes = value.get("fingerprint_bytes")
        if type(size_bytes) is not int or not 0 < size_bytes <= len(attachment):
            raise NotAnAnswerError("The fingerprint is not where it should be.")
        try:
            fingerprint = Fingerprint.from_bytes(attachment[:size_bytes])
        except BadFingerprintError as error:
            raise NotAnAnswerError(str(error)) from error
        judgement = Judgement.from_json(value.get("judgement"))
        return cls(examination, judgement, fingerprint, attachment[size_bytes:])


def hear(source: BinaryIO, sink: BinaryIO, *, seconds_max: float) -> dict[str, Any]:
    """Decode a file once; write its fingerprint and then its cover, answer all that was heard.

    `Answer.read` reads it, a refusal included.
    """
    fingerprinting = _Fingerprinting()
    try:
        examined = examine(source, seconds_max=seconds_max, listeners=[fingerprinting])
    except AudioRefusedError as refusal:
        return refusal.to_json()
    fingerprint = fingerprinting.extraction.finish().to_bytes()
    sink.write(fingerprint)
    sink.write(examined.cover)
    return {
        "examination": examined.examination.to_json(),
        "judgement": examined.judgement.to_json(),
        "fingerprint_bytes": len(fingerprint),
    }


class _Fingerprinting:
    """Hears what the judge hears, and makes the fingerprint of it."""

    extraction: Extraction

    def begin(self, facts: Facts) -> None:
        """Learn the sample rate."""
        self.extraction = Extraction(facts.sample_rate_hz)

    def add(self, samples: Samples) -> None:
        """Take the next rows."""
        self.extraction.add(samples)


def warm_up() -> None:
    """Make every library load what it loads late; the sandbox calls this before it locks."""
    shape = PcmShape(_WARM_UP_SAMPLES, 44_100, 2, 16)
    # Noise, since little is measured of silence.
    noise = np.random.default_rng(1).integers(-9_999, 9_999, (_WARM_UP_SAMPLES, 2), np.int16)
    source = io.BytesIO(b"".join(write_wav(shape, iter([noise]), b"")))
    answer = hear(source, io.BytesIO(), seconds_max=60)
    assert "refused" not in answer, answer
