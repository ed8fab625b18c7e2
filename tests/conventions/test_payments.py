"""Nobody begins a payment without an account: who may ask for one is signed in."""

import ast
from pathlib import Path

import pennywhistle
from pennywhistle.interfaces.shop import urls

ROOT = Path(pennywhistle.__file__).parent
# Whatever makes a payment at a provider. The views below are the only way to it from outside.
BEGINS = "start_top_up"
ALLOWED = {"apps/payments/actions.py", "interfaces/shop/paying_in.py"}


def named_in(file: Path) -> bool:
    """Whether a module says the name of what begins payments."""
    source = file.read_text(encoding="utf-8")
    return BEGINS in source and any(
        isinstance(node, ast.Name | ast.alias | ast.FunctionDef)
        and BEGINS in {getattr(node, "id", ""), getattr(node, "name", "")}
        for node in ast.walk(ast.parse(source))
    )


def test_payments_begin_in_one_place() -> None:
    files = [file for file in ROOT.rglob("*.py") if "tests" not in file.parts]

    found = {file.relative_to(ROOT).as_posix() for file in files if named_in(file)}

    assert found == ALLOWED, f"Begin payments by interfaces/shop/paying_in.py alone: {found}"


def test_whoever_begins_one_is_signed_in() -> None:
    views = [each.callback for each in urls.urlpatterns if "paying_in" in each.callback.__module__]

    assert [view.__name__ for view in views] == ["top_up"]
    assert all(getattr(view, "login_required", True) for view in views)
