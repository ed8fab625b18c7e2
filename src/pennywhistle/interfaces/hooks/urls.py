"""Where providers send their webhooks."""

from django.urls import path

from pennywhistle.interfaces.hooks import views

app_name = "hooks"
urlpatterns = [path("<slug:provider_code>/", views.take_notice, name="notice")]
