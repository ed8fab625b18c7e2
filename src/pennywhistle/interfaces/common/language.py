"""In which language to write to somebody who is not here to choose one."""

from __future__ import annotations

from babel.core import get_global
from django.conf import settings


def language_of(country: str) -> str:
    """What most people of a country read (CLDR's likely subtags), as far as the store speaks it."""
    likely = str(get_global("likely_subtags").get(f"und_{country}", ""))
    language = likely.partition("_")[0]
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
