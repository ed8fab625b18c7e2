"""Addresses for other places and programs: feeds, embedding, site maps, the dump, and old names."""

from django.urls import path, re_path

from pennywhistle.interfaces.shop import embedding, feeds, mapping, moving

urlpatterns = [
    path("robots.txt", mapping.robots, name="robots"),
    path("sitemap.xml", mapping.sitemap, name="sitemap"),
    path("sitemaps/<str:name>", mapping.sitemap_part, name="sitemap-part"),
    path("dump/", mapping.dump, name="dump"),
    path("dump/<str:name>", mapping.dump_file, name="dump-file"),
    path("feeds/new.atom", feeds.new, name="feed-new"),
    path("feeds/genre/<str:slug>.atom", feeds.genre, name="feed-genre"),
    path("feeds/artist/<public_id:public_id>.atom", feeds.artist, name="feed-artist"),
    path("feeds/label/<public_id:public_id>.atom", feeds.label, name="feed-label"),
    path("oembed", embedding.oembed, name="oembed"),
    path("embed/<slug:kind>/<public_id:public_id>", embedding.player, name="embed"),
    # Before the genres' own pages, which know one way to write a name.
    re_path(
        r"^genre/(?P<slug>[^/]*[A-Z][^/]*)$", moving.genre_corrected, name="genre-in-other-case"
    ),
]
