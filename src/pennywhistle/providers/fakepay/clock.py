"""fakepay's own clock: another company's clock is not the store's."""

from datetime import UTC, datetime


def now() -> datetime:
    """This instant."""
    return datetime.now(UTC)
