"""The identifiers of the music trade: their form, their check characters, how they are written.

A wrong *form* is refused. A wrong *check character* is not: `check_ok` says it, and whoever reads
a supplier's data warns, because in real messages a third of the check characters is wrong while
the identifier is the only one there is.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Self

from stdnum import ean, isni, isrc
from stdnum.iso7064 import mod_37_36

_TEXT_LENGTH_MAX = 80
_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015]+")


class IdentifierInvalidError(ValueError):
    """A text does not have the form of the identifier that it is said to be."""

    def __init__(
        self, scheme: str, text: str, why: str, code: str = "identifier-form-wrong"
    ) -> None:
        self.scheme = scheme
        self.text = text[:_TEXT_LENGTH_MAX]
        self.why = why
        self.code = code
        super().__init__(f"{self.text!r} is no {scheme}: {why}")


@dataclass(frozen=True, slots=True)
class Identifier(ABC):
    """An identifier in its normalized form: capitals and digits, without separators."""

    scheme: ClassVar[str]
    form: ClassVar[re.Pattern[str]]
    form_in_words: ClassVar[str]

    value: str

    def __post_init__(self) -> None:
        if not self.form.fullmatch(self.value):
            raise IdentifierInvalidError(self.scheme, self.value, f"expected {self.form_in_words}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an identifier as people and files write it: with its name, hyphens, dots, spaces.

        Raises `IdentifierInvalidError` if what is left does not have the form.
        """
        if len(text) > _TEXT_LENGTH_MAX:
            raise IdentifierInvalidError(cls.scheme, text, "it is too long", "identifier-too-long")
        compact = _SEPARATORS.sub("", text).upper()
        # Only where it is not an identifier yet: IS-RC1-... is an Icelandic ISRC.
        if not cls.form.fullmatch(compact):
            label = cls.scheme.partition("-")[0].upper()
            compact = compact.removeprefix(label).removeprefix(":")
        return cls(cls._complete(compact))

    @classmethod
    def _complete(cls, compact: str) -> str:
        """Bring the short ways of writing an identifier to its full length."""
        return compact

    @property
    @abstractmethod
    def check_ok(self) -> bool:
        """Whether the check characters fit. If not, warn; do not refuse."""

    @property
    @abstractmethod
    def display(self) -> str:
        """The identifier as its standard prints it for people."""

    def __str__(self) -> str:
        return self.display


@dataclass(frozen=True, slots=True)
class Isrc(Identifier):
    """A recording (ISO 3901:2019): AA-6Q7-20-00047. It has no check digit and tells nothing."""

    scheme = "isrc"
    form = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
    form_in_words = "two letters, three letters or digits, and seven digits"

    @property
    def check_ok(self) -> bool:
        """Whether the first two letters are on the (aging) list of prefixes in use."""
        return bool(isrc.is_valid(self.value))

    @property
    def display(self) -> str:
        """AA-6Q7-20-00047."""
        return _hyphenated(self.value, 2, 5, 7)


@dataclass(frozen=True, slots=True)
class Iswc(Identifier):
    """A musical work (ISO 15707): T-034.524.680-1."""

    scheme = "iswc"
    # DDEX allows any first letter; only T has ever been given out.
    form = re.compile(r"[A-Z][0-9]{10}")
    form_in_words = "the letter T and ten digits"

    @property
    def check_ok(self) -> bool:
        """Whether it starts with T and the last digit fits (ISO 15707, annex A)."""
        return self.value[0] == "T" and _weighted_digit(self.value[1:10], start=1) == self.value[10]

    @property
    def display(self) -> str:
        """T-034.524.680-1."""
        prefix, digits, check = self.value[0], self.value[1:10], self.value[10]
        return f"{prefix}-{digits[:3]}.{digits[3:6]}.{digits[6:]}-{check}"


@dataclass(frozen=True, slots=True)
class Gtin(Identifier):
    """A product (GS1; the EAN, UPC or ICPN of a release), kept with zeros in front to 14 digits."""

    scheme = "gtin"
    form = re.compile(r"[0-9]{14}")
    form_in_words = "8, 12, 13 or 14 digits"

    @classmethod
    def _complete(cls, compact: str) -> str:
        return compact.zfill(14) if len(compact) in {8, 12, 13} else compact

    @property
    def check_ok(self) -> bool:
        """Whether the last digit fits: weights 3 and 1 from the right (GS1)."""
        return bool(ean.is_valid(self.value))

    @property
    def display(self) -> str:
        """As printed under the bars: a GTIN-8, a UPC of 12, an EAN of 13 or a GTIN-14."""
        zeros = len(self.value) - len(self.value.lstrip("0"))
        return self.value[{0: 0, 1: 1}.get(zeros, 2 if zeros < 6 else 6) :]  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Grid(Identifier):
    """A release in the digital trade (IFPI GRid): A1-2425G-ABC1234002-M."""

    scheme = "grid"
    form = re.compile(r"A1[A-Z0-9]{16}")
    form_in_words = "A1 and sixteen letters or digits"

    @property
    def check_ok(self) -> bool:
        """Whether the last character fits (ISO 7064 MOD 37,36)."""
        return bool(mod_37_36.is_valid(self.value))

    @property
    def display(self) -> str:
        """A1-2425G-ABC1234002-M."""
        return _hyphenated(self.value, 2, 7, 17)


