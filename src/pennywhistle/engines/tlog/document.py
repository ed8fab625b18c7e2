"""Reading JSON that a stranger sent: bounded, typed, and without a second meaning."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn

from pennywhistle.engines.tlog.base64_strict import decode_base64, encode_base64
from pennywhistle.engines.tlog.merkle import hash_size_bytes
from pennywhistle.engines.tlog.records import integer_max

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

depth_max = 6
# A statement of a big label's month has some millions; each costs a reader some 50 to 100 bytes.
values_max = 8_000_000
# A line or a path takes more bytes than two brackets: nothing that is meant has this many.
bytes_a_container_min = 16
containers_at_least = 10_000
text_length_max = 300
path_length_max = 63
_INTEGER_DIGITS_MAX = 19
# A text always matches, even one that never ends: otherwise each of its quotation marks would be
# tried again, and time would grow with the square of the size.
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*+["\\]?|[\[{]|[\]}]', re.DOTALL)
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class DocumentInvalidError(ValueError):
    """The document is not JSON of the expected shape; the sentence says where."""

    code = "document-invalid"


def dump_document(value: Mapping[str, object]) -> bytes:
    """Write compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def load_document(data: bytes, *, name: str) -> Fields:
    """Read one JSON object; `name` is what the sentences of errors call it.

    The caller bounds the size. Values and nesting are counted before parsing, so that no document
    takes many times its own size in memory; numbers are integers of at most
    63 bits, and a name given twice is refused, since two readers could each see another value.
    """
    try:
        text = data.decode()
        _check_counts(text)
        _check_depth(text)
        value = json.loads(
            text,
            parse_int=_parse_integer,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            object_pairs_hook=_object_without_repeats,
        )
    except DocumentInvalidError:
        raise
    except ValueError as error:
        raise DocumentInvalidError(f"The {name} is not JSON text.") from error
    return Fields(value, name)


def display_text(text: str) -> str:
    """Make a title or name fit to be shown from a document: one line, bounded."""
    return _UNSHOWABLE.sub(" ", text)[:text_length_max]


