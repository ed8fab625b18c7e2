"""A receipt goes from recorded to sealed, is handed over as a file, and checked on the page."""

from __future__ import annotations

import html
import json
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import typer
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.proof import work
from pennywhistle.apps.proof.keys import prepare_keys, rotate_keys
from pennywhistle.apps.proof.log import the_log
from pennywhistle.apps.proof.signing import create_keys, the_signing_log
from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey
from pennywhistle.engines.tlog.note import SigningKey
from pennywhistle.engines.tlog.promise import parse_promise
from pennywhistle.engines.tlog.promise_checks import verify_promise
from pennywhistle.engines.tlog.tlog_proof import format_proof, parse_proof
from pennywhistle.interfaces.console import verify as console

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer_s(settings: SettingsWrapper, tmp_path: Path) -> Client:
    """A buyer's browser in a shop whose log has its keys."""
    settings.DATA, settings.KEYS = tmp_path, tmp_path / "keys"
    create_keys(now=NOON)
    a_store()
    client = Client()
    client.force_login(a_buyer())
    return client


def a_sale(client: Client) -> UUID:
    order_id = check_out(
        buyer_id=int(client.session["_auth_user_id"]),
        wanted=[a_shelf().track(1)],
        territory="US",
        shown=usd("0.14"),
        key="key",
        now=NOON,
    )
    return OrderLine.objects.get(order_id=order_id).pk


def seal(*, page: bool) -> None:
    work.order_waiting()
    if page:
        work.close_page(log=the_log(), now=NOON)
    work.publish(log=the_signing_log())


def proof_of(client: Client, sale: UUID) -> bytes:
    answer = client.get(reverse("delivery:receipt", args=[sale]))
    assert answer.status_code == 200
    return b"".join(answer) if answer.streaming else answer.content


def checked(client: Client, proof: bytes, **more: str) -> tuple[int, str]:
    """What the store answers, without the blank paper that the page brings for the browser."""
    file = SimpleUploadedFile("a.tlog-proof", proof)
    answer = client.post("/verify", {"receipt": file, **more})
    told = answer.content.decode().partition("data-verify-store")[2]
    return answer.status_code, told.partition("<form")[0]


def test_a_receipt_matures_from_recorded_to_credited(buyer_s: Client) -> None:
    sale = a_sale(buyer_s)
    address = reverse("receipt", args=[sale])
    recorded = buyer_s.get(address).content.decode()
    seal(page=False)
    sealed = buyer_s.get(address).content.decode()
    seal(page=True)
    paged = buyer_s.get(address).content.decode()

    assert "stamp is-recorded" in recorded
    assert "Download the proof" not in recorded
    assert "stamp is-sealed" in sealed
    assert "Download the proof" in sealed
    assert "every 3s" in sealed
    assert "every 3s" not in paged


def test_a_promise_is_there_at_once_stays_as_it_is_and_is_its_buyer_s(buyer_s: Client) -> None:
    sale = a_sale(buyer_s)
    address = reverse("delivery:promise", args=[sale])
    page = buyer_s.get(reverse("receipt", args=[sale])).content.decode()
    answer = buyer_s.get(address)
    data = b"".join(answer) if answer.streaming else answer.content

    assert address in page
    assert ".tlog-promise" in answer["Content-Disposition"]
    occurred_at_us = parse_promise(data).lines[0].occurred_at_us
    verdict = verify_promise(data, keys=[the_log().verifier], now_us=occurred_at_us + 1)
    assert verdict.passed
    assert {check.code for check in verdict.checks if check.passed is None} == {
        "promise-kept",
        "buyer",
    }
    seal(page=False)
    again = buyer_s.get(address)
    assert (b"".join(again) if again.streaming else again.content) == data
    assert Client().get(address).status_code in {302, 404}
    assert address not in buyer_s.get(reverse("receipt", args=[sale])).content.decode()


def test_the_store_s_own_receipt_is_proven_by_anybody(buyer_s: Client) -> None:
    sale = a_sale(buyer_s)
    seal(page=True)

    status, page = checked(Client(), proof_of(buyer_s, sale))

    assert status == 200
    assert "Everything that this receipt shows is proven" in page
    assert "stamp is-sealed" in page
    assert "check-fail" not in page


def test_a_receipt_that_no_page_covers_says_what_is_still_open(buyer_s: Client) -> None:
    sale = a_sale(buyer_s)
    seal(page=False)

    _, page = checked(Client(), proof_of(buyer_s, sale))

    assert "is-check-open" in page
    assert "is-check-fail" not in page


def test_a_receipt_of_another_store_is_refused(buyer_s: Client, settings: SettingsWrapper) -> None:
    sale = a_sale(buyer_s)
    seal(page=True)
    proof = proof_of(buyer_s, sale)
    settings.KEYS = settings.DATA / "other-keys"
    create_keys(now=NOON)

    status, page = checked(Client(), proof)

    assert status == 200
    assert "stamp is-refused" in page
    assert "is-check-fail" in page


@pytest.mark.parametrize("data", [b"", b"x", b"c2sp.org/tlog-proof@v1\n", b"\x00" * 1_000])
def test_what_is_no_receipt_is_told_so(buyer_s: Client, data: bytes) -> None:
    status, page = checked(buyer_s, data)

    assert status == 400
    assert "is not a receipt" in page or "Choose a receipt" in page


def test_a_huge_file_is_refused_unread(buyer_s: Client) -> None:
    status, page = checked(buyer_s, b"x" * 2_000_000)

    assert status == 400
    assert "at most 1 MB" in page
    assert buyer_s.post("/verify").status_code == 400


