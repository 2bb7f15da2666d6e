"""The conversation with the real card layer below it: what reaches the card, the book and the ear, and in which order."""

import gc
import logging
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from samples.flow import CHECKS, FEE, HOUSES, PAST
from samples.terminal import AT, ENTERED, LEFT, PATIENCE_SECONDS, REFERENCE_KEY, SpiedCard, Terminal

from cardreader.counting import CountedCard
from cardreader.drivers.simulated import SimulatedReader
from cardreader.ports import Card
from cardreader.reference import card_reference
from cardreader.simulated.chip import Chip
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.other_cards import ForeignCard, MuteCard, PulledAtVerify, phone
from kiosk.conversation import LOOK_SECONDS, ROUND_SECONDS, STORAGE_TRIAL_SECONDS
from kiosk.flow import events as ev
from kiosk.flow import states as st
from kiosk.flow.checks import Check, Finding
from kiosk.flow.machine import Flow
from kiosk.settings import History, NameDisplay, Privacy, Settings
from kiosk.storage.lookout import Sight
from kiosk.storage.visitbook import FeeAsked, NotRecordedError
from machine import cards
from sounds import Sound
from visits.decision import Direction, Refused, Rule
from visits.event import Revocation

PIN, WRONG = cards.PIN, cards.WRONG_PIN
SELECT, SIGN = 0xA4, 0x2A


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with Terminal() as terminal:
        yield terminal


def worn(tries_left: int) -> JpkiCard:
    """A card on which so many tries are left."""
    card = cards.card()
    reader = SimulatedReader()
    for _ in range(3 - tries_left):
        reader.insert(card)
        cards.authenticated(reader.connect(), WRONG, last_try_allowed=True)
    assert card.tries_left == tries_left
    reader.remove()
    return card


def problem(terminal: Terminal) -> st.CardProblem | None:
    return terminal.result.problem if isinstance(terminal.result, st.CardRefusal) else None


# Coming and going


@pytest.mark.parametrize(
    ("way", "song"), [(Direction.IN, Sound.BIRDSONG_IN), (Direction.OUT, Sound.BIRDSONG_OUT)], ids=["in", "out"]
)
def test_pin_card_birdsong(way: Direction, song: Sound, terminal: Terminal) -> None:
    terminal.types(PIN, way)
    terminal.reader.insert(cards.card())
    terminal.until(st.Showing)
    passed = ENTERED if way is Direction.IN else LEFT
    assert terminal.result == st.Done(AT, None, passed.admitted)
    assert terminal.story == [Sound.KEY] * 6 + [passed, song]


def test_the_book_is_asked_for_the_card_s_reference_once(terminal: Terminal) -> None:
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.Showing)
    assert terminal.book.taps == [
        (Direction.IN, card_reference(cards.credential().public_key, REFERENCE_KEY), Revocation.NOT_CHECKED)
    ]


def test_the_screens_of_a_visit_in_their_order(terminal: Terminal) -> None:
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.Showing)
    order = list(dict.fromkeys(type(flow.state) for flow in terminal.shown))
    assert order == [st.EnteringPin, st.AwaitingCard, st.Reading, st.Recording, st.Showing]


def test_nothing_is_shown_again_that_did_not_change(terminal: Terminal) -> None:
    terminal.types(PIN)
    shown = len(terminal.shown)
    for _ in range(10):
        terminal.passes(0.1)
    assert len(terminal.shown) == shown


def test_a_refusal_of_the_rules_is_shown_without_a_birdsong(terminal: Terminal) -> None:
    terminal.book.answers = [Refused(Rule.ALREADY_IN)]
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.Showing)
    assert terminal.result == st.RuleRefusal(Rule.ALREADY_IN)
    assert terminal.story[-1] is Sound.ATTENTION


def test_what_a_fee_asked_for_is_told_and_recorded_on_the_member_s_word(terminal: Terminal) -> None:
    """A23: nothing is written before it."""
    terminal.book.answers = [FeeAsked(FEE)]
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.AskingFee)
    assert isinstance(terminal.state, st.AskingFee)
    assert terminal.state.fee == FEE
    terminal.conversation.happen(ev.Confirmed())
    terminal.until(st.Showing)
    assert terminal.result == st.Done(AT, None, ENTERED.admitted)
    assert terminal.book.fees_accepted == [False, True]
    assert terminal.book.taps[0] == terminal.book.taps[1]


# Privacy


