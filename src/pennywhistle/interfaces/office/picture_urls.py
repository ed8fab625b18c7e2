"""The office's addresses of pictures of sound."""

from django.urls import path

from pennywhistle.interfaces.office import spectrograms

urlpatterns = [
    path("spectrogram/<slug:sha256>.webp", spectrograms.spectrogram, name="office-spectrogram"),
]
