"""Whoever acts for nobody, or for somebody else, gets nowhere: a matrix of every address."""

import pytest
from django.test import Client
from django.urls import reverse

from builders import a_user
from pennywhistle.apps.claims.models import Position
from pennywhistle.apps.intake.models import Delivery
from pennywhistle.apps.parties.models import Membership, Party
from pennywhistle.apps.rights.models import Grant, OwnershipShare, Stop
from pennywhistle.interfaces.studio.tests.studio_shop import a_delivery, a_dispute, a_works_file
from pennywhistle.interfaces.studio.urls import urlpatterns

GET_OF_ONES_OWN = [
    "studio",
    "studio-releases",
    "studio-upload",
    "studio-sales",
    "studio-statements",
    "studio-payouts",
    "studio-contracts",
    "studio-contract-new",
    "studio-works",
    "studio-mandates",
    "studio-own-works",
    "studio-repertoires",
    "studio-claims",
    "studio-copies",
    "studio-societies",
    "studio-offers",
    "studio-tier-new",
    "studio-bundle-new",
    "studio-campaign-new",
]
# Those of societies are tried with societies: test_societies.py.
# Those of a contract are tried with a contract: test_contracts.py.
OF_CONTRACTS = {
    "studio-contract",
    "studio-terms-new",
    "studio-terms-accept",
    "studio-terms-close",
}
# Those of a list are tried with a list: test_repertoires.py.
OF_A_LIST = {
    "studio-repertoire",
    "studio-repertoire-add",
    "studio-repertoire-remove",
    "studio-repertoire-rename",
}
OF_SOCIETIES = {
    "studio-society",
    "studio-society-members",
    "studio-society-join",
    "studio-society-leave",
    "studio-society-late",
    "studio-society-proposals",
    "studio-society-repertoire",
    "studio-society-usage",
    "studio-society-usage-csv",
    "studio-society-distributions",
    "studio-society-distribute",
    "studio-distribution",
    "studio-distribution-member",
    "studio-distribution-csv",
}
# Those of the mailbox are tried with messages: test_mailbox.py, test_ern_check.py.
OF_THE_MAILBOX = {
    "studio-mailbox",
    "studio-notices-seen",
    "studio-ern-check",
    "studio-ways",
    "studio-key-new",
    "studio-key-revoke",
    "studio-feed-new",
    "studio-feed-revoke",
    "studio-feed",
    "studio-sales-feed",
    "studio-report",
    "studio-hook-new",
    "studio-hook",
    "studio-hook-try",
    "studio-hook-resume",
    "studio-hook-remove",
    "studio-message",
    "studio-message-document",
}
# Those of mandates and works are tried with mandates: test_revoking.py, test_own_works.py.
OF_MANDATES = {"studio-mandate-revoke", "studio-own-work"}
# Those of copies are tried with conflicts: test_copies.py.
OF_COPIES = {"studio-copy", "studio-copy-answer", "studio-copy-passage", "studio-copy-pair"}
# Tried with whole catalogs: test_leaving.py.
OF_LEAVING = {"studio-leaving", "studio-leaving-part"}
# Tried with files that were heard: test_files.py.
OF_FILES = {"studio-file"}
# Tried with campaigns, bundles and sales: test_offers.py.
OF_OFFERS = {
    *("studio-sale", "studio-sale-end", "studio-bundle-end"),
    *("studio-campaign", "studio-campaign-single", "studio-campaign-shared"),
    *("studio-campaign-end", "studio-campaign-csv"),
}
# Those of payouts are tried with payouts: test_payout_pages.py.
OF_PAYOUTS = {
    *("studio-payout", "studio-payout-json", "studio-payout-year"),
    *("studio-payout-details", "studio-payout-terms"),
}
DAYS = ["2026-11-01", "2026-11-30"]


