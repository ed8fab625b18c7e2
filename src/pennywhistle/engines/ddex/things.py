"""What messages say about parties, titles, credits, lines and files, in our words.

Everything is frozen; every text is as the message writes it. Names of DDEX appear only as values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.moments import Moment
    from pennywhistle.kernel.territories import Territories


@dataclass(frozen=True, slots=True)
class Word:
    """A value out of a list of DDEX's, or the sender's own where `value` is UserDefined."""

    value: str
    own: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        return self.own or self.value


@dataclass(frozen=True, slots=True)
class Identity:
    """An identifier as written, and as understood.

    `scheme` is one of the kernel's (isrc, iswc, gtin, grid, isni, ipi-name, dpid) or proprietary,
    catalog-number, ipn, cisac-society and the like. `value` is the normalized form, or the text
    itself for schemes without one; "" if the form is wrong. `check_ok` is None where there is no
    check character.
    """

    scheme: str
    text: str
    value: str
    namespace: str = ""
    check_ok: bool | None = None
    is_replaced: bool = False

    @property
    def key(self) -> str:
        """What tells it apart from every other identifier."""
        value = self.value or self.text
        return f"{self.scheme}:{self.namespace}:{value}" if self.namespace else self._plain(value)

    def _plain(self, value: str) -> str:
        return f"{self.scheme}:{value}"


@dataclass(frozen=True, slots=True)
class Where:
    """Territories as written, and the set that they make; None if it cannot be known (E3)."""

    included: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    territories: Territories | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a language, for some territories; `kind` says what it is.

    `own` is the sender's own value where `value` is UserDefined.
    """

    value: str
    kind: str = ""
    language: str = ""
    where: Where | None = None
    is_default: bool | None = None
    is_original_language: bool | None = None
    own: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Title:
    """A title.

    `kind` is display, display-text, formal, reference, grouping, additional or title; `type` is
    DDEX's own name of the kind, where one is given.
    """

    text: str
    kind: str
    subtitles: tuple[Text, ...] = ()
    type: Word | None = None
    language: str = ""
    where: Where | None = None
    is_default: bool | None = None
    is_original_language: bool | None = None


@dataclass(frozen=True, slots=True)
class PartyName:
    """A name of a party, whole and in parts."""

    full: str
    indexed: str = ""
    ascii: str = ""
    before_key: str = ""
    key: str = ""
    after_key: str = ""
    abbreviated: str = ""
    language: str = ""
    where: Where | None = None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """A person or an organization.

    `reference` is the message's own (ERN 4) or one that this engine gives to a party that is
    written out where it is used (ERN 3): equal parties get the same.
    """

    reference: str
    names: tuple[PartyName, ...]
    identities: tuple[Identity, ...] = ()
    trading_names: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The first full name; empty if there is none."""
        return self.names[0].full if self.names else ""

    @property
    def dpid(self) -> str:
        """The normalized DPID, as written if its form is wrong, "" if there is none."""
        for identity in self.identities:
            if identity.scheme == "dpid":
                return identity.value or identity.text
        return ""


@dataclass(frozen=True, slots=True)
class Credit:
    """Who did what. `kind` says where it was written: display-artist, contributor, ...

    `party` is the reference of a `Party`, or "" where `special` names what is no party.
    """

    kind: str
    party: str
    roles: tuple[Word, ...] = ()
    sequence: int | None = None
    where: Where | None = None
    special: Word | None = None
    instruments: tuple[Word, ...] = ()
    displayed: tuple[Text, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """Who controls rights in a recording or its work, as the sender says."""

    kind: str
    party: str
    roles: tuple[Word, ...] = ()
    percentage: str = ""
    is_unknown: bool | None = None
    starts: Moment | None = None
    ends: Moment | None = None
    where: Where | None = None
    sequence: int | None = None
    type: Word | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A ℗ or © line: `kind` is P, C or courtesy."""

    kind: str
    text: str
    year: str = ""
    company: str = ""
    type: Word | None = None
    language: str = ""
    where: Where | None = None
    is_default: bool | None = None


@dataclass(frozen=True, slots=True)
class Genre:
    """A genre and its subgenre, as texts, and as words of lists where the sender has any."""

    text: str
    subgenre: str = ""
    categories: tuple[Word, ...] = ()
    language: str = ""
    where: Where | None = None
    is_default: bool | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A label: a name (ERN 3), or the reference of a party (ERN 4)."""

    name: str
    party: str = ""
    type: Word | None = None
    language: str = ""
    where: Where | None = None
    is_default: bool | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """Something that happened: `kind` is release, original-release, creation, mastered, ..."""

    kind: str
    moment: Moment
    where: Where | None = None
    place: str = ""
    language: str = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A yes or a no: is-instrumental, is-bonus-resource, ..."""

    name: str
    is_set: bool
