"""Asks a presented card what the conversation needs to know, and says it in the conversation's words.

On the reader's thread. Not in here: when a card is asked, and what follows from the answer.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from cardreader.cards import jpki
from cardreader.cards.identify import Foreign, identify
from cardreader.cards.memory import Memory
from cardreader.errors import CardError, CardMute, CardRemoved, CardTooSlow, CardUnresponsive
from cardreader.pin import Pin
from cardreader.ports import Card
from cardreader.reference import card_reference
from cardreader.revocation.source import Revocation as Answer
from cardreader.revocation.source import RevocationSource
from kiosk.flow import events as ev
from kiosk.flow.states import CardProblem
from visits.event import Revocation

log = logging.getLogger(__name__)

_PROBLEMS = {
    Foreign.PHONE: CardProblem.PHONE,
    Foreign.DRIVING_LICENCE: CardProblem.DRIVING_LICENCE,
    Foreign.RESIDENCE_CARD: CardProblem.RESIDENCE_CARD,
    Foreign.BANK_CARD: CardProblem.BANK_CARD,
    Foreign.FELICA_CARD: CardProblem.TRANSIT_CARD,
    Foreign.DESFIRE_CARD: CardProblem.NOT_MY_NUMBER_CARD,
    Foreign.STORAGE_CARD: CardProblem.NOT_MY_NUMBER_CARD,
    Foreign.OTHER_CARD: CardProblem.NOT_MY_NUMBER_CARD,
}


class CardCheck:
    """`reference_key` is the server's, from enrolment; `now` gives aware instants."""

    def __init__(self, reference_key: bytes, revocations: RevocationSource, now: Callable[[], datetime]) -> None:
        self._reference_key = reference_key
        self._revocations = revocations
        self._now = now
        self._memory = Memory()

    def ask(self, card: Card, pin: Pin, *, challenge: bytes, last_try_allowed: bool) -> ev.Event:
        """CardProved, CardRefused or CardLost. Raises ReaderLost, and ValueError where `pin` was wiped meanwhile."""
        try:
            return self._ask(card, pin, challenge, last_try_allowed=last_try_allowed)
        except (CardRemoved, CardTooSlow):
            return ev.CardLost()
        except CardMute:
            return ev.CardRefused(CardProblem.MUTE, None)
        except CardUnresponsive:
            return ev.CardRefused(CardProblem.UNRESPONSIVE, None)
        except CardError as error:
            log.warning("unexpected answer from the card: %s", error)
            return ev.CardRefused(CardProblem.UNPROVEN, None)

    def _ask(self, card: Card, pin: Pin, challenge: bytes, *, last_try_allowed: bool) -> ev.Event:
        now = self._now()
        outcome = jpki.authenticate(
            card, pin, challenge=challenge, now=now, last_try_allowed=last_try_allowed, memory=self._memory
        )
        match outcome:
            case jpki.Authenticated():
                return self._proved(outcome, now)
            case jpki.Refused(reason=jpki.Reason.NOT_MY_NUMBER_CARD):
                return ev.CardRefused(_PROBLEMS[identify(card)], None)
            case jpki.Refused(reason=reason, tries_left=tries_left):
                return ev.CardRefused(CardProblem(reason.value), tries_left)

    def _proved(self, card: jpki.Authenticated, now: datetime) -> ev.Event:
        answer = self._revocations.at_tap(card.certificate_serial, card.certificate_issuer, now)
        if answer is Answer.REVOKED:
            return ev.CardRefused(CardProblem.REVOKED, None)
        return ev.CardProved(card_reference(card.public_key, self._reference_key), Revocation(answer.value))
