"""Titles, credits, lines and the like, as all versions write them.

Where versions differ, the names of both stand in one table; what ERN 3 puts into
DetailsByTerritory, and ERN 4 marks with a territory, becomes a layer or an attribute of one thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.findings import Severity
from pennywhistle.engines.ddex.read_parties import read_written_party
from pennywhistle.engines.ddex.reading import kebab
from pennywhistle.engines.ddex.things import (
    Control,
    Credit,
    Dated,
    Genre,
    Label,
    Line,
    Text,
    Title,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.ddex.reading import Layer, Reader
    from pennywhistle.engines.ddex.things import Where, Word
    from pennywhistle.engines.ddex.tree import Node

_TITLES = {
    "DisplayTitleText": "display-text",
    "DisplayTitle": "display",
    "FormalTitle": "formal",
    "GroupingTitle": "grouping",
    "AdditionalTitle": "additional",
    "Title": "title",
    "ReferenceTitle": "reference",
}
_CREDITS = (
    "DisplayArtist",
    "DisplayConductor",
    "DisplayComposer",
    "Contributor",
    "EditionContributor",
    "ResourceContributor",
    "IndirectResourceContributor",
    "MusicalWorkContributor",
    "AdministratingRecordCompany",
)
_REFERENCES = (
    "ArtistPartyReference",
    "ContributorPartyReference",
    "RecordCompanyPartyReference",
    "RightsControllerPartyReference",
)
_ROLES = (
    "ArtistRole",
    "DisplayArtistRole",
    "ArtisticRole",
    "Role",
    "ResourceContributorRole",
    "IndirectResourceContributorRole",
    "MusicalWorkContributorRole",
)
_CONTROLS = ("RightsController", "ResourceRightsController", "WorkRightsController")
_DATES = (
    "ReleaseDate",
    "OriginalReleaseDate",
    "OriginalDigitalReleaseDate",
    "GlobalReleaseDate",
    "GlobalOriginalReleaseDate",
    "CreationDate",
    "MasteredDate",
    "RemasteredDate",
    "FirstPublicationDate",
    "ResourceReleaseDate",
    "OriginalResourceReleaseDate",
)


# --- titles, credits, control ------------------------------------------------------------


def read_titles(reader: Reader, layers: Iterable[Layer]) -> tuple[Title, ...]:
    """Titles of every kind, in the order of the file."""
    return tuple(
        _title(reader, child, where)
        for node, where in layers
        for child in node.take_any(tuple(_TITLES))
    )


def _title(reader: Reader, node: Node, inherited: Where | None) -> Title:
    written = node.take_one("TitleText") or node
    language = node.take_attribute("LanguageAndScriptCode")
    return Title(
        written.take_text(),
        _TITLES[node.name],
        tuple(_subtitle(reader, child) for child in node.take("SubTitle")),
        reader.word_attribute(node, "TitleType", "title-type"),
        language or written.take_attribute("LanguageAndScriptCode"),
        reader.where_attribute(node, inherited),
        reader.flag_attribute(node, "IsDefault"),
        reader.flag_attribute(node, "IsInOriginalLanguage"),
    )


def _subtitle(reader: Reader, node: Node) -> Text:
    kind = node.take_attribute("SubTitleType")
    return reader.said(node, kind, None)


def read_credits(
    reader: Reader, layers: Iterable[Layer], names: tuple[str, ...] = _CREDITS
) -> tuple[Credit, ...]:
    """Display artists, contributors and the like, in the order of the file."""
    return tuple(
        _credit(reader, child, where) for node, where in layers for child in node.take_any(names)
    )


def _credit(reader: Reader, node: Node, where: Where | None) -> Credit:
    role = reader.word_attribute(node, "Role", "role")
    roles, instruments = _roles(reader, node)
    special = reader.words(node, ("SpecialDisplayArtist", "SpecialContributor"))
    return Credit(
        kebab(node.name),
        _party_of(reader, node),
        (*((role,) if role else ()), *roles),
        reader.whole_attribute(node, "SequenceNumber"),
        where,
        special[0] if special else None,
        instruments + reader.words(node, ("InstrumentType",)),
        tuple(
            text
            for child in node.take("DisplayCredits")
            for text in reader.sayings(
                [(child, where)], ("DisplayCreditText", "NameUsedInDisplayCredit")
            )
        ),
        reader.marks(node),
    )


def _roles(reader: Reader, node: Node) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Roles and instruments; from 4.3.2 a role is a composite that holds its instruments."""
    roles: list[Word] = []
    instruments: list[Word] = []
    for child in node.take_any(_ROLES):
        value = child.take_one("Value") or child
        roles.append(reader.word(value, "role"))
        instruments.extend(reader.words(child, ("InstrumentType",)))
    return tuple(roles), tuple(instruments)


