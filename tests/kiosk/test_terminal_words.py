"""What the terminal says: every text in both languages, nothing missing, nothing left over, and S0's own wording."""

import ast
import gettext
import io
import itertools
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import IO

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from samples.flow import FLOWS, NINE, RESULTS

from kiosk.flow import states as st
from kiosk.flow.machine import Flow
from kiosk.sentences import OTHER, REJECTIONS, TROUBLES
from kiosk.settings import Doors, Language
from kiosk.ui.scene import Scene, Words, scene_of
from kiosk.ui.words import DOMAIN, Speaker, locale_directory
from visits.decision import Direction

CATALOGUES = {language: locale_directory() / language.value / "LC_MESSAGES" / f"{DOMAIN}.po" for language in Language}
WAYS = ("in", "out")
UI = Path(__file__).parents[2] / "kiosk" / "ui"


def texts(language: Language) -> dict[str, str]:
    with CATALOGUES[language].open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def results_of(way: Direction) -> list[st.Result]:
    return [st.Done(way, NINE, result.name) if isinstance(result, st.Done) else result for result in RESULTS.values()]


def scenes() -> Iterator[tuple[Flow, Scene]]:
    """Every situation, result, direction and kind of terminal."""
    results = [st.Showing(way, result, 1.0) for way in Direction for result in results_of(way)]
    for flow, doors in itertools.product([*FLOWS.values(), *map(Flow, results)], Doors):
        yield flow, scene_of(flow, doors)


def words_in(scene: Scene) -> list[Words]:
    offered = [choice.words for choice in scene.choices] + [reminder.words for reminder in scene.reminders]
    sign = [scene.sign.word, scene.sign.sentence] if scene.sign else []
    return [scene.title, *([scene.hint] if scene.hint else []), *sign, *offered]


