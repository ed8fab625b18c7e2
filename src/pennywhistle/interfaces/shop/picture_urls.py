"""Addresses of pictures of sound."""

from django.urls import path

from pennywhistle.interfaces.shop import sound_pictures

app_name = "pictures"
urlpatterns = [
    path("spectrogram/<str:track_public_id>.webp", sound_pictures.spectrogram, name="spectrogram"),
    path("waveform/<str:track_public_id>.json", sound_pictures.waveform, name="waveform"),
]
