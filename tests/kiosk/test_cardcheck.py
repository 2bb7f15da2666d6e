"""What a presented card turns out to be, in the conversation's words: foreign cards by name (A18), revoked ones refused."""

from collections.abc import Callable
from datetime import datetime

import pytest
from cryptography.x509 import Certificate
from samples.terminal import REFERENCE_KEY, Terminal

from cardreader.cards.identify import Foreign
from cardreader.cards.jpki import Reason
from cardreader.errors import CardTooSlow
from cardreader.reference import card_reference
from cardreader.revocation.source import Revocation as Answer
from cardreader.simulated import foreign_cards
from cardreader.simulated.chip import Chip
from cardreader.simulated.other_cards import MuteCard
from kiosk import cardcheck
from kiosk.flow import states as st
from machine import cards
from visits.decision import Direction
from visits.event import Revocation

PIN = cards.PIN

FOREIGN: dict[Callable[[], Chip], st.CardProblem] = {
    foreign_cards.driving_licence: st.CardProblem.DRIVING_LICENCE,
    foreign_cards.residence_card: st.CardProblem.RESIDENCE_CARD,
    foreign_cards.bank_card: st.CardProblem.BANK_CARD,
    foreign_cards.phone_with_wallet: st.CardProblem.PHONE,
    foreign_cards.transit_card: st.CardProblem.TRANSIT_CARD,
    foreign_cards.mifare_classic: st.CardProblem.NOT_MY_NUMBER_CARD,
    foreign_cards.unknown_card: st.CardProblem.NOT_MY_NUMBER_CARD,
}


class Told:
    """A revocation source that says what it is told to, and notes the serial number it was asked for."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.serials: list[int] = []

    def of_certificate(self, certificate: Certificate, authority: Certificate, now: datetime) -> Answer:
        raise NotImplementedError

    def at_tap(self, serial: int, issuer: bytes, now: datetime) -> Answer:
        self.serials.append(serial)
        return self.answer


class TooSlow(MuteCard):
    """Outstays its time, as the watch tells the job of a card that hangs."""

    def power_on(self) -> None: ...

    def transmit(self, command: bytes | bytearray) -> bytes:
        raise CardTooSlow("the simulated card takes its time")


@pytest.mark.parametrize("made", FOREIGN, ids=lambda made: made.__name__)
def test_a_foreign_card_is_named_and_no_try_is_counted(made: Callable[[], Chip]) -> None:
    with Terminal() as terminal:
        terminal.types(PIN)
        terminal.reader.insert(made())
        terminal.until(st.Showing)
        assert terminal.result == st.CardRefusal(FOREIGN[made], None)


def test_every_reason_and_every_foreign_card_has_its_problem() -> None:
    asked_further = {Reason.NOT_MY_NUMBER_CARD}
    assert {st.CardProblem(reason.value) for reason in set(Reason) - asked_further} <= set(st.CardProblem)
    assert set(cardcheck._PROBLEMS) == set(Foreign)


def test_a_revoked_card_is_refused_and_nothing_is_recorded() -> None:
    told = Told(Answer.REVOKED)
    with Terminal(told) as terminal:
        terminal.types(PIN)
        terminal.reader.insert(cards.card())
        terminal.until(st.Showing)
        assert terminal.result == st.CardRefusal(st.CardProblem.REVOKED, None)
        assert terminal.book.taps == []
        assert told.serials == [cards.credential().certificate.serial_number]


@pytest.mark.parametrize("answer", set(Answer) - {Answer.REVOKED}, ids=lambda answer: answer.value)
def test_every_other_answer_travels_with_the_visit(answer: Answer) -> None:
    with Terminal(Told(answer)) as terminal:
        terminal.types(PIN)
        terminal.reader.insert(cards.card())
        terminal.until(st.Showing)
        reference = card_reference(cards.credential().public_key, REFERENCE_KEY)
        assert terminal.book.taps == [(Direction.IN, reference, Revocation(answer.value))]


def test_a_card_too_slow_is_to_be_held_again() -> None:
    with Terminal() as terminal:
        terminal.types(PIN)
        terminal.reader.insert(TooSlow())
        terminal.until(st.Reading)
        terminal.until(st.AwaitingCard)
        assert isinstance(terminal.state, st.AwaitingCard)
        assert terminal.state.hold_again
