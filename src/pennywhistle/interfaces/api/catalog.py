"""The open catalog: its questions and their answers."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.timezone import now
from ninja import NinjaAPI, Path, Query
from ninja.errors import ValidationError
from ninja.renderers import JSONRenderer

from pennywhistle.apps.reach import queries, shelves
from pennywhistle.apps.reach.documents import (
    Document,
    credit_document,
    genre_document,
    name_document,
    offer_documents,
)
from pennywhistle.apps.reach.facts import PublicName, PublicRelease, PublicTrack
from pennywhistle.apps.reach.limits import LISTED_USUAL
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.interfaces.api import schemas
from pennywhistle.interfaces.api.asking import (
    After,
    Isrc,
    Limit,
    PublicId,
    ReleaseFilter,
    Territory,
    next_address,
    place_after,
    place_in_releases,
    require_territory,
    unless_usual,
)
from pennywhistle.interfaces.api.drawing import (
    ADDRESSES,
    offers_document,
    release_documents,
    track_documents,
    tracks_with_releases,
)
from pennywhistle.interfaces.api.problems import (
    INVALID,
    NOT_FOUND,
    ProblemError,
    Wrong,
    problem_response,
)

_DESCRIPTION = """\
What this store sells: releases, tracks, artists, labels, genres, and what they cost where. For \
reading only, and open to everybody; there is nothing in it about people who buy.

Lists go on by `next`, an address to be asked as it is. Answers carry an `ETag`. Errors are \
problem details (RFC 9457). How often one may ask stands in the headers `RateLimit-Policy` and \
`RateLimit`; with a key (`Authorization: Bearer KEY`) it is more. Whoever wants all of it takes \
the dump."""


class _Plain(JSONRenderer):
    """JSON in the letters of the names, not in escapes."""

    json_dumps_params = {"ensure_ascii": False}


api = NinjaAPI(
    title="Open catalog",
    version="1",
    description=_DESCRIPTION,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    renderer=_Plain(),
)
_PROBLEMS = {400: schemas.ProblemOut, 404: schemas.ProblemOut, 429: schemas.ProblemOut}


@api.exception_handler(ProblemError)
def _on_problem(request: HttpRequest, problem: ProblemError) -> HttpResponse:
    del request
    return problem_response(problem)


@api.exception_handler(Http404)
def _on_nothing(request: HttpRequest, error: Http404) -> HttpResponse:
    del request, error
    return problem_response(_nothing())


@api.exception_handler(ValidationError)
def _on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What is no id is the address of nothing; other parameters are named with what is wrong."""
    del request
    where = [[str(part) for part in each["loc"]] for each in error.errors]
    if any(loc[0] == "path" for loc in where):
        return problem_response(_nothing())
    wrong = tuple(
        Wrong(loc[-1], str(each["msg"])) for loc, each in zip(where, error.errors, strict=True)
    )
    return problem_response(
        ProblemError(INVALID, "Mend the parameters that `errors` names, and ask again.", wrong)
    )


def _nothing() -> ProblemError:
    return ProblemError(
        NOT_FOUND, "Look for it with /search or in a list: it may have left the shelves."
    )


@api.get("/releases", response={200: schemas.ReleaseListOut, **_PROBLEMS}, tags=["Releases"])
def releases(request: HttpRequest, asked: Query[ReleaseFilter]) -> Any:  # noqa: ANN401
    """Releases, the newest first: all, or those of a genre, an artist or a label."""
    del request
    place = place_in_releases(asked.after)
    territory = require_territory(asked.territory)
    found = shelves.on_shelves(at=now())
    if asked.genre:
        genre = queries.genre_called(asked.genre)
        found = found.filter(genre=genre.id if genre else None, genre__isnull=False)
    if asked.label:
        found = found.filter(label=_party(asked.label))
    if asked.artist:
        found = shelves.by_artist(found, _party(asked.artist))
    if asked.upc:
        found = found.filter(upc=asked.upc)
    stretch = shelves.newest(found, after=place, count=asked.limit, sold_in=territory)
    drawn = release_documents(stretch.releases, territory=territory)
    after = f"{stretch.next[0]:%Y-%m-%d}.{stretch.next[1]}" if stretch.next else ""
    kept = asked.dict(exclude_defaults=True, exclude={"after"})
    return {
        "items": [drawn[each.id] for each in stretch.releases],
        "next": next_address("api:releases", after, kept),
    }


@api.get(
    "/releases/{public_id}", response={200: schemas.ReleasePageOut, **_PROBLEMS}, tags=["Releases"]
)
def release(request: HttpRequest, public_id: Path[PublicId]) -> Any:  # noqa: ANN401
    """A release with its tracks."""
    del request
    found = _release(public_id)
    tracks = queries.tracks_of([found.id]).get(found.id, [])
    return {
        **release_documents([found])[found.id],
        "about": found.about or None,
        "tracks": track_documents(tracks),
    }


@api.get(
    "/releases/{public_id}/offers",
    response={200: schemas.ReleaseOffersOut, **_PROBLEMS},
    tags=["Offers"],
)
def release_offers(
    request: HttpRequest, public_id: Path[PublicId], territory: Territory = ""
) -> Any:  # noqa: ANN401
    """What a release and each of its tracks costs, and in which territories it is sold."""
    del request
    found = _release(public_id)
    tracks = queries.tracks_of([found.id]).get(found.id, [])
    return offers_document(found, tracks, territory=require_territory(territory))