def keys_in_view() -> Iterator[str]:
    """What the window itself says: the calls of `fill` in kiosk/ui, their one variable being the way."""
    for source in ("view.py", "words.py"):
        for node in ast.walk(ast.parse((UI / source).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "fill":
                yield from spelled_out(node.args[0])


def spelled_out(argument: ast.expr) -> list[str]:
    if isinstance(argument, ast.Constant):
        return [str(argument.value)]
    if not isinstance(argument, ast.JoinedStr):
        return []
    return [
        "".join(str(part.value) if isinstance(part, ast.Constant) else way for part in argument.values) for way in WAYS
    ]


ALL_WORDS = sorted({words for _, scene in scenes() for words in words_in(scene)}, key=str)
FOR_STAFF = {
    *(f"trouble.{word}" for word in (*TROUBLES, OTHER)),
    *(f"rejected.{code}" for code in (*REJECTIONS, OTHER)),
}
USED = {words.key for words in ALL_WORDS} | set(keys_in_view()) | FOR_STAFF


# The catalogues


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
def test_every_text_that_can_be_shown_is_there_and_no_other(language: Language) -> None:
    assert set(texts(language)) == USED


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
def test_no_text_is_empty(language: Language) -> None:
    assert [key for key, text in texts(language).items() if not text.strip()] == []


def test_what_is_filled_in_is_filled_in_in_every_language() -> None:
    japanese, english = texts(Language.JA), texts(Language.EN)
    assert {key: placeholders(text) for key, text in japanese.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


def test_there_are_seven_weekdays_in_every_language() -> None:
    assert {len(texts(language)["weekdays"].split()) for language in Language} == {7}


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
def test_the_compiled_catalogue_is_that_of_the_source(language: Language) -> None:
    with CATALOGUES[language].open("rb") as file:
        source = read_po(file)
    fresh = io.BytesIO()
    write_mo(fresh, source)
    fresh.seek(0)
    with CATALOGUES[language].with_suffix(".mo").open("rb") as checked_in:
        assert said_by(checked_in) == said_by(fresh)


def said_by(compiled: IO[bytes]) -> dict[str, str]:
    """Without the header, which says when it was compiled."""
    catalogue: dict[str, str] = gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in catalogue.items() if key}


# Speaking


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
@pytest.mark.parametrize("words", ALL_WORDS, ids=lambda words: words.key)
def test_it_is_said_with_nothing_left_open(words: Words, language: Language) -> None:
    said = Speaker(language).say(words)
    assert said
    assert said != words.key
    assert not set("{}") & set(said)
    assert "None" not in said


def test_the_speaker_changes_its_language_at_once() -> None:
    speaker = Speaker(Language.JA)
    japanese = speaker.fill("welcome.next")
    speaker.language = Language.EN
    assert (japanese, speaker.fill("welcome.next")) == ("次へ", "Next")


def test_a_name_with_braces_is_only_a_name() -> None:
    said = Speaker(Language.JA).say(Words("done.in.title.named", (("name", "{山田}{0}"),)))
    assert said == "{山田}{0} さん\nようこそ"


def test_only_the_tries_the_name_and_times_are_ever_filled_in() -> None:
    """And so neither an exception's text nor anything typed."""
    assert {name for words in ALL_WORDS for name, _ in words.values} == {
        "tries",
        "name",
        "time",
        "day",
        "opens",
        "closes",
    }
    times = {"09:05", "10:00", "19:00", date(2026, 11, 23)}
    assert {value for words in ALL_WORDS for _, value in words.values} <= {"0", "1", "2", "None", "山田 花子", *times}


# The source's own words


def shown(state: st.State, doors: Doors = Doors.BOTH) -> list[str]:
    speaker = Speaker(Language.JA)
    return [speaker.say(words) for words in words_in(scene_of(Flow(state), doors))]


def done(way: Direction) -> st.State:
    return st.Showing(way, st.Done(way, NINE, None), 1.0)


@pytest.mark.parametrize(
    ("requirement", "state", "doors", "wording"),
    [
        ("A5", st.Welcome(), Doors.IN, ["マイナンバーカードを利用して入室します", "次へ"]),
        ("A10", st.Welcome(), Doors.OUT, ["マイナンバーカードを利用して退室します", "次へ"]),
        ("A6", st.EnteringPin(Direction.IN, 1.0), Doors.IN, ["4桁の暗証番号を入力"]),
        ("A7", st.AwaitingCard(Direction.IN, 1.0), Doors.IN, ["マイナンバーカードをかざ"]),
        ("A8", st.AwaitingCard(Direction.IN, 1.0), Doors.IN, ["鳥の鳴き声"]),
        ("A9", done(Direction.IN), Doors.IN, ["ネックストラップを首から下げて", "利用"]),
        ("A12", done(Direction.OUT), Doors.OUT, ["ネックストラップを元の場所に戻"]),
        ("A13", done(Direction.OUT), Doors.OUT, ["駐車券は受付にて発行いたします"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_wording_of_the_source_stands_on_the_screen(
    requirement: str, state: st.State, doors: Doors, wording: list[str]
) -> None:
    said = "\n".join(shown(state, doors))
    assert [words for words in wording if words not in said] == []


def test_the_start_screens_say_the_source_s_words_and_no_more() -> None:
    assert shown(st.Welcome(), Doors.IN) == ["マイナンバーカードを利用して入室します", "次へ"]
    assert shown(st.Welcome(), Doors.OUT) == ["マイナンバーカードを利用して退室します", "次へ"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.JA, ["閉館中", "次の開館:\n11月23日（月） 10:00"]),
        (Language.EN, ["Closed", "Opens again:\nMon, 11/23 10:00"]),
    ],
    ids=lambda value: value.value if isinstance(value, Language) else "",
)
def test_a_closed_house_says_when_it_opens_again(language: Language, said: list[str]) -> None:
    """C6, C33."""
    sign = scene_of(FLOWS["welcome, closed"], Doors.IN).sign
    assert sign is not None
    assert [Speaker(language).say(words) for words in (sign.word, sign.sentence)] == said


def test_the_start_screen_says_today_s_hours() -> None:
    said = [scene_of(FLOWS[f"welcome, {name}"], Doors.OUT).hint for name in ("open", "closed", "closed all day")]
    hours = [Speaker(Language.JA).say(words) for words in said if words]
    assert hours == ["本日 10:00-19:00", "本日 10:00-19:00", "本日は休館日です"]


def test_parking_is_a_matter_of_leaving_only() -> None:
    assert "駐車券は受付にて発行いたします" not in shown(done(Direction.IN))
