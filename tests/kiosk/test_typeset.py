"""Lines break where a reader would pause, in Japanese and in English."""

import functools
import re

import pytest
from babel.messages.pofile import read_po
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.ui.typeset import Typesetter, elided
from kiosk.ui.words import DOMAIN, locale_directory

NEVER_FIRST = "、。，．・：；！？）〕］｝〉》」』】ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ”’,.:;!?)]}"
NEVER_LAST = "（〔［｛〈《「『【“‘([{"


@functools.cache
def typesetter() -> Typesetter:
    return Typesetter()


def measure(line: str) -> float:
    """Full-width characters are two wide, others one."""
    return float(sum(1 if character.isascii() else 2 for character in line))


def lines(text: str, width: float) -> list[str]:
    return typesetter().lines(text, width, measure).split("\n")


def catalogue(language: str) -> dict[str, str]:
    with (locale_directory() / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def longest_phrase(text: str) -> float:
    return max(
        (measure(phrase.rstrip()) for part in text.split("\n") for phrase in typesetter().phrases(part)), default=0
    )


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


SPOKEN = {f"{language} {key}": text for language in ("ja", "en") for key, text in catalogue(language).items()}
_texts = st.text(st.sampled_from("あいうえっャー漢字入室、。「」（）ab .“”,1"), max_size=60)
_widths = st.integers(1, 40)


# What the terminal really says


@pytest.mark.parametrize("width", [16, 24, 40, 60])
@pytest.mark.parametrize("key", SPOKEN)
def test_no_line_of_a_text_begins_or_ends_wrongly(key: str, width: int) -> None:
    broken = lines(SPOKEN[key], width)
    assert not [line for line in broken if line[:1] in tuple(NEVER_FIRST) or line[-1:] in tuple(NEVER_LAST)]


@pytest.mark.parametrize("key", [key for key in SPOKEN if key.startswith("en ")])
def test_no_english_word_is_torn(key: str) -> None:
    words = re.findall(r"[A-Za-z]+", SPOKEN[key])
    assert re.findall(r"[A-Za-z]+", "\n".join(lines(SPOKEN[key], 8))) == words


# Any text


@given(_texts, _widths)
def test_the_whole_text_is_kept(text: str, width: int) -> None:
    assert bare("".join(lines(text, width))) == bare(text)


@given(_texts)
def test_the_phrases_together_are_the_text(text: str) -> None:
    assert "".join(typesetter().phrases(text)) == text


@given(_texts, _widths)
def test_only_a_line_that_is_one_phrase_is_wider_than_the_width(text: str, width: int) -> None:
    wide = max(width, int(longest_phrase(text)))
    assert all(measure(line) <= wide for line in lines(text, wide))


@given(_texts, _widths)
@example(" .", 1)
def test_no_line_begins_with_what_closes(text: str, width: int) -> None:
    later = lines(text, width)[1:]
    assert not [line for line in later if line[:1] in tuple(NEVER_FIRST)]


@given(_texts, _widths)
@example("（（", 1)
def test_no_line_ends_with_what_opens(text: str, width: int) -> None:
    earlier = lines(text, width)[:-1]
    assert not [line for line in earlier if line[-1:] in tuple(NEVER_LAST)]


def test_a_phrase_without_end_stays_on_one_line() -> None:
    assert lines("ア" * 500, 10) == ["ア" * 500]
    assert lines("a" * 500, 10) == ["a" * 500]


def test_no_text_is_one_empty_line() -> None:
    assert lines("", 10) == [""]


# What does not fit


def test_what_fits_is_left_as_it_is() -> None:
    assert elided("受付は\n2階です", 2, 8, measure) == "受付は\n2階です"


def test_lines_too_many_end_with_a_mark() -> None:
    assert elided("one\ntwo\nthree", 2, 10, measure) == "one\ntwo…"


def test_a_line_too_wide_is_cut_to_the_width_with_its_mark() -> None:
    assert elided("abcdefgh", 1, 6, measure) == "abcd…"


@given(_texts, st.integers(1, 4), st.integers(4, 40))
def test_cut_lines_are_never_too_many_nor_too_wide(text: str, most: int, width: int) -> None:
    cut = elided("\n".join(lines(text, width)), most, width, measure).split("\n")
    assert len(cut) <= most
    assert all(measure(line) <= width for line in cut)


def test_a_newline_is_kept() -> None:
    assert lines("山田 さん\nようこそ", 100) == ["山田 さん", "ようこそ"]


def test_a_sentence_begins_a_line() -> None:
    assert lines("お待ちください。受付へどうぞ。", 100) == ["お待ちください。", "受付へどうぞ。"]


def test_a_sentence_ends_with_its_closing_bracket() -> None:
    assert lines("「お帰り。」と聞こえます。", 100) == ["「お帰り。」と聞こえます。"]


def test_lines_of_a_sentence_are_of_like_length() -> None:
    broken = lines("Hold your My Number Card to the reader", 36)
    assert len(broken) == 2
    assert abs(measure(broken[0]) - measure(broken[1])) <= 8
