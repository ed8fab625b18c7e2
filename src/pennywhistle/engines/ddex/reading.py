"""The one walker under all versions: takes values from nodes and reports what is odd about them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.findings import Finding, FindingList, Severity
from pennywhistle.engines.ddex.moments import Meaning, Moment, Span, read_moment
from pennywhistle.engines.ddex.things import Mark, Text, Where, Word
from pennywhistle.engines.ddex.values import USER_DEFINED, is_allowed
from pennywhistle.kernel.territories import Territories, TerritoryUnknownError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.ddex.limits import Limits
    from pennywhistle.engines.ddex.things import Identity, Party, PartyName
    from pennywhistle.engines.ddex.tree import Node, Tree
    from pennywhistle.engines.ddex.versions import Version

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)
_DURATION = re.compile(
    r"P(?:(?P<days>[0-9]{1,4})D)?(?:T(?:(?P<hours>[0-9]{1,5})H)?(?:(?P<minutes>[0-9]{1,6})M)?"
    r"(?:(?P<seconds>[0-9]{1,8})(?:\.(?P<part>[0-9]{1,9}))?S)?)?",
    re.ASCII,
)
_MARK = re.compile(r"(?:Is|Has|Contains|No|Apply|Disable|Performer)(?=[A-Z])")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}

Layer = tuple["Node", "Where | None"]
"""A node to read from, and the territories that what it says is for (None: all)."""


def _drop_idle(node: Node) -> None:
    """Take what says nothing of a date: that it holds everywhere, or that it is exact."""
    for name in ("ApplicableTerritoryCode", "TerritoryCode"):
        if node.attributes.get(name) == "Worldwide":
            node.take_attribute(name)
    for name in ("IsApproximate", "IsBefore", "IsAfter"):
        if node.attributes.get(name) in {"false", "0"}:
            node.take_attribute(name)


Written = tuple[tuple["PartyName", ...], tuple["Identity", ...], tuple[str, ...]]
"""What a party that is written out says: names, identifiers, trading names."""


@cache
def kebab(name: str) -> str:
    """IsBonusResource becomes is-bonus-resource."""
    return _CAPITAL.sub("-", name).lower()


class Reader:
    """Takes values from the nodes of one message."""

    def __init__(self, tree: Tree, version: Version, limits: Limits) -> None:
        self.tree = tree
        self.version = version
        self.limits = limits
        self.findings = FindingList(limits)
        self.parties: dict[str, Party] = {}
        self.written_parties: dict[Written, str] = {}
        self._territories: dict[tuple[tuple[str, ...], tuple[str, ...]], Where] = {}

    def report(
        self,
        code: str,
        severity: Severity,
        node: Node,
        value: str,
        said: tuple[str, str],
        rule: str,
    ) -> None:
        """Add a finding at a node; `said` is the sentence and the cure."""
        cut = value[: self.limits.value_length_max]
        self.findings.add(
            Finding(code, severity, node.path, cut, said[0], said[1], rule, node.line)
        )

    # --- texts ---------------------------------------------------------------------------

    def text(self, node: Node, name: str) -> str:
        """The text of the first part of this name."""
        child = node.take_one(name)
        return child.take_text() if child is not None else ""

    def texts(self, node: Node, name: str) -> tuple[str, ...]:
        """The texts of all parts of this name."""
        return tuple(child.take_text() for child in node.take(name))

    def said(self, node: Node, kind: str, inherited: Where | None) -> Text:
        """The text of the node itself, with its language and territories."""
        return Text(
            node.take_text(),
            kind,
            node.take_attribute("LanguageAndScriptCode"),
            self.where_attribute(node, inherited),
            self.flag_attribute(node, "IsDefault"),
            self.flag_attribute(node, "IsInOriginalLanguage"),
            node.take_attribute("UserDefinedValue") or node.take_attribute("TypeUserDefinedValue"),
            node.take_attribute("Namespace") or node.take_attribute("TypeNamespace"),
        )

    def sayings(self, layers: Iterable[Layer], names: tuple[str, ...]) -> tuple[Text, ...]:
        """All texts under these names; their kind is the name."""
        return tuple(
            self.said(child, kebab(child.name), where)
            for node, where in layers
            for child in node.take_any(names)
        )

    # --- values --------------------------------------------------------------------------

    def word(self, node: Node, field: str = "") -> Word:
        """The value of the node itself, out of the allowed values of `field`."""
        value = node.take_text()
        word = Word(
            value, node.take_attribute("UserDefinedValue"), node.take_attribute("Namespace")
        )
        if field:
            self.check_value(node, field, value)
        return word

    def check_value(self, node: Node, field: str, value: str) -> None:
        """Report a value that no version of the standard knows."""
        if value != USER_DEFINED and not is_allowed(field, value):
            said = (
                f"{value[:80]!r} is not a value that DDEX allows for {kebab(node.name)}.",
                "Use a value of the standard, or UserDefined with your own beside it.",
            )
            self.report("unknown-value", Severity.WARNING, node, value, said, "")

    def words(self, node: Node, names: tuple[str, ...], field: str = "") -> tuple[Word, ...]:
        """The values of all parts with these names."""
        return tuple(self.word(child, field) for child in node.take_any(names))

    def word_or_none(self, node: Node, name: str, field: str = "") -> Word | None:
        """The value of the first part of this name."""
        child = node.take_one(name)
        return self.word(child, field) if child is not None else None

    def word_attribute(self, node: Node, name: str, field: str = "") -> Word | None:
        """A value that stands in an attribute, with the sender's own value beside it."""
        value = node.take_attribute(name)
        if not value:
            return None
        own = node.take_attribute("UserDefinedValue")
        word = Word(value, own, node.take_attribute("Namespace"))
        if field:
            self.check_value(node, field, value)
        return word

    # --- numbers, yes and no -------------------------------------------------------------

    def whole(self, node: Node, name: str) -> int | None:
        """A whole number of at most nine digits."""
        child = node.take_one(name)
        return None if child is None else self._whole(child, child.take_text())

    def whole_attribute(self, node: Node, name: str) -> int | None:
        """A whole number in an attribute."""
        return self._whole(node, node.take_attribute(name))

    def _whole(self, node: Node, text: str) -> int | None:
        if _WHOLE.fullmatch(text):
            return int(text)
        if text:
            self._unreadable(node, text, "a whole number")
        return None

    def flag(self, node: Node, name: str) -> bool | None:
        """A part that says true or false."""
        child = node.take_one(name)
        return None if child is None else self.yes_or_no(child, child.take_text())

    def flag_attribute(self, node: Node, name: str) -> bool | None:
        """An attribute that says true or false."""
        return self.yes_or_no(node, node.take_attribute(name)) if name in node.attributes else None

    def yes_or_no(self, node: Node, text: str) -> bool | None:
        """What the text at a node says; None, with a finding, where it is neither."""
        known = _FLAGS.get(text)
        if known is None:
            self._unreadable(node, text, "true or false")
        return known

    def marks(self, node: Node) -> tuple[Mark, ...]:
        """Everything left that is named like a yes-or-no: IsInstrumental, HasPreOrder..."""
        if not node.parts and not node.attributes:
            return ()
        found: list[Mark] = []
        for name in [name for name in node.parts if _MARK.match(name)]:
            if any(child.parts for child in node.parts[name]):
                continue
            for child in node.take(name):
                value = self.yes_or_no(child, child.take_text())
                if value is not None:
                    found.append(Mark(kebab(name), value))
        for name in [name for name in node.attributes if _MARK.match(name)]:
            value = self.flag_attribute(node, name)
            if value is not None:
                found.append(Mark(kebab(name), value))
        return tuple(found)

    def duration_ms(self, node: Node, name: str = "Duration") -> int | None:
        """A duration of ISO 8601 without months and years."""
        child = node.take_one(name)
        if child is None:
            return None
        text = child.take_text()
        match = _DURATION.fullmatch(text)
        if match is None or text in {"P", "PT"} or text.endswith("T"):
            if text:
                self._unreadable(child, text, "a duration like PT3M20S")
            return None
        hours = int(match["days"] or 0) * 24 + int(match["hours"] or 0)
        seconds = hours * 3600 + int(match["minutes"] or 0) * 60 + int(match["seconds"] or 0)
        return seconds * 1000 + int((match["part"] or "")[:3].ljust(3, "0"))

    def _unreadable(self, node: Node, text: str, expected: str) -> None:
        said = (f"{text[:80]!r} is not {expected}.", f"Write {expected}.")
        self.report("value-unreadable", Severity.WARNING, node, text, said, "")

    # --- dates ---------------------------------------------------------------------------

    def moment(self, node: Node) -> Moment:
        """The date that the node itself holds."""
        moment = read_moment(node.take_text())
        if moment.meaning is Meaning.UNREADABLE:
            said = (
                f"{moment.raw[:80]!r} is not a date.",
                "Write it like 2026-01-31 or 2026-01-31T00:00:00Z.",
            )
            self.report("date-unreadable", Severity.WARNING, node, moment.raw, said, "E4")
        return moment

    def moment_or_none(self, node: Node, names: tuple[str, ...]) -> Moment | None:
        """The date of the first part with one of these names; further ones stay."""
        for name in names:
            child = node.take_one(name)
            if child is not None:
                return self.moment(child)
        return None

    def span(self, node: Node) -> Span:
        """A period: StartDate or StartDateTime, EndDate or EndDateTime."""
        for children in node.parts.values():
            for child in children:
                _drop_idle(child)
        span = Span(
            self.moment_or_none(node, ("StartDate", "StartDateTime")),
            self.moment_or_none(node, ("EndDate", "EndDateTime")),
        )
        given = [moment for moment in (span.starts, span.ends) if moment]
        if all(moment.is_usable for moment in given) and not span.is_usable:
            value = f"{span.starts and span.starts.raw} to {span.ends and span.ends.raw}"
            said = ("The period ends before it starts.", "Send an end after the start.")
            self.report("period-backwards", Severity.WARNING, node, value, said, "E4")
        return span

    # --- territories ---------------------------------------------------------------------

    def where(self, node: Node) -> Where:
        """The territories that the parts TerritoryCode and ExcludedTerritoryCode make (E3)."""
        return self._where(
            node, self.texts(node, "TerritoryCode"), self.texts(node, "ExcludedTerritoryCode")
        )

    def where_attribute(self, node: Node, inherited: Where | None) -> Where | None:
        """The territories in an attribute of the node, or those of what it stands in."""
        code = node.take_attribute("ApplicableTerritoryCode") or node.take_attribute(
            "TerritoryCode"
        )
        return self._where(node, tuple(code.split()), ()) if code else inherited

    def _where(self, node: Node, included: tuple[str, ...], excluded: tuple[str, ...]) -> Where:
        key = (included, excluded)
        known = self._territories.get(key)
        if known is None:
            known = Where(included, excluded, self._expand(node, included, excluded))
            self._territories[key] = known
        return known

    def _expand(
        self, node: Node, included: tuple[str, ...], excluded: tuple[str, ...]
    ) -> Territories | None:
        try:
            return Territories.parse(included, excluded=excluded)
        except TerritoryUnknownError as error:
            said = (
                f"{error}; nothing is sold by a territory that this store cannot tell.",
                "Use ISO 3166-1 codes, Worldwide, or numbers of CISAC TIS.",
            )
            value = " ".join((*included, *(f"-{code}" for code in excluded)))
            self.report("territory-unknown", Severity.WARNING, node, value, said, "E3")
            return None
