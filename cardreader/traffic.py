"""A log level below DEBUG at which the exchange with a card is shown: headers, lengths, status words, names of files.

What a card tells is shown as its length, and of a command's data only what is public, so that neither PIN nor certificate
nor signature gets into a log. How long each step takes still tells something about a holder: for looking into a fault,
not for service.
"""

import logging
from typing import Final

from cardreader.disclosure import disclose
from cardreader.errors import CardError, ReaderError
from cardreader.ports import Card

TRAFFIC: Final = 5

_STATUS_BYTES = 2
log = logging.getLogger(__name__)


def choose() -> None:
    """Show the traffic from now on, whatever level other logs have; whoever reads the log is warned."""
    logging.addLevelName(TRAFFIC, "TRAFFIC")
    log.setLevel(TRAFFIC)
    log.warning(
        "every command to a card is logged from now on (TRAFFIC). PINs, certificates and signatures are left out, "
        "but when whose card was used may be told from it. Never leave this on in service."
    )


def logged(card: Card) -> Card:
    """`card` itself unless TRAFFIC was chosen."""
    return LoggedCard(card) if log.isEnabledFor(TRAFFIC) else card


class LoggedCard:
    def __init__(self, card: Card) -> None:
        self._card = card

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        log.log(TRAFFIC, "> %s", shown_command(command))
        try:
            answer = self._card.transmit(command)
        except (CardError, ReaderError) as error:
            log.log(TRAFFIC, "! %s", type(error).__name__)
            raise
        log.log(TRAFFIC, "< %s", shown_answer(answer))
        return answer

    def close(self) -> None:
        self._card.close()
        log.log(TRAFFIC, "closed")


def shown_command(command: bytes | bytearray) -> str:
    disclosed = disclose(command)
    hidden = f"[{disclosed.hidden} bytes]" if disclosed.hidden else ""
    return " ".join(filter(None, (_hex(disclosed.before), hidden, _hex(disclosed.behind))))


def shown_answer(answer: bytes) -> str:
    told = len(answer) - _STATUS_BYTES
    if told < 0:
        return f"[{len(answer)} bytes]"
    return (f"[{told} bytes] " if told else "") + _hex(answer[-_STATUS_BYTES:])


def _hex(octets: bytes) -> str:
    return octets.hex(" ").upper()
