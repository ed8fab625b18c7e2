"""What a message says comes with its release: texts and pictures besides the front cover."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Extra
from pennywhistle.apps.intake.ern.wording import first_title
from pennywhistle.apps.intake.report import PlannedExtra
from pennywhistle.kernel.file_name import safe_file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pennywhistle.apps.catalog.models import Release
    from pennywhistle.engines.ddex.files import File
    from pennywhistle.engines.ddex.message import Resource

FRONT_COVER = "FrontCoverImage"
# What is at the back is no sleeve, even where the message has no other picture.
NO_COVERS = frozenset({"BackCoverImage", "BookletBackImage", "TrayImage"})
_IMMERSIVE = "ImmersiveEdition"
_KINDS = frozenset({"image", "text", "sheet-music"})
# Pictures for pages, not for people's shelves.
_NOT_EXTRAS = frozenset({FRONT_COVER, "VideoScreenCapture", "Icon", "Logo"})
_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Promised:
    """A resource that comes with the release; `kind` and `title` are empty where it says none."""

    kind: str
    title: str
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class HeardExtras:
    """Those whose files came and are right, and the paths of the files that did not come."""

    planned: tuple[PlannedExtra, ...] = ()
    awaited: tuple[str, ...] = ()


def promised_extras(resources: Iterable[Resource]) -> Iterator[Promised]:
    """Texts, sheet music and pictures of the message, in its order."""
    for resource in resources:
        words = [str(word) for word in resource.types]
        if resource.kind not in _KINDS or not _NOT_EXTRAS.isdisjoint(words):
            continue
        files = tuple(files_for(resource))
        if files:
            yield Promised(_kind(resource, words), first_title(resource.titles)[:_CHARS_MAX], files)


def _kind(resource: Resource, words: Iterable[str]) -> str:
    if any("Booklet" in word for word in words) and resource.kind == "text":
        return Extra.Kind.BOOKLET.value
    if "BackCoverImage" in words:
        return Extra.Kind.BACK.value
    return Extra.Kind.PICTURE.value if resource.kind == "image" else ""


def files_for(resource: Resource) -> Iterator[File]:
    """The files that may be the resource's content, the likeliest first; never a preview."""
    editions = sorted(resource.editions, key=lambda each: str(each.kind or "") == _IMMERSIVE)
    for edition in editions:
        for form in edition.delivered:
            is_preview = any(mark.name == "is-preview" and mark.is_set for mark in form.marks)
            if not is_preview:
                yield from (file for file in form.files if file.name)


def extras_of(heard: HeardExtras, release: Release | None) -> tuple[PlannedExtra, ...]:
    """All that comes with the release by this message, and by no other before.

    A file that is named and did not come again is the one that came before under its name.
    """
    if release is None or not heard.awaited:
        return heard.planned
    stems = {_stem(path) for path in heard.awaited}
    met = {each.name.casefold() for each in heard.planned}
    known = Extra.objects.present().filter(release=release)
    return (
        *heard.planned,
        *(
            _again(extra)
            for extra in known
            if _stem(extra.name) in stems and extra.name.casefold() not in met
        ),
    )


def _stem(path: str) -> str:
    """As the store calls it, whatever the ending."""
    name = path.rpartition("/")[2]
    return safe_file_name(name.rpartition(".")[0] or name).casefold()


def _again(extra: Extra) -> PlannedExtra:
    known = {field.name for field in fields(PlannedExtra)} - {"path"}
    return PlannedExtra(path=extra.name, **{name: getattr(extra, name) for name in known})
