"""Addresses for people's programs."""

from django.urls import path

from pennywhistle.interfaces.shop import dav, sync

app_name = "sync"
urlpatterns = [
    path("sync/shelf", sync.shelf, name="shelf"),
    path("sync/extra/<str:public_id>", sync.extra, name="extra"),
    path("sync/<str:recipe>/<str:track_public_id>", sync.track, name="track"),
    path("dav/", dav.dav, name="dav-root"),
    path("dav/<path:path>", dav.dav, name="dav"),
]
