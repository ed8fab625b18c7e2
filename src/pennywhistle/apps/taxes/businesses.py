"""Whose a VAT number is: what its owner says, compared with what a register says."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# VIES writes three hyphens where a state tells nothing.
_NOTHING = {"", "---"}
# Written or left out at will, on papers and in registers.
_LEGAL_FORM = re.compile(
    "ab|ae|aps|as|asbl|bv|bvba|co|cv|cvba|doo|dooel|eg|eirl|ek|ev|gbr|gesmbh|gmbh|ike|inc|kft|kg"
    "|kgaa|lda|limited|llc|llp|ltd|mbh|nv|nyrt|oe|og|ohg|oy|oyj|plc|sa|sarl|sas|sasu|sc|sca|scs|se"
    "|sl|slu|snc|spa|spk|srl|sro|ug|uab|vof|zrt"
)


@dataclass(frozen=True, slots=True)
class Business:
    """The name and the address of a business, as its owner says them."""

    name: str
    street: str
    postcode: str
    city: str

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is left empty."""
        return all(part.strip() for part in (self.name, self.street, self.postcode, self.city))


def is_named_by(business: Business, answer: Mapping[str, object]) -> bool:
    """Whether a register's answer is about this very business.

    It has to tell the name; where it tells the address, too, the postcode has to stand in it.
    Capitals, accents, dots and legal forms are no difference.
    """
    names = [part for part in str(answer.get("name") or "").split("||") if _is_told(part)]
    address = str(answer.get("address") or "")
    if not any(_words(business.name) == _words(name) for name in names):
        return False
    return not _is_told(address) or _compact(business.postcode) in _compact(address)


def _is_told(text: str) -> bool:
    return text.strip() not in _NOTHING


def _words(name: str) -> frozenset[str]:
    words = frozenset(re.findall(r"\w+", _plain(name).replace(".", "")))
    return frozenset(word for word in words if not _LEGAL_FORM.fullmatch(word)) or words


def _compact(text: str) -> str:
    return "".join(char for char in _plain(text) if char.isalnum())


def _plain(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in spread if not unicodedata.combining(char))
