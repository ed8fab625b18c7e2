"""People's programs read a shelf with a token, and with nothing else."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from lxml import etree

from builders import NOON, a_user
from pennywhistle.apps.delivery import unmade
from pennywhistle.apps.delivery.actions import note_wishes
from pennywhistle.apps.delivery.naming import Naming
from pennywhistle.apps.delivery.wishes import Wishes
from pennywhistle.apps.media.models import Master, Rendition
from pennywhistle.apps.users.models import AccessToken, User
from pennywhistle.apps.users.tokens import (
    TOKENS_MAX,
    TooManyTokensError,
    create_token,
    revoke_token,
    user_of_token,
)
from sounding_shop import SoundingShop, a_sounding_shop

pytestmark = pytest.mark.django_db(transaction=True)
SHELF = AccessToken.Scope.SHELF
ALBUM = "Tin Weather Payee 1 - Tin Weather"
D = "{DAV:}"


@pytest.fixture
def shop() -> SoundingShop:
    made = a_sounding_shop()
    note_wishes(user_id=made.buyer.pk, wishes=Wishes(recipe="wav"))
    return made


def a_token(user: User, label: str = "laptop") -> str:
    return create_token(user_id=user.pk, label=label, scope=SHELF, now=NOON)


def bearer(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


def basic(token: str) -> Client:
    written = base64.b64encode(f"anybody:{token}".encode()).decode()
    return Client(headers={"Authorization": f"Basic {written}"})


@pytest.fixture
def program(shop: SoundingShop) -> Client:
    return basic(a_token(shop.buyer))


def propfind(client: Client, path: str = "/dav/", *, depth: str = "1", body: bytes = b""):
    return client.generic(
        "PROPFIND", path, body, content_type="application/xml", headers={"Depth": depth}
    )


def told(response) -> dict[str, etree._Element]:
    assert response.status_code == 207, response.content
    root = etree.fromstring(response.content)
    return {each.findtext(f"{D}href"): each for each in root.findall(f"{D}response")}


def test_a_token_is_kept_as_its_hash_and_ends_when_its_owner_says() -> None:
    user = a_user()
    token = a_token(user)
    row = AccessToken.objects.get()

    assert row.token_sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert user_of_token(token, scope=SHELF, now=NOON) == user
    for wrong in ("", "pwt_", token[:-1], token + "x", "é", "x" * 5_000):
        assert user_of_token(wrong, scope=SHELF, now=NOON) is None
    revoke_token(user_id=a_user("other@example.org").pk, token_id=row.pk, now=NOON)
    assert user_of_token(token, scope=SHELF, now=NOON) == user
    revoke_token(user_id=user.pk, token_id=row.pk, now=NOON)
    assert user_of_token(token, scope=SHELF, now=NOON) is None


def test_a_closed_account_opens_nothing_and_use_is_noted_now_and_then() -> None:
    user = a_user()
    token = a_token(user)

    for minutes in (0, 1, 10):
        user_of_token(token, scope=SHELF, now=NOON + timedelta(minutes=minutes))
    assert AccessToken.objects.get().used_at == NOON + timedelta(minutes=10)
    user.is_active = False
    user.save()
    assert user_of_token(token, scope=SHELF, now=NOON) is None


def test_there_is_an_end_to_tokens() -> None:
    user = a_user()
    for number in range(TOKENS_MAX):
        a_token(user, str(number))
    with pytest.raises(TooManyTokensError):
        a_token(user)


def test_the_page_shows_a_token_once_and_ends_it() -> None:
    user = a_user()
    client = Client()
    client.force_login(user)

    page = client.post("/account/programs", {"label": "laptop"})
    row = AccessToken.objects.get()

    shown = page.content.decode().split("<code>")[1].split("</code>")[0]
    assert user_of_token(shown, scope=SHELF, now=NOON) == user
    assert page["Cache-Control"] == "private, no-store"
    assert shown not in client.get("/account/programs").content.decode()
    stranger = Client()
    stranger.force_login(a_user("stranger@example.org"))
    stranger.post(f"/account/programs/{row.pk}/end")
    assert AccessToken.objects.held_by(user=user).exists()
    client.post(f"/account/programs/{row.pk}/end")
    assert not AccessToken.objects.held_by(user=user).exists()
    assert client.post("/account/programs", {"label": ""}).status_code == 400


def test_no_cookie_and_no_wrong_token_opens_anything(shop: SoundingShop) -> None:
    shop.sell_album()
    signed_in = Client()
    signed_in.force_login(shop.buyer)
    revoked = a_token(shop.buyer)
    revoke_token(user_id=shop.buyer.pk, token_id=AccessToken.objects.get().pk, now=NOON)
    track = shop.shelf.tracks[0].public_id
    doors = ["/sync/shelf", f"/sync/wav/{track}", "/dav/", f"/dav/{quote(ALBUM)}/cover.jpg"]

    for client in (Client(), signed_in, bearer("x"), basic("x"), basic(revoked), bearer(revoked)):
        for door in doors:
            answer = client.get(door)
            assert answer.status_code == 401
            assert answer["WWW-Authenticate"].startswith("Basic ")
        assert propfind(client).status_code == 401
    odd = Client(headers={"Authorization": "Basic !!!"})
    assert odd.get("/dav/").status_code == 401
    assert not Rendition.objects.exists()


def test_a_token_opens_the_shelf_and_no_page(shop: SoundingShop) -> None:
    owned = shop.sell_album()
    program = bearer(a_token(shop.buyer))

    for page in ("/shelf", f"/download/{owned.pk}/wav.zip", "/account/programs", "/balance"):
        assert program.get(page).status_code == 302


def test_another_persons_music_is_not_there(shop: SoundingShop) -> None:
    shop.sell_album()
    stranger = bearer(a_token(a_user("stranger@example.org")))
    track = shop.shelf.tracks[0].public_id

    assert stranger.get("/sync/shelf").json()["files"] == []
    assert stranger.get(f"/sync/wav/{track}").status_code == 404
    assert stranger.get(f"/dav/{quote(ALBUM)}/cover.jpg").status_code == 404
    assert propfind(stranger, f"/dav/{quote(ALBUM)}/").status_code == 404
    assert list(told(propfind(stranger))) == ["/dav/"]
    assert not Rendition.objects.exists()


def test_the_list_names_each_file_and_where_it_is(shop: SoundingShop) -> None:
    shop.sell_album()
    program = bearer(a_token(shop.buyer))

    before = program.get("/sync/shelf").json()
    assert (before["format"], before["releases"], before["next"]) == ("wav", 1, None)
    assert [file["path"] for file in before["files"]] == [
        [ALBUM, "01 Track 1.wav"],
        [ALBUM, "02 Track 2.wav"],
        [ALBUM, "cover.jpg"],
    ]
    first = before["files"][0]
    assert (first["size_bytes"], first["sha256"]) == (None, None)

    content = program.get(first["url"]).getvalue()
    head = program.head(first["url"])
    after = program.get("/sync/shelf").json()["files"][0]

    digest = hashlib.sha256(content)
    assert (after["size_bytes"], after["sha256"]) == (len(content), digest.hexdigest())
    assert after["etag"] == first["etag"] == head["ETag"].strip('"')
    assert head["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    part = program.get(first["url"], headers={"Range": "bytes=100-", "If-Range": head["ETag"]})
    assert (part.status_code, part.getvalue()) == (206, content[100:])
    assert program.get("/sync/shelf", {"format": "mp3-999"}).status_code == 404
    assert program.get("/sync/shelf", {"from": "-1"}).status_code == 404
    assert program.get("/sync/shelf", {"format": "opus-96"}).json()["format"] == "opus-96"
    assert program.post("/sync/shelf").status_code == 405


def test_a_mounted_shelf_shows_folders_and_files_with_true_sizes(
    shop: SoundingShop, program: Client
) -> None:
    shop.sell_track(1)
    folder = f"/dav/{quote(ALBUM)}/"
    track = f"{folder}01%20Track%201.wav"

    assert list(told(propfind(program))) == ["/dav/", folder]
    assert list(told(propfind(program, depth="0"))) == ["/dav/"]
    files = told(propfind(program, folder))
    assert list(files) == [folder, track, f"{folder}cover.jpg"]
    assert files[folder].find(f".//{D}collection") is not None
    assert files[track].find(f".//{D}collection") is None
    # Of this format it is known without making it.
    assert not Rendition.objects.filter(recipe="wav").exists()
    foretold = files[track].findtext(f".//{D}getcontentlength")
    assert program.head(track)["Content-Length"] == foretold

    content = program.get(track).getvalue()
    assert foretold == str(len(content))
    size = told(propfind(program, track, depth="0"))[track]
    assert size.findtext(f".//{D}getcontentlength") == str(len(content))
    assert size.findtext(f".//{D}getcontenttype") == "audio/wav"
    assert size.findtext(f".//{D}getetag") == program.head(track)["ETag"]
    part = program.get(track, headers={"Range": "bytes=-44"})
    assert (part.status_code, part.getvalue()) == (206, content[-44:])
    assert program.get(track, headers={"Range": f"bytes={len(content)}-"}).status_code == 416
    assert program.get("/dav/").content.decode() == f"{ALBUM}/\n"


def test_a_look_into_a_folder_has_its_files_made_for_their_sizes(
    shop: SoundingShop, program: Client
) -> None:
    shop.sell_album()
    note_wishes(user_id=shop.buyer.pk, wishes=Wishes(recipe="flac"))

    propfind(program)
    assert not Rendition.objects.filter(recipe="flac").exists()
    files = told(propfind(program, f"/dav/{quote(ALBUM)}/"))

    sizes = {href: each.findtext(f".//{D}getcontentlength") for href, each in files.items()}
    assert Rendition.objects.filter(recipe="flac").count() == 2
    for href in list(sizes)[1:]:
        assert sizes[href] == str(len(program.get(href).getvalue()))


def test_what_takes_long_to_make_is_listed_in_a_moment(
    shop: SoundingShop, program: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.sell_track(1)
    note_wishes(user_id=shop.buyer.pk, wishes=Wishes(recipe="flac"))
    folder = f"/dav/{quote(ALBUM)}/"

    with monkeypatch.context() as patch:
        patch.setattr(unmade, "LISTING_PATIENCE_S", 0.0)
        refused = propfind(program, folder)

    assert refused.status_code == 503
    assert int(refused["Retry-After"]) >= 1
    assert len(told(propfind(program, folder))) == 3


def test_what_cannot_be_made_is_listed_without_a_size(shop: SoundingShop, program: Client) -> None:
    shop.sell_track(1)
    note_wishes(user_id=shop.buyer.pk, wishes=Wishes(recipe="flac"))
    Master.objects.update(sha256="0" * 64)

    files = told(propfind(program, f"/dav/{quote(ALBUM)}/"))

    (track,) = (each for href, each in files.items() if href.endswith(".flac"))
    assert track.find(f".//{D}getcontentlength") is None


def test_folders_within_folders_are_walked(shop: SoundingShop, program: Client) -> None:
    shop.sell_track(1)
    note_wishes(user_id=shop.buyer.pk, wishes=Wishes(recipe="wav", naming=Naming.FOLDERS))

    (_, artist) = told(propfind(program))
    (_, album) = told(propfind(program, artist))
    found = list(told(propfind(program, album)))

    assert album == "/dav/Tin%20Weather%20Payee%201/2026%20-%20Tin%20Weather/"
    assert found[1] == f"{album}01%20Track%201.wav"
    program.get(found[1]).getvalue()


def test_only_what_is_asked_for_is_told(shop: SoundingShop, program: Client) -> None:
    shop.sell_track(1)
    body = b"""<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:x="urn:x">
      <d:prop><d:displayname/><x:color/></d:prop></d:propfind>"""

    (root,) = told(propfind(program, depth="0", body=body)).values()
    statuses = {
        stat.findtext(f"{D}status"): [prop.tag for prop in stat.find(f"{D}prop")]
        for stat in root.findall(f"{D}propstat")
    }
    assert statuses == {
        "HTTP/1.1 200 OK": [f"{D}displayname"],
        "HTTP/1.1 404 Not Found": ["{urn:x}color"],
    }
    names = b'<d:propfind xmlns:d="DAV:"><d:propname/></d:propfind>'
    (root,) = told(propfind(program, depth="0", body=names)).values()
    assert root.findtext(f".//{D}displayname") == ""


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        b'<!DOCTYPE propfind><d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>',
        b"<unclosed",
        b"<other/>",
        b"<a>" * 10_000,
        b"x" * 70_000,
    ],
)
def test_hostile_bodies_are_refused(program: Client, body: bytes) -> None:
    assert propfind(program, body=body).status_code == 400


def test_no_whole_tree_and_no_writing(shop: SoundingShop, program: Client) -> None:
    shop.sell_track(1)

    for depth in ("infinity", "2", ""):
        refused = propfind(program, depth=depth)
        assert refused.status_code == 403
        assert b"propfind-finite-depth" in refused.content
    for method in ("PUT", "DELETE", "MKCOL", "MOVE", "COPY", "LOCK", "PROPPATCH", "POST"):
        answer = program.generic(method, "/dav/x", b"")
        assert (answer.status_code, answer["Allow"]) == (405, "OPTIONS, GET, HEAD, PROPFIND")
    options = program.options("/dav/")
    assert (options.status_code, options["DAV"]) == (200, "1")
    for path in ("/dav/..%2f..%2fetc%2fpasswd", "/dav/nothing", f"/dav/{quote(ALBUM)}/x.wav"):
        assert program.get(path).status_code == 404
