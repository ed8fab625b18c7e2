"""Closed by default: what strangers may open. Adding a line to the list is a security review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import URLPattern, URLResolver, get_resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

# By interface; names as `reverse` takes them.
OPEN_TO_THE_WORLD = {
    # shop: what is for sale, the guest's cart, and what explains the store
    "home",
    "new",
    "genres",
    "genre",
    # ways to look around: counts of buyers from three on, and nobody's name
    "charts",
    "chart",
    "years",
    "year",
    "new-day",
    "labels",
    "labels-under",
    "staff-shelf",
    "search",
    "suggestions",
    "release",
    "track",
    "compare",
    "compare-passage",
    "artist",
    "label",
    "chain",
    # what was found in the masters on sale: the evidence of "lossless, checked"
    "evidence",
    "cart",
    "cart-add",
    "cart-remove",
    # codes and bundles: the guest cart's, too; wrong codes are counted
    "cart-code",
    "cart-code-remove",
    "cart-bundle",
    "bundle",
    "verify",
    "territory",
    "set_language",
    "about",
    "help",
    # works whose money waits: found without an account (directive 2014/26/EU, article 13(3))
    "unclaimed",
    # the sums of all accounts by kind, and the accounts of providers, which name nobody
    "figures",
    "figures-proof",
    "robots",
    # what the whole world is told: site maps, the dump, feeds, embedding, and old addresses
    "sitemap",
    "sitemap-part",
    "dump",
    "dump-file",
    "feed-new",
    "feed-genre",
    "feed-artist",
    "feed-label",
    "oembed",
    "embed",
    "genre-in-other-case",
    "genre-corrected",
    "corrected",
    # the open catalog: public facts alone, within limits (interfaces/api/tests/test_catalog.py)
    "api:root",
    "api:docs",
    "api:openapi",
    "api:unknown",
    "api:releases",
    "api:release",
    "api:release_offers",
    "api:tracks",
    "api:track",
    "api:track_offers",
    "api:artists",
    "api:artist",
    "api:labels",
    "api:label",
    "api:genres",
    "api:dump",
    "api:search",
    # answers 404 unless the store is a demo (interfaces/shop/tests/test_accounts.py)
    "demo-mail",
    # files: previews and covers are public; whatever is owned is not
    "delivery:preview",
    "delivery:cover",
    # pictures of the sound of what is on the shelves: the evidence for "lossless, checked"
    "pictures:spectrogram",
    "pictures:waveform",
    # Whoever has the link may come; it is signed, and ends after hours.
    "delivery:by-link",
    # people's own programs: nothing without a token (interfaces/shop/tests/test_programs.py)
    "sync:shelf",
    "sync:track",
    "sync:extra",
    "sync:dav-root",
    "sync:dav",
    # a gift for whoever has its secret; a wish list for whoever has its link; a follower's own feed
    # at a secret address; and no more mails, by the secret in them
    "gift-open",
    "gift-no-mails",
    "wish-list",
    "following-feed",
    "following-no-mails",
    # a supplier's news for feed readers, which cannot sign in: the address is the secret
    "studio-feed",
    "studio-sales-feed",
    # the public log: anybody checks it
    "delivery:log",
    "delivery:log-policy",
    # machines that sign what they send
    "hooks:notice",
    # suppliers' programs: nothing without a key (interfaces/hooks/tests/test_deliveries.py)
    "deliveries:delivery",
    "deliveries:file",
    "deliveries:acknowledgements",
    "deliveries:acknowledgement",
    # play money, in demos and tests only: its payment page stands for another company's
    "fakepay:pay",
    "fakepay:confirm",
    # its Stripe-shaped face: nothing without the key (providers/fakepay/tests/test_face.py)
    "fakepay:stripe",
    # the supervisor's questions: no word about anybody
    "livez",
    "readyz",
    # accounts: signing up and in, and the ways back in
    "account_signup",
    "account_login",
    "account_confirm_login_code",
    "account_logout",
    "account_inactive",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
    "mfa_login_webauthn",
}


def addresses(
    resolver: URLResolver | None = None, start: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Every address that the store serves, by name."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            space = f"{start}{each.namespace}:" if each.namespace else start
            yield from addresses(each, space)
        else:
            yield f"{start}{each.name}", each


def is_open(pattern: URLPattern) -> bool:
    """What LoginRequiredMiddleware asks of a view.

    The office asks for its people itself, and is not there for anybody else; its own tests try
    every address of it (interfaces/office/tests/test_doors.py).
    """
    view = pattern.callback
    return not getattr(view, "login_required", True) and not getattr(view, "asks_for_staff", False)


def test_only_the_addresses_of_the_list_are_open() -> None:
    opened = {name for name, pattern in addresses() if is_open(pattern)}

    assert opened - OPEN_TO_THE_WORLD == set()


def test_the_list_names_nothing_that_is_closed_or_gone() -> None:
    opened = {name for name, pattern in addresses() if is_open(pattern)}

    assert OPEN_TO_THE_WORLD - opened == set()


def test_every_address_has_a_name() -> None:
    assert not [str(p.pattern) for name, p in addresses() if name.endswith("None")]


def test_what_belongs_to_somebody_is_closed() -> None:
    closed = {name for name, pattern in addresses() if not is_open(pattern)}

    assert closed >= {"checkout", "balance", "top-up", "top-up-state", "shelf", "orders", "order",
                      "receipt", "receipt-qr", "delivery:download", "delivery:stream"}  # fmt: skip
