"""The office's addresses."""

from django.urls import path

from pennywhistle.interfaces.office import desk

urlpatterns = [
    path("", desk.desk, name="office"),
]
