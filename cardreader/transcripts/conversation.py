"""The conversation that is recorded and replayed: what a terminal does with a card it meets for the first time."""

from datetime import datetime

from cardreader.cards.identify import identify
from cardreader.cards.jpki import Authenticated, Reason, Refused, authenticate
from cardreader.errors import CardError
from cardreader.pin import Pin
from cardreader.ports import Card

AUTHENTICATED = "authenticated"


def converse(card: Card, pin: Pin, *, challenge: bytes, now: datetime) -> str:
    """What came of it: AUTHENTICATED, why the card was refused, what kind it is, or the name of the failure.

    Raises ReaderLost.
    """
    try:
        match authenticate(card, pin, challenge=challenge, now=now, last_try_allowed=False):
            case Authenticated():
                return AUTHENTICATED
            case Refused(Reason.NOT_MY_NUMBER_CARD):
                return identify(card).value
            case Refused(reason):
                return reason.value
    except CardError as error:
        return type(error).__name__
