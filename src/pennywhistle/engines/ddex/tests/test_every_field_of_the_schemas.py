"""Every field that DDEX's schemas know is kept or listed, though no sample has them all.

A message is made of each schema that holds every element and attribute once, each with a mark of
its own for a value, and the marks are looked for in what was read.
"""

import re
from itertools import count
from pathlib import Path

import pytest
from lxml import etree

from ern_messages import VERSIONS
from pennywhistle.engines.ddex import Limits, read_message

SCHEMAS = Path(__file__).parents[6] / "shared" / "ddex" / "schemas"
EVERYTHING = Limits(findings_max_per_code=10**6, not_kept_max=10**6)
XS = "{http://www.w3.org/2001/XMLSchema}"
# Groups hold groups; one within another shows what there is to show.
NESTED_MAX = 2


class Everything:
    """Fills elements with all that their types allow."""

    def __init__(self, schema: etree._Element) -> None:
        self._types = {one.get("name"): one for one in schema.findall(f"{XS}complexType")}
        self._numbers = count(1)
        self.marks: set[str] = set()

    def mark(self) -> str:
        text = f"~{next(self._numbers)}~"
        self.marks.add(text)
        return text

    def fill(self, element: etree._Element, kind: str, around: tuple[str, ...]) -> None:
        definition = self._types.get(kind)
        if definition is None:
            element.text = self.mark()
        elif around.count(kind) < NESTED_MAX:
            self.fill_by(element, definition, (*around, kind))

    def fill_by(
        self, element: etree._Element, definition: etree._Element, around: tuple[str, ...]
    ) -> None:
        if definition.find(f"{XS}simpleContent") is not None:
            element.text = self.mark()
        for attribute in definition.iter(f"{XS}attribute"):
            element.set(attribute.get("name"), self.mark())
        for part in definition.findall(f"{XS}sequence") + definition.findall(f"{XS}choice"):
            self._add_all(element, part, around)

    def _add_all(
        self, element: etree._Element, part: etree._Element, around: tuple[str, ...]
    ) -> None:
        for one in part:
            if one.tag in {f"{XS}sequence", f"{XS}choice"}:
                self._add_all(element, one, around)
            elif one.tag == f"{XS}element":
                child = etree.SubElement(element, one.get("name"))
                inline = one.find(f"{XS}complexType")
                if inline is not None:
                    self.fill_by(child, inline, around)
                else:
                    self.fill(child, (one.get("type") or "").rpartition(":")[2], around)


@pytest.mark.parametrize("name", ["NewReleaseMessage", "PurgeReleaseMessage"])
@pytest.mark.parametrize("version", VERSIONS)
def test_no_field_of_the_schema_is_lost(version: str, name: str) -> None:
    path = SCHEMAS / version / "release-notification.xsd"
    if not path.is_file():
        pytest.skip("DDEX's schemas are not here (../shared/ddex/schemas)")
    schema = etree.parse(path).getroot()
    (definition,) = (one for one in schema.findall(f"{XS}element") if one.get("name") == name)
    root = etree.Element(f"{{{schema.get('targetNamespace')}}}{name}")
    everything = Everything(schema)
    everything.fill_by(root, definition.find(f"{XS}complexType"), ())

    message = read_message(etree.tostring(root), EVERYTHING)

    assert len(everything.marks) > (1_000 if name == "NewReleaseMessage" else 30)
    assert everything.marks - set(re.findall(r"~[0-9]+~", repr(message))) == set()
