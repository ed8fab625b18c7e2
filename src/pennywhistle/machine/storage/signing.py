"""Signed addresses of S3 objects: AWS Signature Version 4 in the query, as its manual says.

obstore signs addresses too, but not what the answer shall be called; whoever saves a file wants it
to have a name.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from pennywhistle.machine.storage.s3 import Prefix

_ALGORITHM = "AWS4-HMAC-SHA256"
_TYPE, _DISPOSITION = "response-content-type", "response-content-disposition"


class CredentialsMissingError(Exception):
    """There is nothing to sign with: AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set."""

    code = "s3-credentials-missing"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs addresses for reading. An `endpoint` of "" is Amazon's own."""

    access_key_id: str
    secret: str
    region: str
    endpoint: str = ""
    session_token: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Signer:
        """From the variables that S3 clients read. Raises CredentialsMissingError."""
        key = environment.get("AWS_ACCESS_KEY_ID", "")
        secret = environment.get("AWS_SECRET_ACCESS_KEY", "")
        if not (key and secret):
            raise CredentialsMissingError("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set.")
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
        endpoint = environment.get("AWS_ENDPOINT") or environment.get("AWS_ENDPOINT_URL") or ""
        token = environment.get("AWS_SESSION_TOKEN", "")
        return cls(key, secret, region or "us-east-1", endpoint.rstrip("/"), token)

    def address(
        self,
        prefix: Prefix,
        path: str,
        *,
        now: datetime,
        expires: timedelta,
        headers: tuple[str, str] = ("", ""),
    ) -> str:
        """Where an object can be read until it expires; any change makes it useless.

        Args:
            prefix: the bucket and what the path is relative to.
            path: of the object.
            now: when the time begins to run.
            expires: after how long it ends; at most seven days.
            headers: Content-Type and Content-Disposition of the answer, each may be empty.
        """
        origin, resource = self._place(prefix, path)
        day = now.astimezone(UTC).strftime("%Y%m%d")
        scope = f"{day}/{self.region}/s3/aws4_request"
        query = {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{self.access_key_id}/{scope}",
            "X-Amz-Date": now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
            "X-Amz-Expires": str(int(expires.total_seconds())),
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Security-Token": self.session_token,
            _TYPE: headers[0],
            _DISPOSITION: headers[1],
        }
        asked = "&".join(
            f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(query.items()) if value
        )
        host = urlsplit(origin).netloc
        request = f"GET\n{resource}\n{asked}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"{_ALGORITHM}\n{query['X-Amz-Date']}\n{scope}\n{digest}"
        signature = hmac.new(self._key(day), text.encode(), hashlib.sha256).hexdigest()
        return f"{origin}{resource}?{asked}&X-Amz-Signature={signature}"

    def _place(self, prefix: Prefix, path: str) -> tuple[str, str]:
        steps = [each for each in (prefix.prefix, path) if each]
        resource = quote("/".join(steps), safe="/-_.~")
        if self.endpoint:
            return self.endpoint, f"/{prefix.bucket}/{resource}"
        return f"https://{prefix.bucket}.s3.{self.region}.amazonaws.com", f"/{resource}"

    def _key(self, day: str) -> bytes:
        key = b"AWS4" + self.secret.encode()
        for step in (day, self.region, "s3", "aws4_request"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        return key


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