@pytest.mark.parametrize(
    ("display", "shown"),
    [(NameDisplay.FULL, "山田 花子"), (NameDisplay.INITIALS, "山"), (NameDisplay.OFF, None)],
    ids=["full", "initials", "off"],
)
def test_no_more_of_a_name_is_shown_than_the_terminal_is_set_to(display: NameDisplay, shown: str | None) -> None:
    with Terminal(settings=Settings(privacy=Privacy(display))) as terminal:
        terminal.book.answers = [replace(ENTERED, name="山田 花子")]
        terminal.types(PIN)
        terminal.reader.insert(cards.card())
        terminal.until(st.Showing)
        assert isinstance(terminal.result, st.Done)
        assert terminal.result.name == shown


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
def test_a_member_s_past_is_told_where_the_terminal_is_set_to(told: bool) -> None:
    with Terminal(settings=Settings(history=History(shown=told))) as terminal:
        terminal.book.answers = [replace(LEFT, past=PAST)]
        terminal.types(PIN, Direction.OUT)
        terminal.reader.insert(cards.card())
        terminal.until(st.Showing)
        assert isinstance(terminal.result, st.Done)
        assert terminal.result.past == (PAST if told else None)


def test_with_the_card_the_name_leaves_the_screen(terminal: Terminal) -> None:
    terminal.book.answers = [replace(ENTERED, name="山田 花子")]
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.Showing)
    terminal.passes(2.0)
    terminal.reader.remove()
    while isinstance(terminal.result, st.Done) and terminal.result.name:
        terminal.next_report()
    assert terminal.result == st.Done(AT, None, ENTERED.admitted, discreet=True)


# Fees


def test_a_fee_that_is_declined_asks_the_book_for_nothing_more(terminal: Terminal) -> None:
    terminal.book.answers = [FeeAsked(FEE)]
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.AskingFee)
    terminal.conversation.happen(ev.Cancelled())
    terminal.settles()
    assert (terminal.result, len(terminal.book.taps)) == (st.Declined(), 1)
    assert Sound.BIRDSONG_IN not in terminal.story


def test_the_pin_is_gone_before_a_fee_is_asked(terminal: Terminal) -> None:
    terminal.book.answers = [FeeAsked(FEE)]
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.AskingFee)
    assert len(terminal.conversation._pin) == 0


def test_what_the_book_knows_of_the_stay_reaches_the_screen(terminal: Terminal) -> None:
    since = AT - timedelta(hours=2)
    terminal.book.answers = [replace(LEFT, since=since)]
    terminal.types(PIN, Direction.OUT)
    terminal.reader.insert(cards.card())
    terminal.until(st.Showing)
    assert terminal.result == st.Done(AT, None, LEFT.admitted, since)


def test_a_card_already_lying_there_is_read(terminal: Terminal) -> None:
    terminal.reader.insert(cards.card())
    terminal.types(PIN)
    terminal.until(st.Showing)
    assert isinstance(terminal.result, st.Done)


# Typing


def test_a_corrected_digit_is_the_one_that_is_sent(terminal: Terminal) -> None:
    card = SpiedCard(cards.card())
    terminal.conversation.happen(ev.Begin(Direction.IN))
    for digit in PIN[:3] + "9":
        terminal.conversation.digit(int(digit))
    terminal.conversation.erase()
    terminal.conversation.digit(int(PIN[3]))
    terminal.conversation.happen(ev.Confirmed())
    terminal.reader.insert(card)
    terminal.until(st.Showing)
    assert card.sent == [PIN.encode()]


def test_a_fifth_digit_and_an_erasure_too_many_change_nothing(terminal: Terminal) -> None:
    terminal.conversation.happen(ev.Begin(Direction.IN))
    terminal.conversation.erase()
    for digit in PIN + "9":
        terminal.conversation.digit(int(digit))
    shown = len(terminal.shown)
    terminal.conversation.digit(9)
    assert (len(terminal.shown), len(terminal.conversation._pin)) == (shown, 4)


def test_a_digit_outside_the_pin_screen_goes_nowhere(terminal: Terminal) -> None:
    terminal.conversation.digit(4)
    assert (terminal.state, len(terminal.conversation._pin)) == (st.Welcome(), 0)


def test_three_digits_ask_for_no_card(terminal: Terminal) -> None:
    terminal.types(PIN[:3])
    assert isinstance(terminal.state, st.EnteringPin)


# What a card may answer


def test_a_wrong_pin_tells_how_many_tries_are_left(terminal: Terminal) -> None:
    card = SpiedCard(cards.card())
    terminal.types(WRONG)
    terminal.reader.insert(card)
    terminal.until(st.Showing)
    assert terminal.result == st.CardRefusal(st.CardProblem.WRONG_PIN, 2)
    assert (card.sent, terminal.book.taps) == ([WRONG.encode()], [])


