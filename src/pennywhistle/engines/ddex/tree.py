"""Bytes to a tree of plain nodes, safely, and the bookkeeping of what has been read from it.

A node gives each of its parts away once: whoever reads a part takes it. What is still there when
the reading is over was not kept, and is listed. So nothing can be lost in silence, whatever a
version of the standard adds (measured.md 5.4 for what the parser refuses by itself).
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from lxml import etree  # type: ignore[import-untyped]

from pennywhistle.engines.ddex.errors import MessageRefusedError

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.limits import Limits

_BOM = b"\xef\xbb\xbf"
_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_ENCODING = re.compile(rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._\-]+)[\"']")
# Supersets of ASCII, in which a document type cannot hide from the look at the first bytes.
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"})
_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
# An element has two tags; a declaration, a comment or an instruction has one.
_TAGS_PER_ELEMENT = 2


_NO_ATTRIBUTES: dict[str, str] = {}


class Node:
    """An element: its text and what it holds by name, until somebody takes it."""

    __slots__ = (
        "attributes",
        "last",
        "line",
        "name",
        "order",
        "ordinal",
        "parent",
        "parts",
        "text",
    )

    def __init__(self, name: str, text: str, line: int, parent: Node | None, order: int) -> None:
        self.name = name
        self.text = text
        self.line = line
        self.order = order
        self.last = order
        self.parent = parent
        self.ordinal = 0
        # Most elements are leaves without attributes; they share what is empty.
        self.attributes: dict[str, str] = _NO_ATTRIBUTES
        self.parts: dict[str, list[Node]] = _NO_PARTS

    def take(self, name: str) -> list[Node]:
        """Take all parts of this name, in the order of the file."""
        return self.parts.pop(name, [])

    def take_one(self, name: str) -> Node | None:
        """Take the first part of this name; others of the name stay, and will be listed."""
        found = self.parts.get(name)
        if not found:
            return None
        first = found.pop(0)
        if not found:
            del self.parts[name]
        return first

    def take_any(self, names: tuple[str, ...]) -> list[Node]:
        """Take all parts with one of these names, in the order of the file."""
        parts = self.parts
        if not parts:
            return []
        groups = [parts.pop(name) for name in names if name in parts]
        if len(groups) <= 1:
            return groups[0] if groups else []
        return sorted((node for group in groups for node in group), key=_ORDER)

    def take_text(self) -> str:
        """Take the text, without the blanks around it."""
        text = self.text
        self.text = ""
        return text

    def take_attribute(self, name: str) -> str:
        """Take an attribute; "" where there is none."""
        return self.attributes.pop(name, "").strip() if self.attributes else ""

    @property
    def path(self) -> str:
        """Where the element stands: /NewReleaseMessage/DealList/ReleaseDeal[2]/Deal."""
        steps: list[str] = []
        node: Node | None = self
        while node is not None:
            steps.append(f"{node.name}[{node.ordinal}]" if node.ordinal else node.name)
            node = node.parent
        return "/" + "/".join(reversed(steps))


_NO_PARTS: dict[str, list[Node]] = {}
_ORDER = attrgetter("order")


class Tree:
    """All nodes in the order of the file; a node and what is below it stand side by side."""

    __slots__ = ("namespace", "nodes", "root")

    def __init__(self, root: Node, namespace: str, nodes: list[Node]) -> None:
        self.root = root
        self.namespace = namespace
        self.nodes = nodes

    def left_in(self, node: Node) -> list[Node]:
        """The nodes in and below `node` whose text or attributes nobody took."""
        inside = self.nodes[node.order : node.last]
        return [one for one in inside if one.text or one.attributes]


def parse_tree(data: bytes, limits: Limits) -> Tree:
    """Read bytes into a tree. Raises `MessageRefusedError`, and nothing else."""
    element = parse_element(data, limits)
    builder = _Builder(etree.QName(element).namespace or "", limits)
    return builder.build(element)


def parse_element(data: bytes, limits: Limits) -> Any:  # noqa: ANN401 (lxml has no types)
    """Return lxml's root element of bytes that passed every look from outside."""
    _require_small(data, limits)
    _require_plain(data)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _not_xml(error) from None
    except (ValueError, LookupError) as error:
        raise _refuse("not-xml", f"This is not XML: {error}.", "Send well-formed XML.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype()
    return root


def _require_small(data: bytes, limits: Limits) -> None:
    """Bound the work before any of it is done; counting bytes costs a millisecond a megabyte."""
    if len(data) > limits.bytes_max:
        raise _refuse(
            "too-large",
            f"The message has {len(data)} bytes; this store reads at most {limits.bytes_max}.",
            "Send one release per message.",
        )
    elements = data.count(b"<") // _TAGS_PER_ELEMENT
    if elements > limits.elements_max or data.count(b"=") > limits.attributes_max:
        raise _refuse(
            "too-many-parts",
            f"The message has more than {limits.elements_max} elements "
            f"or {limits.attributes_max} attributes.",
            "Send one release per message.",
        )


def _require_plain(data: bytes) -> None:
    start = len(_BOM) if data.startswith(_BOM) else 0
    declared = _ENCODING.match(data, start)
    if (declared and declared[1].lower() not in _ENCODINGS) or b"\x00" in data[:4]:
        raise _refuse("encoding", "The message is not written in UTF-8.", "Send it in UTF-8.")
    prolog = _PROLOG.match(data, start)
    assert prolog is not None, "the pattern matches the empty string"
    if data.startswith(b"<!", prolog.end()):
        raise _doctype()
    if not data.startswith(b"<", prolog.end()):
        raise _refuse("not-xml", "The bytes do not start like XML.", "Send a DDEX message.")


def _not_xml(error: Any) -> MessageRefusedError:  # noqa: ANN401 (lxml has no types)
    line = error.lineno or 0
    said = str(error.msg or "no element")[:200]
    if "depth" in said.casefold():
        return _refuse("too-deep", f"The elements are nested too deep: {said}.", "Flatten it.")
    return MessageRefusedError(
        "not-xml", f"This is not XML: {said}.", "Send well-formed XML.", line=line
    )


def _doctype() -> MessageRefusedError:
    return _refuse(
        "doctype",
        "The message declares a document type, which no DDEX message needs.",
        "Send it without <!DOCTYPE>.",
    )


def _refuse(code: str, sentence: str, cure: str) -> MessageRefusedError:
    return MessageRefusedError(code, sentence, cure)


class _Builder:
    def __init__(self, namespace: str, limits: Limits) -> None:
        self._namespace = namespace
        self._own = f"{{{namespace}}}"
        self._limits = limits
        self._nodes: list[Node] = []
        self._names: dict[str, str] = {}

    def build(self, root: Any) -> Tree:  # noqa: ANN401 (lxml has no types)
        return Tree(self._node(root, None, 1), self._namespace, self._nodes)

    def _node(self, element: Any, parent: Node | None, depth: int) -> Node:  # noqa: ANN401
        if depth > self._limits.depth_max:
            raise _refuse(
                "too-deep",
                f"The elements are nested deeper than {self._limits.depth_max}.",
                "Flatten it.",
            )
        nodes = self._nodes
        tag, text = element.tag, element.text
        node = Node(
            self._names.get(tag) or self._name(tag),
            text.strip() if text else "",
            element.sourceline or 0,
            parent,
            len(nodes),
        )
        nodes.append(node)
        attributes = element.items()
        if attributes:
            node.attributes = {
                key: value for key, value in attributes if not key.startswith(_SCHEMA_INSTANCE)
            }
        # A leaf has no length, and asking for that is cheaper than for its children.
        if len(element):
            self._put_parts(node, element, depth + 1)
        node.last = len(nodes)
        return node

    def _put_parts(self, node: Node, element: Any, depth: int) -> None:  # noqa: ANN401
        parts: dict[str, list[Node]] = {}
        node.parts = parts
        tails: list[str] = []
        for child in element:
            made = self._node(child, node, depth)
            alike = parts.get(made.name)
            if alike is None:
                parts[made.name] = [made]
            else:
                _add(alike, made)
            tail = child.tail
            if tail and not tail.isspace():
                tails.append(tail.strip())
        if tails:
            # Joined once: a text between each two of many parts would be copied for each.
            node.text = " ".join((node.text, *tails) if node.text else tails)

    def _name(self, tag: str) -> str:
        """A tag without the namespace of the message.

        Only the root is qualified in DDEX; a part in a foreign namespace keeps it in its name, so
        that nobody takes it for one of DDEX's.
        """
        name = tag.removeprefix(self._own)
        self._names[tag] = name
        return name


def _add(siblings: list[Node], child: Node) -> None:
    if len(siblings) == 1:
        siblings[0].ordinal = 1
    siblings.append(child)
    child.ordinal = len(siblings)
