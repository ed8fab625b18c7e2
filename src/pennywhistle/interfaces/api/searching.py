"""Searching the open catalog."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.timezone import now
from ninja import Query

from pennywhistle.apps.discovery import pages
from pennywhistle.apps.reach import queries
from pennywhistle.apps.reach.documents import name_document
from pennywhistle.apps.reach.facts import PublicName
from pennywhistle.engines.search import IndexNotThereError, Kind
from pennywhistle.interfaces.api import schemas
from pennywhistle.interfaces.api.asking import (
    SEARCH_CHARS_MAX,
    SEARCH_DEPTH_MAX,
    Territory,
    require_territory,
)
from pennywhistle.interfaces.api.catalog import api
from pennywhistle.interfaces.api.drawing import (
    ADDRESSES,
    release_documents,
    tracks_with_releases,
)
from pennywhistle.interfaces.api.problems import NOT_READY, ProblemError
from pennywhistle.interfaces.common.public_addresses import address_of

_KINDS = {"release": Kind.RELEASE, "track": Kind.TRACK, "artist": Kind.PARTY}


@api.get(
    "/search",
    response={
        200: schemas.SearchOut,
        **dict.fromkeys((400, 429, 503), schemas.ProblemOut),
    },
    tags=["Search"],
)
def search(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=SEARCH_CHARS_MAX, description="As in the store's search.")],
    kind: Annotated[
        Literal["", "release", "track", "artist"], Query(description="One kind, in full.")
    ] = "",
    territory: Territory = "",
    start: Annotated[
        int, Query(ge=0, le=SEARCH_DEPTH_MAX, description="How many to leave out; with `kind`.")
    ] = 0,
) -> Any:  # noqa: ANN401
    """Releases, tracks and artists for some words."""
    del request
    at, place = now(), require_territory(territory)
    kinds = [_KINDS[kind]] if kind else list(Kind)
    try:
        page = pages.search(q, kinds=kinds, offset=start if kind else 0, sold_in=place or None)
    except IndexNotThereError as error:
        detail = "The search index is being made; ask again in a minute."
        raise ProblemError(NOT_READY, detail, headers={"Retry-After": "60"}) from error
    releases = queries.releases_named([each.id for each in page.releases], at=at)
    drawn = release_documents(list(releases.values()), territory=place)
    tracks = queries.tracks_named([each.id for each in page.tracks], at=at)
    found = len(page.releases) + len(page.tracks) + len(page.parties)
    goes_on = bool(kind and page.has_more and found and start + found <= SEARCH_DEPTH_MAX)
    asked = {"q": q, "kind": kind, "territory": place, "start": start + found}
    following = urlencode({name: value for name, value in asked.items() if value})
    return {
        "releases": [drawn[each.id] for each in page.releases if each.id in drawn],
        "tracks": tracks_with_releases(
            [tracks[each.id] for each in page.tracks if each.id in tracks], at=at
        ),
        "artists": [
            name_document(
                PublicName(each.pk, each.public_id, each.slug, each.name), "artist", ADDRESSES
            )
            for each in page.parties
        ],
        "next": f"{address_of('api:search')}?{following}" if goes_on else None,
    }