def test_after_a_wrong_pin_another_try_begins_with_no_digits(terminal: Terminal) -> None:
    terminal.types(WRONG)
    terminal.reader.insert(cards.card())
    terminal.until(st.Showing)
    terminal.conversation.happen(ev.TriedAgain())
    assert isinstance(terminal.state, st.EnteringPin)
    assert (terminal.state.digits, len(terminal.conversation._pin)) == (0, 0)


def test_a_blocked_card_is_told_and_gets_no_pin(terminal: Terminal) -> None:
    card = SpiedCard(worn(tries_left=0))
    terminal.types(PIN)
    terminal.reader.insert(card)
    terminal.until(st.Showing)
    assert terminal.result == st.CardRefusal(st.CardProblem.PIN_BLOCKED, 0)
    assert card.sent == []


def test_the_last_try_is_asked_for_and_not_spent(terminal: Terminal) -> None:
    card = SpiedCard(worn(tries_left=1))
    terminal.types(PIN)
    terminal.reader.insert(card)
    terminal.until(st.AskingLastTry)
    assert card.sent == []


def test_with_the_member_s_word_the_last_try_is_sent(terminal: Terminal) -> None:
    card = SpiedCard(worn(tries_left=1))
    terminal.types(PIN)
    terminal.reader.insert(card)
    terminal.until(st.AskingLastTry)
    terminal.conversation.happen(ev.Confirmed())
    terminal.reader.insert(card)
    terminal.until(st.Showing)
    assert isinstance(terminal.result, st.Done)
    assert card.sent == [PIN.encode()]


def test_without_the_member_s_word_it_never_is(terminal: Terminal) -> None:
    card = SpiedCard(worn(tries_left=1))
    terminal.types(PIN)
    terminal.reader.insert(card)
    terminal.until(st.AskingLastTry)
    terminal.conversation.happen(ev.Cancelled())
    terminal.settles()
    assert (card.sent, terminal.state) == ([], st.Welcome())


class Babbling(ForeignCard):
    """Answers with no status."""

    def transmit(self, command: bytes | bytearray) -> bytes:
        return b"?"


class Confused(ForeignCard):
    """Answers with a status nobody expects."""

    def transmit(self, command: bytes | bytearray) -> bytes:
        return bytes.fromhex("6F42")


class ForgedCertificate(ForeignCard):
    """Has the application and, for a certificate, zeros."""

    def transmit(self, command: bytes | bytearray) -> bytes:
        return bytes(256 if command[1] == 0xB0 else 0) + bytes.fromhex("9000")


@pytest.mark.parametrize(
    ("chip", "told"),
    [
        (ForeignCard(), st.CardProblem.NOT_MY_NUMBER_CARD),
        (phone(cards.credential(), PIN), st.CardProblem.PHONE),
        (JpkiCard(cards.credential("taro", cards.NOW.replace(year=2015)), PIN), st.CardProblem.EXPIRED),
        (MuteCard(), st.CardProblem.MUTE),
        (Babbling(), st.CardProblem.UNPROVEN),
        (Confused(), st.CardProblem.UNPROVEN),
        (ForgedCertificate(), st.CardProblem.UNPROVEN),
    ],
    ids=["foreign", "phone", "expired", "mute", "no status", "strange status", "no certificate"],
)
def test_any_other_card_is_told_at_once_and_gets_no_pin(chip: Chip, told: st.CardProblem, terminal: Terminal) -> None:
    card = SpiedCard(chip)
    terminal.types(PIN)
    terminal.reader.insert(card)
    terminal.until(st.Showing)
    assert (problem(terminal), card.sent, terminal.book.taps) == (told, [], [])


# A card that moves


def test_a_card_pulled_while_the_pin_is_checked_is_asked_for_again(terminal: Terminal) -> None:
    chip = cards.card()
    pulled, held = SpiedCard(PulledAtVerify(chip)), SpiedCard(chip)
    terminal.types(PIN)
    terminal.reader.insert(pulled)
    terminal.until(st.Reading)
    terminal.until(st.AwaitingCard)
    assert isinstance(terminal.state, st.AwaitingCard)
    assert terminal.state.hold_again
    terminal.reader.insert(held)
    terminal.until(st.Showing)
    assert isinstance(terminal.result, st.Done)
    assert (pulled.presentations, held.presentations) == ([[PIN.encode()]], [[PIN.encode()]])


def test_a_card_that_stays_gets_no_second_pin(terminal: Terminal) -> None:
    card = SpiedCard(cards.card())
    terminal.types(WRONG)
    terminal.reader.insert(card)
    terminal.until(st.Showing)
    terminal.conversation.happen(ev.TriedAgain())
    for digit in PIN:
        terminal.conversation.digit(int(digit))
    terminal.conversation.happen(ev.Confirmed())
    terminal.settles()
    assert card.presentations == [[WRONG.encode()]]
    assert isinstance(terminal.state, st.AwaitingCard)


