"""The guides say what is there: links lead somewhere, commands parse, settings exist, both languages say the same."""

import dataclasses
import gettext
import re
import shlex
import typing

import pytest
from docs.pages import GUIDES, OPERATOR, PAGES, ROOT, Page

from cardreader.__main__ import _parser as card_parser
from kiosk.__main__ import _parser as kiosk_parser
from kiosk.settings import Settings
from kiosk.ui.words import DOMAIN, locale_directory

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.name)
each_guide = pytest.mark.parametrize(("english", "japanese"), GUIDES, ids=["operator", "desk", "acceptance"])
_KIOSK = re.compile(
    r"(?:^|[\s/])kiosk ((?:--config|run|sync|demo|enroll|staff-code|check-config|status)\b[^>|&#\n]*)", re.MULTILINE
)
_CARDS = re.compile(r"-m cardreader ([^|&#\n]+)")
_SECTIONS = "|".join(section.name for section in dataclasses.fields(Settings))
_SETTING = re.compile(rf"(?:{_SECTIONS})\.(?!(?:db|json|key|txt)$)[a-z_]+")  # but not the name of a file


def commands(pattern: re.Pattern[str]) -> list[str]:
    code = [piece for page in PAGES for piece in (*page.blocks, *page.inline_code)]
    return sorted({found.strip() for piece in code for found in pattern.findall(piece)})


def titles(language: str) -> list[str]:
    """Of every screen that keeps a member from going on."""
    catalogue = gettext.translation(DOMAIN, locale_directory(), languages=[language])
    places = (ROOT / f"assets/locale/{language}/LC_MESSAGES/{DOMAIN}.po").read_text(encoding="utf-8")
    refusals = re.findall(
        r'^msgid "((?:rule|card|timed_out|not_recorded|out_of_order|preparing|updating|revoked)\.(?:\w+\.)?title)"',
        places,
        re.MULTILINE,
    )
    return [catalogue.gettext(place) for place in refusals if place != "card.title"]


@each_page
def test_every_link_inside_the_repository_leads_somewhere(page: Page) -> None:
    for link in page.links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.path.parent / path) if path else page.path
        assert target.exists(), link
        assert not anchor or anchor in Page(target).anchors, link


@pytest.mark.parametrize("command", commands(_KIOSK))
def test_a_kiosk_command_in_the_pages_is_one(command: str) -> None:
    kiosk_parser().parse_args(shlex.split(command))


@pytest.mark.parametrize("command", commands(_CARDS))
def test_a_cardreader_command_in_the_pages_is_one(command: str) -> None:
    card_parser().parse_args(shlex.split(command))


def test_the_pages_name_every_kiosk_command_an_operator_needs() -> None:
    named = {word for command in commands(_KIOSK) for word in command.split()}
    assert named >= {"run", "sync", "enroll", "status", "check-config"}


@each_guide
def test_both_languages_have_the_same_headings(english: Page, japanese: Page) -> None:
    assert english.levels == japanese.levels


@each_guide
def test_both_languages_have_the_same_commands(english: Page, japanese: Page) -> None:
    assert english.blocks == japanese.blocks


@each_guide
def test_both_languages_cite_the_same_requirements(english: Page, japanese: Page) -> None:
    cited = re.compile(r"\b[ABC]\d{1,2}\b", re.ASCII)
    assert sorted(cited.findall(english.prose)) == sorted(cited.findall(japanese.prose))


@each_guide
def test_both_languages_have_as_many_table_rows_list_items_and_steps(english: Page, japanese: Page) -> None:
    def lines(page: Page, pattern: str) -> int:
        return len(re.findall(pattern, page.prose, re.MULTILINE))

    for pattern in (r"^\|", r"^- ", r"^\d\. "):
        assert lines(english, pattern) == lines(japanese, pattern), pattern


@each_page
def test_every_setting_a_page_names_exists(page: Page) -> None:
    sections = typing.get_type_hints(Settings)
    known = {f"{name}.{each.name}" for name, kind in sections.items() for each in dataclasses.fields(kind)}
    assert {code for code in page.inline_code if _SETTING.fullmatch(code)} <= known


@each_page
def test_every_environment_variable_a_page_names_is_read_by_the_server(page: Page) -> None:
    settings = (ROOT / "server/settings.py").read_text(encoding="utf-8")
    assert [name for name in re.findall(r"CHECKIN_[A-Z_]+|DATABASE_URL", page.text) if name not in settings] == []


def test_the_operators_guide_explains_every_environment_variable_of_the_server() -> None:
    settings = (ROOT / "server/settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r"CHECKIN_SERVER_[A-Z_]+|DATABASE_URL", settings))
    assert names <= set(OPERATOR.inline_code)


def test_the_operators_guide_installs_every_file_of_systemd() -> None:
    installed = "\n".join(OPERATOR.blocks)
    files = [path.relative_to(ROOT) for path in (ROOT / "systemd").rglob("*") if path.is_file()]
    assert [str(path) for path in files if str(path) not in installed] == []


@pytest.mark.parametrize(
    "trouble", ["unreachable", "unreadable", "refused", "busy", "clock", "revoked", "stalled", "broken"]
)
def test_the_operators_guide_explains_each_trouble_of_delivery(trouble: str) -> None:
    assert f"| `{trouble}` |" in OPERATOR.text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_front_desks_guide_has_every_screen_that_refuses(language: str) -> None:
    english, japanese = GUIDES[1]
    guide = (japanese if language == "ja" else english).text
    shown = [title.replace("\n", "") for title in titles(language)]
    assert len(shown) > 10
    assert [title for title in shown if title not in guide] == []


def test_the_readme_names_the_two_commands() -> None:
    readme = Page(ROOT / "README.md")
    assert readme.blocks[0].split() == ["script/demo", "script/test"]
    for command in readme.blocks[0].split():
        assert (ROOT / command).stat().st_mode & 0o111


def test_the_readme_has_every_room() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"systemd", "script", "docs", "tests"}
    assert [room for room in sorted(rooms) if f"({room})" not in text] == []