@api.get("/tracks", response={200: schemas.TrackListOut, **_PROBLEMS}, tags=["Tracks"])
def tracks(
    request: HttpRequest,
    isrc: Isrc,
    after: After = "",
    limit: Limit = LISTED_USUAL,
) -> Any:  # noqa: ANN401
    """The tracks with which a recording is sold, by its ISRC."""
    del request
    plain, at = isrc.replace("-", "").upper(), now()
    rows = queries.tracks_with_isrc(plain, at=at, after=place_after(after), count=limit + 1)
    listed = rows[:limit]
    following = str(listed[-1].id) if len(rows) > limit else ""
    return {
        "items": tracks_with_releases(listed, at=at),
        "next": next_address("api:tracks", following, {"isrc": plain, **unless_usual(limit)}),
    }


@api.get("/tracks/{public_id}", response={200: schemas.TrackPageOut, **_PROBLEMS}, tags=["Tracks"])
def track(request: HttpRequest, public_id: Path[PublicId]) -> Any:  # noqa: ANN401
    """A track with its release and who made it."""
    del request
    found = _track(public_id)
    drawn = tracks_with_releases([found], at=now())
    if not drawn:
        raise _nothing()
    credited = [credit_document(each, ADDRESSES) for each in queries.credits_of(found)]
    return {**drawn[0], "credits": credited}


@api.get(
    "/tracks/{public_id}/offers",
    response={200: schemas.TrackOffersOut, **_PROBLEMS},
    tags=["Offers"],
)
def track_offers(request: HttpRequest, public_id: Path[PublicId], territory: Territory = "") -> Any:  # noqa: ANN401
    """What a track costs by itself, and in which territories it is sold."""
    del request
    found = _track(public_id)
    ref = ItemRef(found.release_id, found.id)
    offers = queries.offers_of([ref], sold_in=require_territory(territory))
    return {"id": found.public_id, "offers": offer_documents(offers.get(ref, []))}


@api.get("/artists", response={200: schemas.PartyListOut, **_PROBLEMS}, tags=["Artists"])
def artists(request: HttpRequest, after: After = "", limit: Limit = LISTED_USUAL) -> Any:  # noqa: ANN401
    """Everybody who is on the sleeve of a release."""
    del request
    found = queries.names_of(queries.artists(at=now()), after=place_after(after), count=limit + 1)
    return _parties("artist", found, limit)


@api.get("/artists/{public_id}", response={200: schemas.PartyOut, **_PROBLEMS}, tags=["Artists"])
def artist(request: HttpRequest, public_id: Path[PublicId]) -> Any:  # noqa: ANN401
    """An artist."""
    del request
    found = queries.name_called(queries.artists(at=now()), public_id)
    return _party_document("artist", found) if found else _led_on("artist", public_id)


@api.get("/labels", response={200: schemas.PartyListOut, **_PROBLEMS}, tags=["Labels"])
def labels(request: HttpRequest, after: After = "", limit: Limit = LISTED_USUAL) -> Any:  # noqa: ANN401
    """Every label of a release."""
    del request
    found = queries.names_of(queries.labels(at=now()), after=place_after(after), count=limit + 1)
    return _parties("label", found, limit)


@api.get("/labels/{public_id}", response={200: schemas.PartyOut, **_PROBLEMS}, tags=["Labels"])
def label(request: HttpRequest, public_id: Path[PublicId]) -> Any:  # noqa: ANN401
    """A label."""
    del request
    found = queries.name_called(queries.labels(at=now()), public_id)
    return _party_document("label", found) if found else _led_on("label", public_id)


@api.get("/genres", response={200: schemas.GenreListOut, 429: schemas.ProblemOut}, tags=["Genres"])
def genres(request: HttpRequest) -> Any:  # noqa: ANN401
    """All genres that something stands in."""
    del request
    return {"items": [genre_document(each, ADDRESSES) for each in queries.genres(at=now())]}


def _release(public_id: str) -> PublicRelease:
    found = queries.release_facts(public_id, at=now())
    if found is None:
        raise _nothing()
    return found


def _track(public_id: str) -> PublicTrack:
    found = queries.track_facts(public_id, at=now())
    if found is None:
        raise _nothing()
    return found


def _party(public_id: str) -> int | None:
    """A party's row; whose name nobody has, has no releases."""
    found = queries.party_called(public_id)
    return found.id if found else None


def _led_on(kind: str, public_id: str) -> HttpResponse:
    """To whom a name leads now. Raises ProblemError."""
    party = queries.party_called(public_id)
    elsewhere = queries.page_led_to(party.id) if party else None
    if elsewhere is None:
        raise _nothing()
    return HttpResponsePermanentRedirect(reverse(f"api:{kind}", args=[elsewhere.public_id]))


def _parties(kind: str, found: list[PublicName], limit: int) -> Document:
    listed = found[:limit]
    after = str(listed[-1].id) if len(found) > limit else ""
    return {
        "items": [_party_document(kind, each) for each in listed],
        "next": next_address(f"api:{kind}s", after, unless_usual(limit)),
    }


def _party_document(kind: str, name: PublicName) -> Document:
    return {**name_document(name, kind, ADDRESSES), "about": name.about or None}
