"""Parties and identifiers, as ERN 4.3.2 writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.values import USER_DEFINED, is_allowed
from pennywhistle.engines.ddex.write_xml import element, text, text_if

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.ddex.write_facts import Correspondent, Done, Number, Somebody

_TAGS = {
    "isrc": "ISRC",
    "iswc": "ISWC",
    "gtin": "ICPN",
    "grid": "GRid",
    "isni": "ISNI",
    "dpid": "DPID",
    "ipi-name": "IpiNameNumber",
    "ipn": "IPN",
    "cisac-society": "CisacSocietyId",
}
PARTY_SCHEMES = ("isni", "dpid", "ipi-name", "ipn", "cisac-society")
RELEASE_SCHEMES = ("grid", "gtin", "catalog-number")
RECORDING_SCHEMES = ("isrc", "catalog-number")
WORK_SCHEMES = ("iswc",)
# Roles of older versions only (ERN 3, DSR): in 4.3.2 they are the sender's own.
_OLD_ROLES = frozenset({"Band", "FeaturedArtist", "MainArtist", "Member", "Producer"})
# What ERN calls an artist; everybody else contributes.
DISPLAYED_ROLES = frozenset({"MainArtist", "FeaturedArtist", "Composer", "Artist"})


class PartyList:
    """Hands out references, and knows at the end who was named."""

    def __init__(self) -> None:
        self._references: dict[Somebody, str] = {}

    def reference(self, somebody: Somebody) -> str:
        """The reference of a party; the same for the same one."""
        return self._references.setdefault(somebody, f"P{len(self._references) + 1}")

    def xml(self) -> str:
        """The PartyList of all who were named."""
        return element(
            "PartyList",
            "".join(_party(one, reference) for one, reference in self._references.items()),
        )


def _party(somebody: Somebody, reference: str) -> str:
    # Each number in a PartyId of its own: a party can have two of a scheme.
    numbers = "".join(
        element("PartyId", numbers_xml((number,), PARTY_SCHEMES)) for number in somebody.numbers
    )
    name = element("PartyName", text("FullName", somebody.name))
    return element("Party", text("PartyReference", reference) + name + numbers)


def numbers_xml(numbers: Iterable[Number], schemes: tuple[str, ...]) -> str:
    """Identifiers within a composite: in the order of `schemes`, all others as proprietary."""
    known, own = [], []
    for number in numbers:
        if number.scheme not in schemes:
            namespace = number.namespace or number.scheme
            own.append(text("ProprietaryId", number.value, Namespace=namespace))
        elif number.scheme == "catalog-number":
            tag = text("CatalogNumber", number.value, Namespace=number.namespace)
            known.append((schemes.index(number.scheme), tag))
        else:
            tag = text(_TAGS[number.scheme], number.value)
            known.append((schemes.index(number.scheme), tag))
    return "".join(tag for _, tag in sorted(known)) + "".join(own)


def correspondent_xml(name: str, correspondent: Correspondent) -> str:
    """The sender or the recipient of a message."""
    named = text_if("FullName", correspondent.name)
    party_name = element("PartyName", named) if named else ""
    return element(name, text("PartyId", correspondent.dpid) + party_name)


def artists_xml(artists: Iterable[Done], parties: PartyList) -> str:
    """The artists whose names stand on the sleeve, in its order."""
    return "".join(
        element(
            "DisplayArtist",
            text("ArtistPartyReference", parties.reference(artist.by))
            + word_xml("DisplayArtistRole", artist.roles[0], artist.roles[0] in DISPLAYED_ROLES)
            + _roles("ArtisticRole", artist.roles[1:]),
            SequenceNumber=str(place),
        )
        for place, artist in enumerate(artists, start=1)
    )


def contributors_xml(contributors: Iterable[Done], parties: PartyList) -> str:
    """Everybody else who took part."""
    return "".join(
        element(
            "Contributor",
            text("ContributorPartyReference", parties.reference(done.by))
            + _roles("Role", done.roles),
            SequenceNumber=str(place),
        )
        for place, done in enumerate(contributors, start=1)
    )


def _roles(name: str, roles: Iterable[str]) -> str:
    return "".join(
        element(name, word_xml("Value", role, is_allowed("role", role) and role not in _OLD_ROLES))
        for role in roles
    )


def word_xml(name: str, value: str, is_known: bool) -> str:  # noqa: FBT001 (reads well in a row)
    """A value of a list of DDEX's; another is marked as the sender's own."""
    if is_known:
        return text(name, value)
    return text(name, USER_DEFINED, Namespace="Pennywhistle", UserDefinedValue=value)
