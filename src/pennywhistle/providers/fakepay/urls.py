"""fakepay's own pages, and its Stripe-shaped face."""

from django.urls import path

from pennywhistle.providers.fakepay import desk_views, views
from pennywhistle.providers.fakepay.face import views as face

app_name = "fakepay"
urlpatterns = [
    path("pay/<slug:ref>/", views.pay, name="pay"),
    path("pay/<slug:ref>/confirm/", views.confirm, name="confirm"),
    path("desk/", desk_views.knobs, name="desk"),
    path("desk/deed/", desk_views.deed, name="deed"),
    path("desk/sweep/", desk_views.sweep, name="sweep"),
    path("stripe/<path:rest>", face.answer, name="stripe"),
]
