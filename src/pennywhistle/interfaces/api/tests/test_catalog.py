"""The open catalog answers programs: lists by key, problems that say what to do, limits, keys."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client, override_settings
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import NOON, a_shelf, a_store, a_user, keep
from pennywhistle.apps.catalog.models import Genre, Release
from pennywhistle.apps.discovery.actions import rebuild_index
from pennywhistle.apps.reach.counting import forget_old_counts, note_question
from pennywhistle.apps.users.models import AccessToken
from pennywhistle.apps.users.tokens import create_token, revoke_token
from pennywhistle.interfaces.api.manual import openapi_document
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def shop():
    a_store()
    shelf = a_shelf(territories=Territories.of("DE", "US"))
    genre = Genre.objects.create(name="Folk", slug="folk")
    shelf.release.genre = genre
    shelf.release.save()
    keep()
    return shelf


def asked(client: Client, path: str, **headers: str):
    return client.get(path if path.startswith("http") else V1 + path, headers=headers)


def problem(response) -> dict[str, object]:
    assert response["Content-Type"] == "application/problem+json"
    document = response.json()
    assert set(document) >= {"type", "title", "status", "detail"}
    assert document["status"] == response.status_code
    assert document["detail"]
    return document


def test_a_release_is_told_with_its_tracks_and_what_it_costs_where(client: Client, shop) -> None:
    public_id = shop.release.public_id

    listed = asked(client, "/releases?genre=folk&territory=DE").json()
    page = asked(client, f"/releases/{public_id}").json()
    offers = asked(client, f"/releases/{public_id}/offers").json()

    assert [each["id"] for each in listed["items"]] == [public_id]
    assert listed["items"][0]["price"]["amount"] == "0.35"
    assert listed["next"] is None
    assert [each["title"] for each in page["tracks"]] == ["Track 1", "Track 2", "Track 3"]
    assert page["url"] == f"http://localhost:8000/release/tin-weather-{public_id}"
    assert offers["offers"] == [
        {"amount": "0.35", "currency": "USD", "is_least": False, "territories": ["DE", "US"]}
    ]
    assert {each["offers"][0]["amount"] for each in offers["tracks"]} == {"0.14"}


def test_what_is_not_sold_somewhere_is_not_listed_there(client: Client, shop) -> None:
    assert asked(client, "/releases?territory=FR").json()["items"] == []
    offers = asked(client, f"/releases/{shop.release.public_id}/offers?territory=FR").json()
    assert offers["offers"] == []


def test_what_left_the_shelves_is_not_there(client: Client, shop) -> None:
    Release.objects.update(withdrawn_at=NOON)
    track = shop.tracks[0].public_id

    for path in (
        f"/releases/{shop.release.public_id}",
        f"/tracks/{track}",
        f"/tracks/{track}/offers",
    ):
        assert problem(asked(client, path))["status"] == 404
    assert asked(client, "/releases").json()["items"] == []
    assert asked(client, "/artists").json()["items"] == []
    assert asked(client, "/genres").json()["items"] == []


def test_lists_go_on_by_key_and_hold_everything_once(client: Client) -> None:
    a_store()
    for number in range(5):
        shelf = a_shelf(f"Record {number}", track_count=1)
        shelf.release.released_on = date(2026, 11, 1 + number // 2)
        shelf.release.save()

    for path, count in (("/releases?limit=2", 5), ("/artists?limit=2", 5), ("/labels?limit=2", 5)):
        seen, address = [], V1 + path
        while address:
            page = client.get(address.removeprefix("http://localhost:8000")).json()
            seen += [each["id"] for each in page["items"]]
            assert len(page["items"]) <= 2
            address = page["next"]
        assert len(seen) == len(set(seen)) == count


def test_a_list_asks_the_database_the_same_number_of_questions(
    client: Client, shop, django_assert_num_queries
) -> None:
    # Counting the question; releases, artists, how far was looked; covers; prices there.
    with django_assert_num_queries(6):
        asked(client, "/releases?territory=US")
    for number in range(3):
        a_shelf(f"Another {number}", track_count=2)
    keep()
    with django_assert_num_queries(6):
        assert len(asked(client, "/releases?territory=US").json()["items"]) == 4


def test_a_recording_is_found_by_its_isrc_and_a_search(client: Client, shop) -> None:
    shop.tracks[1].recording.isrc = "USRC17607839"
    shop.tracks[1].recording.save()
    rebuild_index(now=now())

    found = asked(client, "/tracks?isrc=us-rc1-76-07839").json()["items"]
    searched = asked(client, "/search?q=tin+weather&territory=US").json()

    assert [each["id"] for each in found] == [shop.tracks[1].public_id]
    assert found[0]["release"]["id"] == shop.release.public_id
    assert [each["id"] for each in searched["releases"]] == [shop.release.public_id]


def test_a_search_without_an_index_says_when_to_ask_again(client: Client, tmp_path) -> None:
    a_store()

    with override_settings(SEARCH_URL=str(tmp_path / "nothing")):
        answer = asked(client, "/search?q=tin")

    assert problem(answer)["status"] == 503
    assert answer["Retry-After"] == "60"


def test_an_answer_that_is_known_is_not_sent_again(client: Client, shop) -> None:
    first = asked(client, "/releases")
    again = asked(client, "/releases", if_none_match=first["ETag"])

    assert again.status_code == 304
    assert again.content == b""
    head = client.head(V1 + "/releases")
    assert head["ETag"] == first["ETag"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/releases/nobody", 404, "not-found"),
        ("/releases/000000000000", 404, "not-found"),
        ("/nothing/like/it", 404, "not-found"),
        ("/releases?limit=0", 400, "invalid-question"),
        ("/releases?limit=1e309", 400, "invalid-question"),
        ("/releases?after=2026-13-40.1", 400, "invalid-question"),
        ("/artists?after=-1", 400, "invalid-question"),
        ("/releases?territory=QQ", 400, "invalid-question"),
        ("/releases?territory=de", 400, "invalid-question"),
        ("/search?q=" + "a" * 201, 400, "invalid-question"),
        ("/search", 400, "invalid-question"),
        ("/tracks?isrc=%00", 400, "invalid-question"),
    ],
)
def test_a_bad_question_is_a_problem_that_says_what_to_do(
    client: Client, path: str, status: int, code: str
) -> None:
    a_store()

    answer = problem(asked(client, path))

    assert answer["status"] == status
    assert str(answer["type"]).endswith(f"/api/v1/docs#{code}")


def test_the_catalog_is_only_read(client: Client) -> None:
    for method in ("post", "put", "delete", "patch"):
        response = getattr(client, method)(V1 + "/releases")
        assert problem(response)["status"] == 405
        assert "GET" in response["Allow"]


def test_pages_of_other_sites_may_ask_and_no_cookie_is_set(client: Client, shop) -> None:
    asked_first = client.options(V1 + "/releases")
    answer = asked(client, "/releases")

    assert asked_first.status_code == 204
    assert "Authorization" in asked_first["Access-Control-Allow-Headers"]
    for response in (asked_first, answer):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert not response.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize("query", ["label=%00", "artist=%00", "genre=%00", "label=nobody"])
def test_of_whom_nobody_is_there_are_no_releases(client: Client, shop, query: str) -> None:
    answer = asked(client, f"/releases?{query}")

    assert answer.status_code == 200
    assert answer.json()["items"] == []


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No minute turns between two questions."""
    monkeypatch.setattr("pennywhistle.interfaces.api.access.now", lambda: NOON)


