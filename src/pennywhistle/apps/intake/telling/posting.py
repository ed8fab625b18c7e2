"""Sends one request of a webhook, and says of the answer whether it was taken."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.intake.telling.limits import CALL_SECONDS_MAX, STEP_SECONDS_MAX
from pennywhistle.machine.outgoing import posting
from pennywhistle.machine.outgoing.addresses import AddressRefusedError
from pennywhistle.machine.outgoing.posting import Bounds, NotReachedError

if TYPE_CHECKING:
    from collections.abc import Mapping

_REDIRECTS = range(300, 400)
_GOOD = range(200, 300)
_TROUBLES = (
    (TimeoutError, "no answer in time"),
    (ssl.SSLError, "its certificate or TLS is not right"),
    (ConnectionRefusedError, "nothing listens there"),
    (http.client.HTTPException, "its answer is no HTTP"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The status that came back; None where none did. `trouble` is empty if it was taken."""

    status: int | None
    trouble: str = ""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post the body. Never raises for anything that is there, or is not, at the other end."""
    bounds = Bounds(
        seconds_max=CALL_SECONDS_MAX,
        step_seconds_max=STEP_SECONDS_MAX,
        # What it has to say besides its status is for nobody.
        answer_bytes_max=0,
        may_be_loopback=settings.HOOKS_TO_LOOPBACK,
    )
    try:
        status, _ = posting.post(url, body, bounds=bounds, headers=headers)
    except NotReachedError as error:
        return Answer(None, _trouble(error.__cause__))
    if status in _REDIRECTS:
        return Answer(status, "it answers with a redirect, which is not followed")
    return Answer(status, "" if status in _GOOD else f"it answers {status}")


def _trouble(cause: BaseException | None) -> str:
    if isinstance(cause, AddressRefusedError):
        return f"the address is not called: {cause.code}"
    found = (words for kind, words in _TROUBLES if isinstance(cause, kind))
    return next(found, "the connection broke")
