"""The words in which the browser's verifier tells what it found; the same as the engine's."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def verdict_words() -> dict[str, object]:
    """All sentences of `js/verify` in the visitor's language, by check and finding."""
    return {
        "titles": _titles(),
        "findings": {
            **_findings_of_the_witnesses(),
            **_findings_of_the_sale(),
            **_findings_of_the_terms(),
            **_findings_of_the_page(),
        },
        "refusals": _refusals(),
        "and": pgettext("amounts", "and"),
        "nothing": pgettext("amounts", "nothing"),
        "verdict": _("Verdict"),
        "account": _("account %(number)s"),
        "passed": _("Everything that this receipt shows is proven."),
        "failed": _("Something on this receipt is wrong. Do not rely on it."),
        "passed_all": _("Everything that these receipts show is proven."),
        "failed_some": _("Something on these receipts is wrong. Do not rely on them."),
        "refused": _("This is not a receipt."),
        "working": _("Checking …"),
        "here": _("Checked by your browser. Nothing was sent."),
        "shown": _("Names and titles are shown as the store worded them; amounts are proven."),
    }


def _titles() -> dict[str, str]:
    return {
        "signature": _("The store signed for it"),
        "witnessed": _("Others watch that the log only grows"),
        "sale-in-log": _("The sale is in the log"),
        "lines-match": _("The lines are those that were sealed"),
        "sums-to-zero": _("Nothing is lost on the way"),
        "price-paid": _("The buyer paid the price"),
        "dated": _("The sale has happened"),
        "split-published": _("The split is the one that was published"),
        "page-in-log": _("A page covers the sale"),
        "credited": _("Everybody was credited"),
        "credited-account": _("Account %(account)s was credited"),
        "charged-account": _("Account %(account)s was charged"),
        "buyer": _("You are account %(account)s"),
    }


def _findings_of_the_sale() -> dict[str, str]:
    return {
        "signature.pass": _("%(origin)s signed the state of its log with %(size)s entries."),
        "signature.forged": _(
            "The signature of %(origin)s is wrong: this was altered, or never signed."
        ),
        "signature.unsigned": _(
            "It does not carry a signature of %(origin)s that matches the keys given."
        ),
        "signature.unreadable": _("The signed head of the log cannot be read: %(reason)s"),
        "sale-in-log.pass": _("The sale is entry %(index)s of %(size)s in the signed log."),
        "sale-in-log.fail": _("Entry %(index)s of the log is not this sale."),
        "sale-in-log.unsigned": _not_signed(),
        "lines-match.pass": _(
            "All %(shown)s lines are exactly what the store sealed for this sale."
        ),
        "lines-match.count": _(
            "The store sealed %(sealed)s lines for this sale; the receipt shows %(shown)s."
        ),
        "lines-match.differ": _(
            "At least one line differs from what the store sealed for this sale."
        ),
        "sums-to-zero.pass": _("What was paid and what was credited add up to zero."),
        "sums-to-zero.fail": _("The lines do not add up to zero; %(amounts)s is left over."),
        "price-paid.pass": _("The buyer, account %(account)s, paid %(price)s: the price."),
        "price-paid.returned": _("The buyer, account %(account)s, got back %(price)s: the price."),
        "price-paid.fail": _("The price is %(price)s, but account %(account)s paid %(paid)s."),
        "price-paid.two-prices": _("The lines give different prices for one item."),
        "dated.pass": _("The sale is not dated in the future, by the clock of this machine."),
        "dated.fail": _("The sale is dated in the future, by the clock of this machine."),
    }


def _findings_of_the_witnesses() -> dict[str, str]:
    return {
        "witnessed.nobody": _(
            "No witness watches this log: its store alone says that there is only one."
        ),
        "witnessed.free": _("Witnessed by %(signed)s of %(count)s%(who)s; none is required."),
        "witnessed.pass": _("Witnessed by %(signed)s of %(count)s%(who)s; %(least)s are required."),
        "witnessed.fail": _(
            "Witnessed by %(signed)s of %(count)s%(who)s, which is less than the policy wants: "
            "%(least)s at least."
        ),
        "witnessed.early": _(
            "Witnessed by %(signed)s of %(count)s%(who)s so far. Fetch the receipt again after "
            "the next page."
        ),
    }


