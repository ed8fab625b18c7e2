"""What the reports about works have in common: a summary for each context, a block a release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.dsr.facts import PAY_AS_YOU_GO, WORLDWIDE, Context
from pennywhistle.engines.dsr.writing import (
    Sheet,
    amount_cell,
    duration_cell,
    flag_cell,
    head_cells,
    list_cell,
    name_part,
    text_cell,
)
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pennywhistle.engines.dsr.facts import Heading, MusicalWork, Product, SoundRecording, Use

DOWNLOAD = "PermanentDownload"


@dataclass(frozen=True, slots=True)
class Profile:
    """Which records a profile takes, by what they are for."""

    name: str
    version: str
    message: str
    summary: str
    release: str
    # A recording by itself; the works of several or of unknown ones follow it.
    resource: str
    # A recording together with its only work.
    resource_with_work: str
    work: str
    sales: str
    tells_content_cost: bool = False


def report_in_blocks(
    profile: Profile, heading: Heading, products: Sequence[Product], uses: Sequence[Use]
) -> bytes:
    """The report as a file; a period without sales has a summary of nothing, and no block."""
    sheet = Sheet()
    sheet.add("HEAD", head_cells(heading, profile.name, profile.version, profile.message))
    summaries = _summaries(sheet, profile, heading, uses)
    by_product: dict[str, list[Use]] = {}
    for use in uses:
        by_product.setdefault(use.product_id, []).append(use)
    transaction = 0
    for product in products:
        mine = by_product.get(product.id)
        if mine:
            transaction = _block(sheet, profile, product, mine, summaries, transaction)
    return sheet.end()


def _summaries(
    sheet: Sheet, profile: Profile, heading: Heading, uses: Sequence[Use]
) -> dict[Context, str]:
    contexts = sorted({use.context for use in uses}) or [
        Context(WORLDWIDE, DOWNLOAD, PAY_AS_YOU_GO)
    ]
    numbers = {context: str(number) for number, context in enumerate(contexts, 1)}
    nothing = Money.zero(heading.currency)
    for context, number in numbers.items():
        mine = [use for use in uses if use.context == context]
        cells = {
            "SummaryRecordId": number,
            "CommercialModel": context.model,
            "UseType": context.use,
            "Territory": context.territory,
            "ServiceDescription": name_part(heading.service),
            "TotalUsages": str(sum(use.usages for use in mine)),
            "CurrencyOfReporting": heading.currency,
            "NetRevenue": amount_cell(sum((use.revenue for use in mine), nothing)),
            "CurrencyOfTransaction": heading.currency,
        }
        if profile.tells_content_cost:
            cost = sum((use.content_cost for use in mine), nothing)
            cells["TotalCostOfContentInCurrencyOfReporting"] = amount_cell(cost)
        sheet.add(profile.summary, cells)
    return numbers


def _block(
    sheet: Sheet,
    profile: Profile,
    product: Product,
    uses: Sequence[Use],
    summaries: Mapping[Context, str],
    transaction: int,
) -> int:
    """A release, its recordings and its sales; answers the number of the last transaction."""
    sheet.block_count += 1
    block = str(sheet.block_count)
    sheet.add(profile.release, {"BlockId": block, **_release_cells(product)})
    references = {each.id: str(number) for number, each in enumerate(product.recordings, 1)}
    for each in product.recordings:
        _resource(sheet, profile, block, references[each.id], each)
    for use in uses:
        transaction += 1
        target = (
            {"TransactedResourceReference": references[use.recording_id]}
            if use.recording_id
            else {"TransactedReleaseReference": "1"}
        )
        sheet.add(
            profile.sales,
            {
                "BlockId": block,
                "SummaryRecordId": summaries[use.context],
                "SalesTransactionId": str(transaction),
                **target,
                "IsRoyaltyBearing": flag_cell(flag=True),
                "SalesUpgrade": flag_cell(flag=False),
                "Usages": str(use.usages),
                "Returns": str(use.returns),
                "PriceEndUserPaidExcSalesTax": amount_cell(use.price),
                "UseType": use.context.use,
            },
        )
    return transaction


def _release_cells(product: Product) -> dict[str, str]:
    return {
        "ReleaseReference": "1",
        "DspReleaseId": product.id,
        "ReleaseICPN": product.upc,
        "ReleaseDisplayArtistName": text_cell(product.artist),
        "ReleaseTitle": text_cell(product.title),
        "ReleaseLabelName": text_cell(product.label),
        "ReleaseDate": product.released_on.isoformat() if product.released_on else "",
    }


def _resource(
    sheet: Sheet, profile: Profile, block: str, reference: str, recording: SoundRecording
) -> None:
    """A recording with its work in one record; several works follow it in records of their own."""
    cells = {
        "BlockId": block,
        "ResourceReference": reference,
        "DspResourceId": recording.id,
        "ResourceISRC": recording.isrc,
        "ResourceTitle": text_cell(recording.title),
        "ResourceDisplayArtistName": text_cell(recording.artist),
        "ResourceDuration": duration_cell(recording.duration_ms),
        "ResourceType": "SoundRecording",
        "IsMasterRecording": flag_cell(flag=True),
    }
    if len(recording.works) == 1:
        (work,) = recording.works
        own = _work_cells(work) | {"ProprietaryMusicalWorkId": f"dsp::{work.id}"}
        if profile.tells_content_cost:
            own["MusicalWorkTitle"] = text_cell(work.title)
        sheet.add(profile.resource_with_work, cells | own)
        return
    sheet.add(profile.resource, cells)
    for work in recording.works:
        sheet.add(
            profile.work,
            {
                "BlockId": block,
                "DspMusicalWorkId": work.id,
                "MusicalWorkTitle": text_cell(work.title),
                "ResourceReference": reference,
                **_work_cells(work),
            },
        )


def _work_cells(work: MusicalWork) -> dict[str, str]:
    return {
        "MusicalWorkISWC": work.iswc,
        "MusicalWorkComposerAuthorName": list_cell(work.writers),
        "MusicalWorkArrangerName": list_cell(work.arrangers),
        "MusicPublisherName": list_cell(work.publishers),
    }
