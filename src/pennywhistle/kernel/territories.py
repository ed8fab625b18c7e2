"""Sets of territories, small enough to keep by the million and exact enough to sell by.

A territory is an ISO 3166-1 alpha-2 code (and XK, which ISO leaves to its users and DDEX uses for
Kosovo). A set is one integer with a bit for each, so that a question about a sale is one AND.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from pennywhistle.kernel.tis import TIS_WORLD, members_at_least, members_at_most

# The position of a code is its bit, in the database too: append only, never sort, never remove.
# The first 249 are ISO 3166-1 as of 2024 in alphabetical order.
TERRITORY_CODES: tuple[str, ...] = tuple(
    """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
XK
""".split()  # noqa: SIM905
)

_BIT_BY_CODE = {code: 1 << position for position, code in enumerate(TERRITORY_CODES)}
_MASK_WORLDWIDE = (1 << len(TERRITORY_CODES)) - 1

# Room for 256 territories; ISO adds less than one a year.
_MASK_BYTES = 32

_WORLDWIDE = "Worldwide"
_TIS_NUMBER = re.compile(r"[0-9]{1,4}")


class TerritoryUnknownError(ValueError):
    """A territory code that this store does not know.

    It is never passed over: an exclusion that is ignored widens a grant.
    """

    code = "territory-unknown"


# A store knows some dozens of sets, and asks for their codes and names with every price it shows.
_SETS_KEPT_MAX = 4_096


@lru_cache(_SETS_KEPT_MAX)
def _codes_of_mask(mask: int) -> tuple[str, ...]:
    return tuple(sorted(code for code, bit in _BIT_BY_CODE.items() if mask & bit))


@lru_cache(_SETS_KEPT_MAX)
def _digest_of_mask(mask: int) -> str:
    return hashlib.sha256(",".join(_codes_of_mask(mask)).encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Territories:
    """A set of territories; `mask` has the bit of each, by position in `TERRITORY_CODES`.

    Made with `worldwide`, `none`, `of` and `parse`. Works like a frozenset of codes: `"DE" in t`
    (False for a code that does not exist), `|`, `&`, `-`, `<=`, `len`, iteration in alphabetical
    order; true where it is not empty.
    """

    mask: int

    def __post_init__(self) -> None:
        if not 0 <= self.mask <= _MASK_WORLDWIDE:
            raise TerritoryUnknownError("The mask has bits that stand for no territory")

    @classmethod
    def worldwide(cls) -> Self:
        """Return every territory."""
        return cls(_MASK_WORLDWIDE)

    @classmethod
    def none(cls) -> Self:
        """Return no territory."""
        return cls(0)

    @classmethod
    def of(cls, *codes: str) -> Self:
        """Return the territories with these ISO codes, in capitals."""
        return cls(_mask_of_codes(codes))

    @classmethod
    def parse(cls, included: Iterable[str], *, excluded: Iterable[str] = ()) -> Self:
        """Read territory codes as messages, contracts and forms write them.

        A code is ISO 3166-1 alpha-2 ("DE"), "Worldwide", or a CISAC TIS number ("2136" World,
        "2129" North America, "840" or "0840" United States). Exclusions without inclusions mean
        worldwide except those; neither means nowhere. Where a TIS number leaves a doubt, an
        inclusion takes less and an exclusion takes more (see the module tis).

        Raises `TerritoryUnknownError` for any other code. Whether a message may hold inclusions
        and exclusions at once is the business of its reader.
        """
        assert not isinstance(included, str), "pass a list of codes"
        assert not isinstance(excluded, str), "pass a list of codes"
        included_codes, excluded_codes = list(included), list(excluded)
        mask_excluded = _mask_of_texts(excluded_codes, members_at_most)
        if not included_codes and excluded_codes:
            return cls(_MASK_WORLDWIDE & ~mask_excluded)
        return cls(_mask_of_texts(included_codes, members_at_least) & ~mask_excluded)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        if len(data) != _MASK_BYTES:
            raise TerritoryUnknownError(f"Territories take {_MASK_BYTES} bytes, not {len(data)}")
        return cls(int.from_bytes(data, "little"))

    def to_bytes(self) -> bytes:
        """Return the mask as 32 bytes, least significant first."""
        return self.mask.to_bytes(_MASK_BYTES, "little")

    @property
    def codes(self) -> tuple[str, ...]:
        """The ISO codes in alphabetical order."""
        return _codes_of_mask(self.mask)

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the codes in alphabetical order joined by commas.

        It names the set without knowing this program: rows that mean the same share it.
        """
        return _digest_of_mask(self.mask)

    def describe(self) -> str:
        """Say it in the shorter way: "Worldwide", "Worldwide except US", "DE, FR", "Nowhere"."""
        if not self:
            return "Nowhere"
        missing = Territories.worldwide() - self
        if not missing:
            return _WORLDWIDE
        if len(missing) < len(self):
            return f"{_WORLDWIDE} except {', '.join(missing)}"
        return ", ".join(self)

    def __contains__(self, code: str) -> bool:
        return bool(self.mask & _BIT_BY_CODE.get(code, 0))

    def __iter__(self) -> Iterator[str]:
        return iter(self.codes)

    def __len__(self) -> int:
        return self.mask.bit_count()

    def __or__(self, other: Self) -> Self:
        return type(self)(self.mask | other.mask)

    def __and__(self, other: Self) -> Self:
        return type(self)(self.mask & other.mask)

    def __sub__(self, other: "Territories") -> Self:
        return type(self)(self.mask & ~other.mask)

    def __le__(self, other: Self) -> bool:
        return self.mask & ~other.mask == 0

    def __str__(self) -> str:
        return self.describe()


def _mask_of_codes(codes: Iterable[str]) -> int:
    mask = 0
    for code in codes:
        if code not in _BIT_BY_CODE:
            raise TerritoryUnknownError(f"{code[:40]!r} is not a territory of ISO 3166-1")
        mask |= _BIT_BY_CODE[code]
    return mask


def _mask_of_texts(texts: Iterable[str], members: Callable[[int], Iterable[str]]) -> int:
    mask = 0
    for text in texts:
        mask |= _mask_of_text(text.strip(), members)
    return mask


def _mask_of_text(text: str, members: Callable[[int], Iterable[str]]) -> int:
    if text.casefold() == _WORLDWIDE.casefold():
        return _MASK_WORLDWIDE
    if not _TIS_NUMBER.fullmatch(text):
        return _mask_of_codes([text.upper()])
    number = int(text)
    if number == TIS_WORLD:
        return _MASK_WORLDWIDE
    try:
        return _mask_of_codes(members(number))
    except KeyError:
        raise TerritoryUnknownError(f"{text} is not a territory number of TIS") from None
