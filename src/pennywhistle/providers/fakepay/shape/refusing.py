"""What the Stripe-shaped face refuses, in Stripe's words (docs.stripe.com/api/errors)."""

from __future__ import annotations

from typing import Any


class RefusedError(Exception):
    """The request cannot be carried out; it has the status and body of the answer."""

    code = "refused"

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        reason: str = "",
        param: str = "",
    ) -> None:
        super().__init__(message)
        said = {"message": message, "type": kind, "code": reason, "param": param}
        self.status = status
        self.body: dict[str, Any] = {"error": {k: v for k, v in said.items() if v}}


def missing(what: str, name: str) -> RefusedError:
    """No such object."""
    message = f"No such {what}: {name[:60]!r}"
    return RefusedError(message, status=404, reason="resource_missing", param="id")
