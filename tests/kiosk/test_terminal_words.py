"""What the terminal says: every text in every language, nothing missing, nothing left over, and S0's own wording."""

import ast
import gettext
import io
import itertools
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import IO

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from samples.flow import ASKING_FEE, ENTERED, FLOWS, HOUSES, LATE, LEFT, NINE, RESULTS, SHOWING

from kiosk.flow import states as st
from kiosk.flow.checks import Check, Finding
from kiosk.flow.machine import Flow
from kiosk.sentences import OTHER, REJECTIONS, TROUBLES
from kiosk.settings import Doors, Language
from kiosk.ui.scene import Scene, Value, Words
from kiosk.ui.scenes import scene_of
from kiosk.ui.words import DOMAIN, Speaker, catalogue_name, locale_directory
from visits.decision import Direction, Fee, Rule
from visits.rulebook import Text

CATALOGUES = {
    language: locale_directory() / catalogue_name(language) / "LC_MESSAGES" / f"{DOMAIN}.po" for language in Language
}
FOREIGN = tuple(language for language in Language if language not in {Language.JA, Language.JA_EASY})
OPERATORS_READ = (Language.JA, Language.EN)
MY_NUMBER_CARD = {
    Language.JA: "マイナンバーカード",
    Language.JA_EASY: "マイナンバーカード",
    Language.EN: "My Number Card",
    Language.ZH_CN: "个人编号卡",
    Language.KO: "마이넘버카드",
    Language.VI: "thẻ My Number",
    Language.PT: "cartão My Number",
}
WAYS = ("in", "out")
UI = Path(__file__).parents[2] / "kiosk" / "ui"


def texts(language: Language) -> dict[str, str]:
    with CATALOGUES[language].open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def results_of(way: Direction) -> list[st.Result]:
    """Whoever leaves sees what leaving brings, and whoever enters what entering does."""
    return [
        result for result in RESULTS.values() if not isinstance(result, st.Done) or result.admitted.direction is way
    ]


def staff_rooms() -> Iterator[Flow]:
    """With everything that can be found."""
    told = (("count", "3"), ("day", date(2026, 11, 20)), ("name", "ACS ACR1252"), ("time", "09:05"))
    for finding in set(Finding) - {Finding.SERVER_TROUBLE}:
        yield Flow(st.StaffRoom(LATE, (Check(finding, good=True, values=told),)))
    for word in (*TROUBLES, OTHER):
        yield Flow(st.StaffRoom(LATE, (Check(Finding.SERVER_TROUBLE, good=False, values=(("word", word),)),)))
    yield Flow(st.EnteringCode(LATE, again=True))


def scenes() -> Iterator[tuple[Flow, Scene]]:
    """Every situation, result, direction and kind of terminal."""
    results = [st.Showing(way, result, 1.0) for way in Direction for result in results_of(way)]
    unpriced = replace(ASKING_FEE, fee=replace(ASKING_FEE.fee, per_hour=None))
    told_where = [replace(flow, house=HOUSES["with words of its own"]) for flow in FLOWS.values()]
    told = [*FLOWS.values(), *map(Flow, results), Flow(unpriced), *told_where, *staff_rooms()]
    for flow, doors in itertools.product(told, Doors):
        yield flow, scene_of(flow, doors)


def words_in(scene: Scene) -> list[Words]:
    offered = [choice.words for choice in scene.choices] + [reminder.words for reminder in scene.reminders]
    sign = [scene.sign.word, scene.sign.sentence, scene.sign.reason] if scene.sign else []
    note = scene.note.words if scene.note else ()
    rows = itertools.chain.from_iterable((row.part, row.standing) for row in scene.rows)
    said = [scene.title, scene.hint, *scene.lines, scene.figure, *note, *sign, *rows, *offered]
    return [words for words in said if words is not None]


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
FOR_OPERATORS = {f"rejected.{code}" for code in (*REJECTIONS, OTHER)}
USED = {words.key for words in ALL_WORDS} | set(keys_in_view()) | FOR_OPERATORS


# The catalogues


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
def test_every_text_that_can_be_shown_is_there_and_no_other(language: Language) -> None:
    assert set(texts(language)) == (USED if language in OPERATORS_READ else USED - FOR_OPERATORS)


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
def test_no_text_is_empty(language: Language) -> None:
    assert [key for key, text in texts(language).items() if not text.strip()] == []


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
def test_no_text_is_a_guess_of_the_tools(language: Language) -> None:
    with CATALOGUES[language].open("rb") as file:
        assert [entry.id for entry in read_po(file) if entry.id and entry.fuzzy] == []


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
def test_what_is_filled_in_is_filled_in_in_every_language(language: Language) -> None:
    japanese = texts(Language.JA)
    said = texts(language)
    assert [key for key in said if placeholders(said[key]) != placeholders(japanese[key])] == []


