"""The studio's addresses."""

from django.urls import path

from pennywhistle.interfaces.studio import (
    claims,
    delivery,
    distributions,
    joining,
    mandates,
    overview,
    releases,
    sales,
    societies,
    statements,
    terms,
    upload,
    where,
    works,
)

urlpatterns = [
    path("", overview.overview, name="studio"),
    path("open", overview.open_one, name="studio-open"),
    path("releases", releases.release_list, name="studio-releases"),
    path("releases/<slug:public_id>", releases.release, name="studio-release"),
    path("releases/<slug:public_id>/terms", terms.release_terms, name="studio-release-terms"),
    path("releases/<slug:public_id>/withdraw", releases.withdraw, name="studio-withdraw"),
    path("releases/<slug:public_id>/put-back", releases.put_back, name="studio-put-back"),
    path("releases/<slug:public_id>/where", where.where, name="studio-where"),
    path("mandates", mandates.mandates, name="studio-mandates"),
    path("claims", claims.claim_list, name="studio-claims"),
    path("claims/<int:dispute_id>", claims.claim, name="studio-claim"),
    path("claims/<int:dispute_id>/answer", claims.claim_answer, name="studio-claim-answer"),
    path("claims/<int:dispute_id>/lower", claims.claim_lower, name="studio-claim-lower"),
    path("tracks/<slug:public_id>/terms", terms.track_terms, name="studio-track-terms"),
    path("tracks/<slug:public_id>/stop", releases.stop_track, name="studio-track-stop"),
    path("tracks/<slug:public_id>/resume", releases.resume_track, name="studio-track-resume"),
    path("upload", upload.upload, name="studio-upload"),
    path("deliveries/<slug:public_id>", delivery.delivery, name="studio-delivery"),
    path("deliveries/<slug:public_id>/publish", delivery.publish, name="studio-publish"),
    path("works", works.works, name="studio-works"),
    path("works/<slug:public_id>", works.works_report, name="studio-works-file"),
    path("works/<slug:public_id>/record", works.record, name="studio-works-record"),
    path("works/<slug:public_id>.csv", works.report_csv, name="studio-works-csv"),
    path("sales", sales.sales, name="studio-sales"),
    path("statements", statements.statements, name="studio-statements"),
    path(
        "statements/<int:number>/<slug:first>/<slug:last>.csv",
        statements.statement_csv,
        name="studio-statement-csv",
    ),
    path(
        "statements/<int:number>/<slug:first>/<slug:last>.json",
        statements.statement_json,
        name="studio-statement-json",
    ),
    path("societies", societies.societies, name="studio-societies"),
    path("societies/<slug:public_id>", societies.society, name="studio-society"),
    path("societies/<slug:public_id>/members", societies.members, name="studio-society-members"),
    path("societies/<slug:public_id>/join", joining.join, name="studio-society-join"),
    path(
        "societies/<slug:public_id>/leave/<int:mandate_id>",
        joining.leave,
        name="studio-society-leave",
    ),
    path(
        "societies/<slug:public_id>/repertoire",
        societies.repertoire,
        name="studio-society-repertoire",
    ),
    path("societies/<slug:public_id>/usage", societies.usage, name="studio-society-usage"),
    path(
        "societies/<slug:public_id>/usage.csv", societies.usage_csv, name="studio-society-usage-csv"
    ),
    path(
        "societies/<slug:public_id>/distributions",
        distributions.distributions,
        name="studio-society-distributions",
    ),
    path(
        "societies/<slug:public_id>/distribute", distributions.run, name="studio-society-distribute"
    ),
    path("distributions/<int:number>", distributions.distribution, name="studio-distribution"),
    path(
        "distributions/<int:number>/<slug:code>",
        distributions.member_statement,
        name="studio-distribution-member",
    ),
    path(
        "distributions/<int:number>/<slug:code>.csv",
        distributions.lines_csv,
        name="studio-distribution-csv",
    ),
]
