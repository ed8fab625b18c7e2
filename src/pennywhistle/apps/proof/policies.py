"""The store's policy: its log's keys, and the witnesses that the operator chose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.proof.retired import retired_keys
from pennywhistle.engines.tlog.policy import Policy, PolicyLog, format_policy, parse_policy

if TYPE_CHECKING:
    from pennywhistle.apps.proof.log import AnyLog
    from pennywhistle.apps.proof.retired import RetiredKey


def witness_policy() -> Policy:
    """Which witnesses are asked, and how many must sign; nobody where no policy is set.

    Raises:
        PolicyInvalidError, OSError: the file changed since the store started, and is wrong now.
    """
    if not settings.WITNESS_POLICY:
        return Policy()
    return parse_policy(Path(settings.WITNESS_POLICY).read_bytes())


def believed_policy(log: AnyLog) -> Policy:
    """Witnesses and quorum, and all keys whose signatures hold: present ones, then retired ones.

    Raises:
        PolicyInvalidError, OSError: as `witness_policy`.
    """
    url = f"{settings.ORIGIN}/log"
    retired = [each.key for each in _retired(log) if not each.is_revoked]
    keys = [*log.verifiers, *retired]
    return replace(witness_policy(), logs=tuple(PolicyLog(key, url) for key in keys))


def published_policy(log: AnyLog) -> str:
    """The policy (C2SP tlog-policy) that a buyer checks receipts by: keys, witnesses, quorum."""
    policy = believed_policy(log)
    notes = [
        f"The public log of {settings.ORIGIN}, named {log.origin}.",
        "Check a receipt with: pennywhistle verify --policy THIS-FILE RECEIPT.tlog-proof",
        *(
            "No witness watches this log: nobody else would notice two histories of it."
            for _ in range(not policy.witnesses)
        ),
        *(f"{each.word} {each.day}: {each.key.to_text()}" for each in _retired(log)),
    ]
    return format_policy(policy, notes=notes)


def _retired(log: AnyLog) -> list[RetiredKey]:
    # A change of keys that was cut off names keys that still sign: they have not retired yet.
    return [each for each in retired_keys() if each.key not in log.verifiers]
