"""Interfaces read and answer; they never write a model. Only actions do."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pennywhistle

ROOT = Path(pennywhistle.__file__).parent
INTERFACES = ROOT / "interfaces"
# What writes through a model or a query set. `update` and `delete` are asked about by how they are
# called, since dictionaries and sessions have them too.
WRITES = {
    "save",
    "create",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "acreate",
    "asave",
    "adelete",
    "aupdate",
}
ON_QUERY_SETS = {"update", "delete"}
# allauth hands its half-made user to the sign-up form, which completes it.
ALLOWED = {("common/forms.py", "save")}


def writes_in(source: str) -> list[str]:
    """The names of calls in a module that write rows."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [call.func for call in calls if isinstance(call.func, ast.Attribute)]
    return [
        name.attr
        for name in named
        if name.attr in WRITES
        or (name.attr in ON_QUERY_SETS and "objects" in ast.unparse(name.value))
    ]


def interface_modules() -> list[Path]:
    """Every module of the interfaces but their tests."""
    return [file for file in INTERFACES.rglob("*.py") if "tests" not in file.parts]


def test_an_interface_never_writes_a_model() -> None:
    found = [
        f"{place} calls {name}"
        for file in interface_modules()
        for place in [file.relative_to(INTERFACES).as_posix()]
        for name in writes_in(file.read_text(encoding="utf-8"))
        if (place, name) not in ALLOWED and not _is_a_picture(file, name)
    ]

    assert len(interface_modules()) > 300
    assert not found, f"Move it into an action: {found}"


def _is_a_picture(file: Path, name: str) -> bool:
    """`save` of a drawing (Pillow, qrcode) writes no row."""
    source = file.read_text(encoding="utf-8")
    return name == "save" and ("PIL" in source or "qrcode" in source) and ".models" not in source


@pytest.mark.parametrize(
    "source",
    [
        "user.save()",
        "Track.objects.create(title='x')",
        "Track.objects.filter(id=1).update(title='x')",
        "Track.objects.filter(id=1).delete()",
        "Track.objects.bulk_create([])",
    ],
)
def test_the_scan_sees_a_write(source: str) -> None:
    assert writes_in(source)


@pytest.mark.parametrize(
    "source", ["context.update(x=1)", "session.delete()", "check_out(key='k')"]
)
def test_the_scan_does_not_take_other_calls_for_writes(source: str) -> None:
    assert not writes_in(source)
