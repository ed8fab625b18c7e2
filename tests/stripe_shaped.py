"""The real `stripe` package, whose requests reach fakepay's Stripe-shaped face over loopback.

The server's thread uses the connection of the test, and so sees what its transaction wrote: the
test waits for each answer, so that only one of them uses it at a time.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections

from pennywhistle.providers.fakepay.shape.keys import api_key, webhook_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


class Silent(WSGIRequestHandler):
    """Answers, and prints nothing."""

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextmanager
def stripe_shaped(patch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the face, and point the store's adapter at it; the address of the server."""
    own = connections["default"]
    own.inc_thread_sharing()
    server = make_server("localhost", 0, WSGIHandler(), handler_class=Silent)

    def serve() -> None:
        connections["default"] = own
        server.serve_forever(poll_interval=0.01)

    # A request ends by closing what the test still needs.
    patch.setattr(own, "close_if_unusable_or_obsolete", lambda: None)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        address = f"http://localhost:{server.server_port}"
        patch.setenv("NO_PROXY", "localhost")
        patch.setattr(settings, "STRIPE_URL", f"{address}/fakepay/stripe")
        patch.setattr(settings, "STRIPE_SECRET_KEY", api_key())
        patch.setattr(settings, "STRIPE_WEBHOOK_SECRET", webhook_secret())
        patch.setattr(settings, "PAYMENT_PROVIDERS", ["fakepay", "stripe"])
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        own.dec_thread_sharing()
