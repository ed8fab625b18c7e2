"""Half a minute of both sides of a conflict, made in the background and never in a request."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.utils import timezone

from pennywhistle.apps.copies.passages import passage_of
from pennywhistle.apps.delivery.aside import begin_aside
from pennywhistle.apps.delivery.cache import keep_rendition
from pennywhistle.apps.delivery.errors import BusyError, MakingFailedError
from pennywhistle.apps.delivery.limits import ASIDE_RETRY_AFTER_S
from pennywhistle.apps.media.custody import sound_master
from pennywhistle.apps.media.queries import PREVIEW_MIME_TYPE
from pennywhistle.apps.media.work import PREVIEW_MS, PREVIEW_RECIPE, make_preview
from pennywhistle.interfaces.common.handing import hand_over
from pennywhistle.interfaces.common.ranged import Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from pennywhistle.apps.copies.models import Match
    from pennywhistle.apps.copies.passages import Passage
    from pennywhistle.apps.delivery.aside import Begun
    from pennywhistle.apps.delivery.kept import Kept

SIDES = {"new": True, "earlier": False}
_KIND = "copy-passage"
# Raise when the bytes of these passages change.
_VERSION = 1
_PASSAGE = "private, max-age=600"


def begin_passages(
    matches: Iterable[Match], *, names: Iterable[str]
) -> dict[tuple[int, str], Begun]:
    """How far the passages of these sides ("new", "earlier") are, by match and side.

    Those that are not made are begun; nobody waits for them here.
    """
    keys = {(match.pk, name): _passage(match, name) for match in matches for name in names}
    now = timezone.now()
    makes = {_key(passage): _maker(passage, now) for passage in keys.values()}
    begun = begin_aside(makes, kind=_KIND, now=now)
    return {asked: begun[_key(passage)] for asked, passage in keys.items()}


def passage_response(request: HttpRequest, match: Match, side: str) -> HttpResponseBase:
    """A passage to listen to; who may is for the view to say.

    Raises a DeliveryError: BusyError where it is not made yet, but is being made by now.
    """
    begun = begin_passages([match], names=[side])[match.pk, side]
    if begun.has_failed:
        raise MakingFailedError("The passage could not be made.")
    if begun.kept is None:
        raise BusyError(ASIDE_RETRY_AFTER_S)
    return hand_over(request, begun.kept, Sent(PREVIEW_MIME_TYPE, _PASSAGE), person=request.user.pk)


def _passage(match: Match, side: str) -> Passage:
    return passage_of(match, is_new=SIDES[side])


def _key(passage: Passage) -> str:
    parts = (_KIND, _VERSION, passage.sha256, passage.start_ms, PREVIEW_MS, PREVIEW_RECIPE)
    return hashlib.sha256(";".join(map(str, parts)).encode()).hexdigest()


def _maker(passage: Passage, now: datetime) -> Callable[[], Kept]:
    def make() -> Kept:
        sound_master(passage.sha256, now=now)
        stored = make_preview(passage.sha256, start_ms=passage.start_ms)
        return keep_rendition(_key(passage), stored=stored, recipe=_KIND, now=now)

    return make
