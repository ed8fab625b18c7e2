"""Every language of the store says everything that English says."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings

CODES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Doubled percent signs: texts that a script of the page fills in.
PLACEHOLDER = re.compile(r"%%?\(\w+\)[a-z]|\{\w*\}")
TAG = re.compile(r"</?[a-z][^>]*>")


@pytest.fixture(params=CODES)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    path = Path(settings.LOCALE_PATHS[0], request.param, "LC_MESSAGES", "django.po")
    if not path.exists():
        pytest.fail(f"There is no catalog for {request.param}: make messages, then translate it.")
    with path.open("rb") as opened:
        return read_po(opened, locale=request.param, ignore_obsolete=True, abort_invalid=True)


def test_no_text_is_left_in_english(catalog: Catalog) -> None:
    missing = [_english(each)[0] for each in _messages(catalog) if not all(_forms(each))]

    assert not missing, _how_to_fix(catalog, "is not translated", missing)


def test_no_translation_is_a_guess(catalog: Catalog) -> None:
    guessed = [_english(each)[0] for each in _messages(catalog) if each.fuzzy]

    assert not guessed, _how_to_fix(catalog, "is only guessed (fuzzy)", guessed)
    assert not catalog.fuzzy, _how_to_fix(catalog, "is only guessed (fuzzy)", ["the header"])


def test_a_number_has_all_its_forms(catalog: Catalog) -> None:
    short = [
        _english(each)[0]
        for each in _messages(catalog)
        if each.pluralizable and len(_forms(each)) != catalog.num_plurals
    ]

    assert not short, _how_to_fix(catalog, f"needs {catalog.num_plurals} forms", short)


def test_placeholders_are_kept(catalog: Catalog) -> None:
    broken = [_english(each)[0] for each in _messages(catalog) if not _keeps_placeholders(each)]

    assert not broken, _how_to_fix(catalog, "lost or gained a placeholder", broken)


def test_markup_is_kept(catalog: Catalog) -> None:
    broken = [
        _english(each)[0]
        for each in _messages(catalog)
        if any(_tags(form) != _tags(_english(each)[-1]) for form in _forms(each) if form)
    ]

    assert not broken, _how_to_fix(catalog, "lost or gained a tag", broken)


def _messages(catalog: Catalog) -> list[Message]:
    found = [each for each in catalog if each.id]
    assert found, "the catalog is empty"
    return found


def _english(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _forms(message: Message) -> tuple[str, ...]:
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


def _keeps_placeholders(message: Message) -> bool:
    one, many = _english(message)[0], _english(message)[-1]
    *few, other = _forms(message)
    known = _placeholders(one) | _placeholders(many)
    # "One item" and the dual of Arabic may say the number as a word; the last form may not.
    return _placeholders(other) == _placeholders(many) and all(
        _placeholders(form) <= known and len(_placeholders(one) - _placeholders(form)) <= 1
        for form in few
    )


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _tags(text: str) -> list[str]:
    return sorted(TAG.findall(text))


def _how_to_fix(catalog: Catalog, what: str, texts: list[str]) -> str:
    listed = "\n".join(f"  {text}" for text in texts)
    return (
        f"In locale/{catalog.locale}/LC_MESSAGES/django.po this {what}:\n{listed}\n"
        "Run `make messages`, mend these entries, and compile them by `make translations`."
    )