@override_settings(API_PER_KEY_A_MINUTE=2)
def test_more_keys_of_one_account_let_ask_no_more(client: Client, at_noon: None) -> None:
    a_store()
    user, scope = a_user(), AccessToken.Scope.CATALOG
    keys = [
        create_token(user_id=user.pk, label=label, scope=scope, now=NOON) for label in ("a", "b")
    ]

    answers = [
        asked(client, "/genres", authorization=f"Bearer {key}") for _ in range(2) for key in keys
    ]

    assert [each.status_code for each in answers] == [200, 200, 429, 429]


@override_settings(API_PER_ADDRESS_A_MINUTE=1)
def test_clients_of_version_4_are_told_apart_behind_a_socket_for_both(
    client: Client, at_noon: None
) -> None:
    a_store()
    by_address = {
        address: client.get(V1 + "/genres", REMOTE_ADDR=address).status_code
        for address in ("::ffff:1.2.3.4", "::ffff:5.6.7.8", "1.2.3.4", "2001:db8::1", "2001:db8::2")
    }

    assert list(by_address.values()) == [200, 200, 429, 200, 429]


@override_settings(API_PER_ADDRESS_A_MINUTE=2, API_PER_KEY_A_MINUTE=3)
def test_who_asks_too_often_waits_and_a_key_lets_ask_more(client: Client, at_noon: None) -> None:
    a_store()
    user = a_user()
    scope = AccessToken.Scope.CATALOG
    key = create_token(user_id=user.pk, label="my program", scope=scope, now=NOON)

    answers = [asked(client, "/genres") for _ in range(3)]
    with_key = [asked(client, "/genres", authorization=f"Bearer {key}") for _ in range(4)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[0]["RateLimit-Policy"] == '"address";q=2;w=60'
    assert answers[0]["RateLimit"].startswith('"address";r=1;t=')
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert problem(answers[2])["title"]
    assert [each.status_code for each in with_key] == [200, 200, 200, 429]
    assert with_key[0]["RateLimit-Policy"] == '"key";q=3;w=60'


def test_a_key_that_is_wrong_ended_or_for_the_shelf_opens_nothing(client: Client) -> None:
    a_store()
    user = a_user()
    ended = create_token(user_id=user.pk, label="old", scope=AccessToken.Scope.CATALOG, now=NOON)
    revoke_token(user_id=user.pk, token_id=AccessToken.objects.get().pk, now=NOON)
    of_shelf = create_token(user_id=user.pk, label="shelf", scope=AccessToken.Scope.SHELF, now=NOON)

    for key in (ended, of_shelf, "pwt_nobody", "\u00e9"):
        response = asked(client, "/genres", authorization=f"Bearer {key}")
        assert problem(response)["status"] == 401
        assert response["WWW-Authenticate"] == "Bearer"


def test_nothing_personal_is_told(client: Client, shop) -> None:
    a_user("somebody@example.org")
    paths = ["/releases", f"/releases/{shop.release.public_id}", "/artists", "/labels", "/dump"]

    told = "".join(asked(client, path).content.decode() for path in paths)

    assert "@" not in told
    assert "account" not in told


def test_the_document_is_openapi_and_the_page_explains_every_question(client: Client) -> None:
    a_store()

    document = asked(client, "/openapi.json").json()
    page = client.get(V1 + "/docs").content.decode()

    assert document["openapi"].startswith("3.")
    assert {"/releases", "/tracks/{public_id}/offers", "/search", "/dump"} <= set(document["paths"])
    for path, methods in document["paths"].items():
        assert set(methods) == {"get"}
        assert f">{path}<" in page
    assert "<script>" not in page
    assert "https://cdn" not in page
    names = {each["$ref"] for each in _refs(document)}
    assert names <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def _refs(document: object):
    if isinstance(document, dict):
        if "$ref" in document:
            yield document
        document = list(document.values())
    if isinstance(document, list):
        for each in document:
            yield from _refs(each)


ODD = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(
        ["", "null", "true", "[]", "{}", "../..", "%00", "\x00", "' OR 1=1", "a" * 500]
    ),
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_question_that_the_document_describes_breaks_anything(
    client: Client, shop, data: st.DataObject
) -> None:
    known = {"public_id": shop.release.public_id}
    with override_settings(API_PER_ADDRESS_A_MINUTE=10**6):
        for path, methods in openapi_document()["paths"].items():
            query, address = {}, V1 + path
            for each in methods["get"]["parameters"]:
                value = data.draw(st.one_of(ODD, st.just(known.get(each["name"], "1"))))
                if each["in"] == "path":
                    kept = value.replace("/", "").replace("?", "") or "x"
                    address = address.replace("{" + each["name"] + "}", kept)
                elif data.draw(st.booleans()):
                    query[each["name"]] = value
            response = client.get(address, query)
            assert response.status_code < 500, (address, query)
            if response.status_code >= 400:
                problem(response)
            else:
                json.loads(response.content or b"null")


def test_counts_are_forgotten_once_their_minute_is_over(client: Client) -> None:
    first = note_question("somebody", times_max=1, at=NOON)
    second = note_question("somebody", times_max=1, at=NOON)
    later = note_question("somebody", times_max=1, at=NOON + timedelta(minutes=1))

    assert (first.is_too_much, second.is_too_much, later.is_too_much) == (False, True, False)
    assert forget_old_counts(now=NOON) == 0
    assert forget_old_counts(now=NOON + timedelta(minutes=5)) == 2