def test_a_card_held_after_cancelling_does_nothing(terminal: Terminal) -> None:
    card = SpiedCard(cards.card())
    terminal.types(PIN)
    terminal.conversation.happen(ev.Cancelled())
    terminal.reader.insert(card)
    terminal.settles()
    assert (card.sent, terminal.state, terminal.book.taps) == ([], st.Welcome(), [])


def test_what_a_card_reports_after_cancelling_is_dropped(terminal: Terminal) -> None:
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    seen = terminal.reports.get(timeout=10)
    terminal.conversation.happen(ev.Cancelled())
    seen()
    terminal.settles()
    assert (terminal.state, terminal.book.taps) == (st.Welcome(), [])


def test_what_was_reported_of_the_member_before_is_not_taken_for_the_next_one_s(terminal: Terminal) -> None:
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.reader.decides()
    terminal.conversation.happen(ev.Cancelled())
    terminal.types(WRONG)
    terminal.settles()
    assert isinstance(terminal.state, st.AwaitingCard)
    assert terminal.book.taps == []


class SlowDesk:
    """Has begun with a job just when it is taken back."""

    def arm(self, job: Callable[[Card], None]) -> None:
        self.job = job

    def disarm(self) -> None: ...


def test_a_job_already_begun_when_it_is_taken_back_leaves_the_card_alone(terminal: Terminal) -> None:
    desk = SlowDesk()
    terminal.conversation._desk = desk
    terminal.types(PIN)
    terminal.conversation.happen(ev.Cancelled())
    reader = SimulatedReader()
    reader.insert(cards.card())
    card = CountedCard(reader.connect())
    desk.job(card)
    assert (card.apdus, terminal.reports.empty()) == (0, True)


def test_a_card_held_after_cancelling_is_still_there_for_the_next_member(terminal: Terminal) -> None:
    terminal.types(WRONG)
    terminal.conversation.happen(ev.Cancelled())
    terminal.reader.insert(cards.card())
    terminal.reader.decides()
    terminal.types(PIN)
    terminal.until(st.Showing)
    assert isinstance(terminal.result, st.Done)


# A card that hangs


def test_a_card_that_hangs_is_given_up_at_the_deadline(terminal: Terminal) -> None:
    card = SpiedCard(cards.card(), stop_before=SELECT)
    terminal.types(PIN)
    terminal.reader.insert(card)
    terminal.until(st.Reading)
    assert card.stopped.wait(10)
    terminal.passes(10)
    assert problem(terminal) is st.CardProblem.UNRESPONSIVE
    card.go_on.set()


def test_a_card_that_wakes_later_gets_neither_the_old_pin_nor_the_next_member_s(terminal: Terminal) -> None:
    sleeper = SpiedCard(cards.card(), stop_before=SELECT)
    terminal.types(PIN)
    terminal.reader.insert(sleeper)
    terminal.until(st.Reading)
    assert sleeper.stopped.wait(10)
    terminal.passes(10)
    terminal.conversation.happen(ev.Cancelled())
    terminal.types(WRONG)
    sleeper.go_on.set()
    terminal.settles()
    assert (sleeper.sent, sleeper.presentations) == ([], [[]])
    assert isinstance(terminal.state, st.AwaitingCard)


def test_the_next_member_is_served_after_a_card_that_hung(terminal: Terminal) -> None:
    sleeper = SpiedCard(cards.card(), stop_before=SELECT)
    terminal.types(PIN)
    terminal.reader.insert(sleeper)
    terminal.until(st.Reading)
    assert sleeper.stopped.wait(10)
    terminal.passes(10)
    terminal.conversation.happen(ev.Cancelled())
    terminal.types(WRONG)
    theirs = SpiedCard(JpkiCard(cards.credential("jiro"), WRONG))
    sleeper.go_on.set()
    terminal.reader.insert(theirs)
    terminal.until(st.Showing)
    assert isinstance(terminal.result, st.Done)
    assert theirs.sent == [WRONG.encode()]


def test_a_proof_that_comes_too_late_records_nothing(terminal: Terminal) -> None:
    slow = SpiedCard(cards.card(), stop_before=SIGN)
    terminal.types(PIN)
    terminal.reader.insert(slow)
    terminal.until(st.Reading)
    assert slow.stopped.wait(10)
    terminal.passes(10)
    terminal.conversation.happen(ev.Cancelled())
    slow.go_on.set()
    terminal.settles()
    assert (terminal.state, terminal.book.taps) == (st.Welcome(), [])


# Time


