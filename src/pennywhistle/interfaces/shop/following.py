"""Following artists, labels, genres and searches: by mail or feed, ended by one click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pennywhistle.apps.discovery.pages import party_named
from pennywhistle.apps.following import actions
from pennywhistle.apps.following.models import Follow, Reader
from pennywhistle.apps.following.queries import feed_at, follows_of, reader_of
from pennywhistle.interfaces.common.format import date_text
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.addresses import page_of
from pennywhistle.interfaces.shop.lists import genre_named
from pennywhistle.interfaces.shop.visitor import buyer_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pennywhistle.apps.parties.models import Party

# Artists and labels are parties; their pages differ.
_KINDS = {"artist", "label"}


@require_safe
def following(request: HttpRequest) -> HttpResponse:
    """What the person follows, and how they are told."""
    follower = buyer_of(request)
    follows = follows_of(user=follower)
    reader = reader_of(user=follower)
    address = _feed_address(actions.feed_of(user_id=follower.pk)) if follows else ""
    context = {
        "rows": [
            {
                "name": each.name,
                "kind": _kind_text(each),
                "url": _page_of_followed(each),
                "since": date_text(each.since),
                "end_url": reverse("follow-end", args=[each.pk]),
            }
            for each in follows
        ],
        "feed_address": address,
        "wants_mail": reader is None or reader.wants_mail,
        "empty": {
            "title": gettext("You follow nothing yet"),
            "text": gettext(
                "Follow an artist, a label or a genre on its page, or a search below what it finds:"
                " you get a mail, or your own feed has it, when something new is out."
            ),
            "icon": "record",
            "action_url": reverse("new"),
            "action_label": gettext("See what is new"),
        },
    }
    response = render(request, "shop/following.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def follow(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """Follow an artist or a label, and go back to its page."""
    party = _party(public_id)
    if kind not in _KINDS:
        raise Http404
    try:
        actions.follow(user_id=buyer_of(request).pk, party_id=party.pk, now=timezone.now())
    except actions.TooManyFollowsError as error:
        messages.error(request, _too_many(error))
    else:
        messages.success(request, _told(party.name))
    return redirect(page_of(kind, party))


@require_POST
def follow_genre(request: HttpRequest, slug: str) -> HttpResponse:
    """Follow a genre, and go back to its page."""
    genre = genre_named(slug)
    try:
        actions.follow_genre(user_id=buyer_of(request).pk, genre_id=genre.pk, now=timezone.now())
    except actions.TooManyFollowsError as error:
        messages.error(request, _too_many(error))
    else:
        messages.success(request, _told(genre.name))
    return redirect("genre", slug=slug)


@require_POST
def follow_search(request: HttpRequest) -> HttpResponse:
    """Follow a search: what it finds among releases to come."""
    asked, follower = request.POST.get("q", ""), buyer_of(request)
    try:
        typed = actions.follow_search(user_id=follower.pk, text=asked, now=timezone.now())
    except actions.NothingToSearchError:
        messages.error(request, gettext("This search asks for nothing that could come out."))
        return redirect("search")
    except actions.TooManyFollowsError as error:
        messages.error(request, _too_many(error))
        return redirect("following")
    messages.success(request, _told(typed))
    return redirect(_search_url(typed))


@require_POST
def end_follow(request: HttpRequest, follow_id: int) -> HttpResponse:
    """Follow one thing no more, whatever it is."""
    actions.end_follow(user_id=buyer_of(request).pk, follow_id=follow_id)
    messages.success(request, gettext("You follow it no more."))
    return redirect("following")


def _told(name: str) -> str:
    return gettext("You follow %(name)s: you hear of what is new.") % {"name": name}


def _too_many(error: actions.TooManyFollowsError) -> str:
    return gettext("One follows at most %(count)s of these.") % {"count": error.most}


def _search_url(text: str) -> str:
    return f"{reverse('search')}?{urlencode({'q': text})}"


def _page_of_followed(each: Follow) -> str:
    if each.party is not None:
        return page_of("artist", each.party)
    return reverse("genre", args=[each.genre.slug]) if each.genre else _search_url(each.search)


def _kind_text(each: Follow) -> str:
    kinds = {
        Follow.Kind.PARTY: gettext("Artist or label"),
        Follow.Kind.GENRE: gettext("Genre"),
        Follow.Kind.SEARCH: gettext("Search"),
    }
    return kinds[each.kind]


@require_POST
def unfollow(request: HttpRequest, public_id: str) -> HttpResponse:
    """Follow somebody no more."""
    party = _party(public_id)
    actions.unfollow(user_id=buyer_of(request).pk, party_id=party.pk)
    messages.success(request, gettext("You follow %(name)s no more.") % {"name": party.name})
    return redirect("following")


@require_POST
def mails(request: HttpRequest) -> HttpResponse:
    """Be told by mail, or by the feed alone."""
    is_wanted = request.POST.get("wanted") == "yes"
    actions.want_mails(user_id=buyer_of(request).pk, is_wanted=is_wanted)
    messages.success(request, gettext("Saved."))
    return redirect("following")


@require_POST
def new_feed(request: HttpRequest) -> HttpResponse:
    """Give the feed another address; the earlier one answers no more."""
    actions.new_feed(user_id=buyer_of(request).pk)
    messages.success(request, gettext("Your feed has a new address."))
    return redirect("following")


@require_safe
@login_not_required
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """What is new of what somebody follows, as Atom (RFC 4287), at their secret address."""
    found = feed_at(token=token, now=timezone.now())
    if found is None:
        raise Http404
    name = store_of(request).name
    atom = Atom1Feed(
        title=_plain(gettext("New of what you follow, at %(name)s") % {"name": name}),
        link=settings.ORIGIN + reverse("new"),
        description="",
        feed_guid=f"urn:pennywhistle:following:{found.user.public_id}",
    )
    for release in found.releases:
        assert release.published_at is not None
        atom.add_item(
            title=_plain(f"{release.artist_line}: {release.title}"),
            link=settings.ORIGIN + page_of("release", release),
            description=_plain(
                gettext("Released on %(day)s by %(label)s")
                % {"day": date_text(release.released_on), "label": release.label.name}
            ),
            unique_id=f"urn:pennywhistle:release:{release.public_id}",
            pubdate=release.published_at,
            updateddate=release.published_at,
        )
    response = HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml")
    # A secret address: kept out of caches and search engines.
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


# Mail programs send the same without a page of ours (RFC 8058); the secret is in the address.
@csrf_exempt
@require_http_methods(["GET", "POST"])
@login_not_required
def no_mails(request: HttpRequest, token: str) -> HttpResponse:
    """End the mails by one click, without signing in."""
    if not Reader.objects.told_with(token).exists():
        raise Http404
    is_done = request.method == "POST" and actions.want_no_mails(token=token)
    context = {"is_done": is_done, "here": reverse("following-no-mails", args=[token])}
    return render(request, "shop/no_mails.html", context)


def _feed_address(token: str) -> str:
    return settings.ORIGIN + reverse("following-feed", args=[token])


def _party(public_id: str) -> Party:
    party = party_named(public_id)
    if party is None:
        raise Http404
    return party


def _plain(text: str) -> str:
    """Without the signs that no XML may hold."""
    return "".join(sign for sign in text if sign.isprintable())