def _party_of(reader: Reader, node: Node) -> str:
    for name in _REFERENCES:
        child = node.take_one(name)
        if child is None:
            continue
        reference = child.take_text()
        if reference not in reader.parties:
            said = (
                f"{reference[:80]!r} is not in the list of parties.",
                "Add the party, or mend the reference.",
            )
            reader.report("reference-unresolved", Severity.ERROR, child, reference, said, "S3")
        return reference
    return read_written_party(reader, node)


def read_controls(reader: Reader, layers: Iterable[Layer]) -> tuple[Control, ...]:
    """Who controls rights, as the sender says."""
    return tuple(
        Control(
            kebab(child.name),
            _party_of(reader, child),
            reader.words(
                child, ("RightsControllerRole", "RightsControlType"), "rights-controller-role"
            ),
            reader.text(child, "RightSharePercentage"),
            reader.flag(child, "RightShareUnknown"),
            reader.moment_or_none(child, ("StartDate",)),
            reader.moment_or_none(child, ("EndDate",)),
            where,
            reader.whole_attribute(child, "SequenceNumber"),
            reader.word_or_none(child, "RightsControllerType"),
        )
        for node, where in layers
        for child in node.take_any(_CONTROLS)
    )


# --- lines, genres, labels, dates --------------------------------------------------------


def read_lines(reader: Reader, layers: Iterable[Layer]) -> tuple[Line, ...]:
    """℗, © and courtesy lines."""
    return tuple(
        _line(reader, child, where)
        for node, where in layers
        for child in node.take_any(("PLine", "CLine", "CourtesyLine"))
    )


def _line(reader: Reader, node: Node, inherited: Where | None) -> Line:
    kind = {"PLine": "P", "CLine": "C"}.get(node.name, "courtesy")
    text = reader.text(node, f"{node.name}Text") or node.take_text()
    return Line(
        kind,
        text,
        reader.text(node, "Year"),
        reader.text(node, f"{node.name}Company"),
        reader.word_attribute(node, "PLineType", "line-type"),
        node.take_attribute("LanguageAndScriptCode"),
        reader.where_attribute(node, inherited),
        reader.flag_attribute(node, "IsDefault"),
    )


def read_genres(reader: Reader, layers: Iterable[Layer]) -> tuple[Genre, ...]:
    """Genres and their subgenres."""
    return tuple(
        Genre(
            reader.text(child, "GenreText"),
            reader.text(child, "SubGenre"),
            _categories(reader, child),
            child.take_attribute("LanguageAndScriptCode"),
            reader.where_attribute(child, where),
            reader.flag_attribute(child, "IsDefault"),
        )
        for node, where in layers
        for child in node.take_any(("Genre", "DisplayGenre"))
    )


def _categories(reader: Reader, node: Node) -> tuple[Word, ...]:
    return tuple(
        word
        for child in node.take_any(("GenreCategory", "SubGenreCategory"))
        for word in reader.words(child, ("Value",))
    )


def read_labels(reader: Reader, layers: Iterable[Layer]) -> tuple[Label, ...]:
    """Labels: names in ERN 3, references to parties in ERN 4."""
    return tuple(
        _label(reader, child, where)
        for node, where in layers
        for child in node.take_any(("LabelName", "ReleaseLabelReference"))
    )


def _label(reader: Reader, node: Node, inherited: Where | None) -> Label:
    text = node.take_text()
    party = reader.parties.get(text) if node.name == "ReleaseLabelReference" else None
    if node.name == "ReleaseLabelReference" and party is None:
        said = (f"{text[:80]!r} is not in the list of parties.", "Add the party.")
        reader.report("reference-unresolved", Severity.ERROR, node, text, said, "S3")
    attribute = "LabelType" if "LabelType" in node.attributes else "LabelNameType"
    return Label(
        party.name if party else text,
        text if node.name == "ReleaseLabelReference" else "",
        reader.word_attribute(node, attribute, "label-type"),
        node.take_attribute("LanguageAndScriptCode"),
        reader.where_attribute(node, inherited),
        reader.flag_attribute(node, "IsDefault"),
    )


def read_dates(
    reader: Reader, layers: Iterable[Layer], names: tuple[str, ...] = _DATES
) -> tuple[Dated, ...]:
    """Dates of what happened to a resource or a release."""
    return tuple(
        _dated(reader, child, where)
        for node, where in layers
        for child in node.take_any(names)
        if child.text
    )


def _dated(reader: Reader, node: Node, inherited: Where | None) -> Dated:
    kind = kebab(node.name).removesuffix("-time").removesuffix("-date")
    return Dated(
        kind,
        reader.moment(node),
        reader.where_attribute(node, inherited),
        node.take_attribute("LocationDescription"),
        node.take_attribute("LanguageAndScriptCode"),
        reader.marks(node),
    )
