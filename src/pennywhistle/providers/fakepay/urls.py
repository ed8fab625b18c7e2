"""fakepay's own pages."""

from django.urls import path

from pennywhistle.providers.fakepay import views

app_name = "fakepay"
urlpatterns = [
    path("pay/<slug:ref>/", views.pay, name="pay"),
    path("pay/<slug:ref>/confirm/", views.confirm, name="confirm"),
]
