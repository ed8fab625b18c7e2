"""Identifiers and parties, as all versions write them.

ERN 3 writes a party out wherever it is used; ERN 4 refers to a list. Both become the same list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.findings import Severity
from pennywhistle.engines.ddex.things import Identity, Party, PartyName
from pennywhistle.kernel.identifiers import (
    IDENTIFIER_CLASSES,
    IdentifierInvalidError,
    parse_identifier,
)

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.reading import Reader
    from pennywhistle.engines.ddex.tree import Node

_SCHEMES = {
    "ISRC": "isrc",
    "ISWC": "iswc",
    "ICPN": "gtin",
    "GRid": "grid",
    "ISNI": "isni",
    "DPID": "dpid",
    "IpiNameNumber": "ipi-name",
    "IPN": "ipn",
    "CisacSocietyId": "cisac-society",
    "CatalogNumber": "catalog-number",
    "ProprietaryId": "proprietary",
    "ISMN": "ismn",
    "ISAN": "isan",
    "VISAN": "visan",
    "ISBN": "isbn",
    "ISSN": "issn",
    "SICI": "sici",
    "OpusNumber": "opus",
    "ComposerCatalogNumber": "composer-catalog",
}


def read_identities(reader: Reader, node: Node) -> tuple[Identity, ...]:
    """The identifiers that a composite like ReleaseId or PartyId holds."""
    is_replaced = bool(reader.flag_attribute(node, "IsReplaced"))
    return tuple(
        _identity(reader, child, _SCHEMES[child.name], is_replaced=is_replaced)
        for child in node.take_any(tuple(name for name in node.parts if name in _SCHEMES))
    )


def _identity(reader: Reader, node: Node, scheme: str, *, is_replaced: bool = False) -> Identity:
    text, namespace = node.take_text(), node.take_attribute("Namespace")
    if scheme not in IDENTIFIER_CLASSES:
        return Identity(scheme, text, text, namespace, None, is_replaced)
    try:
        known = parse_identifier(scheme, text)
    except IdentifierInvalidError as error:
        said = (f"{error}.", "Check the identifier at its source.")
        reader.report("identifier-form", Severity.WARNING, node, text, said, "S6")
        return Identity(scheme, text, "", namespace, None, is_replaced)
    if not known.check_ok:
        # A third of real check characters is wrong: the identifier is all there is, so it is kept.
        said = (
            f"The check character of {text[:40]!r} ({scheme}) does not fit.",
            "Check the identifier at its source; it is used as it is.",
        )
        severity = Severity.NOTICE if scheme == "isrc" else Severity.WARNING
        reader.report("identifier-check", severity, node, text, said, "S6")
    return Identity(scheme, text, known.value, namespace, known.check_ok, is_replaced)


def read_identity_parts(reader: Reader, node: Node, names: tuple[str, ...]) -> tuple[Identity, ...]:
    """The identifiers in all composites with these names."""
    return tuple(
        identity for child in node.take_any(names) for identity in read_identities(reader, child)
    )


# --- parties -----------------------------------------------------------------------------


def read_party_list(reader: Reader, node: Node) -> None:
    """ERN 4's list of parties, into the reader."""
    for child in node.take("Party"):
        reference = reader.text(child, "PartyReference")
        names, identities = _names(reader, child), _party_identities(reader, child)
        pages = reader.texts(child, "ArtistProfilePage")
        if reference in reader.parties:
            said = (f"{reference[:80]!r} names two parties.", "Give each party its own.")
            reader.report("reference-twice", Severity.ERROR, child, reference, said, "S3")
        reader.parties[reference] = Party(reference, names, identities, (), pages)


def read_written_party(reader: Reader, node: Node) -> str:
    """A party that is written out where it is used; returns its reference, "" if there is none."""
    names, identities = _names(reader, node), _party_identities(reader, node)
    trading = reader.texts(node, "TradingName")
    if not (names or identities or trading):
        return ""
    said = (names, identities, trading)
    known = reader.written_parties.get(said)
    if known is None:
        known = f"@{len(reader.written_parties) + 1}"
        reader.written_parties[said] = known
        reader.parties[known] = Party(known, names, identities, trading)
    return known


def _names(reader: Reader, node: Node) -> tuple[PartyName, ...]:
    return tuple(_name(reader, child) for child in node.take("PartyName"))


def _name(reader: Reader, node: Node) -> PartyName:
    full = node.take_one("FullName")
    language = node.take_attribute("LanguageAndScriptCode")
    if full is not None and not language:
        language = full.take_attribute("LanguageAndScriptCode")
    return PartyName(
        full.take_text() if full is not None else "",
        reader.text(node, "FullNameIndexed"),
        reader.text(node, "FullNameAsciiTranscribed"),
        reader.text(node, "NamesBeforeKeyName"),
        reader.text(node, "KeyName"),
        reader.text(node, "NamesAfterKeyName"),
        reader.text(node, "AbbreviatedName"),
        language,
        reader.where_attribute(node, None),
        reader.marks(node),
    )


def _party_identities(reader: Reader, node: Node) -> tuple[Identity, ...]:
    found: list[Identity] = []
    for child in node.take("PartyId"):
        if child.parts:
            found.extend(read_identities(reader, child))
        else:
            found.append(_identity(reader, child, _party_scheme(reader, child)))
    return tuple(identity for identity in found if identity.text)


def _party_scheme(reader: Reader, node: Node) -> str:
    """ERN 3 says by attributes what a party's identifier is; without them it is a DPID."""
    is_dpid = reader.flag_attribute(node, "IsDPID")
    if reader.flag_attribute(node, "IsISNI"):
        return "isni"
    plain = is_dpid or ("Namespace" not in node.attributes and is_dpid is not False)
    return "dpid" if plain and node.text else "proprietary"