def test_typing_given_up_wipes_the_pin(terminal: Terminal) -> None:
    terminal.conversation.happen(ev.Begin(Direction.IN))
    terminal.conversation.digit(4)
    typed = terminal.conversation._pin
    terminal.passes(30)
    assert (terminal.result, len(typed), bytes(typed._digits)) == (st.TimedOut(), 0, bytes(4))


def test_waiting_for_the_card_given_up_wipes_the_pin(terminal: Terminal) -> None:
    terminal.types(PIN)
    typed = terminal.conversation._pin
    terminal.passes(30)
    assert (terminal.result, len(typed), bytes(typed._digits)) == (st.TimedOut(), 0, bytes(4))


def test_closing_wipes_the_pin_and_withdraws_the_reader(terminal: Terminal) -> None:
    card = SpiedCard(cards.card())
    terminal.types(PIN)
    typed = terminal.conversation._pin
    terminal.conversation.close()
    terminal.reader.insert(card)
    terminal.settles()
    assert (len(typed), bytes(typed._digits), card.sent) == (0, bytes(4), [])


# The disk comes before the birdsong


def test_no_birdsong_before_the_book_has_answered(terminal: Terminal) -> None:
    terminal.book.may_answer.clear()
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.Recording)
    terminal.passes(60)
    assert isinstance(terminal.state, st.Recording)
    assert Sound.BIRDSONG_IN not in terminal.story
    terminal.book.may_answer.set()
    terminal.until(st.Showing)
    assert terminal.story[-2:] == [ENTERED, Sound.BIRDSONG_IN]


@pytest.mark.parametrize(
    "failure", [NotRecordedError("disk full"), ValueError("nobody expected this")], ids=["known", "unknown"]
)
def test_a_visit_that_could_not_be_written_is_never_sung(failure: Exception, terminal: Terminal) -> None:
    terminal.book.answers = [failure]
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.Showing)
    assert terminal.result == st.NotRecorded()
    assert terminal.story[-1] is Sound.ERROR
    assert not {Sound.BIRDSONG_IN, Sound.BIRDSONG_OUT} & {cue for cue in terminal.story if isinstance(cue, Sound)}


def faulty(terminal: Terminal) -> None:
    """A terminal whose storage has just failed a member."""
    terminal.book.answers = [NotRecordedError("disk full")]
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.Showing)


def test_a_failed_storage_puts_the_terminal_out_of_order(terminal: Terminal) -> None:
    faulty(terminal)
    terminal.conversation.happen(ev.Cancelled())
    assert terminal.conversation.flow == Flow(st.OutOfOrder(), frozenset({st.Fault.STORAGE}))


def test_a_storage_that_takes_records_again_ends_it(terminal: Terminal) -> None:
    faulty(terminal)
    terminal.conversation.happen(ev.Cancelled())
    terminal.passes(0)
    terminal.until(st.Welcome)
    assert terminal.conversation.flow.faults == frozenset()


@pytest.mark.parametrize(
    "trouble", [NotRecordedError("still full"), ValueError("nobody expected this")], ids=["known", "unknown"]
)
def test_a_storage_is_tried_again_every_few_seconds_until_it_works(trouble: Exception, terminal: Terminal) -> None:
    terminal.book.troubles = [trouble, trouble]
    faulty(terminal)
    terminal.conversation.happen(ev.Cancelled())
    for seconds in (0, 1, STORAGE_TRIAL_SECONDS - 2, 1, STORAGE_TRIAL_SECONDS):
        terminal.passes(seconds)
        terminal.recorder.submit(int).result(PATIENCE_SECONDS)
    terminal.until(st.Welcome)
    assert terminal.book.checks == 3


def test_a_storage_without_fault_is_not_tried(terminal: Terminal) -> None:
    terminal.passes(60)
    terminal.settles()
    assert terminal.book.checks == 0


# The reader


def test_a_lost_reader_puts_the_terminal_out_of_order_until_it_is_back(terminal: Terminal) -> None:
    terminal.reader.unplug()
    terminal.until(st.OutOfOrder)
    terminal.reader.plug()
    terminal.until(st.Welcome)


def test_a_reader_lost_while_a_member_waits_wipes_the_pin(terminal: Terminal) -> None:
    terminal.types(PIN)
    typed = terminal.conversation._pin
    terminal.reader.unplug()
    terminal.until(st.OutOfOrder)
    assert (len(typed), terminal.story[-1]) == (0, Sound.ERROR)


def test_after_the_reader_is_back_the_old_conversation_does_not_go_on(terminal: Terminal) -> None:
    card = SpiedCard(cards.card())
    terminal.types(PIN)
    terminal.reader.unplug()
    terminal.until(st.OutOfOrder)
    terminal.reader.plug()
    terminal.until(st.Welcome)
    terminal.reader.insert(card)
    terminal.settles()
    assert (card.sent, terminal.state) == ([], st.Welcome())


