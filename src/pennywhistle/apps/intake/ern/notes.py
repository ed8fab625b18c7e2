"""What is told of a message: findings as its row keeps them, and notices for suppliers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.intake.models import Notice
from pennywhistle.engines.ddex import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.apps.intake.models import Message
    from pennywhistle.engines.ddex import Alert, Change
    from pennywhistle.engines.ddex.message import Envelope
    from pennywhistle.kernel.territories import Territories

FINDINGS_KEPT_MAX = 300
_NOT_KEPT_SHOWN_MAX = 100
# What a supplier need not act on.
_NOTES = frozenset({"older-message", "same-message", "purge-of-nothing", "test-message"})


def stop(code: str, sentence: str, cure: str, *, path: str = "", value: str = "") -> Finding:
    """A finding that keeps what it names from being published."""
    return Finding(code, Severity.STOP, path, value[:200], sentence, cure)


def error(code: str, sentence: str, cure: str, *, value: str = "") -> Finding:
    """A finding with which the message cannot be used."""
    return Finding(code, Severity.ERROR, "/*", value[:200], sentence, cure)


def notice(code: str, sentence: str, *, path: str = "", value: str = "", cure: str = "") -> Finding:
    """A finding that changes nothing."""
    return Finding(code, Severity.NOTICE, path, value[:200], sentence, cure)


def plain_findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON values, worst first, so many at most; severities in small letters."""
    ranked = sorted(findings, key=lambda finding: -finding.severity)
    return [
        {
            "code": finding.code,
            "severity": finding.severity.name.lower(),
            "path": finding.path[:300],
            "value": finding.value[:200],
            "sentence": finding.sentence[:1000],
            "cure": finding.cure[:600],
            "rule": finding.rule,
            "line": finding.line,
        }
        for finding in ranked[:FINDINGS_KEPT_MAX]
    ]


def plain_change(change: Change, envelope: Envelope, **more: object) -> dict[str, Any]:
    """What a message changed, as JSON values, and what of it was not understood."""
    return {
        "takes_effect": change.takes_effect,
        "opened": _places(change.opened),
        "closed": _places(change.closed),
        "not_kept": [
            {"path": each.path[:300], "value": each.value[:200], "line": each.line}
            for each in envelope.not_kept[:_NOT_KEPT_SHOWN_MAX]
        ],
        "not_kept_count": envelope.not_kept_count,
        **more,
    }


def _places(by_key: Mapping[str, Territories]) -> list[dict[str, str]]:
    return [{"key": key, "where": where.describe()} for key, where in by_key.items()]


@dataclass(frozen=True, slots=True)
class Word:
    """What is told: a stable code, a sentence, and what to do about it."""

    code: str
    sentence: str
    cure: str = ""


def refusal_word(finding: Finding) -> Word:
    """A message is refused, for this reason."""
    return Word("message-refused", finding.sentence, finding.cure)


def tell(
    message: Message,
    word: Word | Finding | Alert,
    *,
    now: datetime,
    release: Release | None = None,
    supplier_id: int | None = None,
) -> None:
    """Let a supplier know; without `supplier_id` the one whose message it is."""
    is_own = supplier_id in {None, message.supplier_id}
    Notice.objects.create(
        supplier_id=supplier_id or message.supplier_id,
        # Others do not get to see the message itself.
        message=message if is_own else None,
        release=release,
        level=Notice.Level.NOTE if word.code in _NOTES else Notice.Level.ALERT,
        code=word.code[:40],
        sentence=word.sentence[:1000],
        cure=word.cure[:600],
        created_at=now,
    )
