"""The manual of the API: its OpenAPI document, and a page for people made of the same."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pennywhistle.apps.reach.models import PublicFile
from pennywhistle.apps.reach.queries import public_files
from pennywhistle.interfaces.api.problems import KINDS, MIME_TYPE, NOT_FOUND, ProblemError
from pennywhistle.interfaces.api.questions import api
from pennywhistle.interfaces.common.format import date_text, size_text
from pennywhistle.interfaces.common.public_addresses import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of an account, made on its page for programs. Not needed.",
}
_HEADERS = {
    "ETag": "Changes with the answer; send it as If-None-Match.",
    "RateLimit-Policy": "How many questions within how many seconds.",
    "RateLimit": "How many are left, and for how many seconds.",
}
_FAILED = 400


@cache
def openapi_document() -> dict[str, Any]:
    """The API as OpenAPI 3.1 describes it."""
    document: dict[str, Any] = deepcopy(dict(api.get_openapi_schema(path_prefix="")))
    document["servers"] = [{"url": whole(reverse("api:root")).removesuffix("/")}]
    document["components"]["securitySchemes"] = {"Key": _KEY}
    # An empty one says that none is needed.
    document["security"] = [{}, {"Key": []}]
    for operation in _operations(document):
        for status, answer in operation["responses"].items():
            content = answer.get("content", {})
            if int(status) >= _FAILED and "application/json" in content:
                answer["content"] = {MIME_TYPE: content["application/json"]}
            answer["headers"] = {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in _HEADERS.items()
                if int(status) < _FAILED or name != "ETag"
            }
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    del request
    return JsonResponse(openapi_document(), json_dumps_params={"ensure_ascii": False})


def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Whatever else is asked for below the API's address."""
    del request, rest
    raise ProblemError(
        NOT_FOUND, f"The questions that are answered stand at {whole(reverse('api:docs'))}."
    )


@require_safe
@login_not_required
def root(request: HttpRequest) -> HttpResponse:
    """To the manual."""
    del request
    return redirect("api:docs")


@require_safe
@login_not_required
def docs(request: HttpRequest) -> HttpResponse:
    """The manual for people: made of the OpenAPI document, without a script of anybody."""
    document = openapi_document()
    files = public_files(PublicFile.Group.DUMP)
    context = {
        "server": document["servers"][0]["url"],
        "groups": _groups(document),
        "shapes": _shapes(document),
        "problems": KINDS,
        "per_address": settings.API_PER_ADDRESS_A_MINUTE,
        "per_key": settings.API_PER_KEY_A_MINUTE,
        "example": _example(),
        "files": [
            (row.name, reverse("dump-file", args=[row.name]), size_text(row.size_bytes))
            for row in files
        ],
        "made_on": date_text(max(row.made_at for row in files).date()) if files else "",
    }
    return render(request, "api/docs.html", context)


def _example() -> str:
    return "/genres"


def _groups(document: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The questions under their headings, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        operation = methods["get"]
        answer = operation["responses"][200]["content"]["application/json"]["schema"]
        found.setdefault(operation["tags"][0], []).append(
            {
                "id": operation["operationId"],
                "path": path,
                "text": operation["description"],
                "parameters": [_parameter(each) for each in operation["parameters"]],
                "answer": _type_of(answer),
            }
        )
    return list(found.items())


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    schema = parameter["schema"]
    bounds = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "≥"), ("maximum", "≤"))
        if key in schema
    ]
    if "default" in schema and schema["default"] != "":
        bounds.append(f"= {schema['default']}")
    return {
        "name": parameter["name"],
        "is_required": parameter["required"],
        "type": ", ".join([_type_of(schema).text, *bounds]),
        "text": parameter.get("description", ""),
    }


class _Type:
    """A type in words, and the name of the shape that it leads to."""

    def __init__(self, text: str, shape: str = "", after: str = "") -> None:
        self.text, self.shape, self.after = text, shape, after


def _type_of(schema: dict[str, Any]) -> _Type:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _Type("", _plain_name(name))
    if schema.get("type") == "array":
        inner = _type_of(schema["items"])
        return _Type(inner.text, inner.shape, f"[]{inner.after}")
    if "anyOf" in schema:
        first = _type_of(schema["anyOf"][0])
        is_optional = any(each.get("type") == "null" for each in schema["anyOf"])
        return _Type(first.text, first.shape, first.after + (" | null" if is_optional else ""))
    if "enum" in schema:
        return _Type(" | ".join(f'"{each}"' for each in schema["enum"] if each))
    return _Type(str(schema.get("type", "any")))


def _shapes(document: dict[str, Any]) -> list[tuple[str, str, list[tuple[str, _Type, str]]]]:
    """Every shape of an answer with its fields: name, type, words."""
    return [
        (
            _plain_name(name),
            schema.get("description", ""),
            [
                (field, _type_of(each), each.get("description", ""))
                for field, each in schema.get("properties", {}).items()
            ],
        )
        for name, schema in sorted(document["components"]["schemas"].items())
        if name.endswith("Out")
    ]


def _plain_name(name: str) -> str:
    return name.removesuffix("Out")
