"""How much of a name is shown: nothing, what it begins with, or all of it."""

import pytest

from kiosk.flow.naming import initials, shown_name
from kiosk.settings import NameDisplay

INITIALS = {
    "山田 花子": "山",
    "山田花子": "山",
    "やまだ はなこ": "や",
    "ジョン・スミス": "ジ",
    "김민준": "김",
    "王 小明": "王",
    "Ana Maria Souza": "A. M. S.",
    "nguyễn văn an": "N. V. A.",
    "Đặng Thị Ái": "Đ. T. Á.",
    "O'Neill": "O.",
    "  (仮) 佐藤": "仮",
    "Мария Иванова": "М. И.",
    "Ana 山田": "A.",
}


@pytest.mark.parametrize(("name", "shown"), INITIALS.items(), ids=INITIALS)
def test_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [("葛\U000e0100城 一郎", "葛\U000e0100"), ("が\u3099", "が\u3099"), ("A\u0301bel Ruiz", "A\u0301. R.")],
    ids=["a kanji's own form", "a voiced kana in two signs", "an accent of its own"],
)
def test_a_letter_keeps_the_marks_that_belong_to_it(name: str, shown: str) -> None:
    assert initials(name) == shown


@pytest.mark.parametrize("name", ["", "  ", "123", "・"])
def test_without_a_letter_there_is_no_initial(name: str) -> None:
    assert initials(name) is None


@pytest.mark.parametrize("display", NameDisplay)
def test_a_name_the_facility_does_not_give_out_is_not_shown(display: NameDisplay) -> None:
    assert shown_name(None, display) is None


def test_the_whole_name_or_none() -> None:
    assert [shown_name("山田 花子", display) for display in NameDisplay] == [None, "山", "山田 花子"]