# What other processes have done


REVOKED = Sight(revoked=True, has_roster=False, offset=None)
IN_SERVICE = Sight(revoked=False, has_roster=True, offset=None)
NO_ROSTER = Sight(revoked=False, has_roster=False, offset=None)
UPDATING = replace(IN_SERVICE, updating=True)


def looked(terminal: Terminal, sight: Sight) -> None:
    """Until the terminal has looked once more and found this."""
    terminal.lookout.sight = sight
    terminal.passes(LOOK_SECONDS)
    terminal.recorder.submit(int).result(PATIENCE_SECONDS)
    while not terminal.reports.empty():
        terminal.next_report()


def test_a_revoked_terminal_locks_its_screen_within_a_second_and_wipes_the_pin(terminal: Terminal) -> None:
    terminal.types(PIN)
    typed = terminal.conversation._pin
    looked(terminal, REVOKED)
    assert terminal.state == st.OutOfOrder()
    assert st.Fault.REVOKED in terminal.conversation.flow.faults
    assert len(typed) == 0


def test_a_card_held_to_a_revoked_terminal_is_not_spoken_to(terminal: Terminal) -> None:
    card = SpiedCard(cards.card())
    terminal.types(PIN)
    looked(terminal, REVOKED)
    terminal.reader.insert(card)
    terminal.settles()
    assert card.sent == []


def test_a_terminal_taken_back_into_service_prepares_until_it_has_a_roster(terminal: Terminal) -> None:
    looked(terminal, REVOKED)
    looked(terminal, NO_ROSTER)
    assert terminal.conversation.flow == Flow(st.OutOfOrder(), frozenset({st.Fault.ROSTER}))
    looked(terminal, IN_SERVICE)
    assert terminal.conversation.flow == Flow()


def test_a_terminal_being_locked_never_says_that_it_is_preparing(terminal: Terminal) -> None:
    terminal.conversation.learn(REVOKED)
    assert {st.Fault.REVOKED in flow.faults for flow in terminal.shown} == {True}


def test_an_update_takes_the_screen_within_a_second_and_gives_it_back(terminal: Terminal) -> None:
    terminal.types(PIN)
    typed = terminal.conversation._pin
    looked(terminal, UPDATING)
    assert terminal.conversation.flow == Flow(st.OutOfOrder(), frozenset({st.Fault.UPDATING}))
    assert len(typed) == 0
    looked(terminal, IN_SERVICE)
    assert terminal.conversation.flow == Flow()


def test_a_visit_that_is_being_recorded_when_an_update_begins_is_shown_before_the_update_is(terminal: Terminal) -> None:
    terminal.book.may_answer.clear()
    terminal.types(PIN)
    terminal.reader.insert(cards.card())
    terminal.until(st.Recording)
    terminal.conversation.learn(UPDATING)
    recording = terminal.shown[-1]
    assert (type(recording.state), recording.faults) == (st.Recording, frozenset({st.Fault.UPDATING}))
    terminal.book.may_answer.set()
    terminal.until(st.Showing)
    assert isinstance(terminal.result, st.Done)
    terminal.reader.remove()
    terminal.passes(60)
    assert terminal.state == st.OutOfOrder()


def test_a_terminal_that_is_revoked_and_updated_at_once_goes_back_to_what_is_left(terminal: Terminal) -> None:
    looked(terminal, replace(REVOKED, updating=True))
    assert terminal.conversation.flow.faults == {st.Fault.REVOKED, st.Fault.UPDATING, st.Fault.ROSTER}
    looked(terminal, REVOKED)
    assert terminal.conversation.flow == Flow(st.OutOfOrder(), frozenset({st.Fault.REVOKED, st.Fault.ROSTER}))


def test_the_database_is_looked_at_once_a_second(terminal: Terminal) -> None:
    for _ in range(40):
        terminal.passes(LOOK_SECONDS / 4)
        terminal.recorder.submit(int).result(PATIENCE_SECONDS)
    assert terminal.lookout.looks == 10


def test_a_look_waits_for_the_look_before_it(terminal: Terminal) -> None:
    busy = threading.Event()
    terminal.recorder.submit(busy.wait, PATIENCE_SECONDS)
    for _ in range(5):
        terminal.passes(LOOK_SECONDS)
    busy.set()
    terminal.recorder.submit(int).result(PATIENCE_SECONDS)
    assert terminal.lookout.looks == 1


