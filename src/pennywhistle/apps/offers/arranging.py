"""What a wish costs this buyer: bundles first, by what they save; then codes for the rest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from pennywhistle.apps.offers.asking import (
    Arranged,
    Asker,
    CodeWord,
    LineWord,
    Lowered,
    TypedCode,
    Untouched,
    Wish,
    only_offered,
)
from pennywhistle.apps.offers.bundling import (
    bundles_around,
    discount_of,
    divide,
    members_of,
)
from pennywhistle.apps.offers.campaigning import (
    campaign_discount,
    listed_by,
    outlay_of,
    suppliers_of,
)
from pennywhistle.apps.offers.limits import codes_used_max
from pennywhistle.apps.offers.models import Campaign, Code, Redemption
from pennywhistle.apps.offers.settled import unsettled_of
from pennywhistle.apps.offers.texts import kept_text
from pennywhistle.apps.orders.agreed import Agreed
from pennywhistle.apps.orders.queries import AtTill, Buyer, buyer_at_till
from pennywhistle.apps.rights.queries import Loaded, load_items
from pennywhistle.apps.rights.refs import ItemRef
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pennywhistle.apps.offers.models import Bundle
    from pennywhistle.engines.clearance import Discount
    from pennywhistle.engines.clearance.verdict import Terms


def arrange(wish: Wish, asker: Asker) -> Arranged:
    """What a wish comes to now. One query where there is neither bundle nor code around."""
    whole = [ref.release_id for ref in wish.refs if ref.track_id is None]
    bundles = bundles_around(whole, at=asker.at) if whole else []
    codes = codes_typed(wish.codes, asker)
    if not bundles and not any(each.word is CodeWord.WORKS for each in codes):
        return Arranged(only_offered(wish), codes=codes)
    members = members_of(bundles, at=asker.at)
    refs = {*wish.refs, *(ItemRef(each) for ids in members.values() for each in ids)}
    release_ids = {ref.release_id for ref in refs}
    buyer = buyer_at_till(AtTill(asker.user_id, asker.territory, asker.at, release_ids))
    if buyer is None:
        return Arranged(only_offered(wish), codes=codes)
    loaded = load_items(list(refs), at=asker.at)
    table = _Table(wish, buyer, loaded, only_offered(wish))
    table.unsettled = unsettled_of(
        {each for ids in members.values() for each in ids},
        user_id=asker.user_id,
        buyer=buyer,
        at=asker.at,
    )
    table.apply_bundles([(bundle, members[bundle.pk]) for bundle in bundles])
    applied = table.apply_codes(codes)
    return Arranged(
        table.agreed,
        table.lowered,
        {ref: tuple(words) for ref, words in table.untouched.items()},
        applied,
        tuple(table.bundles),
    )


def codes_typed(typed: Sequence[str], asker: Asker) -> tuple[TypedCode, ...]:
    """Each code with what speaks against it, before anything is bought with it."""
    texts = {each: kept_text(each) for each in dict.fromkeys(typed[:codes_used_max])}
    if not texts:
        return ()
    found = Code.objects.filter(text__in=[text for text in texts.values() if text])
    rows = {row.text: row for row in found.select_related("campaign__supplier", "campaign__outlay")}
    used = set(
        Redemption.objects.filter(code__in=rows.values(), buyer=asker.user_id).values_list(
            "code_id", flat=True
        )
    )
    codes = {}
    for each, text in texts.items():
        row = rows.get(text or "")
        # The same code in two spellings is one.
        codes[text or each] = TypedCode(each, _word_of(row, used, asker), row)
    return tuple(codes.values())


def _word_of(row: Code | None, used: set[int], asker: Asker) -> CodeWord:
    if row is None:
        return CodeWord.UNKNOWN
    campaign: Campaign = row.campaign
    if campaign.closed_at is None and campaign.valid_from and campaign.valid_from > asker.at:
        return CodeWord.NOT_YET
    outlay = outlay_of(campaign)
    if not campaign.holds(at=asker.at) or (campaign.supplier_id is None and outlay is None):
        return CodeWord.ENDED
    if row.pk in used:
        return CodeWord.USED_BY_YOU
    if outlay is not None and outlay.left_micro <= 0:
        return CodeWord.SPENT
    return CodeWord.USED_UP if row.is_used_up else CodeWord.WORKS


class _Together(NamedTuple):
    """A bundle as it would lower what is wanted of it."""

    bundle: Bundle
    lowered: dict[ItemRef, tuple[Discount, Terms]]
    saved_micro: int


@dataclass(slots=True)
class _Table:
    """A wish on the table, as one offer after the other is tried on it."""

    wish: Wish
    buyer: Buyer
    loaded: Mapping[ItemRef, Loaded]
    agreed: dict[ItemRef, Agreed]
    lowered: dict[ItemRef, Lowered] = field(default_factory=dict)
    untouched: dict[ItemRef, list[Untouched]] = field(default_factory=dict)
    bundles: list[Bundle] = field(default_factory=list)
    # By code, and by campaign.
    saved: dict[int, int] = field(default_factory=dict)
    given: dict[int, int] = field(default_factory=dict)
    unsettled: Mapping[int, datetime] = field(default_factory=dict)

    def terms_of(self, ref: ItemRef, discount: Discount | None = None) -> Terms | None:
        """What an item costs this buyer, with a discount or without."""
        facts = self.loaded.get(ref)
        if facts is None:
            return None
        return facts.clear(Agreed(ref, discount=discount).asks(self.buyer.question(ref))).terms

    def owns(self, ref: ItemRef) -> bool:
        """Whether the buyer has the item already."""
        owned = self.buyer.owned.get(ref.release_id)
        return owned is not None and owned.has(ref)

    def apply_bundles(self, bundles: Sequence[tuple[Bundle, Sequence[int]]]) -> None:
        """Lower what is in bundles: what saves most first, and no item twice."""
        found = [self._together(bundle, release_ids) for bundle, release_ids in bundles]
        saving = [each for each in found if each is not None and each.saved_micro > 0]
        for each in sorted(saving, key=lambda each: (-each.saved_micro, each.bundle.pk)):
            if self.lowered.keys() & each.lowered.keys():
                continue
            self.bundles.append(each.bundle)
            for ref, (discount, terms) in each.lowered.items():
                self._lower(ref, discount, terms)

    def _together(self, bundle: Bundle, release_ids: Sequence[int]) -> _Together | None:
        """A bundle of which everything is wanted, or owned for good."""
        divided = divide(bundle, release_ids, self.loaded, self.buyer)
        wanted = [each for each in divided.members if not self.owns(each.ref)]
        is_asked_for = bool(wanted) and all(each.ref in self.wish.refs for each in wanted)
        is_settled = all(each.ref.release_id not in self.unsettled for each in divided.members)
        if not (is_asked_for and is_settled and divided.is_sold):
            return None
        lowered: dict[ItemRef, tuple[Discount, Terms]] = {}
        saved_micro = 0
        for each in wanted:
            discount = discount_of(bundle, each)
            plain, terms = self.terms_of(each.ref), self.terms_of(each.ref, discount)
            if plain is None or terms is None:
                return None
            lowered[each.ref] = (discount, terms)
            saved_micro += plain.least.micro - terms.least.micro
        return _Together(bundle, lowered, saved_micro)

    def apply_codes(self, codes: Sequence[TypedCode]) -> tuple[TypedCode, ...]:
        """Lower each item that is in no bundle by the best of the codes, and say what became."""
        working = [each for each in codes if each.word is CodeWord.WORKS and each.row]
        listed = listed_by([each.row.campaign for each in working if each.row])
        suppliers = suppliers_of(self.wish.refs) if working else {}
        for ref in self.wish.refs:
            self._apply(ref, working, listed, suppliers.get(ref.release_id))
        return tuple(
            each
            if each.word is not CodeWord.WORKS or each.row is None
            else TypedCode(
                each.typed,
                CodeWord.WORKS if self.saved.get(each.row.pk) else CodeWord.NOTHING_FOR_IT,
                each.row,
                self.saved.get(each.row.pk, 0),
            )
            for each in codes
        )

    def _apply(
        self,
        ref: ItemRef,
        working: Sequence[TypedCode],
        listed: Mapping[int, frozenset[int]],
        supplier_id: int | None,
    ) -> None:
        plain = self.terms_of(ref)
        if plain is None or self.owns(ref):
            return
        words: dict[str, LineWord] = {}
        tried: list[tuple[int, TypedCode, Discount, Terms]] = []
        for each in working:
            assert each.row is not None
            campaign = each.row.campaign
            word = self._why_not(ref, campaign, listed, supplier_id)
            discount, is_less = self._discount(ref, campaign)
            terms = None if word else self.terms_of(ref, discount)
            if terms is not None and terms.least < plain.least:
                tried.append((terms.least.micro, each, discount, terms))
            if word or is_less or terms is None or terms.least >= plain.least:
                words[each.typed] = word or (LineWord.AT_MOST if is_less else LineWord.AT_FLOOR)
        tried.sort(key=lambda each: each[0])
        words |= {each[1].typed: LineWord.OTHER_CODE for each in tried[1:]}
        if words:
            self.untouched[ref] = [Untouched(*pair) for pair in words.items()]
        for least_micro, typed, discount, terms in tried[:1]:
            assert typed.row is not None
            saved = self.saved.get(typed.row.pk, 0)
            self.saved[typed.row.pk] = saved + plain.least.micro - least_micro
            campaign_id = typed.row.campaign_id
            given = self.given.get(campaign_id, 0)
            self.given[campaign_id] = given + plain.least.micro - least_micro
            self._lower(ref, discount, terms)

    def _discount(self, ref: ItemRef, campaign: Campaign) -> tuple[Discount, bool]:
        """A campaign's discount on an item, and whether what it may cost makes it smaller."""
        whole = campaign_discount(campaign)
        outlay = outlay_of(campaign)
        plain, terms = self.terms_of(ref), self.terms_of(ref, whole)
        if outlay is None or plain is None or terms is None:
            return whole, False
        left_micro = max(0, outlay.left_micro - self.given.get(campaign.pk, 0))
        if plain.least.micro - terms.least.micro <= left_micro:
            return whole, False
        # Only at the limit, so that most verdicts are alike.
        return replace(whole, most=Money(left_micro, outlay.currency)), True

    def _why_not(
        self,
        ref: ItemRef,
        campaign: Campaign,
        listed: Mapping[int, frozenset[int]],
        supplier_id: int | None,
    ) -> LineWord | None:
        """Why a code is not even tried on an item."""
        is_foreign = campaign.supplier_id not in {None, supplier_id}
        if is_foreign or (campaign.is_listed and ref.release_id not in listed[campaign.pk]):
            return LineWord.NOT_FOR_IT
        if ref in self.lowered:
            return LineWord.IN_BUNDLE
        return LineWord.OWN_PRICE if ref in self.wish.offered else None

    def _lower(self, ref: ItemRef, discount: Discount, terms: Terms | None) -> None:
        assert terms is not None
        offered = self.wish.offered.get(ref)
        if offered is not None and offered <= terms.least:
            offered = None
        self.agreed[ref] = Agreed(ref, offered=offered, discount=discount)
        self.lowered[ref] = Lowered(discount.title, terms.asked, offered or terms.least)
