"""Lines break where a reader would pause, in every language of the terminal."""

import functools
import re

import pytest
from babel.messages.pofile import read_po
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.settings import Language
from kiosk.ui.typeset import Typesetter, elided
from kiosk.ui.words import DOMAIN, catalogue_name, locale_directory

NEVER_FIRST = "、。，．・：；！？）〕］｝〉》」』】ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ”’,.:;!?)]}"
NEVER_LAST = "（〔［｛〈《「『【“‘([{"


@functools.cache
def typesetter() -> Typesetter:
    return Typesetter()


def measure(line: str) -> float:
    """Full-width characters are two wide, others one."""
    return float(sum(1 if character.isascii() else 2 for character in line))


def lines(text: str, width: float, language: Language = Language.JA) -> list[str]:
    return typesetter().lines(text, width, measure, language).split("\n")


def catalogue(language: Language) -> dict[str, str]:
    with (locale_directory() / catalogue_name(language) / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def longest_phrase(text: str) -> float:
    return max(
        (measure(phrase.rstrip()) for part in text.split("\n") for phrase in typesetter().phrases(part, Language.JA)),
        default=0,
    )


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


SPOKEN = {language: catalogue(language) for language in Language}
AT_SPACES = (Language.EN, Language.KO, Language.VI, Language.PT)
_texts = st.text(st.sampled_from("あいうえっャー漢字入室、。「」（）ab .“”,1"), max_size=60)
_widths = st.integers(1, 40)


# What the terminal really says


@pytest.mark.parametrize("width", [16, 24, 40, 60])
@pytest.mark.parametrize("language", Language, ids=lambda language: language.value)
def test_no_line_of_a_text_begins_or_ends_wrongly(language: Language, width: int) -> None:
    broken = [line for text in SPOKEN[language].values() for line in lines(text, width, language)]
    assert not [line for line in broken if line[:1] in tuple(NEVER_FIRST) or line[-1:] in tuple(NEVER_LAST)]


@pytest.mark.parametrize("language", AT_SPACES, ids=lambda language: language.value)
def test_where_words_have_spaces_no_word_is_torn(language: Language) -> None:
    torn = [text for text in SPOKEN[language].values() if "\n".join(lines(text, 8, language)).split() != text.split()]
    assert not torn


@pytest.mark.parametrize("language", AT_SPACES, ids=lambda language: language.value)
def test_the_card_s_name_stays_on_one_line(language: Language) -> None:
    texts = [text for text in SPOKEN[language].values() if "My Number" in text]
    assert [text for text in texts if "My\nNumber" in "\n".join(lines(text, 12, language))] == []
    assert lines("Hold your My Number Card here", 16, Language.EN) == ["Hold your", "My Number Card", "here"]


def test_no_japanese_word_of_the_terminal_s_own_is_torn() -> None:
    """As the model would: もう|一度, ただ|いま, 時間|切れ."""
    for word in ("もう一度", "ただいま", "時間切れに", "お知らせください", "お声がけください", "再起動", "間違いが"):
        texts = [text for text in SPOKEN[Language.JA].values() if word in text]
        assert texts
        assert [text for text in texts if text.count(word) != "\n".join(lines(text, 12)).count(word)] == [], word


def test_a_japanese_line_breaks_where_the_model_sees_no_place_for_it() -> None:
    assert lines("マイナンバーカードではありません", 24) == ["マイナンバーカードでは", "ありません"]
    assert lines("ただいまご利用いただけません", 24) == ["ただいま", "ご利用いただけません"]


@pytest.mark.parametrize("start", ["とき", "ため", "方", "（"])
def test_what_adds_to_the_words_before_it_begins_no_line(start: str) -> None:
    begun = [line for text in SPOKEN[Language.JA].values() for line in lines(text, 8)[1:] if line.startswith(start)]
    assert begun == []


def test_a_particle_stays_with_the_time_before_it() -> None:
    assert lines("閉館時刻 19:00 の退室としました", 16) == ["閉館時刻", "19:00 の", "退室としました"]
    assert lines("09:58 に入室しました", 14) == ["09:58 に", "入室しました"]


def test_hours_and_minutes_are_one_length() -> None:
    assert lines("時間を1時間35分過ぎています", 14) == ["時間を", "1時間35分", "過ぎています"]


def test_a_sentence_breaks_at_its_comma_where_that_costs_no_line() -> None:
    """Not where the lines would be of like length: 本日のご利用は、受付へ|お声がけください."""
    assert lines("本日のご利用は、受付へお声がけください。", 32) == ["本日のご利用は、", "受付へお声がけください。"]
    assert lines("だめな ときは、受付に きてください。", 32, Language.JA_EASY) == [
        "だめな ときは、",
        "受付に きてください。",
    ]


def test_flowing_sentences_break_at_their_ends_where_that_costs_no_line() -> None:
    said = typesetter().lines(
        "時間を1時間35分過ぎています。受付で精算をお願いします。", 40, measure, Language.JA, flowing=True
    )
    assert said.split("\n") == ["時間を1時間35分過ぎています。", "受付で精算をお願いします。"]


def test_a_sentence_does_not_break_at_a_comma_that_costs_a_line() -> None:
    assert lines("次に、左の窓口へ、お越しください。", 26) == ["次に、左の窓口へ、", "お越しください。"]


def test_no_word_of_easy_japanese_is_torn_that_stands_alone() -> None:
    for word in ("はいっていません", "つけなおす", "やめる", "とじる"):
        assert "はい" not in lines(word, 2, Language.JA_EASY)
        assert lines(word, 2, Language.JA_EASY)[0][:3] == word[:3]


def test_chinese_breaks_between_its_own_words() -> None:
    assert lines("请将个人编号卡放在读卡器上", 16, Language.ZH_CN) == ["请将个人编号卡", "放在读卡器上"]


def test_no_chinese_word_of_the_terminal_s_own_is_torn() -> None:
    """As the model would: 前|台, 个|人|编号|卡."""
    for word in (
        "个人编号卡",
        "前台",
        "读卡器上",
        "鸟鸣声",
        "密码",
        "离场记录",
        "闭馆时间",
        "其他机器",
        "屏幕上的时间",
        "如有出入",
    ):
        texts = [text for text in SPOKEN[Language.ZH_CN].values() if word in text]
        torn = [text for text in texts if text.count(word) != "\n".join(lines(text, 12, Language.ZH_CN)).count(word)]
        assert not torn, word


def test_a_length_of_time_stays_on_one_line_in_chinese() -> None:
    assert lines("已超出付费时间1小时35分钟，请到前台结算。", 24, Language.ZH_CN) == [
        "已超出付费时间",
        "1小时35分钟，",
        "请到前台结算。",
    ]


@pytest.mark.parametrize(
    "said", ["수 있습니다", "수 없습니다", "해 주세요", "연동되지 않은", "자세한 것은", "관리 화면"]
)
def test_korean_words_read_in_one_breath_stay_on_one_line(said: str) -> None:
    texts = [text for text in SPOKEN[Language.KO].values() if said in text]
    assert texts
    torn = [text for text in texts if text.count(said) != "\n".join(lines(text, 24, Language.KO)).count(said)]
    assert not torn


def test_easy_japanese_breaks_at_its_spaces_and_no_reading_leaves_its_word() -> None:
    broken = lines("暗証番号（あんしょうばんごう）が つかえません", 16, Language.JA_EASY)
    assert broken == ["暗証番号（あんしょうばんごう）が", "つかえません"]


def test_easy_japanese_tears_nothing_that_is_read_in_one_breath() -> None:
    broken = lines("わからない ときは、もう いちど してください", 20, Language.JA_EASY)
    assert broken == ["わからない ときは、", "もう いちど", "してください"]


def test_brackets_of_a_few_words_stay_on_one_line() -> None:
    assert lines("ネックストラップ（くびの ひも）を つけてください", 20, Language.JA_EASY)[0].endswith(
        "（くびの ひも）を"
    )
    assert lines("left of the lifts (ext. 201)", 24, Language.EN) == ["left of the", "lifts (ext. 201)"]


def test_a_short_word_that_begins_a_sentence_does_not_end_a_line() -> None:
    assert lines("It is closed. For today, ask.", 18, Language.EN) == ["It is closed.", "For today, ask."]


def test_a_word_of_one_letter_does_not_end_a_line() -> None:
    assert lines("Errado, e o cartão trava.", 15, Language.PT) == ["Errado,", "e o cartão", "trava."]


def test_a_vietnamese_word_of_several_syllables_stays_whole() -> None:
    assert lines("Không xác thực được thẻ", 12, Language.VI) == ["Không", "xác thực", "được thẻ"]
    assert lines("Hãy đến quầy lễ tân trước", 22, Language.VI) == ["Hãy đến", "quầy lễ tân trước"]
    for word in ("quầy lễ tân", "Chứng thư điện tử", "dây đeo cổ", "thủ tục", "hội viên", "mã PIN", "“Đi ra”"):
        texts = [text for text in SPOKEN[Language.VI].values() if word in text]
        assert texts, word
        assert [text for text in texts if text.count(word) != "\n".join(lines(text, 12, Language.VI)).count(word)] == []


def test_the_first_word_of_a_vietnamese_sentence_does_not_end_a_line() -> None:
    assert lines("Hãy thử lại. Nếu sai, hãy hỏi", 20, Language.VI) == ["Hãy thử lại.", "Nếu sai, hãy hỏi"]


def test_what_staff_wrote_breaks_at_its_phrases_under_easy_words_too() -> None:
    said = "受付（うけつけ）: 2階エレベーターを降りて左です（内線 201）"
    assert lines(said, 26, Language.JA_EASY)[1:] == ["2階エレベーターを降りて", "左です（内線 201）"]


def test_what_staff_wrote_in_japanese_breaks_as_japanese_whatever_language_is_spoken() -> None:
    sentence = "空調設備の更新工事のため休館します"
    assert {language: lines(sentence, 20, language) for language in Language} == dict.fromkeys(
        Language, lines(sentence, 20)
    )


def test_a_foreign_word_in_a_japanese_sentence_is_not_torn() -> None:
    words = re.findall("[A-Za-zã]+", "\n".join(lines("会場はSãoPauloルームとInternationalホールです", 10)))
    assert words == ["SãoPaulo", "International"]


# Any text


@given(_texts, _widths)
def test_the_whole_text_is_kept(text: str, width: int) -> None:
    assert bare("".join(lines(text, width))) == bare(text)


@given(_texts)
def test_the_phrases_together_are_the_text(text: str) -> None:
    assert "".join(typesetter().phrases(text, Language.JA)) == text


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


def test_a_korean_sentence_begins_a_line() -> None:
    said = "급하면 오세요. 괜찮습니까? 2층입니다."
    assert lines(said, 100, Language.KO) == ["급하면 오세요.", "괜찮습니까?", "2층입니다."]
    assert typesetter().lines(said, 100, measure, Language.KO, flowing=True) == said


def test_flowing_sentences_follow_each_other_on_a_line() -> None:
    said = "お待ちください。受付へどうぞ。\n2階です。"
    flowing = typesetter().lines(said, 100, measure, Language.JA, flowing=True)
    assert flowing.split("\n") == ["お待ちください。受付へどうぞ。", "2階です。"]


def test_a_sentence_ends_with_its_closing_bracket() -> None:
    assert lines("「お帰り。」と聞こえます。", 100) == ["「お帰り。」と聞こえます。"]


def test_lines_of_a_sentence_are_of_like_length() -> None:
    broken = lines("Place your card on the reader and keep it there", 42)
    assert len(broken) == 2
    assert abs(measure(broken[0]) - measure(broken[1])) <= 8