@pytest.mark.parametrize("language", FOREIGN, ids=lambda language: language.value)
def test_nothing_is_left_in_japanese(language: Language) -> None:
    """But for 市区町村窓口, which whoever looks for its office will read on the door."""
    said = {key: text.replace("市区町村窓口", "") for key, text in texts(language).items()}
    known = "[\u3041-\u30ff]" if language is Language.ZH_CN else "[\u3041-\u30ff\u3400-\u9fff]"
    assert [key for key, text in said.items() if re.search(known, text)] == []


def test_chinese_is_written_in_the_simplified_characters() -> None:
    assert [text for text in texts(Language.ZH_CN).values() if text.encode("gb2312", "replace").count(b"?")] == []


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
def test_the_card_has_one_name_in_each_language(language: Language) -> None:
    said, name = texts(language), MY_NUMBER_CARD[language]
    named = [key for key in said if "マイナンバーカード" in texts(Language.JA)[key]]
    assert [key for key in named if name.lower() not in said[key].lower()] == []


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
@pytest.mark.parametrize(
    ("text", "button"),
    [
        ("other_way.leave.here", "welcome.out.next"),
        ("other_way.enter.here", "welcome.in.next"),
        ("card.last_try.hint", "button.cancel"),
    ],
)
def test_a_button_is_called_by_what_stands_on_it(text: str, button: str, language: Language) -> None:
    assert texts(language)[button] in texts(language)[text]


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
def test_there_are_seven_weekdays_and_twelve_months_in_every_language(language: Language) -> None:
    said = texts(language)
    assert [len(set(said[key].split("|"))) for key in ("weekdays", "months")] == [7, 12]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.JA, "11月23日（月）"),
        (Language.JA_EASY, "11月23日（月）"),
        (Language.EN, "Mon, 23 Nov"),
        (Language.ZH_CN, "11月23日（周一）"),
        (Language.KO, "11월 23일(월)"),
        (Language.VI, "Thứ Hai, 23/11"),
        (Language.PT, "seg., 23 de nov."),
    ],
    ids=lambda value: value.value if isinstance(value, Language) else "",
)
def test_a_day_is_said_as_each_language_says_it(language: Language, said: str) -> None:
    assert Speaker(language).day(date(2026, 11, 23)) == said


def test_every_language_is_offered_by_a_name_of_its_own() -> None:
    speaker = Speaker(Language.JA)
    assert {language: speaker.own_name(language) for language in Language} == {
        Language.JA: "日本語",
        Language.JA_EASY: "やさしい日本語",
        Language.EN: "English",
        Language.ZH_CN: "简体中文",
        Language.KO: "한국어",
        Language.VI: "Tiếng Việt",
        Language.PT: "Português",
    }


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


def test_only_numbers_names_times_and_staff_s_own_texts_are_ever_filled_in() -> None:
    """And so neither an exception's text nor anything typed."""
    filled_in: dict[str, set[Value]] = {}
    for name, value in itertools.chain.from_iterable(words.values for words in ALL_WORDS):
        filled_in.setdefault(name, set()).add(value)
    wordy, closed = HOUSES["with words of its own"], HOUSES["closed for a reason"]
    lengths = {timedelta(hours=3, minutes=12), timedelta(seconds=59), timedelta(minutes=35)}
    lengths |= {timedelta(hours=3), timedelta(hours=12, minutes=30)}
    assert filled_in == {
        "tries": {"2"},
        "name": {"山田 花子", "ACS ACR1252"},
        "count": {"3"},
        "time": {"09:05", "10:00", "19:00"},
        "day": {date(2026, 11, 23), date(2026, 11, 20)},
        "opens": {"10:00"},
        "closes": {"19:00"},
        "length": lengths,
        "others": {"3"},
        "first": {"4"},
        "yen": {"300"},
        "text": {wordy.announcement, closed.closure},
        "where": {wordy.reception},
    }


@pytest.mark.parametrize(
    ("length", "japanese", "english"),
    [
        (timedelta(seconds=59), "0分", "0 min"),
        (timedelta(minutes=1), "1分", "1 min"),
        (timedelta(minutes=59, seconds=59), "59分", "59 min"),
        (timedelta(hours=1), "1時間0分", "1 h 0 min"),
        (timedelta(hours=27, minutes=5), "27時間5分", "27 h 5 min"),
    ],
    ids=str,
)
def test_a_length_of_time_is_said_in_whole_minutes(length: timedelta, japanese: str, english: str) -> None:
    assert [Speaker(language).length(length) for language in (Language.JA, Language.EN)] == [japanese, english]


@pytest.mark.parametrize(
    ("text", "japanese", "english"),
    [
        (Text("祭り", "festival"), "祭り", "festival"),
        (Text("祭り", ""), "祭り", "祭り"),
        (Text("  ", "festival"), "festival", "festival"),
        (Text("{0}{name}", "}"), "{0}{name}", "}"),
    ],
    ids=["both", "Japanese only", "English only", "braces"],
)
def test_what_staff_wrote_is_shown_as_it_is_in_whatever_language_there_is(
    text: Text, japanese: str, english: str
) -> None:
    words = Words("announcement", (("text", text),))
    said = {language: Speaker(language).say(words) for language in Language}
    assert {said[Language.JA], said[Language.JA_EASY]} == {japanese}
    assert {said[language] for language in FOREIGN} == {english}


