"""Addresses that nothing else answers: names written in another case, or with a slash too many."""

from django.urls import re_path

from pennywhistle.interfaces.shop import moving


def _in_any_case(word: str) -> str:
    """A flag for it would keep all addresses from being looked up by name."""
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


_KINDS = "|".join(map(_in_any_case, ("release", "track", "artist", "label")))

urlpatterns = [
    re_path(rf"^(?P<kind>{_KINDS})/(?P<rest>[^/]+/?)$", moving.corrected, name="corrected"),
    re_path(
        rf"^{_in_any_case('genre')}/(?P<slug>[^/]+/?)$",
        moving.genre_corrected,
        name="genre-corrected",
    ),
]
