"""Two operators press at once, and one is cut off in between: everything happens once."""

from __future__ import annotations

from datetime import date

import pytest

from payee_shop import RUN_AT, SOLD_AT, a_euro_store, a_payee, a_run, an_operator, earn, seal
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.payouts.approving import approve
from pennywhistle.apps.payouts.models import Approval, Payout, Run
from pennywhistle.apps.payouts.sending import FileAsked, write_bank_file
from pennywhistle.apps.payouts.settling import bring_back, settle
from pennywhistle.apps.proof.models import Announcement
from pennywhistle.apps.proof.signing import create_keys
from pennywhistle.kernel.money import Money
from threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_whatever_two_operators_press_at_once_happens_once(settings, tmp_path, monkeypatch) -> None:
    settings.KEYS, settings.DATA = tmp_path / "keys", tmp_path / "data"
    settings.PAYOUT_IBAN = "DE02120300000000202051"
    (tmp_path / "data").mkdir()
    create_keys(now=SOLD_AT)
    a_euro_store()
    payee = a_payee()
    people = [an_operator(), an_operator("second@example.org")]
    earn(payee, "50.005")
    seal()

    runs = at_once(4, lambda number: a_run(people[number % 2]))
    assert len({run.pk for run in runs if isinstance(run, Run)}) == 1
    payout_id = Payout.objects.get().id
    # Cut off behind the entry of the books, before the payout's own row: nothing of it stays.
    with monkeypatch.context() as cut:
        cut.setattr("pennywhistle.apps.payouts.approving.document_of", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            approve(payout_id=payout_id, user_id=people[0].pk, now=RUN_AT)
    assert not Entry.objects.filter(kind="payout").exists()
    assert not Approval.objects.exists()

    at_once(4, lambda each: approve(payout_id=payout_id, user_id=people[each % 2].pk, now=RUN_AT))
    assert Entry.objects.filter(kind="payout").count() == 1
    assert Announcement.objects.filter(kind="O").count() == 1
    asked = FileAsked(people[0].pk, "pain.001.001.03", date(2026, 12, 4))
    files = at_once(3, lambda _: write_bank_file(asked=asked, now=RUN_AT))
    kinds = sorted(type(each).__name__ for each in files)
    assert kinds == ["BankFile", "NothingToSendError", "NothingToSendError"]
    ways = [
        lambda: settle(payout_id=payout_id, reference="STMT", now=RUN_AT),
        lambda: bring_back(payout_id=payout_id, reason="AC04", now=RUN_AT),
    ]
    at_once(4, lambda number: ways[number % 2]())

    # Settled and then back, or back at once: either way the money is there, and nowhere else.
    assert Payout.objects.get().state == "returned"
    assert sum_of(payee.account) == Money.parse("50.005", currency="EUR")
    others = Account.objects.exclude(number=payee.account.number).exclude(code="fakepay")
    assert not any(sum_of(account) for account in others)


def _cut_off(*_args: object, **_more: object) -> bytes:
    raise KeyboardInterrupt