def test_the_receipt_s_address_is_drawn_as_a_code(buyer_s: Client) -> None:
    answer = buyer_s.get(reverse("receipt-qr", args=[a_sale(buyer_s)]))

    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert b"<svg" in answer.content
    assert b"<script" not in answer.content


def bent(proof: bytes, **changes: object) -> bytes:
    """The receipt with other values common to its lines; nobody sealed those."""
    parsed = parse_proof(proof)
    document = json.loads(parsed.extra)
    document["common"] |= changes
    return format_proof(replace(parsed, extra=json.dumps(document).encode()))


@pytest.mark.parametrize(
    "changes", [{"at": 2**63 - 1}, {"at": 1 - 2**63}, {"currency": "ZZZ"}, {"price": 2**63 - 1}]
)
def test_a_receipt_of_no_time_or_money_is_refused_on_paper(
    buyer_s: Client, changes: dict[str, object]
) -> None:
    sale = a_sale(buyer_s)
    seal(page=True)

    status, page = checked(buyer_s, bent(proof_of(buyer_s, sale), **changes))

    assert status == 200
    assert "stamp is-refused" in page
    assert "At least one line differs" in page


def test_a_key_from_elsewhere_is_the_one_that_counts(buyer_s: Client) -> None:
    sale = a_sale(buyer_s)
    seal(page=True)
    proof = proof_of(buyer_s, sale)

    own = the_log().verifier.to_text()
    other = SigningKey(the_log().verifier.name, bytes(32)).verifier.to_text()
    assert "Everything that this receipt shows is proven" in checked(buyer_s, proof, vkey=own)[1]
    assert "Do not rely on it" in checked(buyer_s, proof, vkey=other)[1]
    assert checked(buyer_s, proof, vkey="no key")[0] == 400


def test_a_receipt_from_before_a_change_of_keys_is_believed_until_they_are_revoked(
    buyer_s: Client,
) -> None:
    sale = a_sale(buyer_s)
    seal(page=True)
    proof, old = proof_of(buyer_s, sale), the_log().verifier
    prepare_keys(now=NOON)
    rotate_keys(now=NOON, is_revoked=False)

    assert "Everything that this receipt shows is proven" in checked(buyer_s, proof)[1]
    assert old.to_text() in html.unescape(buyer_s.get("/verify").content.decode())

    retired = the_log().verifier
    prepare_keys(now=NOON)
    rotate_keys(now=NOON, is_revoked=True)
    assert f"log {retired.to_text()}" not in html.unescape(buyer_s.get("/verify").content.decode())
    assert "Everything that this receipt shows is proven" in checked(buyer_s, proof)[1]


def test_the_command_that_is_shown_checks_a_receipt_by_itself(
    buyer_s: Client, tmp_path: Path
) -> None:
    sale = a_sale(buyer_s)
    seal(page=True)
    (tmp_path / "RECEIPT.tlog-proof").write_bytes(proof_of(buyer_s, sale))
    prepare_keys(now=NOON)
    rotate_keys(now=NOON, is_revoked=False)
    page = html.unescape(buyer_s.get("/verify").content.decode())
    (command,) = re.findall(r"<code>(pennywhistle verify .*?)</code>", page)

    program, name, file, *options = shlex.split(command)
    app = typer.Typer()
    app.command()(console.verify)
    result = CliRunner().invoke(app, [str(tmp_path / file), *options])

    assert (program, name, result.exit_code) == ("pennywhistle", "verify", 0), result.output


def test_the_store_asks_for_its_witnesses_as_the_browser_does(
    buyer_s: Client, settings: SettingsWrapper, tmp_path: Path
) -> None:
    sale = a_sale(buyer_s)
    seal(page=False)
    young = proof_of(buyer_s, sale)
    seal(page=True)
    paged = proof_of(buyer_s, sale)
    witness = CosigningKey("w.example", CosignatureKind.ED25519, bytes(32)).verifier.to_text()
    (tmp_path / "policy").write_text(f"witness w {witness}\nquorum w\n", encoding="ascii")
    settings.WITNESS_POLICY = str(tmp_path / "policy")

    answer = checked(buyer_s, young)[1]
    assert "Witnessed by 0 of 1 so far" in answer
    assert "stamp is-sealed" in answer
    answer = checked(buyer_s, paged)[1]
    assert "less than the policy wants" in answer
    assert "stamp is-refused" in answer
    # Of a key from elsewhere, those witnesses know nothing.
    other = SigningKey(the_log().verifier.name, bytes(32)).verifier.to_text()
    assert "Witnessed" not in checked(buyer_s, paged, vkey=other)[1]


def test_the_verifier_comes_with_its_page_alone(buyer_s: Client) -> None:
    page = buyer_s.get("/verify").content.decode()

    (sent,) = re.findall(r'<script id="verify-words"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert json.loads(sent)["titles"]["signature"] == "The store signed for it"
    assert f"log {the_log().verifier.to_text()} " in html.unescape(page)
    for address in ("/", "/about", "/help"):
        assert "js/verify/" not in buyer_s.get(address).content.decode()
    assert "js/verify/page" in page


def test_the_page_says_what_nothing_catches_and_that_nobody_else_watches(buyer_s: Client) -> None:
    page = " ".join(buyer_s.get("/verify").content.decode().split())

    assert "This store has no witnesses: nobody but the store says" in page
    assert "a store that refuses to show a payee its own line" in page
    assert "a store that hands the receipt of one sale to several buyers" in page
    assert "quorum none" in page
