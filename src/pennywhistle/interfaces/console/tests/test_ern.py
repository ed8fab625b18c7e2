"""Checking release messages on the command line, and installing DDEX's schemas."""

from __future__ import annotations

import json
import os
import zipfile
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from ern_messages import Built
from ern_terms import Terms
from pennywhistle.apps.intake.message_limits import schemas_folder
from pennywhistle.interfaces.console import ern_schemas
from pennywhistle.interfaces.console.ern import app

if TYPE_CHECKING:
    from pathlib import Path

# Schemas of our own, as those of DDEX are not ours: a message, and the values that it may have.
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:v="urn:values"
  targetNamespace="http://ddex.net/xml/ern/{version}">
  <xs:import namespace="urn:values" schemaLocation="http://other.example/{values}"/>
  <xs:element name="NewReleaseMessage"><xs:complexType><xs:sequence>
    <xs:element name="Number" type="v:Small"/></xs:sequence>
    <xs:attribute name="LanguageAndScriptCode"/><xs:attribute name="AvsVersionId"/>
  </xs:complexType></xs:element></xs:schema>"""
VALUES = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:values">
  <xs:simpleType name="Small"><xs:restriction base="xs:integer"/></xs:simpleType></xs:schema>"""


@pytest.fixture(autouse=True)
def _data(settings, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "store"
    settings.DATA.mkdir()


def run(*arguments: object, piped: bytes | None = None) -> Result:
    """The command with its arguments, on a wide terminal."""
    return CliRunner().invoke(app, [*map(str, arguments)], input=piped, env={"COLUMNS": "200"})


def saved(folder: Path, data: bytes, name: str = "message.xml") -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


def schema_zip(folder: Path, files: dict[str, str], name: str = "ddex.zip") -> Path:
    with zipfile.ZipFile(folder / name, "w") as zipped:
        for path, text in files.items():
            zipped.writestr(path, text)
    return folder / name


def schemas_of(version: str = "432", values: str = "values.xsd") -> dict[str, str]:
    return {
        f"ern/{version}/message.xsd": SCHEMA.format(version=version, values=values),
        f"ern/{version}/values.xsd": VALUES,
    }


def test_a_good_message_is_told_and_ends_with_0(tmp_path: Path) -> None:
    result = run("check", saved(tmp_path, Built().bytes()))

    assert result.exit_code == 0, result.output
    assert "Published: Brass and Tin by The Kettle Band" in result.output
    assert "Worldwide" in result.output
    assert "The store could use this message" in result.output


def test_what_is_not_sold_is_told_with_its_cure(tmp_path: Path) -> None:
    message = Built(deals=(Terms(wholesale="0.00"),)).bytes()

    result = run("check", saved(tmp_path, message))

    assert "price-zero" in result.output
    assert "FreeOfChargeModel" in result.output


def test_what_is_said_of_every_file_is_said_once(tmp_path: Path) -> None:
    message = Built().bytes().replace(b"HashSum", b"NoHashSum")

    result = run("check", saved(tmp_path, message))

    assert result.output.count("Send a HashSum with every file.") == 1
    assert result.output.count("/ResourceList/SoundRecording[") == 2


def test_one_bad_message_stops_no_other_and_is_told_by_the_exit_code(tmp_path: Path) -> None:
    bad = saved(tmp_path, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "bad.xml")
    good = saved(tmp_path, Built().bytes(), "good.xml")

    result = run("check", bad, tmp_path / "missing.xml", good)

    assert result.exit_code == 1
    assert "Refused (doctype)" in result.output
    assert "there is no such file" in result.output
    assert "The store could use this message" in result.output


def test_programs_read_one_object_a_line(tmp_path: Path) -> None:
    bad = saved(tmp_path, b"[bold]", "bad.xml")
    good = saved(tmp_path, Built().bytes(), "good.xml")

    result = run("check", "--json", good, bad)

    first, other = (json.loads(line) for line in result.stdout.splitlines())
    assert result.exit_code == 1
    assert (first["is_usable"], first["sold"][0]["where"]) == (True, "Worldwide")
    assert first["schema"]["state"] == "missing"
    assert (other["is_usable"], other["refusal"]["code"]) == (False, "not-xml")


def test_a_message_comes_by_a_pipe() -> None:
    result = run("check", "-", piped=Built().bytes())

    assert result.exit_code == 0, result.output


def test_no_more_than_the_limit_is_read(tmp_path: Path, settings) -> None:
    settings.ERN_BYTES_MAX = 10_000
    huge = tmp_path / "huge.xml"
    huge.touch()
    os.truncate(huge, 4_000_000_000)  # all holes: it takes no room

    result = run("check", huge)

    assert result.exit_code == 1
    assert "Refused (too-large)" in result.output


def test_text_of_a_message_is_no_markup(tmp_path: Path) -> None:
    message = Built(message_id="[red]M1[/red]").bytes()

    assert "[red]M1[/red]" in run("check", saved(tmp_path, message)).output


@pytest.mark.parametrize("is_zip", [True, False])
def test_schemas_are_installed_and_used(tmp_path: Path, is_zip: bool) -> None:  # noqa: FBT001
    files = {**schemas_of(), "ern/read me.txt": "left out"}
    source = schema_zip(tmp_path, files) if is_zip else tmp_path / "folder"
    if not is_zip:
        for name, text in files.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text)

    installed = run("schemas", "install", source)
    again = run("schemas", "install", source)

    assert installed.exit_code == again.exit_code == 0, installed.output
    assert "1 files that are no schemas were left out" in installed.output
    assert run("schemas", "list").output.strip() == "http://ddex.net/xml/ern/432"
    assert len(list(schemas_folder().iterdir())) == 1
    assert not list(schemas_folder().rglob("*.txt"))
    checked = json.loads(run("check", "--json", saved(tmp_path, Built().bytes())).stdout)
    assert checked["schema"]["state"] == "invalid"
    assert "Not valid by DDEX's schema" in run("check", saved(tmp_path, Built().bytes())).output


