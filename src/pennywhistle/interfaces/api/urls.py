"""Addresses of the open catalog API."""

from django.urls import URLPattern, include, path, re_path

from pennywhistle.interfaces.api import manual
from pennywhistle.interfaces.api.answering import for_programs
from pennywhistle.interfaces.api.questions import api

_questions = [
    each for each in api.urls[0] if isinstance(each, URLPattern) and each.name != "api-root"
]
for each in _questions:
    assert each.callback is not None
    each.callback = for_programs(each.callback)

v1 = [
    path("", manual.root, name="root"),
    path("docs", manual.docs, name="docs"),
    path("openapi.json", for_programs(manual.openapi), name="openapi"),
    *_questions,
    re_path(r"^(?P<rest>.+)$", for_programs(manual.unknown), name="unknown"),
]
urlpatterns = [path("v1/", include((v1, "api")))]
