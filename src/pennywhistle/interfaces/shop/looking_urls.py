"""Addresses of the ways to look around."""

from django.urls import path

from pennywhistle.interfaces.shop import charting, following, looking, suggesting

urlpatterns = [
    path("charts", charting.charts, name="charts"),
    path("charts/<slug:window>/<slug:kind>", charting.chart, name="chart"),
    path("years", looking.years, name="years"),
    path("year/<int:number>", looking.year, name="year"),
    path("new/<slug:day_text>", looking.day, name="new-day"),
    path("labels", looking.labels, name="labels"),
    path("labels/<str:letter>", looking.labels_of_letter, name="labels-under"),
    path("staff-shelf", looking.staff_shelf, name="staff-shelf"),
    path("account/suggestions", suggesting.suggestions, name="my-suggestions"),
    path("following/genre/<str:slug>/begin", following.follow_genre, name="follow-genre"),
    path("following/search", following.follow_search, name="follow-search"),
    path("following/stop/<int:follow_id>", following.end_follow, name="follow-end"),
]
