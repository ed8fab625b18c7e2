"""However a message is damaged, it is read with findings or refused; nothing else is raised."""

import contextlib
import json
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ern_messages import VERSIONS, Built, Terms, manifest, purge
from examples import as_many
from pennywhistle.engines.ddex import (
    MessageRefusedError,
    NewRelease,
    Purge,
    check,
    follow,
    follow_purge,
    in_order,
    offers_of,
    outlook_of,
    read_message,
    standing_after,
)

MESSAGES = [
    *(
        Built(
            version=version,
            deals=(Terms(code="T1", end="2027-01-01"), Terms(releases=("R1",), wholesale="1.00")),
        ).bytes()
        for version in VERSIONS
    ),
    purge(),
    manifest(2),
]
ODD_TEXTS = [
    "", " ", "0", "-1", "true", "9999-12-31", "0001-01-01T00:00:00-14:00", "Worldwide", "2129",
    "R0", "A1", "\u202e", "PT1H", "1e309", "NaN", "UserDefined", "x" * 5_000, "R0 R0",
]  # fmt: skip


def use(data: bytes) -> None:
    """Everything that this engine does with a message."""
    with contextlib.suppress(MessageRefusedError):
        message = read_message(data)
        if isinstance(message, NewRelease):
            offers = offers_of(message)
            check(message, offers)
            change = follow(None, message, offers)
            created_at = message.envelope.header.created_at
            if created_at is not None:
                follow(standing_after(message, offers, created_at), message, offers)
            follow(change.standing, message, offers)
            in_order([message, message])
        elif isinstance(message, Purge):
            check(message)
            follow_purge(None, message)
            in_order([message])
        else:
            check(message)
        json.dumps(outlook_of(message).as_json())
        repr(message)


def _cut(data: bytes, start: int, end: int, filling: bytes) -> bytes:
    return data[:start] + filling + data[end:]


def _move(data: bytes, start: int, end: int, filling: bytes) -> bytes:
    return data[:start] + data[end:] + filling + data[start:end]


def _repeat(data: bytes, start: int, end: int, filling: bytes) -> bytes:
    return data[:end] + filling + data[start:end] + data[end:]


@as_many(2)
@given(
    st.sampled_from(MESSAGES),
    st.lists(
        st.tuples(
            st.sampled_from([_cut, _move, _repeat]),
            st.floats(0, 1),
            st.integers(0, 40),
            st.binary(max_size=6),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_damaged_bytes(
    data: bytes,
    damages: list[tuple[Callable[[bytes, int, int, bytes], bytes], float, int, bytes]],
) -> None:
    for damage, place, length, filling in damages:
        start = int(place * len(data))
        data = damage(data, start, min(len(data), start + length), filling)

    use(data)


@as_many(2)
@given(
    st.sampled_from(MESSAGES),
    st.lists(
        st.tuples(
            st.sampled_from(["drop", "double", "text", "rename", "attribute", "swap", "wrap"]),
            st.integers(0, 10_000),
            st.integers(0, 10_000),
            st.sampled_from(ODD_TEXTS),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_damaged_structure(data: bytes, damages: list[tuple[str, int, int, str]]) -> None:
    root = etree.fromstring(data)
    for kind, place, other, text in damages:
        elements = list(root.iter())
        if len(elements) < 3:
            break
        element = elements[1 + place % (len(elements) - 1)]
        another = elements[1 + other % (len(elements) - 1)]
        _damage(kind, element, another, text)

    use(etree.tostring(root))


def _damage(kind: str, element: etree._Element, another: etree._Element, text: str) -> None:
    parent = element.getparent()
    if kind == "drop":
        parent.remove(element)
    elif kind == "double":
        parent.append(etree.fromstring(etree.tostring(element)))
    elif kind == "text":
        element.text = text
    elif kind == "rename":
        element.tag = another.tag
    elif kind == "attribute":
        for name in element.attrib or ["ApplicableTerritoryCode"]:
            element.set(name, text)
    elif kind == "swap":
        element.text, another.text = another.text, element.text
    else:
        parent.append(etree.Element("Usage"))
        parent[-1].append(etree.fromstring(etree.tostring(another)))
