"""The cells of each record, in their order (DSR Part 8: Record Type Definitions).

Versions: Part 3 profile 1.4 with records .03/.04; Part 9 profile 1.0 with SY10 and SR08; Part 11
profile 1.0 with the base records of Part 8 1.4. A version number follows a record's type after a
full stop, and is a part of it.
"""

from __future__ import annotations

_HEAD = (
    "RecordType MessageVersion Profile ProfileVersion MessageId MessageCreatedDateTime FileNumber "
    "NumberOfFiles UsageStartDate UsageEndDate SenderPartyId SenderName ServiceDescription "
    "RecipientPartyId RecipientName RepresentedRepertoire"
)
_FOOT = (
    "RecordType NumberOfLinesInFile NumberOfLinesInReport NumberOfSummaryRecords "
    "NumberOfBlocksInFile NumberOfBlocksInReport"
)
_SRFO = "RecordType NumberOfLinesInReport NumberOfSummaryRecords"
_SUMMARY = (
    "RecordType SummaryRecordId DistributionChannel DistributionChannelDPID CommercialModel "
    "UseType Territory ServiceDescription TotalUsages Subscribers CurrencyOfReporting NetRevenue "
    "IndirectValue CurrencyOfTransaction ExchangeRate"
)
_RELEASE = (
    "RecordType BlockId ReleaseReference DspReleaseId ProprietaryReleaseId ReleaseCatalogNumber "
    "ReleaseICPN ReleaseDisplayArtistName ReleaseDisplayArtistPartyId ReleaseTitle ReleaseSubTitle "
    "ReleaseType ReleaseLabelName ReleasePLine DataProviderName ReleaseDate"
)
_RESOURCE = (
    "RecordType BlockId ResourceReference DspResourceId ResourceISRC ResourceTitle "
    "ResourceSubTitle ResourceDisplayArtistName ResourceDisplayArtistPartyId ResourceDuration "
    "ResourceType"
)
_WORK_IN_RESOURCE = (
    "MusicalWorkISWC MusicalWorkComposerAuthorName MusicalWorkComposerAuthorPartyId "
    "MusicalWorkArrangerName MusicalWorkArrangerPartyId MusicPublisherName MusicPublisherPartyId "
    "MusicalWorkContributorName MusicalWorkContributorPartyId ProprietaryMusicalWorkId"
)
_CONFLICT = "IsMasterRecording IsSubjectToOwnershipConflict LastConflictCheck"
_WORK = (
    "RecordType BlockId DspMusicalWorkId MusicalWorkISWC MusicalWorkTitle MusicalWorkSubTitle "
    "MusicalWorkComposerAuthorName MusicalWorkComposerAuthorPartyId MusicalWorkArrangerName "
    "MusicalWorkArrangerPartyId MusicPublisherName MusicPublisherPartyId "
    "MusicalWorkContributorName MusicalWorkContributorPartyId DataProviderName "
    "ProprietaryMusicalWorkId ResourceReference ParentLicensorDataRecordId ParentMasterlistId"
)
_SALES = (
    "RecordType BlockId SummaryRecordId SalesTransactionId TransactedReleaseReference "
    "TransactedResourceReference IsRoyaltyBearing SalesUpgrade Usages Returns "
    "PriceEndUserPaidExcSalesTax PromotionalActivity UseType"
)
_MLC_RECEIVED = (
    "ReleaseDisplayArtistNameAsReceived ReleaseDisplayArtistAsReceived ReleaseTitleAsReceived "
    "ReleaseSubTitleAsReceived AlternativeReleaseTitle AlternativeReleaseTitleAsReceived"
)
_STUDIO = "ResourceStudioProducerName ResourceStudioProducerPartyId AlternativeResourceTitle"
_DATES = (
    "ResourceIngestionDate EstimatedResourceIngestionDate ResourceAvailabilityDate "
    "EstimatedResourceAvailabilityDate"
)


def _both(*names: str) -> str:
    """Amounts that are told in two currencies: of the transaction, and of the accounts."""
    return " ".join(
        f"{name}InCurrencyOf{currency}"
        for name in names
        for currency in ("Transaction", "Accounting")
    )


