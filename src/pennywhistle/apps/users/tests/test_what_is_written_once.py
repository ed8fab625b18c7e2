"""One pair of guards keeps what is written once, and what is closed and never edited."""

import pytest
from django.db import connection


def answers(sql: str, *parameters: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("guard", "sentence"),
    [("written_once", "is written once"), ("closed_once", "is closed once")],
)
def test_no_app_has_a_copy_of_a_guard(guard: str, sentence: str) -> None:
    having = answers("SELECT proname FROM pg_proc WHERE strpos(prosrc, %s) > 0", sentence)

    assert having == [guard], f"Let the trigger execute {guard}()."


# Doors that are opened and shut, and looked at in between; no statements that somebody relies on.
# Nor is what waits to be blocked: the entry that it becomes is guarded. A contract's terms may be
# accepted, too, and have a guard that knows of that; fakepay's disputes are not the store's.
DOORS = (
    *("intake_mailbox", "intake_hook", "intake_feedaddress", "statements_salesfeed"),
    *("copies_blockwish", "contracts_terms", "fakepay_fakedispute"),
)


@pytest.mark.django_db
def test_what_can_be_closed_can_neither_be_edited_nor_deleted() -> None:
    tables = answers(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relkind = 'r' AND a.attname = 'closed_at' AND c.relname <> 'proof_page'"
    )
    assert {"rights_grant", "rights_stop", *DOORS} <= set(tables)

    for guard in ("written_once", "closed_once"):
        guarded = answers(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgfoid = %s::regproc",
            guard,
        )
        missing = sorted(set(tables) - {*guarded, *DOORS})
        assert not missing, f"A table has `closed_at`, and no {guard}()."
