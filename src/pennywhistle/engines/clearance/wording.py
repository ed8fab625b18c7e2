"""The words of clearance: English templates of what happened, what is missing and what helps.

Whoever shows them translates the template first and fills in the values then. `gettext_noop` only
marks them for the translators.
"""

from __future__ import annotations

from typing import NamedTuple


def gettext_noop(text: str) -> str:
    """Mark a text for translation."""
    return text


class Words(NamedTuple):
    """What happened, which document is missing, and what makes it go."""

    sentence: str
    missing: str
    cure: str


_ = gettext_noop

# A stop says itself why.
_STOPPED = Words(
    "%(sentence)s",
    _("the end of the stop"),
    _("Settle what the stop is about; the sale then goes on by itself."),
)

WORDS: dict[str, Words] = {
    "not-published": Words(
        _("%(title)s is not on the shelves."),
        _("publication"),
        _("Publish the release in the studio."),
    ),
    "stopped-takedown": _STOPPED,
    "stopped-dispute": _STOPPED,
    "stopped-embargo": _STOPPED,
    "stopped-notice": _STOPPED,
    "stopped-operator": _STOPPED,
    "no-tracks": Words(
        _("%(title)s has no tracks."), _("a track"), _("Upload its tracks in the studio.")
    ),
    "owned": Words(_("The buyer owns all of it already."), "", _("Download it.")),
    "no-grant": Words(
        _("Nobody has granted the sale of %(title)s as a download."),
        _("a grant of downloads for %(title)s"),
        _("Set a price, territories and a split for it in the studio."),
    ),
    "territory": Words(
        _("%(title)s may be sold in %(territories)s, not in %(territory)s."),
        _("a grant for %(territory)s"),
        _("Add %(territory)s to the territories of the grant."),
    ),
    "not-yet": Words(
        _("%(title)s may be sold from %(date)s UTC."),
        _("an earlier start of the grant"),
        _("Wait for the date, or grant an earlier one."),
    ),
    "expired": Words(
        _("%(title)s could be sold until %(date)s UTC."),
        _("a grant for today"),
        _("Renew the grant."),
    ),
    "conflict": Words(
        _("More than one supplier claims the sale of %(title)s: %(suppliers)s."),
        _("an agreement of the suppliers"),
        _("Withdraw all grants but the owner's, or record the transfer of the catalog."),
    ),
    "no-agreement": Words(
        _("The store has no agreement with %(supplier)s that holds today."),
        _("a signed agreement of %(supplier)s with this store"),
        _("Sign the agreement; the operator records it in the office."),
    ),
    "us-source": Words(
        _("The agreement with %(supplier)s leaves open who licenses the works in %(territory)s."),
        _("the license source for the United States: blanket, pass-through or direct"),
        _("Agree on it; the operator records it in the agreement."),
    ),
    "master-unknown": Words(
        _("Nobody is on record as the owner of the recording of %(title)s in %(territory)s."),
        _("the ownership of the recording in %(territory)s"),
        _("State who owns the recording."),
    ),
    "master-incomplete": Words(
        _("Only %(percent)s of the recording of %(title)s has an owner in %(territory)s."),
        _("the owners of the rest of the recording"),
        _("State who owns the rest of the recording."),
    ),
    "master-conflict": Words(
        _("The recording of %(title)s is claimed to %(percent)s: %(owners)s."),
        _("a settlement of the owners"),
        _("Settle who owns the recording; until then it is not sold."),
    ),
    "chain-broken": Words(
        _("%(owner)s owns the recording of %(title)s and has not let %(supplier)s sell it."),
        _("a mandate of %(owner)s for %(supplier)s in %(territory)s"),
        _("Send the mandate; the operator records it in the office."),
    ),
    "mandates-contradict": Words(
        _("%(owner)s gave the same right exclusively to more than one: %(holders)s."),
        _("the end of all but one of the exclusive mandates"),
        _("End all but one of the exclusive mandates."),
    ),
    "given-away": Words(
        _("%(owner)s may not license it: the right was given exclusively to %(holder)s."),
        _("a license of %(holder)s, or of whomever %(holder)s mandates"),
        _("Let %(holder)s license it, or end the exclusive mandate."),
    ),
    "work-parts": Words(
        _("The works in the recording of %(title)s make up %(percent)s of it."),
        _("the part of each work in the recording"),
        _("Correct the parts of the works, so that they sum to 100 %%."),
    ),
    "work-unknown": Words(
        _("Which works are in the recording of %(title)s is known to %(percent)s only."),
        _("the works of the recording with their writers"),
        _("Name the works and who wrote them, or register them with a society."),
    ),
    "share-unknown": Words(
        _("%(percent)s of the work %(work)s (%(right)s) belongs to nobody on record."),
        _("the owner of %(percent)s of %(work)s"),
        _("State who owns the rest of the work, and who licenses it."),
    ),
    "share-invalid": Words(
        _("%(owner)s claims %(percent)s of the work %(work)s (%(right)s), which cannot be."),
        _("a share of %(owner)s that is not below 0 and not above 100 %%"),
        _("Correct the claim."),
    ),
    "share-unlicensed": Words(
        _("%(percent)s of the work %(work)s (%(right)s) is not licensed in %(territory)s."),
        _("a license of %(owner)s, or of a society that %(owner)s has mandated"),
        _("License the work to this store, or give a society that licenses it a mandate."),
    ),
    "license-missing": Words(
        _("%(owner)s mandated %(holder)s, which does not license %(work)s here (%(right)s)."),
        _("a license of %(holder)s for %(territory)s"),
        _("License this store for the territory; the operator records it in the office."),
    ),
    "license-without-mandate": Words(
        _("%(licensor)s licenses this store, but holds no mandate from %(owner)s for %(work)s."),
        _("a mandate of %(owner)s for %(licensor)s"),
        _("A license reaches only as far as the mandates behind it: send the mandate."),
    ),
    "currency": Words(
        _("%(title)s is priced in %(other)s, not in %(currency)s."),
        _("a price in %(currency)s"),
        _("Set a price in %(currency)s in the studio."),
    ),
    "tariff-currency": Words(
        _("The tariff %(tariff)s has amounts in %(other)s, and the sale is in %(currency)s."),
        _("the tariff in %(currency)s"),
        _("Agree on the tariff's amounts in %(currency)s; the operator records them."),
    ),
    "tariff-invalid": Words(
        _("The tariff %(tariff)s of %(licensor)s contradicts itself (%(code)s)."),
        _("a tariff that can be computed with"),
        _("Correct the tariff in the office."),
    ),
    "no-price": Words(
        _("%(title)s has no price of its own."), _("a price"), _("Set a price in the studio.")
    ),
    "no-wholesale": Words(
        _("The tariff %(tariff)s is a percentage of the wholesale price, and %(title)s has none."),
        _("the wholesale price"),
        _("State the wholesale price in the grant."),
    ),
    "price-code": Words(
        _("The price code %(price_code)s of %(supplier)s means nothing here today."),
        _("a line of the rate card for %(price_code)s in %(territory)s"),
        _("Send the rate card; the operator records it in the office."),
    ),
    "below-floor": Words(
        _("The price %(price)s is below the floor %(floor)s, under which somebody goes unpaid."),
        _("a higher price, or a lower wholesale price"),
        _("Set the price to %(floor)s or more."),
    ),
    "below-minimum": Words(
        _("The least for %(title)s is %(least)s; %(offered)s is offered."),
        _("an offer of %(least)s or more"),
        _("Offer %(least)s or more."),
    ),
    "not-open": Words(
        _("%(title)s costs %(price)s, neither more nor less."),
        _("the price %(price)s"),
        _("Pay its price. Whoever wants to give more may ask the supplier for an open price."),
    ),
    "discount-foreign": Words(
        _("%(giver)s cannot lower the price of %(supplier)s for %(title)s."),
        _("a code or an offer of %(supplier)s, or of the store"),
        _("Buy it without the code."),
    ),
    "no-floor": Words(
        _("Percentages take all of the price of %(title)s: nothing is left at any price."),
        _("tariffs that leave something"),
        _("Check the tariffs and the store's share."),
    ),
    "split": Words(
        _("The split of %(title)s sums to %(percent)s, not to 100 %%."),
        _("a split that sums to 100 %%"),
        _("Correct the split in the studio."),
    ),
    # Allowed, and part of the money is kept apart.
    "held-claims": Words(
        _("The shares of %(work)s are claimed to %(percent)s; the contested part is held."),
        _("a settlement of the claimants"),
        _("Settle who owns which part; what is held is paid out then."),
    ),
    "held-transfer": Words(
        _("The catalog goes from one supplier to another; what the recording earns is held."),
        _("the end of the transfer"),
        _("Confirm the transfer; what is held is paid out then."),
    ),
    "unclaimed": Words(
        _("%(percent)s of %(work)s has no known owner; its part of the fee is kept for them."),
        _("the owner of %(percent)s of %(work)s"),
        _("State who owns the rest of the work."),
    ),
    "unidentified": Words(
        _("Some works of the recording are unknown; their part of the fee is kept for them."),
        _("the works of the recording with their writers"),
        _("Name the works and who wrote them."),
    ),
    # The chain of authority.
    "agreed": Words(_("%(supplier)s has an agreement with this store, %(until)s."), "", ""),
    "owns": Words(_("%(owner)s owns %(percent)s of %(title)s (%(right)s)."), "", ""),
    "mandates": Words(
        _("%(owner)s lets %(holder)s license it (%(right)s) in %(territories)s, %(until)s."), "", ""
    ),
    "exclusively-mandates": Words(
        _("%(owner)s lets %(holder)s alone license it (%(right)s) in %(territories)s, %(until)s."),
        "",
        "",
    ),
    "licenses": Words(
        _("%(licensor)s licenses it to this store in %(territories)s, %(until)s: %(tariff)s."),
        "",
        "",
    ),
    "licenses-within": Words(
        _(
            "%(licensor)s licenses it to this store in %(territories)s, %(until)s,"
            " within the split."
        ),
        "",
        "",
    ),
    "licenses-unidentified": Words(
        _("By %(law)s the license of %(licensor)s reaches works without a known owner."), "", ""
    ),
    "licenses-by-law": Words(
        _("By %(law)s the license of %(licensor)s reaches owners that mandated nobody."), "", ""
    ),
    "transfers": Words(_("The catalog goes from %(from)s to %(to)s, %(until)s."), "", ""),
    "passes-through": Words(
        _("%(supplier)s holds the license of the works in %(territory)s and pays it itself."),
        "",
        "",
    ),
    "free": Words(_("The work %(title)s is in the public domain in %(territory)s."), "", ""),
    "grants": Words(
        _("%(licensor)s lets this store sell it as a download in %(territories)s, %(until)s."),
        "",
        "",
    ),
    "reduces": Words(_("%(giver)s lets the buyer pay less: %(discount)s."), "", ""),
    "rates": Words(
        _("By the rate card %(price_code)s means %(price)s, of which %(wholesale)s are due."),
        "",
        "",
    ),
    "until-further-notice": Words(_("until further notice"), "", ""),
    "until": Words(_("until %(date)s"), "", ""),
}

LETTER = _(
    "To %(who)s\n\n"
    "We would like to sell “%(item)s” as a download in %(territory)s and may not yet.\n"
    "%(sentence)s\n\n"
    "Missing: %(missing)s.\n"
    "%(cure)s\n\n"
    "%(store)s"
)