def test_a_newer_schema_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    both = {**schemas_of("432"), **schemas_of("43")}
    run("schemas", "install", schema_zip(tmp_path, both))
    newer = {"v2/a.xsd": SCHEMA.format(version="432", values="values.xsd"), "v2/values.xsd": VALUES}

    run("schemas", "install", schema_zip(tmp_path, newer, "newer.zip"))

    assert run("schemas", "list").output.split() == [
        "http://ddex.net/xml/ern/43",
        "http://ddex.net/xml/ern/432",
    ]
    assert not list(schemas_folder().rglob("ern/432/message.xsd"))
    assert list(schemas_folder().rglob("v2/a.xsd"))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"../escape.xsd": "x"}, "leads out of its folder"),
        ({"/etc/escape.xsd": "x"}, "leads out of its folder"),
        ({"a\\..\\b.xsd": "x"}, "leads out of its folder"),
        ({"only.txt": "x"}, "no .xsd file"),
        ({"values.xsd": VALUES}, "None of it is a schema of a message"),
        (schemas_of(values="missing.xsd"), "does not compile"),
    ],
)
def test_what_is_no_safe_and_whole_set_is_refused(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    result = run("schemas", "install", schema_zip(tmp_path, files))

    assert result.exit_code == 1
    assert said in result.output
    assert "None are installed" in run("schemas", "list").output
    assert not list(tmp_path.rglob("escape.xsd"))


def test_a_link_in_a_zip_or_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.xsd").symlink_to("/etc/hostname")
    entry = zipfile.ZipInfo("a.xsd")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as zipped:
        zipped.writestr(entry, "/etc/hostname")

    for source in (folder, tmp_path / "link.zip"):
        assert "is a link" in run("schemas", "install", source).output


def test_a_schema_beyond_the_limits_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ern_schemas, "FILE_BYTES_MAX", 1_000)
    monkeypatch.setattr(ern_schemas, "FILES_MAX", 3)
    large = schema_zip(tmp_path, {"a.xsd": "x" * 1_001})
    many = schema_zip(tmp_path, {f"{n}.xsd": "x" for n in range(4)}, "many.zip")

    assert "larger than 1000 bytes" in run("schemas", "install", large).output
    assert "more than 3 schemas" in run("schemas", "install", many).output
    assert "neither a zip nor a folder" in run("schemas", "install", saved(tmp_path, b"x")).output