class Fields:
    """One JSON object, of which each field is taken once by name and type."""

    def __init__(self, value: object, where: str) -> None:
        """Take an object; `where` names it in sentences."""
        if not isinstance(value, dict):
            raise DocumentInvalidError(f"The {where} is not an object.")
        self._left: dict[str, object] = dict(value)
        self.where = where

    def with_defaults(self, defaults: Mapping[str, object]) -> Fields:
        """Return the same object with fields filled in where it has none."""
        return Fields({**defaults, **self._left}, self.where)

    def rest(self) -> dict[str, object]:
        """Take all that is left, unread."""
        left, self._left = self._left, {}
        return left

    def close(self) -> None:
        """Refuse what nobody has asked for."""
        if self._left:
            self.refuse(min(self._left), "is not known")

    def refuse(self, name: str, what: str) -> NoReturn:
        """Raise the error, in a sentence."""
        raise DocumentInvalidError(f"In the {self.where}, “{display_text(name)}” {what}.")

    def has(self, name: str) -> bool:
        """Tell whether a field is there."""
        return name in self._left

    def text(self, name: str) -> str:
        """Take a text that can be shown on one line."""
        value = self._take(name)
        if not isinstance(value, str) or len(value) > text_length_max or _UNSHOWABLE.search(value):
            self.refuse(name, f"is not a text of one line and at most {text_length_max} characters")
        return value

    def note(self, name: str, *, length_max: int) -> bytes:
        """Take a text of several lines, as UTF-8."""
        value = self._take(name)
        if not isinstance(value, str) or len(value) > length_max:
            self.refuse(name, f"is not a text of at most {length_max} characters")
        try:
            return value.encode()
        except UnicodeEncodeError:
            self.refuse(name, "is not valid text")

    def integer(self, name: str, *, at_least: int = 0) -> int:
        """Take a whole number."""
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            self.refuse(name, f"is not a whole number from {at_least}")
        return value

    def octets(self, name: str, *, size: int | None = None) -> bytes:
        """Take bytes written in base64, of exactly `size` where given."""
        value = self._take(name)
        try:
            data = decode_base64(value) if isinstance(value, str) else None
        except ValueError:
            data = None
        if data is None or (size is not None and len(data) != size):
            self.refuse(name, "is not base64 of the right length")
        return data

    def identity(self, name: str, *, size: int) -> bytes:
        """Take bytes written in lower-case hexadecimal."""
        value = self._take(name)
        if not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{size * 2}}}", value):
            self.refuse(name, f"is not {size * 2} hexadecimal digits")
        return bytes.fromhex(value)

    def fields(self, name: str) -> Fields:
        """Take an object within this one."""
        return Fields(self._take(name), f"{name} of the {self.where}")

    def items(self, name: str, *, count_max: int) -> Iterator[Fields]:
        """Take a list of objects, to be read one after the other."""
        values = self._list(name, count_max)
        return (Fields(v, f"{name}, place {i}, of the {self.where}") for i, v in enumerate(values))

    def path(self, name: str, pool: NodePool) -> tuple[bytes, ...]:
        """Take an inclusion path: indexes into the document's pool of hashes."""
        values = self._list(name, path_length_max)
        places = [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
        if len(places) != len(values):
            self.refuse(name, "is not a list of whole numbers")
        try:
            return pool.take(places)
        except IndexError:
            self.refuse(name, "points at a hash that is not there")

    def _list(self, name: str, count_max: int) -> list[object]:
        value = self._take(name)
        if not isinstance(value, list) or len(value) > count_max:
            self.refuse(name, f"is not a list of at most {count_max}")
        return value

    def _take(self, name: str) -> object:
        if name not in self._left:
            self.refuse(name, "is missing")
        return self._left.pop(name)


class NodePool:
    """The hashes of all paths of one document, each once: paths share most of their upper part."""

    def __init__(self, nodes: Iterable[bytes] = ()) -> None:
        """Start with given hashes."""
        self._nodes = list(nodes)
        self._places = {node: place for place, node in enumerate(self._nodes)}

    @classmethod
    def parse(cls, fields: Fields, name: str) -> NodePool:
        """Read the pool: hashes in a row, in base64."""
        data = fields.octets(name)
        if len(data) % hash_size_bytes:
            fields.refuse(name, f"is not made of hashes of {hash_size_bytes} bytes")
        size = hash_size_bytes
        return cls(data[at : at + size] for at in range(0, len(data), size))

    def put(self, path: Sequence[bytes]) -> list[int]:
        """Add a path's hashes; return their places."""
        for node in path:
            if node not in self._places:
                self._places[node] = len(self._nodes)
                self._nodes.append(node)
        return [self._places[node] for node in path]

    def take(self, places: Sequence[int]) -> tuple[bytes, ...]:
        """Return the hashes at given places; IndexError where there is none."""
        if any(place < 0 for place in places):
            raise IndexError
        return tuple(self._nodes[place] for place in places)

    def to_text(self) -> str:
        """Write the pool for a document."""
        return encode_base64(b"".join(self._nodes))


def _check_counts(text: str) -> None:
    """Commas within texts count too: whoever writes millions of them is refused as well."""
    if text.count(",") > values_max:
        raise DocumentInvalidError(f"The document has more than {values_max} values.")
    containers = text.count("{") + text.count("[")
    if containers > max(containers_at_least, len(text) // bytes_a_container_min):
        raise DocumentInvalidError("The document is made of little but brackets.")


def _check_depth(text: str) -> None:
    depth = 0
    for token in _NESTING.finditer(text):
        first = token[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth > depth_max:
            raise DocumentInvalidError(f"The document is nested deeper than {depth_max}.")


def _parse_integer(digits: str) -> int:
    if len(digits.removeprefix("-")) > _INTEGER_DIGITS_MAX or abs(int(digits)) > integer_max:
        _refuse_number(digits)
    return int(digits)


def _refuse_number(_text: str) -> NoReturn:
    raise DocumentInvalidError("Numbers in the document are whole and below 2⁶³.")


def _object_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise DocumentInvalidError("A name is given twice in one object of the document.")
    return result
