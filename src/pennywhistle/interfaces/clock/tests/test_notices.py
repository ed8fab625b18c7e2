"""Each person of a claimant gets one mail of a dispute, whatever happens to the mail server."""

from __future__ import annotations

from fractions import Fraction
from smtplib import SMTPRecipientsRefused

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection

from builders import a_shelf, a_store, a_user
from pennywhistle.apps.claims.models import Notice
from pennywhistle.apps.parties.actions import ensure_party, let_act
from pennywhistle.interfaces.clock import jobs
from pennywhistle.interfaces.clock.notices import tell_claimants
from pennywhistle.interfaces.common.language import language_of
from societies import written_by


class Failing(EmailBackend):
    """A mail server that is down, or refuses one address."""

    error: Exception | None = None
    refused = ""
    in_transaction: list[bool] = []

    def send_messages(self, messages: list[mail.EmailMessage]) -> int:
        Failing.in_transaction.append(connection.in_atomic_block)
        if Failing.error:
            raise Failing.error
        if messages[0].to == [Failing.refused]:
            raise SMTPRecipientsRefused({Failing.refused: (550, b"nobody")})
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def server(monkeypatch) -> type[Failing]:
    monkeypatch.setattr("django.core.mail.get_connection", lambda *_a, **_k: Failing())
    monkeypatch.setattr(Failing, "error", None)
    monkeypatch.setattr(Failing, "refused", "")
    monkeypatch.setattr(Failing, "in_transaction", [])
    return Failing


def a_dispute(*countries: str) -> None:
    """Wanda and Will claim all of one work; one person from each country acts for Wanda."""
    a_store()
    writers = written_by(a_shelf(track_count=1), {"Wanda": Fraction(1), "Will": Fraction(1)})
    for country in countries:
        user = a_user(f"{country.lower()}@example.org", country=country)
        let_act(party_id=writers["Wanda"].pk, user_id=user.pk)


@pytest.mark.django_db
def test_one_mail_tells_of_all_rights_with_the_letter_and_the_link() -> None:
    a_dispute("US")

    assert tell_claimants() == 1

    (sent,) = mail.outbox
    assert sent.to == ["us@example.org"]
    assert sent.subject == "Conflicting claims on “Track 1”"
    for text in ("Wanda", "Will", "200 %", "work: reproduction", "work: making available",
                 f"{settings.ORIGIN}/studio/claims/"):  # fmt: skip
        assert text in sent.body, text


@pytest.mark.django_db
def test_the_clock_tells_nobody_twice() -> None:
    a_dispute("US", "GB")

    for _ in range(3):
        jobs.tell_claimants(timestamp=0)

    assert sorted(sent.to[0] for sent in mail.outbox) == ["gb@example.org", "us@example.org"]
    assert not Notice.objects.filter(sent_at__isnull=True).exists()


@pytest.mark.django_db
def test_a_server_that_is_down_loses_and_doubles_nothing(server) -> None:
    a_dispute("US", "GB")
    server.error = OSError("connection refused")
    for _ in range(5):
        assert tell_claimants() == 0

    server.error = None
    assert tell_claimants() == 2
    assert tell_claimants() == 0
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 2


@pytest.mark.django_db
def test_an_address_that_nobody_has_keeps_no_mail_of_others(server) -> None:
    a_dispute("US", "GB")
    server.refused = "us@example.org"

    assert tell_claimants() == 1
    assert [sent.to for sent in mail.outbox] == [["gb@example.org"]]
    assert set(Notice.objects.filter(sent_at=None).values_list("try_count", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_mail_is_sent(server) -> None:
    a_dispute("US")

    assert tell_claimants() == 1
    assert server.in_transaction == [False]


@pytest.mark.django_db
def test_the_mail_is_in_the_language_of_the_readers_country() -> None:
    a_dispute("AT", "EG")

    tell_claimants()

    german, arabic = sorted(mail.outbox, key=lambda sent: sent.to)
    assert german.subject == "Widersprüchliche Ansprüche auf „Track 1“"
    assert "مطالبات متعارضة" in arabic.subject


@pytest.mark.parametrize(
    ("country", "language"),
    [("DE", "de"), ("CH", "de"), ("EG", "ar"), ("US", "en"), ("FR", "en"), ("", "en"), ("?", "en")],
)
def test_a_country_speaks_what_most_of_it_do(country: str, language: str) -> None:
    assert language_of(country) == language


@pytest.mark.django_db
def test_a_title_with_a_line_break_breaks_no_mail() -> None:
    a_dispute("US")
    work = ensure_party(name="Wanda").ownership_shares.first().work
    type(work).objects.filter(id=work.pk).update(title="Rain\r\nBcc: all@example.org")

    tell_claimants()

    assert mail.outbox[0].subject == "Conflicting claims on “Rain Bcc: all@example.org”"
