"""The office's addresses."""

from django.urls import path

from pennywhistle.interfaces.office import (
    desk,
    disputes,
    documents,
    ending,
    matching,
    parties,
    recordings,
    register,
    shares,
    tariffs,
    taxes,
    works,
)

_PARTY = "parties/<slug:public_id>"

urlpatterns = [
    path("", desk.desk, name="office"),
    path("parties", parties.party_list, name="office-parties"),
    path("parties/new", parties.party_new, name="office-party-new"),
    path(_PARTY, parties.party, name="office-party"),
    path(f"{_PARTY}/history", parties.party_history, name="office-party-history"),
    path(f"{_PARTY}/identify", parties.party_identify, name="office-party-identify"),
    path(f"{_PARTY}/mandate", register.mandate_new, name="office-mandate-new"),
    path(f"{_PARTY}/license", register.license_new, name="office-license-new"),
    path(f"{_PARTY}/agreement", register.agreement_new, name="office-agreement-new"),
    path(f"{_PARTY}/rate", register.rate_new, name="office-rate-new"),
    path(f"{_PARTY}/transfer", register.transfer_new, name="office-transfer-new"),
    path(f"{_PARTY}/tariff", tariffs.tariff_new, name="office-tariff-new"),
    path("mandates/<int:row_id>/revoke", ending.mandate_revoke, name="office-mandate-revoke"),
    path("end/<slug:kind>/<int:row_id>", ending.end, name="office-end"),
    path("works", works.work_list, name="office-works"),
    path("works/<int:work_id>", works.work, name="office-work"),
    path("works/<int:work_id>/shares", shares.work_shares, name="office-work-shares"),
    path("works/<int:work_id>/free", works.free_new, name="office-free-new"),
    path("recordings", recordings.recording_list, name="office-recordings"),
    path("recordings/<int:recording_id>", recordings.recording, name="office-recording"),
    path("recordings/<int:recording_id>/works", recordings.works_of, name="office-recording-works"),
    path(
        "recordings/<int:recording_id>/shares",
        shares.recording_shares,
        name="office-recording-shares",
    ),
    path("matching", matching.matching, name="office-matching"),
    path("shares/<int:row_id>/<slug:verb>", shares.share_decide, name="office-share"),
    path("tariffs", tariffs.tariff_list, name="office-tariffs"),
    path("tariffs/<int:tariff_id>", tariffs.tariff, name="office-tariff"),
    path("tariffs/<int:tariff_id>/line", tariffs.line_new, name="office-tariff-line-new"),
    path("taxes", taxes.tax_list, name="office-taxes"),
    path("taxes/new", taxes.tax_new, name="office-tax-new"),
    path("disputes", disputes.dispute_list, name="office-disputes"),
    path("disputes/settled", disputes.settled_list, name="office-disputes-settled"),
    path("disputes/<int:dispute_id>", disputes.dispute, name="office-dispute"),
    path("disputes/<int:dispute_id>/settle", disputes.dispute_settle, name="office-dispute-settle"),
    path("documents", documents.document_list, name="office-documents"),
    path("documents/new", documents.document_new, name="office-document-new"),
    path("documents/<slug:sha256>", documents.document_file, name="office-document"),
]
