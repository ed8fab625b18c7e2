"""A real worker in a test, on connections of its own, which it closes."""

from __future__ import annotations

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from procrastinate.contrib.django import app


def run_worker(*queues: str) -> None:
    """Work off queues, or all of them, until they are empty.

    It also queues what is due by the clock.
    """
    wanted: Any = list(queues) or None

    async def run() -> None:
        worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
        async with worker.open_async():
            await worker.run_worker_async(
                queues=wanted,
                wait=False,
                install_signal_handlers=False,
                listen_notify=False,
            )
        # What is due by the clock was queued on Django's connection of another thread.
        await sync_to_async(connections.close_all)()

    asyncio.run(run())
