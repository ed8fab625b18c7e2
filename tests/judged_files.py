"""What a judgement says of files in tests: rows as a hearing would have written them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builders import NOON
from pennywhistle.apps.media.models import Hearing
from pennywhistle.engines.audio.judgement import (
    Code,
    Curve,
    Finding,
    Judgement,
    Loudness,
    Severity,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.apps.media.models import Master

SPECTRUM = Curve("spectrum", "Hz", "dB", (0.0, 8_000.0, 16_000.0, 22_050.0), (-30, -48, -60, -118))
LOSSY = Finding(
    Code.LOSSY_SOURCE,
    Severity.SERIOUS,
    21.5,
    Unit.DEVIATIONS,
    about="mp3",
    false_alarm_rate=0.05,
    curve=Curve("zeros", "sample", "standard deviations", (-1.0, 0.0, 1.0), (0.2, 21.5, 0.4)),
)
PADDED = Finding(Code.BITS_PADDED, Severity.SERIOUS, 16, Unit.BITS, about="24")
UPSAMPLED = Finding(Code.UPSAMPLED, Severity.WARNING, 22_050, Unit.HERTZ, curve=SPECTRUM)
CLIPPED = Finding(Code.CLIPPED, Severity.WARNING, 12, Unit.COUNT, at_s=(0.25, 0.5))
ABRUPT = Finding(Code.ENDS_ABRUPTLY, Severity.NOTE, -8.1, Unit.DECIBELS)


def a_judgement(*findings: Finding) -> Judgement:
    """A judgement of an ordinary track, with these findings."""
    return Judgement(
        findings=findings,
        sample_count=44_100,
        bits_used=16,
        loudness=Loudness(-13.25, 6.5, ((-1325, 10),)),
        sample_peak_dbfs=-0.4,
        true_peak_dbtp=-0.21,
        suspicion=0.55,
        spectrum=SPECTRUM,
    )


def judge_as(rows: Iterable[tuple[str, object]], *findings: Finding) -> None:
    """Let these files, by SHA-256 and examination as JSON, be judged so."""
    for sha256, examination in rows:
        Hearing.objects.update_or_create(
            sha256=sha256,
            defaults={"judgement": a_judgement(*findings).to_json()},
            create_defaults={
                "examination": examination,
                "judgement": a_judgement(*findings).to_json(),
                "fingerprint": b"",
                "heard_at": NOON,
            },
        )


def examination_of(master: Master) -> dict[str, object]:
    """What the examination of a master's file found, as JSON."""
    return {
        "container": master.container,
        "codec": master.codec,
        "lossless": master.is_lossless,
        "sample_rate_hz": master.sample_rate_hz,
        "bits_per_sample": master.bits_per_sample,
        "channels": master.channel_count,
        "sample_count": master.sample_count,
        "duration_ms": 4_000,
        "audio_md5": "",
        "md5_checked": True,
        "tags": {},
        "cover_type": "",
        "peaks": list(bytes(master.peaks)),
        "loudness_lufs": -13.0,
        "preview_start_ms": 0,
    }
