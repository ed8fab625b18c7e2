"""How much of a release message this store looks at, and where DDEX's schemas lie."""

from pathlib import Path

from django.conf import settings

from pennywhistle.engines.ddex import Limits


def message_limits() -> Limits:
    """The engine's bounds with those of the settings."""
    parts_max = settings.ERN_PARTS_MAX
    return Limits(
        bytes_max=settings.ERN_BYTES_MAX, elements_max=parts_max, attributes_max=parts_max
    )


def schemas_folder() -> Path:
    """Where `pennywhistle ern schemas install` puts DDEX's schemas; it may not be there."""
    return Path(settings.DATA) / "ddex-schemas"
