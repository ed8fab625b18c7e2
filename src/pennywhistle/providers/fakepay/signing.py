"""Signed webhooks: HMAC-SHA256 over time and body, so that nobody else can write one.

Header `Fakepay-Signature: t=SECONDS,v1=HEX`, where SECONDS is the Unix time of sending and HEX is
the HMAC-SHA256, under the shared secret, of the ASCII digits of SECONDS, a full stop and the body.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from typing import TYPE_CHECKING

from pennywhistle.apps.payments.provider import NoticeRefusedError

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "Fakepay-Signature"
age_s_max = 300
secret_file_name = "fakepay_webhook_secret"  # noqa: S105 (a file's name)

_FORM = re.compile(r"t=(?P<sent>[0-9]{1,12}),v1=(?P<mac>[0-9a-f]{64})")


def signature(body: bytes, *, secret: bytes, sent_at_s: int) -> str:
    """The header's value for a body that is sent at this Unix time."""
    mac = hmac.new(secret, f"{sent_at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={sent_at_s},v1={mac}"


def require_signature(body: bytes, header: str, *, secret: bytes, now_s: int) -> None:
    """Check who wrote a webhook, and that it is at most five minutes old or ahead.

    Raises:
        NoticeRefusedError: the signature is missing, malformed, wrong, or out of time.
    """
    match = _FORM.fullmatch(header)
    if match is None:
        raise NoticeRefusedError("The webhook has no signature of fakepay's form.")
    sent_at_s = int(match["sent"])
    expected = signature(body, secret=secret, sent_at_s=sent_at_s)
    # In constant time, or the answer's delay would tell how much of a forged one is right.
    if not hmac.compare_digest(expected, f"t={match['sent']},v1={match['mac']}"):
        raise NoticeRefusedError("The webhook's signature is wrong.")
    if abs(now_s - sent_at_s) > age_s_max:
        raise NoticeRefusedError(f"The webhook is {now_s - sent_at_s} s old.")


def shared_secret(folder: Path) -> bytes:
    """The secret that fakepay and this store share; made at first use, for the owner's eyes only.

    A whole file appears under its name at once (`link`), so that two processes that start together
    read the same secret.
    """
    file = folder / secret_file_name
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".{secret_file_name}.{secrets.token_hex(8)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(secrets.token_hex(32))
        try:
            file.hardlink_to(draft)
        except FileExistsError:
            pass  # Another process was quicker; its secret counts.
        finally:
            draft.unlink()
    return bytes.fromhex(file.read_text(encoding="ascii"))
