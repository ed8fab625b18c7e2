"""The documentation is held to the program: settings, dependencies, links."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from pennywhistle.config.settings import env

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("changes/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# A name in backquotes at the start of a table's row or of a list's line.
NAMED_FIRST = re.compile(r"^(?:\| |- )`(?P<name>[^`]+)`", re.MULTILINE)


def named_first(page: str) -> list[str]:
    """What a reference page explains: the first name of each row."""
    return NAMED_FIRST.findall((DOCS / page).read_text(encoding="utf-8"))


def test_the_settings_page_lists_what_the_program_reads() -> None:
    read = {name for name in env.known if not name.endswith("_FILE")} | {"DATABASE_URL"}
    listed = named_first("running/settings.md")

    assert sorted(listed) == sorted(set(listed)), "docs/running/settings.md has a row twice."
    missing, gone = read - set(listed), set(listed) - read
    assert not missing, f"Add a row for each to docs/running/settings.md: {sorted(missing)}"
    assert not gone, f"No longer read; take out of docs/running/settings.md: {sorted(gone)}"


def required(name: str) -> set[str]:
    """The projects that a requirements file names, without extras and bounds."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    names = (re.split(r"[\[<>=~! ]", line)[0] for line in lines if line[:1].isalnum())
    return set(names)


def test_every_dependency_has_a_reason() -> None:
    wanted = required("runtime.in") | required("develop.in")
    listed = set(named_first("developing/dependencies.md"))

    assert len(wanted) > 25
    assert not wanted - listed, f"Say why in docs/developing/dependencies.md: {wanted - listed}"
    assert not listed - wanted, f"No longer required: {listed - wanted}"


def linked(page: Path) -> set[str]:
    """The addresses beside a page, or anywhere in the project, that it links to."""
    text = CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))
    targets = {target.partition("#")[0] for target in LINK.findall(text) if "://" not in target}
    return {target for target in targets if target and not target.startswith("mailto:")}


def test_links_lead_somewhere() -> None:
    lost = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in sorted(linked(page))
        if not (page.parent / unquote(target)).exists()
    ]

    assert len(PAGES) > 100
    assert not lost, f"Pages link to what is not there: {lost}"


def test_paths_of_the_code_that_pages_name_exist() -> None:
    named = re.compile(r"`((?:src|tests|benchmarks|tools|docs|requirements|changes)/[\w./-]+)`")
    lost = [
        f"{page.relative_to(ROOT)}: {path}"
        for page in PAGES
        for path in named.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / path).exists()
    ]

    assert not lost, f"Pages name what is not there: {lost}"


def test_decisions_are_short_and_numbered_without_a_gap() -> None:
    decisions = sorted(file for file in (DOCS / "decisions").glob("[0-9]*.md"))
    numbers = [int(file.name[:4]) for file in decisions]

    assert numbers == list(range(1, len(numbers) + 1))
    for file in decisions:
        text = file.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 60, f"{file.name}: a decision fits on a page."
        for heading in ("## Decision", "## Why", "## What it forbids", "## How it is checked"):
            assert heading in text, f"{file.name} lacks “{heading}”."


@pytest.mark.parametrize("recipe", ["payment provider", "page", "format", "kind of leaf"])
def test_recipes_touch_at_most_five_files(recipe: str) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.search(rf"^### Add a {recipe}\n(.*?)(?=^#)", text, re.MULTILINE | re.DOTALL)

    assert section, f"CONTRIBUTING.md has no recipe “Add a {recipe}”."
    steps = re.findall(r"^\d+\. ", section[1], re.MULTILINE)
    assert 1 <= len(steps) <= 5, "A recipe that grows is a fault of the architecture."