def test_what_has_not_changed_is_not_told_again(terminal: Terminal) -> None:
    looked(terminal, IN_SERVICE)
    terminal.passes(LOOK_SECONDS)
    terminal.recorder.submit(int).result(PATIENCE_SECONDS)
    assert terminal.reports.empty()


# The hours of the house


def test_the_screen_hears_within_a_second_that_the_house_closed_and_that_it_opened_again(terminal: Terminal) -> None:
    for name in ("closed", "open"):
        terminal.house = HOUSES[name]
        terminal.passes(LOOK_SECONDS)
        assert terminal.shown[-1].house == HOUSES[name]


def test_hours_that_have_not_changed_are_not_shown_again(terminal: Terminal) -> None:
    terminal.house = HOUSES["open"]
    terminal.passes(LOOK_SECONDS)
    shown = len(terminal.shown)
    terminal.passes(LOOK_SECONDS)
    assert len(terminal.shown) == shown


def test_who_typed_the_pin_before_closing_is_refused_by_the_rules_with_their_word(terminal: Terminal) -> None:
    terminal.book.answers = [Refused(Rule.CLOSED)]
    terminal.types(PIN)
    terminal.house = HOUSES["closed"]
    terminal.passes(LOOK_SECONDS)
    terminal.reader.insert(cards.card())
    terminal.until(st.Showing)
    assert terminal.result == st.RuleRefusal(Rule.CLOSED)


def test_a_database_that_cannot_be_looked_at_leaves_the_screen_as_it_is(terminal: Terminal) -> None:
    terminal.lookout.trouble = OSError("the disk is gone")
    terminal.passes(LOOK_SECONDS)
    terminal.settles()
    assert terminal.conversation.flow == Flow()
    terminal.lookout.trouble = None
    terminal.passes(STORAGE_TRIAL_SECONDS)
    looked(terminal, REVOKED)
    assert terminal.state == st.OutOfOrder()


# The PIN


def reachable(start: object) -> Iterator[object]:
    """Everything held by `start`, through attributes, containers and closures; not through modules, classes and globals."""
    ahead, known = [start], set[int]()
    while ahead:
        each = ahead.pop()
        if id(each) in known or isinstance(each, types.ModuleType | type):
            continue
        known.add(id(each))
        yield each
        if isinstance(each, types.FunctionType):
            ahead += [cell.cell_contents for cell in each.__closure__ or ()]
        else:
            ahead += gc.get_referents(each)


def holds(each: object, digits: str) -> bool:
    match each:
        case bytes() | bytearray():
            return digits.encode() in each
        case str():
            return digits in each
        case list() | tuple():
            return list(each) == [int(digit) for digit in digits]
        case _:
            return False


def with_pin(terminal: Terminal, digits: str) -> list[object]:
    return [each for each in reachable(terminal) if holds(each, digits)]


def test_while_it_is_needed_the_pin_is_held_in_one_place(terminal: Terminal) -> None:
    terminal.types("7391")
    assert with_pin(terminal, "7391") == [terminal.conversation._pin._digits]


def ends(terminal: Terminal, how: str, chip: Chip) -> None:
    terminal.types("7391")
    match how:
        case "cancelled":
            terminal.conversation.happen(ev.Cancelled())
        case "timed out":
            terminal.passes(30)
        case "reader lost":
            terminal.reader.unplug()
            terminal.until(st.OutOfOrder)
        case _:
            terminal.reader.insert(chip)
            terminal.until(st.Showing)
    terminal.settles()


WAYS_TO_END: dict[str, Any] = {
    "recorded": lambda: JpkiCard(cards.credential(), "7391"),
    "wrong": lambda: JpkiCard(cards.credential(), "1111"),
    "foreign": ForeignCard,
    "strange": Confused,
    "babbling": Babbling,
    "not recorded": lambda: JpkiCard(cards.credential(), "7391"),
    "cancelled": ForeignCard,
    "timed out": ForeignCard,
    "reader lost": ForeignCard,
}


