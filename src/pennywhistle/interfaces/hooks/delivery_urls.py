"""Where suppliers' programs send their deliveries."""

from django.urls import path

from pennywhistle.interfaces.hooks import deliveries

app_name = "deliveries"
urlpatterns = [
    path("acknowledgements", deliveries.acknowledgement_list, name="acknowledgements"),
    path("acknowledgements/<str:name>", deliveries.acknowledgement_file, name="acknowledgement"),
    path("<str:parcel>", deliveries.delivery, name="delivery"),
    path("<str:parcel>/<path:path>", deliveries.delivery_file, name="file"),
]
