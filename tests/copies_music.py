"""Music that was heard: hearings as a pass over a file writes them."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np

from builders import NOON
from pennywhistle.apps.media.models import Hearing
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.parties.models import Party
from pennywhistle.engines.fingerprint import Fingerprint, extract
from pennywhistle.interfaces.console.sample.music import STYLES

RATE_HZ = 44_100


@cache
def sound_of(style: str, seconds: float = 24.0, number: int = 1) -> np.ndarray:
    """A piece of a sample record: (n, 2), floats."""
    return np.ascontiguousarray(STYLES[style].render(number, seconds).T)


def noisy(samples: np.ndarray, level: float = 0.02) -> np.ndarray:
    """The same recording, coded otherwise."""
    return samples + np.random.default_rng(1).normal(size=samples.shape) * level


@cache
def _fingerprint(key: str, data: bytes, length: int) -> Fingerprint:
    return extract(np.frombuffer(data, np.float32).reshape(length, -1), RATE_HZ)


def heard(samples: np.ndarray, *, name: str = "") -> str:
    """A content with this sound, and its hearing as a pass over the file writes it."""
    data = np.ascontiguousarray(samples, np.float32)
    raw = data.tobytes()
    sha256 = hashlib.sha256(raw + name.encode()).hexdigest()
    Hearing.objects.get_or_create(
        sha256=sha256,
        defaults={
            "examination": {},
            "judgement": {},
            "fingerprint": _fingerprint(sha256, raw, len(data)).to_bytes(),
            "heard_at": NOON,
        },
    )
    return sha256


def label(name: str) -> Party:
    """A supplier."""
    return ensure_party(name=name, kind=Party.Kind.ORGANIZATION)
