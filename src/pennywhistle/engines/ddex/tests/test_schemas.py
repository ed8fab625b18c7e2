"""Schemas are the operator's; they are found by their namespace and never fetched."""

from pathlib import Path

import pytest

from ern_messages import VERSIONS, Built, wrap
from pennywhistle.engines.ddex import (
    MessageRefusedError,
    SchemaMissingError,
    Schemas,
    SchemaUnusableError,
    validate,
)

SHARED = Path(__file__).parents[6] / "shared" / "ddex"
# A schema of our own, which knows a message with one number in it.
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:v="urn:values"
  targetNamespace="http://ddex.net/xml/ern/{version}">
  <xs:import namespace="urn:values" schemaLocation="{location}"/>
  <xs:element name="NewReleaseMessage"><xs:complexType><xs:sequence>
    <xs:element name="Number" type="v:Small"/></xs:sequence>
    <xs:attribute name="LanguageAndScriptCode"/><xs:attribute name="AvsVersionId"/>
    </xs:complexType></xs:element>
</xs:schema>"""
VALUES = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:values">
  <xs:simpleType name="Small"><xs:restriction base="xs:integer">
  <xs:maxInclusive value="{largest}"/></xs:restriction></xs:simpleType></xs:schema>"""


def install(folder: Path, version: str, *, largest: int = 9, location: str = "values.xsd") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.xsd").write_text(SCHEMA.format(version=version, location=location))
    (folder / "values.xsd").write_text(VALUES.format(largest=largest))


def test_a_valid_message_has_no_finding(tmp_path: Path) -> None:
    install(tmp_path, "432")

    assert validate(wrap("<Number>9</Number>"), tmp_path) == ()


def test_an_invalid_message_is_told_where_and_why(tmp_path: Path) -> None:
    install(tmp_path, "432")

    findings = validate(wrap("<Number>10</Number>"), tmp_path)

    assert findings
    assert findings[0].code == "schema"
    assert findings[0].path == "/NewReleaseMessage/Number"
    assert "10" in findings[0].sentence


def test_each_version_is_checked_by_the_values_beside_its_schema(tmp_path: Path) -> None:
    install(tmp_path / "a", "432", largest=5)
    install(tmp_path / "b", "43", largest=50)
    schemas = Schemas(tmp_path)

    assert schemas.validate(wrap("<Number>9</Number>", version="432"))
    assert schemas.validate(wrap("<Number>9</Number>", version="43")) == ()


def test_a_part_that_is_named_by_an_address_is_found_by_its_file_name(tmp_path: Path) -> None:
    install(tmp_path, "432", location="http://127.0.0.1:9/far/away/values.xsd")

    assert validate(wrap("<Number>9</Number>"), tmp_path) == ()


def test_a_part_that_is_not_there_is_named_not_fetched(tmp_path: Path) -> None:
    install(tmp_path, "432", location="http://127.0.0.1:9/other.xsd")

    with pytest.raises(SchemaUnusableError, match=r"main\.xsd"):
        validate(wrap("<Number>9</Number>"), tmp_path)


def test_a_file_that_is_no_schema_is_named(tmp_path: Path) -> None:
    (tmp_path / "main.xsd").write_text('<a targetNamespace="http://ddex.net/xml/ern/432"/>')

    with pytest.raises(SchemaUnusableError, match=r"main\.xsd"):
        validate(wrap(""), tmp_path)


def test_without_a_schema_of_the_version_that_is_said(tmp_path: Path) -> None:
    install(tmp_path, "432")

    with pytest.raises(SchemaMissingError):
        validate(wrap("", version="411"), tmp_path)


def test_hostile_bytes_do_not_reach_the_schema(tmp_path: Path) -> None:
    install(tmp_path, "432")

    with pytest.raises(MessageRefusedError):
        validate(b"<!DOCTYPE a><a/>", tmp_path)


def ddex_schemas() -> Schemas:
    if not (SHARED / "schemas").is_dir():
        pytest.skip("DDEX's schemas are not here (../shared/ddex/schemas)")
    return Schemas(SHARED / "schemas")


# 4.3.2's value lists are not in the collection.
@pytest.mark.parametrize("version", [one for one in VERSIONS if one != "432"])
def test_the_messages_of_these_tests_are_valid_by_ddex(version: str) -> None:
    assert ddex_schemas().validate(Built(version=version).bytes()) == ()


def test_the_shared_samples_of_every_version_are_valid_by_ddex() -> None:
    schemas = ddex_schemas()
    for start in ("382-new-07", "383-new-28", "411-new-33", "42-new-47", "43-new-56", "382-purge"):
        (path,) = (SHARED / "ern").glob(f"{start}*")
        assert schemas.validate(path.read_bytes()) == (), path.name
