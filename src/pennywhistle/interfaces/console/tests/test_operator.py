"""Making somebody an operator, from the command line."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner, Result

from builders import a_user
from pennywhistle.apps.users.models import User
from pennywhistle.interfaces.console.commands import operator

pytestmark = pytest.mark.django_db


def run(*words: str) -> Result:
    app = typer.Typer()
    app.command()(operator)
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})


def test_an_account_becomes_an_operators_and_may_be_made_so_twice() -> None:
    user = a_user("otto@example.org")

    assert run("Otto@example.org").exit_code == 0
    assert run("otto@example.org").exit_code == 0

    assert list(User.objects.operators()) == [user]


def test_the_office_is_taken_away_again() -> None:
    a_user("otto@example.org")
    run("otto@example.org")

    assert run("otto@example.org", "--remove").exit_code == 0

    assert not User.objects.operators().exists()


def test_who_never_signed_up_is_no_operator() -> None:
    answer = run("nobody@example.org")

    assert answer.exit_code == 2
    assert "Nobody signed up as nobody@example.org." in answer.output
    assert not User.objects.exists()
