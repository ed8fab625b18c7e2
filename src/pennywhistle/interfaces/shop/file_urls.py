"""Addresses of files. Those for owners hold an id of their own, never a secret."""

from django.urls import path

from pennywhistle.interfaces.shop import archives, extras, files, info, links

app_name = "delivery"
urlpatterns = [
    path("preview/<str:track_public_id>", files.preview, name="preview"),
    path("stream/<str:track_public_id>", files.stream, name="stream"),
    path("download/<int:entitlement_id>/<str:recipe>.zip", archives.archive, name="archive"),
    path("download/shelf/<str:recipe>.zip", archives.shelf, name="shelf-archive"),
    path("download/order/<uuid:order_id>/<str:recipe>.zip", archives.order, name="order-archive"),
    path("download/<int:entitlement_id>/<str:recipe>", files.download, name="download"),
    path("fetch/<str:token>", files.by_link, name="by-link"),
    path("download/<int:entitlement_id>/<str:recipe>/link", links.make_a_link, name="make-link"),
    path("extra/<str:public_id>", extras.extra, name="extra"),
    path("cover/<str:sha256>.<str:extension>", files.cover, name="cover"),
    path("receipt/<uuid:entry_id>.tlog-proof", files.receipt, name="receipt"),
    path("receipt/<uuid:entry_id>.tlog-promise", files.promise, name="promise"),
    path("log/<path:path>", files.log_file, name="log"),
    path(".well-known/tlog-policy", info.log_policy, name="log-policy"),
]
