"""What may stand in no file of the project, and what must."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT_SUFFIXES = {
    *(".py", ".md", ".toml", ".txt", ".in", ".html", ".css", ".js", ".svg", ".po", ".yml", ".json"),
    "",
}
# Somebody's own folders: the program runs anywhere.
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:work|root|home|Users)/[\w.]")
# Where packages come from is the machine's choice; hashes say which ones.
REGISTRY = re.compile(
    r"(?:pypi\.org|pythonhosted\.org|registry\.npmjs|--(?:extra-)?index-url|--trusted-host)"
)
LOOPBACK_PORT = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\]):(?P<port>\d+)")
# 8000 is the documented default; at 1 and 9 (discard) nobody listens, which tests rely on.
DOCUMENTED_PORTS = {"8000", "1", "9"}


@cache
def texts() -> dict[str, str]:
    """The project's own text files, by path: those in git, or all where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if listed.returncode == 0:
        files = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        roots = ("src", "tests", "docs", "benchmarks", "tools", "requirements", ".ci")
        files = [file for root in roots for file in (ROOT / root).rglob("*") if file.is_file()]
        files += [file for file in ROOT.iterdir() if file.is_file()]
    return {
        str(file.relative_to(ROOT)): file.read_text(encoding="utf-8")
        for file in files
        if file.suffix in TEXT_SUFFIXES and file.is_file() and "__pycache__" not in file.parts
    }


def found(pattern: re.Pattern[str], *, skip: str = "") -> list[str]:
    """Where a pattern stands, as path:line."""
    return [
        f"{path}:{number}"
        for path, text in texts().items()
        if path not in {"tests/conventions/test_repository.py", skip}
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_the_rules_look_at_the_whole_project() -> None:
    assert {"README.md", "LICENSE", "Makefile", "pyproject.toml"} <= texts().keys()
    assert len(texts()) > 250


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    where = found(MACHINE_PATH)

    assert not where, f"Use a path relative to the project, or one from the settings: {where}"


def test_no_file_names_a_package_registry() -> None:
    where = found(REGISTRY)

    assert not where, f"Leave the index to pip's own configuration: {where}"


def test_no_file_counts_on_a_port_of_its_own() -> None:
    where = [
        f"{path}:{number}"
        for path, text in texts().items()
        if path != "tests/conventions/test_repository.py"
        for number, line in enumerate(text.splitlines(), start=1)
        if any(match["port"] not in DOCUMENTED_PORTS for match in LOOPBACK_PORT.finditer(line))
    ]

    assert not where, f"Take a free port, or PENNYWHISTLE_PORT: {where}"


def test_every_requirement_is_pinned_by_hash() -> None:
    for name in ("runtime", "develop"):
        text = texts()[f"requirements/{name}.txt"]
        pins = re.findall(r"^[a-z0-9][\w.\[\],-]*==.*$", text, re.MULTILINE)
        bare = [pin for pin in pins if not pin.rstrip().endswith("\\")]

        assert len(pins) > 15
        assert not bare, f"Run `make requirements`: {bare} have no hash."


def test_every_release_says_what_changed_for_its_users() -> None:
    fragments = [path for path in texts() if re.fullmatch(r"changes/[\w.-]+\.md", path)]

    assert "changes/README.md" in fragments
    assert len(fragments) > 1, "Add a fragment to changes/ (see changes/README.md)."
