"""The port to a register of VAT numbers, and VIES, the European Commission's, behind it.

VIES's REST interface takes a number as JSON and says whether it is valid on that day; with the
seller's own number it adds the number of the consultation, which is the seller's proof. Anything
but a whole answer about the very number that was asked about is no answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from pennywhistle.machine.outgoing.posting import Bounds, NotReachedError, post

_OK = 200
_BOUNDS = Bounds(seconds_max=10)
_DOCUMENT_CHARS_MAX = 2_000


class RegisterUnavailableError(Exception):
    """The register did not answer, or not what it was asked; ask again later."""

    code = "register-unavailable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a register says of a number today, with its answer as it came."""

    is_valid: bool
    document: dict[str, Any]


class Register(Protocol):
    """Somebody who knows which VAT numbers are valid."""

    @property
    def code(self) -> str:
        """Its name, as kept with its answers."""

    def ask(self, *, number: str) -> Answer:
        """Whether a number with its prefix is valid. Raises RegisterUnavailableError."""


@dataclass(frozen=True, slots=True)
class Vies:
    """VIES at `url`; `requester` is the seller's own number, or empty."""

    url: str
    requester: str = ""
    bounds: Bounds = _BOUNDS
    code: str = "vies"

    def ask(self, *, number: str) -> Answer:
        """Ask VIES; see the module."""
        asked = {"countryCode": number[:2], "vatNumber": number[2:]}
        if self.requester:
            asked["requesterMemberStateCode"] = self.requester[:2]
            asked["requesterNumber"] = self.requester[2:]
        body = json.dumps(asked).encode()
        try:
            status, content = post(
                self.url, body, bounds=self.bounds, content_type="application/json"
            )
        except NotReachedError as error:
            raise RegisterUnavailableError(f"VIES: {error}") from error
        return _read(status, content, asked)


def _read(status: int, content: bytes, asked: dict[str, str]) -> Answer:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RegisterUnavailableError("VIES answers no JSON.") from error
    if not isinstance(said, dict):
        raise RegisterUnavailableError("VIES answers no object.")
    wrong = said.get("errorWrappers")
    if status != _OK or wrong or said.get("actionSucceed") is False:
        raise RegisterUnavailableError(f"VIES says {status}: {str(wrong)[:200]}")
    named = (said.get("countryCode"), _compact(said.get("vatNumber")))
    if named != (asked["countryCode"], _compact(asked["vatNumber"])):
        raise RegisterUnavailableError("VIES answers about another number.")
    if not isinstance(said.get("valid"), bool):
        raise RegisterUnavailableError("VIES does not say whether the number is valid.")
    kept = {str(name)[:60]: _short(value) for name, value in list(said.items())[:40]}
    return Answer(said["valid"], kept)


def _short(value: object) -> object:
    is_plain = isinstance(value, bool | int) or value is None
    return value if is_plain else str(value)[:_DOCUMENT_CHARS_MAX]


def _compact(text: object) -> str:
    return "".join(char for char in str(text).upper() if char.isalnum())
