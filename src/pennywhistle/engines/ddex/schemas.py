"""Checks messages against DDEX's own schemas, where the operator has installed them.

The schemas are DDEX's and not ours to ship. They lie in a folder of the operator's, in any order
of folders; a schema is known by the namespace that it is for, and its parts by their file names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree  # type: ignore[import-untyped]

from pennywhistle.engines.ddex.errors import SchemaMissingError, SchemaUnusableError
from pennywhistle.engines.ddex.findings import Finding, FindingList, Severity
from pennywhistle.engines.ddex.limits import USUAL_LIMITS
from pennywhistle.engines.ddex.tree import parse_element
from pennywhistle.engines.ddex.versions import version_of

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.engines.ddex.limits import Limits

_TARGET = re.compile(rb"targetNamespace\s*=\s*[\"']([^\"']{1,200})[\"']")
_PREFIX = re.compile(r"/[^/:\[]+:")
_HEAD_BYTES = 16_384
_FILES_MAX = 500


class Schemas:
    """The schemas in one folder; each is compiled once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = sorted(folder.rglob("*.xsd"))[:_FILES_MAX]
        self._compiled: dict[str, Any] = {}

    @property
    def namespaces(self) -> frozenset[str]:
        """The namespaces that the folder has schemas for."""
        return frozenset(name for path in self._files if (name := namespace_of(path)))

    def validate(self, data: bytes, limits: Limits = USUAL_LIMITS) -> tuple[Finding, ...]:
        """Return what DDEX's schema finds wrong with a message; empty if it is valid.

        Raises `MessageRefusedError` as `read_message` does, `SchemaMissingError` where the folder
        has no schema for the version, `SchemaUnusableError` where it does not compile.
        """
        root = parse_element(data, limits)
        namespace = etree.QName(root).namespace or ""
        version_of(namespace)
        schema = self._schema(namespace)
        if schema.validate(root):
            return ()
        found = FindingList(limits)
        for error in schema.error_log:
            found.add(
                Finding(
                    "schema",
                    Severity.WARNING,
                    _PREFIX.sub("/", error.path or "/*"),
                    "",
                    error.message[:500],
                    "Make the message valid by DDEX's schema.",
                    "XSD",
                    error.line,
                )
            )
        return found.items

    def _schema(self, namespace: str) -> Any:  # noqa: ANN401 (lxml has no types)
        if namespace not in self._compiled:
            self._compiled[namespace] = self._compile(namespace)
        return self._compiled[namespace]

    def _compile(self, namespace: str) -> Any:  # noqa: ANN401 (lxml has no types)
        path = next((path for path in self._files if namespace_of(path) == namespace), None)
        if path is None:
            raise SchemaMissingError(f"{self._folder.name} has no schema for {namespace}")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        parser.resolvers.add(_InFolder(path, self._files))
        try:
            return etree.XMLSchema(etree.parse(str(path), parser))
        except (etree.XMLSchemaParseError, etree.XMLSyntaxError, OSError) as error:
            raise SchemaUnusableError(f"{path.name} does not compile: {error}") from None


def validate(data: bytes, folder: Path, limits: Limits = USUAL_LIMITS) -> tuple[Finding, ...]:
    """Check one message by the schemas in `folder`; see `Schemas.validate`."""
    return Schemas(folder).validate(data, limits)


def namespace_of(path: Path) -> str:
    """Return the namespace that a schema's file says it is for; empty where it says none."""
    with path.open("rb") as file:
        match = _TARGET.search(file.read(_HEAD_BYTES))
    return match[1].decode("utf-8", "replace") if match else ""


class _InFolder(etree.Resolver):  # type: ignore[misc]  # lxml has no types
    """Finds the parts of a schema by their file names, never beyond the folder."""

    def __init__(self, schema: Path, files: list[Path]) -> None:
        super().__init__()
        self._schema = schema
        self._files = files

    def resolve(self, system_url: str, public_id: object, context: object) -> object:  # noqa: ARG002
        """Return the part; an empty one where the folder has none, so that nothing is fetched."""
        name = system_url.replace("\\", "/").rpartition("/")[2]
        if system_url == str(self._schema):
            return self.resolve_filename(str(self._schema), context)
        beside = [path for path in self._files if path.name == name]
        # The one that is nearest: versions bring their own value lists under the same name.
        beside.sort(key=lambda path: path.parent != self._schema.parent)
        if not beside:
            return self.resolve_string("<missing/>", context)
        return self.resolve_filename(str(beside[0]), context)
