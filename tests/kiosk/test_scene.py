"""What each state looks like, as values."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from samples.flow import ASKING_FEE, CHECKS, CONVERSING, ENTERED, FLOWS, HOUSES, LEFT, NINE, RESULTS, SHOWING, WAY

from assets import picture_names
from kiosk.flow import states as st
from kiosk.flow.machine import Flow
from kiosk.settings import Doors, ReaderPlace
from kiosk.ui.scene import Action, Page, Scene, Tone, Words, clock_face
from kiosk.ui.scenes import scene_of
from visits.decision import Direction, Fee, Rule

NOT_OF_A_SCENE = {"enter", "leave", "backspace", "desk", *(f"reader_{place.value}" for place in ReaderPlace)}
"""The doors', the key's, the notes' and the pointer's own pictures."""


PASSED = {Direction.IN: ENTERED, Direction.OUT: LEFT}


def scene(state: st.State, doors: Doors = Doors.BOTH) -> Scene:
    return scene_of(Flow(state), doors)


def actions(shown: Scene) -> list[Action]:
    return [choice.action for choice in shown.choices]


def showing(result: st.Result, way: Direction = WAY) -> Scene:
    return scene(st.Showing(way, result, 7.0))


ALL = [scene_of(flow, doors) for flow, doors in itertools.product(FLOWS.values(), Doors)]


def test_every_picture_shown_is_drawn() -> None:
    pictures = {picture for each in ALL for picture in each.pictures}
    pictures |= {reminder.picture for each in ALL for reminder in each.reminders}
    assert pictures <= set(picture_names())


@pytest.mark.parametrize("way", Direction)
def test_the_card_and_its_reading_have_the_colour_of_the_way(way: Direction) -> None:
    for state in (st.AwaitingCard(way, 7.0), st.Reading(way, 7.0, 7.0)):
        assert all(f"_{way.value}_" in picture for picture in scene(state).pictures)


def test_every_picture_drawn_is_shown() -> None:
    ways = [showing(st.Done(NINE, None, passed), way) for way, passed in PASSED.items()]
    pictures = {picture for each in [*ALL, *ways] for picture in each.pictures}
    pictures |= {reminder.picture for each in ways for reminder in each.reminders}
    leaving = (st.AwaitingCard(Direction.OUT, 7.0), st.Reading(Direction.OUT, 7.0, 7.0))
    pictures |= {picture for state in leaving for picture in scene(state).pictures}
    assert set(picture_names()) - NOT_OF_A_SCENE == pictures


@pytest.mark.parametrize(
    ("doors", "offered", "tone"),
    [
        (Doors.IN, [Action.ENTER], Tone.IN),
        (Doors.OUT, [Action.LEAVE], Tone.OUT),
        (Doors.BOTH, [Action.ENTER, Action.LEAVE], Tone.BOTH),
    ],
)
def test_the_start_screen_offers_this_terminal_s_ways(doors: Doors, offered: list[Action], tone: Tone) -> None:
    start = scene(st.Welcome(), doors)
    assert (start.page, actions(start), start.tone) == (Page.WELCOME, offered, tone)


@pytest.mark.parametrize("name", ["closed", "closed all day", "closed for good", "closed for a reason"])
@pytest.mark.parametrize(
    ("doors", "offered", "tone", "signed"),
    [
        (Doors.IN, [Action.STAFF], Tone.CLOSED, True),
        (Doors.OUT, [Action.LEAVE], Tone.OUT, False),
        (Doors.BOTH, [Action.STAFF, Action.LEAVE], Tone.BOTH, True),
    ],
)
def test_while_the_house_is_closed_the_way_out_is_offered_and_the_way_in_to_staff(
    doors: Doors, offered: list[Action], tone: Tone, signed: bool, name: str
) -> None:
    """C6, C33."""
    start = scene_of(FLOWS[f"welcome, {name}"], doors)
    assert (actions(start), start.tone, start.sign is not None) == (offered, tone, signed)


@pytest.mark.parametrize(("doors", "offered"), [(Doors.IN, [Action.ENTER]), (Doors.BOTH, [Action.ENTER, Action.LEAVE])])
def test_after_the_last_check_in_the_sign_leaves_the_way_to_whoever_comes_back(
    doors: Doors, offered: list[Action]
) -> None:
    """C17."""
    start = scene_of(FLOWS["welcome, closing"], doors)
    assert (actions(start), start.choices[0].words.key) == (offered, "closing.next")
    assert start.sign is not None


def test_within_the_last_check_in_time_the_sign_has_words_of_its_own() -> None:
    signs = [scene_of(FLOWS[f"welcome, {name}"], Doors.BOTH).sign for name in ("closed", "closing")]
    assert [sign.word.key for sign in signs if sign] == ["closed.word", "closing.word"]


def test_a_house_that_is_open_or_unknown_hangs_out_no_sign() -> None:
    assert [scene_of(FLOWS[name], Doors.BOTH).sign for name in ("welcome", "welcome, open")] == [None, None]


@pytest.mark.parametrize(
    ("name", "title", "hint"),
    [
        ("showing closed, closed", "rule.closed.title", "closed.next"),
        ("showing closed, closing", "rule.closing.title", "closed.next"),
        ("showing refused: closed", "rule.closed.title", "closed.next.unknown"),
    ],
)
def test_who_is_refused_at_a_closed_house_hears_when_it_opens(name: str, title: str, hint: str) -> None:
    told = scene_of(FLOWS[name], Doors.IN)
    assert told.hint is not None
    assert (told.title.key, told.hint.key, told.tone) == (title, hint, Tone.ATTENTION)


def test_an_announcement_stands_on_every_start_screen() -> None:
    house = HOUSES["with words of its own"]
    said = [scene_of(Flow(house=house), doors).lines for doors in Doors]
    assert [[words.values for words in lines] for lines in said] == [[(("text", house.announcement),)]] * 3


def test_every_refusal_has_a_picture_of_its_own() -> None:
    refused = [shown for result in RESULTS.values() if not (shown := showing(result)).celebrates]
    assert len({shown.pictures for shown in refused}) == len(refused)


@pytest.mark.parametrize("name", FLOWS)
def test_the_reader_is_pointed_to_where_a_card_is_to_be_held_and_nowhere_else(name: str) -> None:
    flow = FLOWS[name]
    assert scene_of(flow, Doors.BOTH).points == isinstance(flow.state, st.AwaitingCard)


# A fee


def test_a_fee_is_a_question_with_a_price_two_answers_and_a_countdown() -> None:
    """A23."""
    asked = scene(ASKING_FEE)
    assert asked.figure is not None
    assert (asked.figure.values, actions(asked)) == ((("yen", "300"),), [Action.CANCEL, Action.CONFIRM])
    assert (asked.deadline, asked.celebrates) == (110.0, False)


def test_a_price_of_thousands_is_written_as_prices_are() -> None:
    figure = scene(replace(ASKING_FEE, fee=Fee(4, 3, 1200))).figure
    assert figure is not None
    assert figure.values == (("yen", "1,200"),)


def test_a_declined_fee_is_a_calm_end() -> None:
    declined = showing(st.Declined())
    assert (declined.tone, actions(declined)) == (Tone.IN, [Action.CANCEL])


# The other way


@pytest.mark.parametrize(
    ("rule", "other"), [(Rule.ALREADY_IN, Action.LEAVE), (Rule.NOT_IN, Action.ENTER)], ids=["already in", "not in"]
)
def test_a_terminal_for_both_ways_offers_the_other_one(rule: Rule, other: Action) -> None:
    """A4."""
    flow = Flow(st.Showing(WAY, st.RuleRefusal(rule), 7.0))
    offered = {doors: actions(scene_of(flow, doors)) for doors in Doors}
    assert offered == {Doors.IN: [Action.CANCEL], Doors.OUT: [Action.CANCEL], Doors.BOTH: [Action.CANCEL, other]}


def test_the_way_in_is_not_offered_there_while_it_is_closed() -> None:
    closed = Flow(st.Showing(Direction.OUT, st.RuleRefusal(Rule.NOT_IN), 7.0), house=HOUSES["closed"])
    assert (actions(scene_of(closed, Doors.BOTH)), scene_of(closed, Doors.BOTH).lines) == ([Action.CANCEL], ())


def test_a_terminal_that_fails_offers_no_way_at_all() -> None:
    failing = FLOWS["showing refused: already_in, faulty"]
    assert actions(scene_of(failing, Doors.BOTH)) == [Action.CANCEL]


@pytest.mark.parametrize("name", CONVERSING)
def test_the_member_may_give_up_except_while_the_card_is_read(name: str) -> None:
    offered = Action.CANCEL in actions(scene(CONVERSING[name]))
    assert offered != isinstance(CONVERSING[name], st.Reading)


@pytest.mark.parametrize("digits", range(5))
def test_next_stands_out_once_four_digits_are_typed(digits: int) -> None:
    (confirm,) = [each for each in scene(st.EnteringPin(WAY, 7.0, digits)).choices if each.action is Action.CONFIRM]
    assert confirm.primary == (digits == 4)


def test_of_the_digits_only_their_number_is_shown() -> None:
    assert [scene(st.EnteringPin(WAY, 7.0, digits)).digits for digits in range(5)] == [0, 1, 2, 3, 4]


def test_a_card_is_asked_for_in_motion_and_asked_for_again_in_other_words() -> None:
    first, again = scene(st.AwaitingCard(WAY, 7.0)), scene(st.AwaitingCard(WAY, 7.0, hold_again=True))
    assert len(first.pictures) > 1
    assert first.title != again.title


@pytest.mark.parametrize("name", ["no digit", "awaiting", "asking"])
def test_a_countdown_is_shown_where_the_member_has_something_to_do(name: str) -> None:
    assert scene(CONVERSING[name]).deadline == 110.0


@pytest.mark.parametrize("name", [*SHOWING, "reading"])
def test_no_countdown_presses_who_only_reads(name: str) -> None:
    assert scene_of(FLOWS[name], Doors.BOTH).deadline is None


def test_the_last_try_is_never_the_button_that_stands_out() -> None:
    asking = scene(CONVERSING["asking"])
    assert actions(asking) == [Action.CANCEL, Action.CONFIRM]
    assert not any(choice.primary for choice in asking.choices)


def test_reading_and_recording_look_alike() -> None:
    assert scene(CONVERSING["reading"]) == scene(st.Recording(WAY))


@pytest.mark.parametrize("name", RESULTS)
def test_only_a_recorded_visit_is_celebrated(name: str) -> None:
    assert showing(RESULTS[name]).celebrates == isinstance(RESULTS[name], st.Done)


@pytest.mark.parametrize("name", RESULTS)
def test_another_try_is_offered_for_a_wrong_pin_alone(name: str) -> None:
    wrong = RESULTS[name] == st.CardRefusal(st.CardProblem.WRONG_PIN, 2)
    assert (Action.AGAIN in actions(showing(RESULTS[name]))) == wrong


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_but_the_greeting_can_be_closed(name: str) -> None:
    assert (Action.CANCEL in actions(showing(RESULTS[name]))) != isinstance(RESULTS[name], st.Done)


def test_a_member_is_greeted_by_name_where_there_is_one() -> None:
    assert showing(st.Done(NINE, "山田", ENTERED)).title.values == (("name", "山田"),)
    assert showing(st.Done(NINE, None, ENTERED)).title.values == ()


def said(shown: Scene) -> list[str]:
    return [words.key for words in (*shown.lines, *(shown.note.words if shown.note else ()))]


def test_who_leaves_is_told_the_visit_before_and_the_hours_of_this_month() -> None:
    told = showing(RESULTS["left with a past"], Direction.OUT).lines
    assert told[-1] == Words("done.past", (("day", date(2026, 11, 20)), ("length", timedelta(hours=12, minutes=30))))
    assert said(showing(RESULTS["left for the first time this month"], Direction.OUT))[-1] == "done.past.month"


def test_a_discreet_screen_keeps_what_is_to_be_done_and_no_day_of_a_visit() -> None:
    discreet = showing(RESULTS["done after forgetting, and discreet"])
    assert said(discreet) == ["done.forgotten.discreet"]
    assert [each.picture for each in discreet.reminders] == ["strap"]


def test_whoever_types_again_is_told_the_tries_that_are_left() -> None:
    again = scene(st.EnteringPin(WAY, 7.0, tries_left=2))
    assert again.hint == Words("card.wrong_pin.hint", (("tries", "2"),))
    assert again.warns
    assert not scene(st.EnteringPin(WAY, 7.0)).warns


def test_on_the_way_in_the_strap_on_the_way_out_strap_and_parking() -> None:
    scenes = {way: showing(st.Done(NINE, None, passed), way) for way, passed in PASSED.items()}
    reminders = {way: [each.picture for each in shown.reminders] for way, shown in scenes.items()}
    assert reminders == {Direction.IN: ["strap"], Direction.OUT: ["strap_return", "parking"]}


def test_who_is_already_in_is_not_stopped_in_red() -> None:
    assert showing(st.RuleRefusal(Rule.ALREADY_IN)).tone is Tone.IN
    assert showing(st.RuleRefusal(Rule.NOT_IN), Direction.OUT).tone is Tone.OUT
    assert showing(st.RuleRefusal(Rule.SUSPENDED)).tone is Tone.ATTENTION


def test_out_of_order_offers_nothing_to_press() -> None:
    closed = scene_of(FLOWS["out of order: both"], Doors.BOTH)
    assert (closed.tone, closed.choices) == (Tone.STOP, ())


@pytest.mark.parametrize("others", [set(), {st.Fault.ROSTER}, {st.Fault.READER, st.Fault.STORAGE}], ids=len)
def test_a_revoked_terminal_says_so_whatever_else_is_wrong(others: set[st.Fault]) -> None:
    locked = scene_of(Flow(st.OutOfOrder(), frozenset({st.Fault.REVOKED} | others)), Doors.BOTH)
    assert (locked.title.key, locked.tone, locked.choices) == ("revoked.title", Tone.STOP, ())


@pytest.mark.parametrize("others", [set(), {st.Fault.ROSTER}, {st.Fault.READER, st.Fault.STORAGE}], ids=len)
def test_a_terminal_that_is_being_updated_says_so_and_not_what_the_update_breaks(others: set[st.Fault]) -> None:
    scene = scene_of(Flow(st.OutOfOrder(), frozenset({st.Fault.UPDATING} | others)), Doors.BOTH)
    assert (scene.title.key, scene.tone, scene.choices) == ("updating.title", Tone.ATTENTION, ())


def test_a_terminal_that_waits_for_its_first_roster_is_preparing_not_broken() -> None:
    waiting = scene_of(Flow(st.OutOfOrder(), frozenset({st.Fault.ROSTER})), Doors.BOTH)
    assert (waiting.title.key, waiting.tone, waiting.choices) == ("preparing.title", Tone.ATTENTION, ())


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        (set(), None),
        ({st.Fault.READER, st.Fault.STORAGE, st.Fault.ROSTER}, None),
        ({st.Fault.UPDATING, st.Fault.READER}, Words("updating.title")),
        (set(st.Fault), Words("revoked.title")),
    ],
    ids=["in service", "what has a row of its own", "updating", "revoked"],
)
def test_staff_read_why_a_terminal_without_a_fault_of_its_own_serves_nobody(
    faults: set[st.Fault], told: Words | None
) -> None:
    room = scene_of(Flow(st.StaffRoom(7.0, CHECKS), frozenset(faults)), Doors.BOTH)
    assert room.hint == told


@pytest.mark.parametrize("fault", [st.Fault.READER, st.Fault.STORAGE])
def test_a_terminal_that_waits_for_its_first_roster_and_is_broken_is_broken(fault: st.Fault) -> None:
    broken = scene_of(Flow(st.OutOfOrder(), frozenset({st.Fault.ROSTER, fault})), Doors.BOTH)
    assert broken.title.key == "out_of_order.title"


@pytest.mark.parametrize(
    ("at", "face"),
    [
        (datetime(2026, 11, 22, 0, 5, tzinfo=UTC), "09:05"),
        (datetime(2026, 11, 22, 14, 59, 59, tzinfo=UTC), "23:59"),
        (datetime(2026, 11, 22, 15, 0, tzinfo=UTC), "00:00"),
    ],
)
def test_times_are_the_house_s_whatever_the_machine_s_zone(at: datetime, face: str) -> None:
    assert clock_face(at) == face
