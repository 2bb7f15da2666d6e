"""The rules of the house on their way to the terminal: asked for when their number changes, kept whole or not at all."""

import pytest
from sqlalchemy import Engine

from machine.delivering import SERVER_TIME, DeliveringTerminal, minutes, roster_page
from sync.document import Document
from sync.feed import read_page
from sync.outcome import Undelivered, Unreachable, UnreadableAnswer
from sync.puller import Pace

LATER_VERSION: Document = {"number": 2, "rulebook": {"v": 2}, "server_time": SERVER_TIME}


@pytest.fixture
def terminal(engine: Engine) -> DeliveringTerminal:
    return DeliveringTerminal(engine, Pace())


def with_rules(terminal: DeliveringTerminal, number: int) -> None:
    """The server's rules have this number from now on, which it tells to who waits for news; the roster is what it was."""
    terminal.server.rules_number = number


def test_rules_are_fetched_when_the_roster_tells_of_them(terminal: DeliveringTerminal) -> None:
    with_rules(terminal, 1)
    terminal.run(1)
    assert terminal.rules.kept == [1]


def test_rules_that_are_kept_are_not_asked_for_again(terminal: DeliveringTerminal) -> None:
    with_rules(terminal, 1)
    terminal.run(minutes(300))
    assert terminal.server.rule_looks == 1


def test_a_change_of_rules_arrives_as_soon_as_the_waiting_roster_is_answered(terminal: DeliveringTerminal) -> None:
    with_rules(terminal, 1)
    terminal.run(3)
    terminal.server.happens = lambda: with_rules(terminal, 2)
    terminal.run(2)
    assert terminal.rules.kept == [1, 2]


def test_after_a_change_of_rules_the_next_news_is_waited_for_at_once(terminal: DeliveringTerminal) -> None:
    with_rules(terminal, 1)
    terminal.run(3)
    terminal.server.happens = lambda: with_rules(terminal, 2)
    while terminal.rules.kept != [1, 2]:
        terminal.run(1)
    heard, before = terminal.now, len(terminal.server.looks)
    terminal.run(minutes(1))
    following = terminal.server.looks[before]
    assert following.wait > 0
    assert following.at - heard <= 2


def test_rules_taken_back_are_taken_back_here(terminal: DeliveringTerminal) -> None:
    with_rules(terminal, 1)
    terminal.run(3)
    with_rules(terminal, 0)
    terminal.run(30)
    assert terminal.rules.kept == [1, 0]


def test_a_server_that_says_nothing_of_rules_is_not_asked_for_them(terminal: DeliveringTerminal) -> None:
    terminal.run(minutes(120))
    assert terminal.server.rule_looks == 0


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (Unreachable(), "unreachable"),
        (LATER_VERSION, "unreadable"),
        ({**LATER_VERSION, "rulebook": None}, "unreadable"),
        ({**LATER_VERSION, "number": "2"}, "unreadable"),
        ({**LATER_VERSION, "rulebook": {"v": 1}, "number": -1}, "unreadable"),
    ],
    ids=["cut", "of a later version", "no rulebook", "no number", "a number below nothing"],
)
def test_rules_that_do_not_come_whole_leave_the_old_ones_in_force(
    terminal: DeliveringTerminal, answer: Undelivered | Document, trouble: str
) -> None:
    with_rules(terminal, 1)
    terminal.run(3)
    terminal.server.rules_script = [answer] * 1000
    with_rules(terminal, 2)
    terminal.run(minutes(20))
    assert (terminal.rules.kept, terminal.troubles[-1]) == ([1], trouble)


def test_rules_that_cannot_be_read_hold_up_neither_roster_nor_visits(terminal: DeliveringTerminal) -> None:
    terminal.server.rules_script = [LATER_VERSION] * 1000
    with_rules(terminal, 2)
    terminal.run(minutes(10))
    terminal.tap(1)
    terminal.server.version += 1
    looks = len(terminal.server.looks)
    terminal.run(30)
    assert len(terminal.server.looks) > looks
    assert (terminal.roster.at, terminal.standing.length) == (str(terminal.server.version), 0)


def test_rules_that_failed_once_are_fetched_without_another_word_and_the_trouble_ends(
    terminal: DeliveringTerminal,
) -> None:
    terminal.server.rules_script = [Unreachable()]
    with_rules(terminal, 1)
    terminal.run(10)
    assert (terminal.rules.kept, terminal.troubles[-1]) == ([1], None)


@pytest.mark.parametrize("number", [None, "1", -1, 1.5, True], ids=str)
def test_a_number_of_rules_out_of_shape_is_unreadable(number: object) -> None:
    with pytest.raises(UnreadableAnswer) as unreadable:
        read_page(roster_page(rules=number))
    assert unreadable.value.field == "rules"
