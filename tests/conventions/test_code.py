"""House rules on the code that no linter has; each failure says how to mend it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src" / "pennywhistle"
FUNCTION_LINES_MAX = 50
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common_code"}
# Where amounts are computed. Elsewhere a float may be a duration or a loudness.
MONEY = (
    "kernel/money.py",
    "kernel/split.py",
    "kernel/currencies.py",
    "engines/clearance",
    "apps/ledger",
    "apps/orders",
    "apps/payments",
    "apps/payouts",
    "apps/rights",
    "apps/statements",
    "apps/taxes",
    "apps/invoices",
    "engines/tax",
)
DOCSTRING = re.compile(r'(?:#.*\n|\s)*"""(.*?)(?:"""|$)', re.MULTILINE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def parsed(file: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"))


def opening(file: Path) -> str:
    """The first line of a module's docstring, or nothing; parsing them all takes too long."""
    found = DOCSTRING.match(file.read_text(encoding="utf-8"))
    return found[1] if found else ""


def modules(*, with_tests: bool = False) -> list[Path]:
    """Every module of the program that somebody wrote: no migration that Django made."""
    found = (file for file in PACKAGE.rglob("*.py") if "migrations" not in file.parts)
    return sorted(file for file in found if with_tests or "tests" not in file.parts)


def functions(tree: ast.AST) -> Iterator[Function]:
    """All functions, however deep."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def shown(file: Path) -> str:
    """A path as people say it."""
    return str(file.relative_to(ROOT))


def test_the_rules_look_at_the_whole_program() -> None:
    assert len(modules()) > 150
    assert all((PACKAGE / place).exists() for place in MONEY)


def test_every_module_opens_with_a_sentence() -> None:
    others = [*ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/*.py"), *ROOT.glob("tools/*.py")]
    silent = [
        shown(file)
        for file in [*modules(with_tests=True), *others]
        if not opening(file).rstrip().endswith((".", "?"))
    ]

    assert not silent, f"Open each with a docstring that is one sentence: {silent}"


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [shown(file) for file in modules(with_tests=True) if file.stem in VAGUE_NAMES]

    assert not vague, f"Name the module after what it holds: {vague}"


def actions() -> list[Path]:
    """The modules whose public functions write."""
    return [
        file
        for file in modules()
        if file.parts[len(PACKAGE.parts)] == "apps"
        and (file.stem == "actions" or file.parent.name == "actions")
    ]


def test_actions_take_their_arguments_by_name() -> None:
    assert len(actions()) >= 8
    positional = [
        f"{shown(file)}:{node.lineno} {node.name}"
        for file in actions()
        for node in parsed(file).body
        if isinstance(node, Function)
        and not node.name.startswith("_")
        and (node.args.args or node.args.posonlyargs or node.args.vararg)
    ]

    assert not positional, f"Put `*,` before the first argument: {positional}"


def test_actions_say_what_they_do() -> None:
    silent = [
        f"{shown(file)}:{node.lineno} {node.name}"
        for file in actions()
        for node in parsed(file).body
        if isinstance(node, Function)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]

    assert not silent, f"Give each a docstring with what it does and raises: {silent}"


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{shown(file)}:{node.lineno} {node.name} has {lines} lines"
        for file in modules()
        for node in functions(parsed(file))
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]

    assert not long, f"Take a step out of each and give it a name: {long}"


def floats(tree: ast.AST) -> Iterator[ast.AST]:
    """Float literals and calls of `float`, but for those that make a text for people."""
    in_texts = {
        inner
        for text in ast.walk(tree)
        if isinstance(text, ast.FormattedValue)
        for inner in ast.walk(text)
    }
    for node in ast.walk(tree):
        if node in in_texts:
            continue
        is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        is_call = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "float"
        )
        if is_literal or is_call:
            yield node


@pytest.mark.parametrize("place", MONEY)
def test_money_is_never_a_float(place: str) -> None:
    root = PACKAGE / place
    found = [
        f"{shown(file)}:{getattr(node, 'lineno', 0)}"
        for file in modules()
        if file == root or root in file.parents
        for node in floats(parsed(file))
    ]

    assert not found, f"Use whole micro-units, Fraction, or Decimal at the edges: {found}"


def test_the_float_rule_sees_floats() -> None:
    seen = floats(ast.parse("a = 0.1\nb = float('1')\nc = f'{float(share):.2%}'\nd = 1"))

    assert [getattr(node, "lineno", 0) for node in seen] == [1, 2]
