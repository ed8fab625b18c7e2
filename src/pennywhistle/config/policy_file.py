"""The file that names the log's witnesses, looked at before the store starts."""

from __future__ import annotations

from pathlib import Path

from pennywhistle.engines.tlog.policy import PolicyInvalidError, parse_policy, policy_size_bytes_max


def policy_problem(path: str, *, may_be_private: bool) -> str:
    """What is wrong with the file, as a sentence; empty where all is well or none is named."""
    if not path:
        return ""
    try:
        with Path(path).open("rb") as opened:
            policy = parse_policy(opened.read(policy_size_bytes_max + 1))
    except OSError as error:
        return f"PENNYWHISTLE_WITNESS_POLICY names {path}, which cannot be read: {error}."
    except PolicyInvalidError as error:
        return f"PENNYWHISTLE_WITNESS_POLICY: {error}"
    good = ("https://", "http://") if may_be_private else ("https://",)
    for witness in policy.witnesses:
        if not witness.url.startswith(good):
            return f"PENNYWHISTLE_WITNESS_POLICY: witness {witness.name} needs an https:// address."
    return ""
