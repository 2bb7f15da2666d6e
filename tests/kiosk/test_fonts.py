"""No empty box on the screen: every text has a font with all of its letters, and so has every name there can be one for."""

import contextlib
import logging
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from kiosk.settings import Language, Screen
from kiosk.ui.fonts import CHINESE, HOUSE, KOREAN, LATIN, NAMES, Face, Faces
from kiosk.ui.letters import FontError, letters_of
from kiosk.ui.words import DOMAIN, catalogue_name, locale_directory

OWN = {Language.VI: LATIN, Language.KO: KOREAN, Language.ZH_CN: CHINESE, Language.EN: LATIN, Language.PT: LATIN}
MUNICIPAL_OFFICE = "市区町村窓口"
"""What an English sentence shows to somebody who reads Japanese."""
NOWHERE = Path("/nowhere.ttf")


@pytest.fixture(scope="module")
def faces() -> Faces:
    return Faces(Screen())


def catalogue(language: Language) -> dict[str, str]:
    with (locale_directory() / catalogue_name(language) / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


@pytest.mark.parametrize("language", Language, ids=lambda language: language.value)
def test_every_text_of_a_language_is_set_in_its_own_font(language: Language, faces: Faces) -> None:
    own = OWN.get(language, HOUSE)
    said = {key: text for key, text in catalogue(language).items() if MUNICIPAL_OFFICE not in text or own == HOUSE}
    assert {key: faces.set_in(text, language) for key, text in said.items()} == {
        key: (own, text) for key, text in said.items()
    }


def test_english_and_portuguese_do_not_need_the_font_they_are_set_in() -> None:
    without = Faces(replace(Screen(), latin_font_file=NOWHERE))
    assert [without.speak(language) for language in (Language.EN, Language.PT, Language.VI)] == [True, True, False]
    assert without.set_in("Coloque o cartão", Language.PT) == (HOUSE, "Coloque o cartão")


def test_an_english_sentence_may_name_an_office_in_japanese(faces: Faces) -> None:
    assert faces.set_in(f"A {MUNICIPAL_OFFICE} can unlock it.", Language.EN)[0] == HOUSE


@pytest.mark.parametrize("face", [face.name for face in Faces(Screen())])
def test_the_bold_face_has_the_letters_of_the_regular_one(face: str, faces: Faces) -> None:
    (found,) = [each for each in faces if each.name == face]
    bold = letters_of(found.bold)
    said = "".join(
        text for language in Language if OWN.get(language, HOUSE) == face for text in catalogue(language).values()
    )
    assert [letter for letter in said if letter in found.letters and letter not in bold] == []


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("山田 花子", HOUSE),
        ("髙﨑 祐", HOUSE),
        ("Łukasz Ñuñoz", HOUSE),
        ("𠮷田 太郎", NAMES),
        ("Nguyễn Thị Ánh", NAMES),
        ("김민수", NAMES),
    ],
)
def test_a_name_is_shown_whole_in_a_japanese_sentence(name: str, font: str, faces: Faces) -> None:
    said = f"{name} さん\nようこそ"
    assert faces.set_in(said, Language.JA) == (font, said)


@pytest.mark.parametrize("language", Language, ids=lambda language: language.value)
@pytest.mark.parametrize("name", ["𠮷田 太郎", "김민수", "Nguyễn Thị Ánh", "Łukasz", "简华"])
def test_any_member_is_greeted_in_any_language(name: str, language: Language, faces: Faces) -> None:
    """Łukasz, whose Ł no Korean or Chinese font of Debian has, is the one who may lose a letter there."""
    said = catalogue(language)["done.in.title.named"].format(name=name)
    shown = faces.set_in(said, language)[1]
    assert shown == said or (name == "Łukasz" and language is Language.KO)


@pytest.mark.parametrize("language", Language, ids=lambda language: language.value)
def test_what_is_written_in_japanese_is_set_as_japanese(language: Language, faces: Faces) -> None:
    assert faces.set_in("みどり町コワーキング", language) == (HOUSE, "みどり町コワーキング")


def test_selectors_of_variants_have_no_box_of_their_own(faces: Faces) -> None:
    assert faces.set_in("葛\U000e0100城 さん", Language.JA) == (HOUSE, "葛城 さん")


def test_a_letter_in_two_parts_is_set_as_one(faces: Faces) -> None:
    assert faces.set_in("Việt Ã", Language.PT) == (LATIN, "Việt Ã")


def test_a_letter_that_no_font_has_is_marked_as_printers_do(faces: Faces) -> None:
    assert faces.set_in("สม さん", Language.JA) == (HOUSE, "〓〓 さん")


def test_a_language_without_its_font_cannot_be_spoken() -> None:
    faces = Faces(replace(Screen(), korean_font_file=NOWHERE, latin_bold_font_file=NOWHERE))
    assert [language for language in Language if not faces.speak(language)] == [Language.KO, Language.VI]


def test_a_language_without_its_font_is_not_offered_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    screen = replace(Screen(), korean_font_file=NOWHERE)
    with caplog.at_level(logging.WARNING):
        offered = Faces(screen).offered(screen)
    assert offered == [language for language in Language if language is not Language.KO]
    assert "not offered, as the font is missing: ko" in caplog.text


def test_the_house_s_own_language_is_always_offered(faces: Faces) -> None:
    """A member who chose another finds the way back."""
    some = replace(Screen(), language=Language.JA, languages=(Language.VI, Language.EN))
    assert faces.offered(some) == [Language.JA, Language.VI, Language.EN]
    assert faces.offered(replace(some, languages=(Language.EN, Language.JA))) == [Language.EN, Language.JA]


def test_a_file_that_is_no_font_is_told_and_has_no_letters(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font at all, only words")
    with pytest.raises(FontError, match="is not a TrueType or OpenType font"):
        letters_of(broken)
    with caplog.at_level(logging.WARNING):
        assert "a" not in Face("Broken", broken, broken).letters
    assert "broken.ttf is not" in caplog.text


@given(st.binary(max_size=200), st.integers(0, 2000))
def test_whatever_a_file_holds_only_a_font_error_comes_of_it(noise: bytes, place: int) -> None:
    font = bytearray(Screen().chinese_font_file.read_bytes()[:20_000])
    font[place : place + len(noise)] = noise
    with tempfile.NamedTemporaryFile(suffix=".ttf") as file:
        file.write(font)
        file.flush()
        with contextlib.suppress(FontError):
            letters_of(Path(file.name))


@pytest.mark.parametrize("face", [face.name for face in Faces(Screen())])
def test_a_font_has_the_letters_that_another_reader_finds_in_it(face: str, faces: Faces) -> None:
    """FreeType draws the same as the box for a missing letter exactly where the letter is missing."""
    (found,) = [each for each in faces if each.name == face]
    font = ImageFont.truetype(found.regular, 24, layout_engine=ImageFont.Layout.BASIC)
    box = bytes(font.getmask("\U0010fffd"))
    for letter in "aéễŁ漢简한𠮷鸟〓ส":
        assert (letter in found.letters) == (bytes(font.getmask(letter)) != box), letter