SAYS_RECEPTION = ("受付へ", "受付で", "受付に", "受付を")
"""But for the parking ticket, which nobody needs to be sent for."""


def test_whoever_is_sent_to_reception_is_told_where_it_is_and_nobody_else() -> None:
    wordy = HOUSES["with words of its own"]
    wrong = []
    for flow, doors in itertools.product(FLOWS.values(), Doors):
        told = scene_of(replace(flow, house=wordy), doors)
        said = [Speaker(Language.JA).say(words) for words in words_in(replace(told, reminders=()))]
        sent = any(word in text for text in said for word in SAYS_RECEPTION)
        where = told.note is not None and "reception" in {words.key for words in told.note.words}
        if sent != where:
            wrong.append((flow, doors, said))
    assert not wrong


# The source's own words


def shown(state: st.State, doors: Doors = Doors.BOTH) -> list[str]:
    speaker = Speaker(Language.JA)
    return [speaker.say(words) for words in words_in(scene_of(Flow(state), doors))]


def done(way: Direction) -> st.State:
    return st.Showing(way, st.Done(NINE, None, ENTERED if way is Direction.IN else LEFT), 1.0)


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
        (Language.EN, ["Closed", "Opens again:\nMon, 23 Nov 10:00"]),
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
    assert hours == ["本日 10:00〜19:00", "本日 10:00〜19:00", "本日は休館日です"]


def test_a_house_closed_for_a_reason_says_it_on_the_sign_and_at_the_tap() -> None:
    """C3, C33."""
    closed = FLOWS["welcome, closed for a reason"]
    sign = scene_of(closed, Doors.IN).sign
    assert sign is not None
    assert sign.reason is not None
    assert Speaker(Language.JA).say(sign.reason) == "館内整備のため"
    refused = scene_of(Flow(st.Showing(Direction.IN, st.RuleRefusal(Rule.CLOSED), 1.0), house=closed.house), Doors.IN)
    assert "館内整備のため" in [Speaker(Language.JA).say(words) for words in refused.lines]


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ("left after a while", "ご利用時間 3時間12分"),
        ("left too late", "お支払い済みの時間を35分過ぎています。受付で精算をお願いします。"),
        ("done after forgetting", "11月20日（金）の退室の記録がなく、閉館時刻 19:00 の退室としました。"),
        ("done after forgetting all day", "11月20日（金）の退室の記録がなく、その日のうちの退室としました。"),
        ("done in a crowd", "ただいま混み合っています"),
        ("done for a fee", "ドロップイン料金は受付でお支払いください"),
        ("done again", "おかえりなさい"),
    ],
)
def test_a_greeting_tells_what_the_member_should_know(result: str, told: str) -> None:
    """A13, A23, A40, C17."""
    assert told in "\n".join(shown(SHOWING[f"showing {result}"]))


def test_the_fee_is_said_with_its_reason_and_its_price_before_anything_is_recorded() -> None:
    """A23."""
    assert shown(ASKING_FEE, Doors.IN) == [
        "ドロップイン料金がかかります",
        "同じ法人の方が3名ご利用中です。4人目からは料金をいただきます。",
        "1時間 300円",
        "入室しない",
        "同意して入室する",
    ]


def test_the_fee_of_an_eleventh_colleague_of_a_school_names_its_own_numbers() -> None:
    """A22-A23; no price in the tariff leaves it to reception."""
    said = shown(replace(ASKING_FEE, fee=Fee(place=11, free=10, per_hour=None)), Doors.IN)
    assert "同じ法人の方が10名ご利用中です。11人目からは料金をいただきます。" in said
    assert "料金は受付でご案内します" in said


@pytest.mark.parametrize(
    ("rule", "doors", "said"),
    [
        (Rule.ALREADY_IN, Doors.IN, "お帰りのときは、退室用の端末で手続きをお願いします。"),
        (Rule.ALREADY_IN, Doors.BOTH, "お帰りのときは、「退室する」を押してください。"),
        (Rule.NOT_IN, Doors.OUT, "これから入室するときは、入室用の端末をご利用ください。"),
        (Rule.NOT_IN, Doors.BOTH, "これから入室するときは、「入室する」を押してください。"),
    ],
    ids=lambda value: getattr(value, "value", ""),
)
def test_whoever_took_the_wrong_way_hears_where_the_other_is(rule: Rule, doors: Doors, said: str) -> None:
    """A4."""
    way = Direction.IN if rule is Rule.ALREADY_IN else Direction.OUT
    assert said in shown(st.Showing(way, st.RuleRefusal(rule), 1.0), doors)


def test_parking_is_a_matter_of_leaving_only() -> None:
    assert "駐車券は受付にて発行いたします" not in shown(done(Direction.IN))