_SY10 = " ".join(
    (
        (
            "RecordType SummaryRecordId DistributionChannel DistributionChannelDPID "
            "CommercialModel UseType ReportingPeriodStartDate ReportingPeriodEndDate "
            "SubscriberType Subscribers ActiveSubscribers PromotionalActivity Territory "
            "ServiceDescription OfferType Quality "
            "TotalUsages AllocatedUsages Returns MusicUsageRatio CurrencyOfTransaction "
            "CurrencyOfAccounting ExchangeRate ExchangeRateSource DateOfCurrencyExchange"
        ),
        _both("GrossRevenue"),
        "CalculationType CalculationValue DeductionType",
        _both("Deductions", "NetRevenue", "AllocatedRevenue", "AllocatedNetRevenue"),
        "RightsControllerMarketShare",
        _both("SubscriptionFee"),
        "UsageIndependentFeeType",
        _both("UsageIndependentFee", "FinalTotalAmount"),
    )
)
_SR08 = " ".join(
    (
        (
            "RecordType SalesTransactionId ReleaseGRid ReleaseICPN DspReleaseId LabelReleaseId "
            "ProprietaryReleaseId ReleaseContextReleaseGRid ReleaseType ReleaseTitle "
            "ReleaseSubTitle ReleaseDisplayArtistName ReleaseDisplayArtistPartyId ResourceISRC "
            "ResourceISAN "
            "DspResourceId LabelResourceId ProprietaryResourceId ResourceContextReleaseGRid "
            "ResourceType ResourceTitle ResourceSubTitle ResourceDisplayArtistName "
            "ResourceDisplayArtistPartyId SummaryRecordId SalesTransactionDate TotalUsages Returns "
            "NetUsage"
        ),
        _both("WholesalePrice", "SuggestedConsumerPrice"),
        "PriceType PriceRangeType",
        _both("PriceConsumerPaidExcSalesTax"),
        "DeductionType",
        _both("Deductions"),
        "RightSharePercentage",
        _both("CalculatedUnitPrice", "AllocatedRevenue", "AllocatedNetRevenue"),
        "CopyrightObligationWithDSP",
    )
)

LAYOUTS: dict[str, tuple[str, ...]] = {
    record: tuple(cells.split())
    for record, cells in {
        "HEAD": _HEAD,
        "FOOT": _FOOT,
        "SRFO": _SRFO,
        "SY01.03": f"{_SUMMARY} ExchangeRateSource DateOfCurrencyExchange TotalPlaybackDuration",
        "SY10": _SY10,
        "SY12": (
            f"{_SUMMARY} TotalCostOfContentInCurrencyOfReporting "
            "PerformanceRoyaltiesInCurrencyOfReporting"
        ),
        "RE01.03": f"{_RELEASE} ReleaseDisplayArtist",
        "RE04": f"{_RELEASE} {_MLC_RECEIVED}",
        "AS01.03": f"{_RESOURCE} {_CONFLICT} ResourceDisplayArtist",
        "AS02.04": f"{_RESOURCE} {_WORK_IN_RESOURCE} {_CONFLICT} ResourceDisplayArtist",
        "AS05": (
            f"{_RESOURCE} {_CONFLICT} {_STUDIO} ResourceDisplayArtistNameAsReceived "
            "ResourceDisplayArtistAsReceived ResourceTitleAsReceived ResourceSubTitleAsReceived "
            f"AlternativeResourceTitleAsReceived {_DATES}"
        ),
        "AS06": (
            f"{_RESOURCE} {_WORK_IN_RESOURCE} {_CONFLICT} {_STUDIO} MusicalWorkTitle "
            "MusicalWorkSubTitle ResourceTitleAsReceived ResourceSubTitleAsReceived "
            "AlternativeResourceTitleAsReceived ResourceDisplayArtistNameAsReceived "
            f"ResourceDisplayArtistAsReceived AlternativeMusicalWorkTitle {_DATES}"
        ),
        "MW01.03": _WORK,
        "MW02": f"{_WORK} MusicalWorkReference AlternativeMusicalWorkTitle",
        "SU01.03": _SALES,
        "SU01.02": _SALES,
        "SR08": _SR08,
    }.items()
}
"""By a record's type, the names of its cells."""