@dataclass(frozen=True, slots=True)
class IpiName(Identifier):
    """A name of a writer or publisher (CISAC IPI name number): 11 digits."""

    scheme = "ipi-name"
    form = re.compile(r"[0-9]{11}")
    form_in_words = "eleven digits"

    @classmethod
    def _complete(cls, compact: str) -> str:
        # Older lists print nine or ten digits.
        return compact.zfill(11) if len(compact) in {9, 10} else compact

    @property
    def check_ok(self) -> bool:
        """Whether the last two digits fit: weights 10 to 2, modulo 101."""
        weights = range(10, 1, -1)
        rest = (
            sum(weight * int(digit) for weight, digit in zip(weights, self.value[:9], strict=True))
            % 101
        )
        # The complement of 1 would be 100, which takes three digits; it is written 00.
        check = (101 - rest) % 100 if rest else 0
        return f"{check:02}" == self.value[9:]

    @property
    def display(self) -> str:
        """The eleven digits."""
        return self.value


@dataclass(frozen=True, slots=True)
class IpiBase(Identifier):
    """A person or company behind its names (CISAC IPI base number): I-000000229-7."""

    scheme = "ipi-base"
    form = re.compile(r"I[0-9]{10}")
    form_in_words = "the letter I and ten digits"

    @property
    def check_ok(self) -> bool:
        """Whether the last digit fits: as for an ISWC, starting at 2."""
        return _weighted_digit(self.value[1:10], start=2) == self.value[10]

    @property
    def display(self) -> str:
        """I-000000229-7."""
        return _hyphenated(self.value, 1, 10)


@dataclass(frozen=True, slots=True)
class Isni(Identifier):
    """A public identity (ISO 27729): 0000 0001 2103 2683."""

    scheme = "isni"
    form = re.compile(r"[0-9]{15}[0-9X]")
    form_in_words = "fifteen digits and a digit or X"

    @property
    def check_ok(self) -> bool:
        """Whether the last character fits (ISO 7064 MOD 11-2)."""
        return bool(isni.is_valid(self.value))

    @property
    def display(self) -> str:
        """0000 0001 2103 2683."""
        return _hyphenated(self.value, 4, 8, 12).replace("-", " ")


@dataclass(frozen=True, slots=True)
class Dpid(Identifier):
    """A party that sends or receives DDEX messages: PA-DPIDA-2008120501-W."""

    scheme = "dpid"
    form = re.compile(r"PADPIDA[0-9]{10}[0-9A-Z]")
    form_in_words = "PADPIDA, ten digits and a check character"

    @property
    def check_ok(self) -> bool:
        """Whether the last character fits (ISO 7064 MOD 37,36 over the whole)."""
        return bool(mod_37_36.is_valid(self.value))

    @property
    def display(self) -> str:
        """PA-DPIDA-2008120501-W."""
        return _hyphenated(self.value, 2, 7, 17)


@dataclass(frozen=True, slots=True)
class CisacSociety(Identifier):
    """A society of authors by CISAC's number, as CWR names it: 035. It has no check digit."""

    scheme = "cisac"
    form = re.compile(r"[0-9]{3}")
    form_in_words = "three digits"

    @property
    def check_ok(self) -> bool:
        """Whether it is a number that a society can have; 099 stands for none at all."""
        return self.value not in {"000", "099"}

    @property
    def display(self) -> str:
        """035."""
        return self.value


@dataclass(frozen=True, slots=True)
class Mbid(Identifier):
    """Anything in MusicBrainz: a UUID (RFC 9562) in small letters, as its addresses have it."""

    scheme = "mbid"
    form = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
    form_in_words = "a UUID: 32 hexadecimal digits with four hyphens"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it alone or at the end of its address; raises `IdentifierInvalidError`."""
        if len(text) > _TEXT_LENGTH_MAX:
            raise IdentifierInvalidError(cls.scheme, text, "it is too long", "identifier-too-long")
        return cls(text.strip().rstrip("/").rpartition("/")[2].lower())

    @property
    def check_ok(self) -> bool:
        """It has no check digit."""
        return True

    @property
    def display(self) -> str:
        """The same."""
        return self.value


IDENTIFIER_CLASSES: dict[str, type[Identifier]] = {
    kind.scheme: kind
    for kind in (Isrc, Iswc, Gtin, Grid, IpiName, IpiBase, Isni, Dpid, CisacSociety, Mbid)
}


def parse_identifier(scheme: str, text: str) -> Identifier:
    """Read `text` as an identifier of `scheme`, one of the keys of `IDENTIFIER_CLASSES`.

    Raises `IdentifierInvalidError`, with code "identifier-scheme-unknown" for another scheme.
    """
    kind = IDENTIFIER_CLASSES.get(scheme)
    if kind is None:
        known = ", ".join(IDENTIFIER_CLASSES)
        why = f"this store knows {known}"
        raise IdentifierInvalidError(scheme, text, why, "identifier-scheme-unknown")
    return kind.parse(text)


def _weighted_digit(digits: str, *, start: int) -> str:
    """Return the check digit over weights 1, 2, 3 ... from the left, modulo 10."""
    total = start + sum(weight * int(digit) for weight, digit in enumerate(digits, start=1))
    return str(-total % 10)


def _hyphenated(value: str, *positions: int) -> str:
    edges = pairwise([0, *positions, len(value)])
    return "-".join(value[start:end] for start, end in edges)
