"""Every language of the store says everything that English says."""

import re
from gettext import c2py
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings

from pennywhistle.engines.clearance.wording import LETTER, WORDS

CODES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Doubled percent signs: texts that a script of the page fills in.
PLACEHOLDER = re.compile(r"%%?\(\w+\)[a-z]|\{\w*\}")
PLACEHOLDERS_MAX = 10
TAG = re.compile(r"</?[a-z][^>]*>")
# Stops say themselves why: there is nothing around the sentence to translate.
SAID_AS_IT_IS = "%(sentence)s"


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
    broken = [
        _english(each)[0] for each in _messages(catalog) if not _keeps_placeholders(catalog, each)
    ]

    assert not broken, _how_to_fix(catalog, "lost or gained a placeholder", broken)


def test_markup_is_kept(catalog: Catalog) -> None:
    broken = [
        _english(each)[0]
        for each in _messages(catalog)
        if any(_tags(form) != _tags(_english(each)[-1]) for form in _forms(each) if form)
    ]

    assert not broken, _how_to_fix(catalog, "lost or gained a tag", broken)


def test_every_reason_of_clearance_is_told(catalog: Catalog) -> None:
    templates = {text for words in WORDS.values() for text in words if text} | {LETTER}
    untold = [
        text for text in sorted(templates - {SAID_AS_IT_IS}) if not _is_filled_in(catalog, text)
    ]

    assert not untold, _how_to_fix(catalog, "has no entry that its values fit into", untold)


def _is_filled_in(catalog: Catalog, english: str) -> bool:
    """It has an entry with the same placeholders, and every other percent sign is doubled."""
    message = catalog.get(english)
    if message is None or not all(_forms(message)):
        return False
    rest = (PLACEHOLDER.sub("", form).replace("%%", "") for form in _forms(message))
    return _keeps_placeholders(catalog, message) and not any("%" in text for text in rest)


def _messages(catalog: Catalog) -> list[Message]:
    found = [each for each in catalog if each.id]
    assert found, "the catalog is empty"
    return found


def _english(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _forms(message: Message) -> tuple[str, ...]:
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


def _keeps_placeholders(catalog: Catalog, message: Message) -> bool:
    one, many = (_placeholders(text) for text in (_english(message)[0], _english(message)[-1]))
    forms = [_placeholders(form) for form in _forms(message)]
    if not message.pluralizable:
        return forms == [one]
    if forms[-1] != many:
        return False
    return all(
        form <= one | many and len(one - form) <= _left_out_max(catalog, index)
        for index, form in enumerate(forms[:-1])
    )


def _left_out_max(catalog: Catalog, form: int) -> int:
    """A form for one number may say it as a word; the form for none may leave out all."""
    index_of = c2py(catalog.plural_expr)
    numbers = [number for number in range(200) if index_of(number) == form]
    if numbers == [0]:
        return PLACEHOLDERS_MAX
    return 1 if len(numbers) == 1 else 0


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
