"""WebDAV's XML (RFC 4918): what a PROPFIND asks for, and the answer to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BODY_BYTES_MAX = 64 * 1024
_ASKED_MAX = 200
_D = "{DAV:}"
_FOUND, _NOT_FOUND = "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"


class DavBodyError(ValueError):
    """The body of a request is not XML that means anything here."""

    code = "dav-body"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which properties a client wants: those named, or all; perhaps their names alone."""

    names: tuple[str, ...] = ()
    only_names: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """A folder or a file; `properties` by name (`getetag`), without those that are not known."""

    href: str
    is_folder: bool
    properties: Mapping[str, str] = field(default_factory=dict)


def read_propfind(body: bytes) -> Asked:
    """What is asked; an empty body asks for all (section 9.1).

    Raises DavBodyError: also for any document type, since entities come with it.
    """
    if not body.strip():
        return Asked()
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise DavBodyError("The body is not XML.") from error
    if root.getroottree().docinfo.doctype:
        raise DavBodyError("The body has a document type.")
    if root.tag != f"{_D}propfind":
        raise DavBodyError("The body is no propfind.")
    if root.find(f"{_D}propname") is not None:
        return Asked(only_names=True)
    wanted = root.find(f"{_D}prop")
    if wanted is None:
        return Asked()
    names = [str(child.tag) for child in wanted if isinstance(child.tag, str)]
    if len(names) > _ASKED_MAX:
        raise DavBodyError("Too many properties are asked for.")
    return Asked(tuple(dict.fromkeys(names)) or (f"{_D}resourcetype",))


def multistatus(resources: Sequence[Resource], asked: Asked) -> bytes:
    """The answer to PROPFIND (section 13)."""
    root = etree.Element(f"{_D}multistatus", nsmap={"D": "DAV:"})
    for each in resources:
        response = etree.SubElement(root, f"{_D}response")
        etree.SubElement(response, f"{_D}href").text = each.href
        known = [f"{_D}resourcetype", *(f"{_D}{name}" for name in each.properties)]
        wanted = asked.names or known
        there = [name for name in wanted if name in known]
        _propstat(response, each, there, asked, _FOUND)
        _propstat(response, each, [name for name in wanted if name not in known], asked, _NOT_FOUND)
    return _written(root)


def _propstat(
    response: etree._Element, each: Resource, names: Sequence[str], asked: Asked, status: str
) -> None:
    if not names:
        return
    propstat = etree.SubElement(response, f"{_D}propstat")
    prop = etree.SubElement(propstat, f"{_D}prop")
    for name in names:
        element = etree.SubElement(prop, name)
        if status != _FOUND or asked.only_names:
            continue
        if name == f"{_D}resourcetype":
            if each.is_folder:
                etree.SubElement(element, f"{_D}collection")
        else:
            element.text = each.properties[name.removeprefix(_D)]
    etree.SubElement(propstat, f"{_D}status").text = status


def finite_depth_only() -> bytes:
    """The error that says why a whole tree is not told at once (section 9.1.1)."""
    root = etree.Element(f"{_D}error", nsmap={"D": "DAV:"})
    etree.SubElement(root, f"{_D}propfind-finite-depth")
    return _written(root)


def _written(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))
