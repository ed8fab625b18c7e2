"""A search of the mailbox reads so many rows and no more; a barcode is found at any age."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders import NOON, a_shelf, a_user
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.intake.telling import mailbox
from pennywhistle.apps.intake.telling.mailbox import mail_rows
from pennywhistle.apps.intake.telling.tests.told import a_label, a_message
from pennywhistle.apps.parties.actions import let_act

if TYPE_CHECKING:
    from pennywhistle.apps.users.models import User

UPC = "04006381333931"


@pytest.mark.django_db
def test_a_part_of_a_text_is_looked_for_among_the_newest_of_each_party(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailbox, "SEARCHED_MAX", 2)
    user, shelf = a_user(), a_shelf("Tin")
    Release.objects.filter(id=shelf.release.pk).update(upc=UPC)
    label, other = shelf.release.supplier, a_label("Another")
    for party in (label, other):
        let_act(party_id=party.pk, user_id=user.pk)
        for age in range(4):
            at = NOON - timedelta(days=age)
            a_message(party, message_id=f"{party.name}-{age}", received_at=at)
    oldest = NOON - timedelta(days=400)
    a_message(label, message_id="of old", received_at=oldest, release=shelf.release)

    assert found(user, "-") == ["Another-0", "Another-1", "Tin Label-0", "Tin Label-1"]
    assert found(user, "of old") == []
    assert found(user, UPC) == ["of old"]
    assert len(mail_rows(user=user)) == 9


def found(user: User, text: str) -> list[str]:
    return sorted(mail.name for mail in mail_rows(user=user, text=text))