def addresses_of(supplier) -> dict[str, tuple[str, list[str]]]:
    """Each address that names something of a supplier, with the methods that it answers."""
    release, track = supplier.shelf.release.public_id, supplier.shelf.tracks[0].public_id
    delivery = a_delivery(supplier).public_id
    account = supplier.account.number
    works = a_works_file(supplier).public_id
    dispute = a_dispute(supplier).pk
    return {
        "studio-claim": (reverse("studio-claim", args=[dispute]), ["get"]),
        "studio-claim-answer": (reverse("studio-claim-answer", args=[dispute]), ["post"]),
        "studio-claim-lower": (reverse("studio-claim-lower", args=[dispute]), ["post"]),
        "studio-works-file": (reverse("studio-works-file", args=[works]), ["get"]),
        "studio-works-record": (reverse("studio-works-record", args=[works]), ["post"]),
        "studio-works-csv": (reverse("studio-works-csv", args=[works]), ["get"]),
        "studio-release": (reverse("studio-release", args=[release]), ["get"]),
        "studio-release-terms": (reverse("studio-release-terms", args=[release]), ["get", "post"]),
        "studio-where": (reverse("studio-where", args=[release]), ["get"]),
        "studio-withdraw": (reverse("studio-withdraw", args=[release]), ["post"]),
        "studio-put-back": (reverse("studio-put-back", args=[release]), ["post"]),
        "studio-originals": (reverse("studio-originals", args=[release]), ["post"]),
        "studio-track-terms": (reverse("studio-track-terms", args=[track]), ["get", "post"]),
        "studio-track-stop": (reverse("studio-track-stop", args=[track]), ["post"]),
        "studio-track-resume": (reverse("studio-track-resume", args=[track]), ["post"]),
        "studio-delivery": (reverse("studio-delivery", args=[delivery]), ["get"]),
        "studio-publish": (reverse("studio-publish", args=[delivery]), ["get", "post"]),
        "studio-statement-csv": (reverse("studio-statement-csv", args=[account, *DAYS]), ["get"]),
        **{
            name: (reverse(name, args=[account, *DAYS]), ["get"])
            for name in (
                "studio-statement-json",
                "studio-statement-detail",
                "studio-statement-beancount",
                "studio-statement-pdf",
            )
        },
        "studio-report-new": (reverse("studio-report-new", args=[account, *DAYS]), ["post"]),
        "studio-sales-feed-new": (reverse("studio-sales-feed-new", args=[account]), ["post"]),
        "studio-sales-feed-end": (reverse("studio-sales-feed-end", args=[account]), ["post"]),
        "statements of": (f"{reverse('studio-statements')}?account={account}", ["get"]),
        "sales of": (f"{reverse('studio-sales')}?account={account}", ["get"]),
        "releases before": (f"{reverse('studio-releases')}?before={release}", ["get"]),
    }


# A page of the log; and Pango, a second of a processor's time.
NEEDS_MORE = {"studio-statement-json", "studio-statement-pdf"}


def state() -> tuple[object, ...]:
    """What nobody else's request may change."""
    return (
        list(Grant.objects.order_by("id").values_list("id", "closed_at", "price_micro")),
        list(Stop.objects.order_by("id").values_list("id", "closed_at")),
        list(OwnershipShare.objects.order_by("id").values_list("id", "closed_at")),
        Position.objects.count(),
        list(Delivery.objects.order_by("id").values_list("id", "state")),
        list(Membership.objects.order_by("id").values_list("party_id", "user_id")),
        Party.objects.count(),
    )


def test_another_labels_anything_is_not_found_and_unchanged(ada, bob) -> None:
    addresses = addresses_of(ada)
    before = state()

    for address, methods in addresses.values():
        for method in methods:
            posted = {"price": "0.01", "payee": "Bob"} if method == "post" else None
            answer = getattr(bob.client, method)(address, posted)
            assert answer.status_code == 404, (method, address)

    assert state() == before


def test_ones_own_is_found(ada) -> None:
    for name, (address, methods) in addresses_of(ada).items():
        if "get" in methods and name not in {"studio-publish", *NEEDS_MORE}:
            assert ada.client.get(address).status_code == 200, address


def test_every_address_of_the_studio_is_in_the_matrix(ada) -> None:
    named = {pattern.name for pattern in urlpatterns}

    tried = {
        *addresses_of(ada),
        *GET_OF_ONES_OWN,
        *OF_SOCIETIES,
        *OF_THE_MAILBOX,
        *OF_COPIES,
        *OF_LEAVING,
        *OF_A_LIST,
        *OF_MANDATES,
        *OF_FILES,
        *OF_OFFERS,
        *OF_CONTRACTS,
        *OF_PAYOUTS,
    }
    assert named == {*tried, "studio-open"} - {"statements of", "sales of", "releases before"}


def test_a_stranger_is_asked_to_sign_in(ada) -> None:
    for address, methods in addresses_of(ada).values():
        answer = getattr(Client(), methods[0])(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/login/")


def test_who_acts_for_nobody_is_shown_how_to_open_a_studio(ada, client) -> None:
    client.force_login(a_user("nobody@example.org"))
    before = state()
    own = {name: (reverse(name), ["get"]) for name in GET_OF_ONES_OWN}

    for address, methods in {**addresses_of(ada), **own}.values():
        for method in methods:
            answer = getattr(client, method)(address)
            assert (answer.status_code, answer["Location"]) == (302, reverse("studio-open"))

    assert state()[:2] == before[:2]


@pytest.mark.parametrize("account", ["999999", "-1", "x", "1e3", "0"])
def test_an_account_that_is_nobodys_is_not_found(ada, account) -> None:
    for name in ("studio-sales", "studio-statements"):
        assert ada.client.get(reverse(name), {"account": account}).status_code == 404


def test_a_studio_is_opened_once_and_takes_over_nobody(ada, client) -> None:
    user = a_user("carol@example.org")
    client.force_login(user)
    theirs = ada.shelf.payees[0]

    for _ in range(2):
        answer = client.post(
            reverse("studio-open"),
            {"name": theirs.name, "kind": "person", "is_staff": "1", "public_id": theirs.public_id},
        )
        assert answer.status_code == 302

    (mine,) = Party.objects.acted_for_by(user=user)
    assert mine.pk != theirs.pk
    user.refresh_from_db()
    assert not user.is_staff
    assert client.get(reverse("studio")).status_code == 200
