"""The studio's addresses."""

from django.urls import path

from pennywhistle.interfaces.studio import (
    delivery,
    mandates,
    overview,
    releases,
    sales,
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
]