@pytest.mark.parametrize("how", WAYS_TO_END)
def test_after_the_end_the_pin_is_nowhere(how: str, terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    if how == "not recorded":
        terminal.book.answers = [NotRecordedError("disk full")]
    with caplog.at_level(logging.DEBUG):
        ends(terminal, how, WAYS_TO_END[how]())
    assert with_pin(terminal, "7391") == []
    assert "7391" not in caplog.text


def test_a_card_that_woke_too_late_leaves_no_pin_in_the_log(
    terminal: Terminal, caplog: pytest.LogCaptureFixture
) -> None:
    sleeper = SpiedCard(JpkiCard(cards.credential(), "1111"), stop_before=SELECT)
    with caplog.at_level(logging.DEBUG):
        terminal.types("7391")
        terminal.reader.insert(sleeper)
        terminal.until(st.Reading)
        assert sleeper.stopped.wait(10)
        terminal.passes(10)
        sleeper.go_on.set()
        terminal.settles()
    assert "7391" not in caplog.text


# Staff


def calls_staff(terminal: Terminal, code: str = "27182818") -> None:
    terminal.conversation.call_staff()
    for digit in code:
        terminal.conversation.digit(int(digit))
    terminal.conversation.happen(ev.Confirmed())


def next_checks(terminal: Terminal) -> tuple[Check, ...]:
    """Others than CHECKS."""
    while isinstance(terminal.state, st.StaffRoom) and terminal.state.checks == CHECKS:
        terminal.next_report()
    assert isinstance(terminal.state, st.StaffRoom)
    return terminal.state.checks


def test_the_code_leads_staff_to_how_the_terminal_stands(terminal: Terminal) -> None:
    calls_staff(terminal)
    terminal.until(st.StaffRoom)
    terminal.next_report()
    assert terminal.state == st.StaffRoom(terminal.now + 120, CHECKS)


def test_the_terminal_is_looked_over_again_while_staff_are_there(terminal: Terminal) -> None:
    calls_staff(terminal)
    terminal.until(st.StaffRoom)
    terminal.next_report()
    terminal.staff.checks = ()
    terminal.passes(ROUND_SECONDS)
    assert next_checks(terminal) == ()
    assert terminal.staff.rounds == 2


def test_a_look_that_takes_long_keeps_no_visit_waiting_behind_others(terminal: Terminal) -> None:
    calls_staff(terminal)
    terminal.until(st.StaffRoom)
    terminal.next_report()
    with recorder_busy(terminal):
        for _ in range(5):
            terminal.passes(ROUND_SECONDS)
    assert terminal.staff.rounds == 2


def test_a_storage_that_answers_slowly_keeps_no_visit_waiting_behind_trials(terminal: Terminal) -> None:
    terminal.conversation.happen(ev.FaultBegan(st.Fault.STORAGE))
    with recorder_busy(terminal):
        for _ in range(5):
            terminal.passes(STORAGE_TRIAL_SECONDS)
    assert (terminal.book.checks, terminal.lookout.looks) == (1, 1)


@contextmanager
def recorder_busy(terminal: Terminal) -> Iterator[None]:
    """Until all that was asked of it meanwhile is done."""
    goes_on = threading.Event()
    terminal.recorder.submit(goes_on.wait, PATIENCE_SECONDS)
    yield
    goes_on.set()
    terminal.recorder.submit(int).result(PATIENCE_SECONDS)


def test_another_code_is_asked_for_again(terminal: Terminal) -> None:
    calls_staff(terminal, "31415926")
    terminal.until(st.EnteringCode)
    assert terminal.state == st.EnteringCode(terminal.now + 30, again=True)


def test_after_too_many_codes_none_is_asked_for(terminal: Terminal) -> None:
    terminal.staff.locked = True
    calls_staff(terminal)
    terminal.until(st.CodeLocked)
    terminal.passes(12)
    assert terminal.state == st.Welcome()


def test_a_code_that_cannot_be_looked_at_leads_nowhere(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    terminal.staff.trouble = OSError("the disk")
    calls_staff(terminal)
    terminal.until(st.EnteringCode)
    assert "27182818" not in caplog.text


def test_a_terminal_without_a_code_knows_no_staff(terminal: Terminal) -> None:
    terminal.staff.code = None
    terminal.conversation.call_staff()
    assert terminal.state == st.Welcome()


def test_a_terminal_that_cannot_be_looked_over_says_so(terminal: Terminal) -> None:
    calls_staff(terminal)
    terminal.until(st.StaffRoom)
    terminal.next_report()
    terminal.staff.trouble = OSError("the disk")
    terminal.passes(ROUND_SECONDS)
    assert next_checks(terminal) == (Check(Finding.STORAGE_UNREADABLE, good=False),)


def test_a_code_is_forgotten_when_it_was_looked_at(terminal: Terminal) -> None:
    calls_staff(terminal)
    terminal.until(st.StaffRoom)
    assert len(terminal.conversation._code) == 0


def test_staff_may_have_the_terminal_started_anew(terminal: Terminal) -> None:
    calls_staff(terminal)
    terminal.until(st.StaffRoom)
    terminal.conversation.happen(ev.RestartAsked())
    assert terminal.restarts == 1
    assert terminal.state == st.Welcome()


def test_no_digit_of_a_code_gets_into_a_pin(terminal: Terminal) -> None:
    terminal.conversation.call_staff()
    for digit in "2718":
        terminal.conversation.digit(int(digit))
    assert len(terminal.conversation._pin) == 0
