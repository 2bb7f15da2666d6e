"""Every word for people exists in Japanese and in English, and the compiled catalogue is that of the source."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "server"
CATALOGUE = SERVER / "locale" / "ja" / "LC_MESSAGES" / "django.po"
CALLS = {"_", "gettext", "gettext_lazy", "ngettext"}
TAGS = re.compile(r'{%\s*translate "([^"]+)"|{%\s*blocktranslate\s*%}(.*?){%', re.DOTALL)
ENTRY = re.compile(r'msgid "(.+)"\n(?:msgid_plural "(.+)"\nmsgstr\[0\]|msgstr) "(.*)"')


def spoken_in_code() -> Iterator[str]:
    for path in SERVER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                [*words] = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                assert words, f"{path}:{node.lineno} translates what is no literal"
                yield str(words[0])


def spoken_in_pages() -> Iterator[str]:
    for path in SERVER.rglob("*.html"):
        for literal, block in TAGS.findall(path.read_text()):
            yield literal or re.sub(r"{{ (\w+) }}", r"%(\1)s", block)


@pytest.fixture
def japanese() -> dict[str, str]:
    return {source: japanese for source, _, japanese in ENTRY.findall(CATALOGUE.read_text())}


def test_every_word_is_translated_and_no_translation_is_left_over(japanese: dict[str, str]) -> None:
    assert set(japanese) == {*spoken_in_code(), *spoken_in_pages()}
    assert [source for source, words in japanese.items() if not words] == []


def test_what_is_filled_in_is_filled_in_alike(japanese: dict[str, str]) -> None:
    for source, words in japanese.items():
        assert re.findall(r"%\(?\w+", source) == re.findall(r"%\(?\w+", words)


def test_the_compiled_catalogue_is_that_of_the_source(japanese: dict[str, str]) -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    assert {source: compiled.gettext(source) for source in japanese if "%d" not in source} == {
        source: words for source, words in japanese.items() if "%d" not in source
    }
    assert (
        compiled.ngettext("%d member was suspended.", "%d members were suspended.", 2)
        == japanese["%d member was suspended."]
    )
