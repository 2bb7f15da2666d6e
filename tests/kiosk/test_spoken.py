"""What is said aloud: what to do, in the words of the screen, and nothing about the person before it."""

from dataclasses import replace
from pathlib import Path

import pytest
from samples.flow import ENTERED, FEE, FOR_STAFF, LATE, NINE, REFUSING_RULES, RESULTS, WAY

from kiosk.flow import states as st
from kiosk.flow.machine import Flow
from kiosk.settings import Doors, Language
from kiosk.ui.scenes import scene_of
from kiosk.ui.spoken import TO_RECEPTION, is_spoken, speech_file, spoken
from visits.decision import Direction, Rule
from visits.event import Revocation

ABOUT_THE_HOUSE = {Rule.CLOSED, Rule.FULL, Rule.TOO_SOON, Rule.ALREADY_IN, Rule.NOT_IN}


def said(state: st.State, doors: Doors = Doors.BOTH) -> list[str]:
    return [words.key for words in spoken(scene_of(Flow(state), doors))]


def result(of: st.Result, direction: Direction = WAY) -> list[str]:
    return said(st.Showing(direction, of, LATE))


@pytest.mark.parametrize("doors", Doors)
def test_the_start_screen_is_silent(doors: Doors) -> None:
    assert said(st.Welcome(), doors) == []


def test_the_first_touch_is_answered_with_what_to_type() -> None:
    assert said(st.EnteringPin(WAY, LATE)) == ["pin.title", "pin.hint"]


@pytest.mark.parametrize("name", FOR_STAFF)
def test_staff_s_screens_are_silent(name: str) -> None:
    assert said(FOR_STAFF[name]) == []


def test_digits_change_nothing_of_what_is_said() -> None:
    assert len({tuple(said(st.EnteringPin(WAY, LATE, digits))) for digits in range(5)}) == 1


def test_the_card_s_turn_is_said() -> None:
    assert said(st.AwaitingCard(WAY, LATE)) == ["card.title", "card.hint"]
    assert said(st.Reading(WAY, LATE, LATE)) == ["reading.title", "reading.hint"]


def test_whoever_comes_in_is_told_of_the_strap_and_whoever_leaves_of_strap_and_parking() -> None:
    assert result(st.Done(NINE, None, ENTERED)) == ["done.in.title", "strap.take"]
    assert result(RESULTS["left"], Direction.OUT) == ["done.out.title", "strap.return", "parking"]


def test_nobody_is_greeted_aloud_by_name() -> None:
    assert result(RESULTS["done by name"]) == result(RESULTS["done"])
    assert result(RESULTS["done again by name"]) == result(RESULTS["done again"])


@pytest.mark.parametrize("name", RESULTS)
def test_nothing_with_a_value_in_it_is_said(name: str) -> None:
    scene = scene_of(Flow(st.Showing(WAY, RESULTS[name], LATE)), Doors.BOTH)
    assert not [words for words in spoken(scene) if words.values]


@pytest.mark.parametrize("rule", [rule for rule in REFUSING_RULES if rule not in ABOUT_THE_HOUSE])
def test_why_a_membership_does_not_open_the_door_is_nobody_else_s_business(rule: Rule) -> None:
    assert result(st.RuleRefusal(rule)) == [TO_RECEPTION]


def test_a_fee_is_asked_for_without_its_price_and_remembered_without_a_word() -> None:
    assert said(st.AskingFee(WAY, b"", Revocation.NOT_CHECKED, FEE, LATE)) == ["fee.title"]
    assert result(st.Done(NINE, None, replace(ENTERED, fee=FEE))) == result(RESULTS["done"])


def test_tries_left_stay_on_the_screen() -> None:
    assert result(st.CardRefusal(st.CardProblem.WRONG_PIN, 2)) == ["card.wrong_pin.title"]


@pytest.mark.parametrize("problem", [each for each in st.CardProblem if each is not st.CardProblem.WRONG_PIN])
def test_what_to_do_about_a_card_is_said(problem: st.CardProblem) -> None:
    assert result(st.CardRefusal(problem, 1))[-1] == f"card.{problem.value}.hint"


def test_nobody_is_told_aloud_that_somebody_is_no_citizen() -> None:
    assert result(st.CardRefusal(st.CardProblem.RESIDENCE_CARD))[0] == "card.not_my_number_card.title"


def test_whoever_took_the_wrong_way_hears_where_the_other_is() -> None:
    assert "other_way.leave.here" in result(st.RuleRefusal(Rule.ALREADY_IN))


@pytest.mark.parametrize(
    "key", ["welcome.in.title", "done.fee", "button.cancel", "trouble.tls", "rule.suspended.title", "staff.code.hint"]
)
def test_other_texts_are_not_for_a_voice(key: str) -> None:
    assert not is_spoken(key)


def test_a_changed_text_has_another_file() -> None:
    files = {speech_file(Path(), Language.JA, text) for text in ("カード", "カードを")}
    assert len(files | {speech_file(Path(), Language.EN, "カード")}) == 3
