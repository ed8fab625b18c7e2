"""Campaigns and their codes, of suppliers and of the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction

from pennywhistle.apps.offers import errors
from pennywhistle.apps.offers.checks import require_own, require_part, require_period
from pennywhistle.apps.offers.limits import (
    campaigns_per_supplier_max,
    codes_per_batch_max,
    codes_per_campaign_max,
    releases_listed_max,
    uses_max,
)
from pennywhistle.apps.offers.models import Campaign, CampaignRelease, Code, Outlay
from pennywhistle.apps.offers.texts import kept_text, new_text

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.period import Period


@dataclass(frozen=True, slots=True)
class CampaignAsked:
    """What a campaign is to be. `supplier_id` None: the store's own, which says its limits.

    `release_ids` empty: all of the supplier's releases, or of the store's. `limits`: the most that
    is taken off one purchase, and off all together.
    """

    supplier_id: int | None
    title: str
    part: Fraction
    valid: Period
    release_ids: tuple[int, ...] = ()
    limits: tuple[Money, Money] | None = None


@transaction.atomic
def make_campaign(*, asked: CampaignAsked, now: datetime) -> Campaign:
    """Begin a campaign; its codes are added to it.

    Raises:
        LimitsError: the store's says no limits, or such that contradict each other.
        PartOutOfRangeError: nothing is taken off, or more than everything.
        PeriodOverError: it has ended already.
        ReleaseForeignError: a release is not the supplier's.
        TooManyError: the supplier has too many, or it lists too many releases.
    """
    require_part(asked.part)
    require_period(asked.valid, now)
    _require_limits(asked)
    _lock(f"offers-{asked.supplier_id}")
    release_ids = sorted(set(asked.release_ids))
    if len(release_ids) > releases_listed_max:
        raise errors.TooManyError(f"A campaign lists at most {releases_listed_max} releases.")
    require_own(asked.supplier_id, release_ids)
    mine = Campaign.objects.given_by(supplier_id=asked.supplier_id).filter(closed_at__isnull=True)
    if mine.count() >= campaigns_per_supplier_max:
        raise errors.TooManyError(f"There are {campaigns_per_supplier_max} campaigns; end some.")
    campaign = Campaign.objects.create(
        supplier_id=asked.supplier_id,
        title=asked.title.strip(),
        part_numerator=asked.part.numerator,
        part_denominator=asked.part.denominator,
        valid_from=asked.valid.starts_at,
        valid_until=asked.valid.ends_at,
        is_listed=bool(release_ids),
        recorded_at=now,
    )
    if asked.limits is not None:
        of_one, of_all = asked.limits
        Outlay.objects.create(
            campaign=campaign,
            currency=of_all.currency,
            purchase_max_micro=of_one.micro,
            total_max_micro=of_all.micro,
        )
    CampaignRelease.objects.bulk_create(
        CampaignRelease(campaign=campaign, release_id=release_id) for release_id in release_ids
    )
    return campaign


@transaction.atomic
def add_single_codes(*, campaign_id: int, count: int, now: datetime) -> list[Code]:
    """Draw so many codes, each for one use, which nobody guesses. Raises TooManyError."""
    campaign = Campaign.objects.select_for_update().get(id=campaign_id)
    if not 1 <= count <= codes_per_batch_max:
        raise errors.TooManyError(f"A batch has 1 to {codes_per_batch_max} codes.")
    if campaign.codes.count() + count > codes_per_campaign_max:
        raise errors.TooManyError(f"A campaign has at most {codes_per_campaign_max} codes.")
    codes = [
        Code(campaign=campaign, text=new_text(), uses_max=1, made_at=now) for _ in range(count)
    ]
    return Code.objects.bulk_create(codes)


@transaction.atomic
def add_code(*, campaign_id: int, text: str, uses: int | None, now: datetime) -> Code:
    """Give a campaign a code for several buyers, each once; `uses` None: as many as come.

    `text` empty: it is drawn. The same code again with as many uses changes nothing.

    Raises:
        CodeTextError: it is no code.
        CodeTakenError: another campaign has it, or it has other uses.
        TooManyError: more uses, or more codes, than there may be.
    """
    campaign = Campaign.objects.select_for_update().get(id=campaign_id)
    kept = kept_text(text) if text.strip() else new_text()
    if kept is None:
        raise errors.CodeTextError("A code has 4 to 24 letters of A to Z and digits.")
    if uses is not None and not 1 <= uses <= uses_max:
        raise errors.TooManyError(f"A code is used 1 to {uses_max} times.")
    if campaign.codes.count() >= codes_per_campaign_max:
        raise errors.TooManyError(f"A campaign has at most {codes_per_campaign_max} codes.")
    known = campaign.codes.filter(text=kept, uses_max=uses).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return Code.objects.create(campaign=campaign, text=kept, uses_max=uses, made_at=now)
    except IntegrityError as error:
        raise errors.CodeTakenError(f"The code {kept} is in use already.") from error


@transaction.atomic
def close_campaign(*, campaign_id: int, now: datetime) -> None:
    """No code of it counts any more; what was bought stays bought."""
    Campaign.objects.filter(id=campaign_id, closed_at__isnull=True).update(closed_at=now)


def _require_limits(asked: CampaignAsked) -> None:
    if asked.limits is None:
        if asked.supplier_id is None:
            raise errors.LimitsError("Say how much is taken off at most.")
        return
    of_one, of_all = asked.limits
    if of_one.currency != of_all.currency or not 0 < of_one.micro <= of_all.micro:
        raise errors.LimitsError("What is taken off one purchase is at most what is of all.")


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('offers'), hashtext(%s))", [name])