def _findings_of_the_terms() -> dict[str, str]:
    return {
        "split-published.unsigned": _not_signed(),
        "split-published.fail": _("Entry %(index)s of the log is not these terms."),
        "split-published.late": _(
            "The terms were published after the sale, as entry %(index)s of the log."
        ),
        "split-published.other": _(
            "The published terms are of another item or another place than the sale."
        ),
        "split-published.stranger": _(
            "Account %(account)s got %(amount)s, but the published terms do not name it."
        ),
        "split-published.share": _(
            "Account %(account)s got %(amount)s, but its published share is %(share)s of %(total)s."
        ),
        "split-published.pass": _(
            "Entry %(index)s of the log published this split before the sale."
        ),
        "split-published.named": _(
            "The shares are not checked, because the price is another than the published one. "
            "Everybody who got something is named in the terms, entry %(index)s of the log."
        ),
        "split-published.none": _("Not checked: this receipt shows no published terms."),
    }


def _findings_of_the_page() -> dict[str, str]:
    return {
        "page-in-log.waiting": _waiting(),
        "page-in-log.unsigned": _not_signed(),
        "page-in-log.pass": _(
            "Page %(page)s, which covers entries %(first)s to %(last)s, is in the signed log."
        ),
        "page-in-log.fail": _("Entry %(index)s of the log is not this page %(page)s."),
        "page-in-log.early": _("Page %(page)s claims entries that came after it."),
        "page-in-log.empty": _("Page %(page)s covers no entries, but the sale is entry %(sale)s."),
        "page-in-log.other": _(
            "Page %(page)s covers entries %(first)s to %(last)s, but the sale is entry %(sale)s."
        ),
        "buyer.own": _(
            "Account %(account)s bought this, and must be yours: compare it with the number on "
            "your receipts at the store."
        ),
        "credited.waiting": _waiting(),
        "credited.unproven": _("Not checked, because the page itself could not be proven."),
        "credited-account.pass": _(
            "Account %(account)s%(name)s was credited %(amount)s: "
            "it stands in line %(account)s of page %(page)s."
        ),
        "credited-account.no-line": _(
            "Account %(account)s%(name)s was not credited: "
            "what the receipt shows is not line %(account)s of page %(page)s."
        ),
        "credited-account.no-posting": _(
            "Account %(account)s%(name)s was not credited: "
            "line %(account)s of page %(page)s does not hold its posting of %(posting)s."
        ),
        "charged-account.pass": _(
            "Account %(account)s%(name)s was charged %(amount)s: "
            "it stands in line %(account)s of page %(page)s."
        ),
        "charged-account.no-line": _(
            "Account %(account)s%(name)s was not charged: "
            "what the receipt shows is not line %(account)s of page %(page)s."
        ),
        "charged-account.no-posting": _(
            "Account %(account)s%(name)s was not charged: "
            "line %(account)s of page %(page)s does not hold its posting of %(posting)s."
        ),
    }


def _refusals() -> dict[str, str]:
    return {
        "too-large": _("It is too large: a receipt has at most 1 MB."),
        "no-proof": _("It does not begin, or does not end, as a .tlog-proof file does."),
        "shape": _("It is damaged or cut short: this cannot be read."),
        "zip": _("The zip is damaged or cut short."),
        "no-receipt-in-zip": _("There is no receipt in this zip."),
        "zip-too-many": _("There are more than 50 receipts in this zip. Choose them one by one."),
        "key": _("The key cannot be read. It is written name+hash+base64."),
    }


def _waiting() -> str:
    return _("Not yet: the next page will cover this sale. Fetch the receipt again after it.")


def _not_signed() -> str:
    return _("Not checked, because the state of the log is not signed by the store.")
