"""Suppliers are told of doubts about their files, and of decisions: once, in one mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils.timezone import now

from builders import a_store, a_user
from judged_files import LOSSY
from pennywhistle.apps.intake.doubts.actions import answer_doubt, decide_doubt
from pennywhistle.apps.intake.models import Delivery, DeliveryFile, Doubt, DoubtLetter
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.interfaces.clock import deliveries
from pennywhistle.interfaces.clock.doubt_notices import tell_suppliers_of_doubts

pytestmark = pytest.mark.django_db


def doubts_of(*countries: str, count: int = 2) -> list[Doubt]:
    """Something serious in files of a label; one person from each country acts for it."""
    a_store()
    label = ensure_party(name="North\nLabel")
    for country in countries:
        user = a_user(f"{country.lower()}@example.org", country=country)
        let_act(party_id=label.pk, user_id=user.pk)
    delivery = Delivery.objects.create(supplier=label, source_name="Box", created_at=now())
    doubts = []
    for number in range(count):
        sha256 = f"{number:064x}"
        DeliveryFile.objects.create(
            delivery=delivery,
            path=f"{number} North.flac",
            kind=DeliveryFile.Kind.AUDIO,
            state=DeliveryFile.State.GOOD,
            sha256=sha256,
            size_bytes=1,
        )
        doubts.append(
            Doubt.objects.create(
                supplier=label,
                sha256=sha256,
                code=LOSSY.code,
                finding=LOSSY.to_json(),
                path=f"{number} North.flac",
                opened_at=now(),
            )
        )
    return doubts


def decide(doubt: Doubt, kind: str = "upheld") -> None:
    operator = a_user(f"operator-{doubt.pk}@example.org")
    reason = "We heard\nthe tapes."
    decide_doubt(doubt_id=doubt.pk, kind=kind, reason=reason, user_id=operator.pk, now=now())


def test_who_acts_for_a_supplier_gets_one_mail_about_all_of_it() -> None:
    doubts_of("US", "CA")

    for _ in range(3):
        deliveries.tell_of_doubts(timestamp=0)

    assert sorted(each.to[0] for each in mail.outbox) == ["ca@example.org", "us@example.org"]
    letter = mail.outbox[0]
    assert letter.subject == "Something serious was found in 2 files of yours"
    assert "You act for North Label," in letter.body
    assert letter.body.count("Unpacked from a lossy file") == 2
    assert letter.body.count("/studio/deliveries/") == 2
    assert not DoubtLetter.objects.filter(sent_at=None).exists()


def test_a_decision_is_told_with_its_reason_and_an_answer_is_not() -> None:
    first, second = doubts_of("US")
    tell_suppliers_of_doubts()
    mail.outbox.clear()

    answering = a_user("label@example.org")
    answer_doubt(doubt_id=second.pk, text="Chip music.", user_id=answering.pk, now=now())
    assert tell_suppliers_of_doubts() == 0
    decide(first)
    assert tell_suppliers_of_doubts() == 1

    (letter,) = mail.outbox
    assert letter.subject == "The store has decided about a file of yours"
    assert "0 North.flac: Unpacked from a lossy file. Refused. Reason: We heard the tapes." in (
        letter.body
    )
    assert "1 North.flac" not in letter.body


def test_who_comes_later_is_not_told_of_what_was_before() -> None:
    (doubt,) = doubts_of(count=1)
    user = a_user("late@example.org")
    let_act(party_id=doubt.supplier_id, user_id=user.pk)
    long_ago = now() - timedelta(days=2)
    other = Doubt.objects.create(
        supplier=doubt.supplier,
        sha256="f" * 64,
        code=LOSSY.code,
        finding=LOSSY.to_json(),
        path="old.flac",
        opened_at=long_ago,
    )

    tell_suppliers_of_doubts()

    assert list(DoubtLetter.objects.values_list("doubt", flat=True)) == [doubt.pk]
    assert other.path not in mail.outbox[0].body


def test_a_server_that_is_down_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    doubts_of("US")

    def fail(*_given: object) -> int:
        raise OSError("connection refused")

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", fail)
        assert [tell_suppliers_of_doubts() for _ in range(3)] == [0, 0, 0]

    assert tell_suppliers_of_doubts() == 1
    assert tell_suppliers_of_doubts() == 0


def test_what_is_too_much_for_a_mail_is_counted() -> None:
    doubts_of("US", count=52)

    tell_suppliers_of_doubts()

    (letter,) = mail.outbox
    assert letter.body.count("- ") == 51
    assert "and 2 more" in letter.body


def test_the_mail_is_in_the_language_of_the_readers_country() -> None:
    (doubt,) = doubts_of("AT", "EG", count=1)
    tell_suppliers_of_doubts()
    decide(doubt, "overruled")
    tell_suppliers_of_doubts()

    german = [each for each in mail.outbox if each.to == ["at@example.org"]]
    arabic = [each for each in mail.outbox if each.to == ["eg@example.org"]]
    assert "Ernstes" in german[0].subject
    assert "entschieden" in german[1].subject
    assert "ملف" in arabic[0].subject
    assert all("store" not in each.body for each in [*german, *arabic])
