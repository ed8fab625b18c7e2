"""Whom a message credits, by the roles that the catalog knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.models import Role
from pennywhistle.apps.intake.supplement import WRITING_ROLES, NamedCredit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pennywhistle.engines.ddex import NewRelease
    from pennywhistle.engines.ddex.things import Credit

_NAME_CHARS_MAX = 300
_DISPLAY = "display-artist"
# DDEX's allowed values (ArtistRole, ContributorRole, MusicalWorkContributorRole) in our roles.
_ROLES: dict[str, tuple[Role, ...]] = {
    "MainArtist": (Role.MAIN_ARTIST,),
    "FeaturedArtist": (Role.FEATURED_ARTIST,),
    "GuestArtist": (Role.FEATURED_ARTIST,),
    "Artist": (Role.PERFORMER,),
    "AssociatedPerformer": (Role.PERFORMER,),
    "Performer": (Role.PERFORMER,),
    "Soloist": (Role.PERFORMER,),
    "Ensemble": (Role.PERFORMER,),
    "Orchestra": (Role.PERFORMER,),
    "Conductor": (Role.PERFORMER,),
    "Composer": (Role.COMPOSER,),
    "Author": (Role.LYRICIST,),
    "Lyricist": (Role.LYRICIST,),
    "Librettist": (Role.LYRICIST,),
    "NonLyricAuthor": (Role.LYRICIST,),
    "ComposerLyricist": (Role.COMPOSER, Role.LYRICIST),
    "Writer": (Role.COMPOSER, Role.LYRICIST),
    "Arranger": (Role.ARRANGER,),
    "Adapter": (Role.ARRANGER,),
    "Producer": (Role.PRODUCER,),
    "StudioProducer": (Role.PRODUCER,),
    "Mixer": (Role.MIXER,),
    "MixingEngineer": (Role.MIXER,),
    "MasteringEngineer": (Role.MASTERING_ENGINEER,),
}


def named(message: NewRelease, reference: str) -> str:
    """What a party of the message is called; empty if it is not in it."""
    party = message.envelope.parties.get(reference)
    return party.name.strip()[:_NAME_CHARS_MAX] if party else ""


def artists_of(message: NewRelease, credits_: Iterable[Credit]) -> tuple[str, ...]:
    """The main artists as displayed, in order; all that are displayed if none is a main artist."""
    displayed = [each for each in credits_ if each.kind == _DISPLAY]
    displayed.sort(key=lambda each: each.sequence or 0)
    main = [each for each in displayed if Role.MAIN_ARTIST in _roles(each)]
    names = (named(message, each.party) for each in main or displayed)
    return tuple(dict.fromkeys(filter(None, names)))


def writers_of(message: NewRelease, credits_: Iterable[Credit]) -> tuple[NamedCredit, ...]:
    """Who wrote what is played."""
    return tuple(each for each in _named(message, credits_) if each.role in WRITING_ROLES)


def credits_of(message: NewRelease, credits_: Iterable[Credit]) -> tuple[NamedCredit, ...]:
    """Who else did something on a recording."""
    apart = {*WRITING_ROLES, Role.MAIN_ARTIST}
    return tuple(each for each in _named(message, credits_) if each.role not in apart)


def _named(message: NewRelease, credits_: Iterable[Credit]) -> list[NamedCredit]:
    found = [
        NamedCredit(name, role.value)
        for each in credits_
        if (name := named(message, each.party))
        for role in _roles(each)
    ]
    return list(dict.fromkeys(found))


def unknown_roles(credits_: Iterable[Credit]) -> Iterator[str]:
    """Roles that the catalog has no word for."""
    for each in credits_:
        yield from (str(word) for word in each.roles if word.value not in _ROLES)


def _roles(credit: Credit) -> list[Role]:
    return [role for word in credit.roles for role in _ROLES.get(word.value, ())]
