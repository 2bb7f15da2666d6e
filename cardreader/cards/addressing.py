"""How a command names the elementary file it is for: by short identifier in its own header, or by a SELECT before it.

Short identifiers (ISO/IEC 7816-4:2013, 7.3.1) save a command each. They were seen on a JPKI test card only, so the first
card of each kind is asked and the answer kept in the memory. Which files there are is the business of the card's module.
"""

from dataclasses import replace

from cardreader.apdu import Command, Response, StatusWord, exchange, require
from cardreader.cards.memory import Memory
from cardreader.errors import ApduError
from cardreader.ports import Card

CURRENT_FILE = 0x80
"""P2 of VERIFY and of COMPUTE DIGITAL SIGNATURE: the file selected last."""

_SHORT = 0x80
_LARGEST_SHORT_OFFSET = 0xFF
# 6A86 is what cards without them should answer; others take P1 for a high offset, P2 for an unknown reference, or miss
# a selected file. A file that is really missing answers the same to SELECT, at the price of one command.
_NOT_TAKEN = {
    StatusWord.WRONG_PARAMETERS,
    StatusWord.WRONG_OFFSET,
    StatusWord.NO_SUCH_REFERENCE,
    StatusWord.NOT_FOUND,
    StatusWord.NO_CURRENT_FILE,
    StatusWord.WRONG_KIND_OF_FILE,
}


class Files:
    """The files of the application selected on `card`. Identifiers are those of SELECT; their last five bits are short."""

    def __init__(self, card: Card, memory: Memory) -> None:
        self.card = card
        self._memory = memory
        self._kind = card.atr
        self._current: int | None = None

    @property
    def settled(self) -> bool:
        """Whether it is known how a card of this kind takes a command for a PIN or a key."""
        return self._memory.takes_short_identifiers(self._kind) is not None

    def read(self, file: int, offset: int, length: int) -> bytes:
        """`length` at most 256. Raises ApduError."""
        if file != self._current and offset <= _LARGEST_SHORT_OFFSET and self._may_be_short():
            command = Command(0x00, 0xB0, _SHORT | file, offset, le=length)
            response = exchange(self.card, command)
            if self._taken(response):
                return _data(command, response)
        self._make_current(file)
        high, low = offset.to_bytes(2)
        return require(self.card, Command(0x00, 0xB0, high, low, le=length))

    def ask(self, file: int, command: Command) -> Response:
        """`command` has CURRENT_FILE for P2 and may be sent twice: never one with a PIN."""
        if file != self._current and self._may_be_short():
            response = exchange(self.card, replace(command, p2=_SHORT | file))
            if self._taken(response):
                self._memory.learn_short_identifiers(self._kind, taken=True)
                return response
        self._make_current(file)
        return exchange(self.card, command)

    def reference(self, file: int) -> int:
        """P2 of a command for `file` that is sent only once; what is not certain is selected."""
        if file != self._current and self._memory.takes_short_identifiers(self._kind):
            return _SHORT | file
        self._make_current(file)
        return CURRENT_FILE

    def _may_be_short(self) -> bool:
        return self._memory.takes_short_identifiers(self._kind) is not False

    def _taken(self, response: Response) -> bool:
        if response.status in _NOT_TAKEN:
            self._memory.learn_short_identifiers(self._kind, taken=False)
            return False
        return True

    def _make_current(self, file: int) -> None:
        if file != self._current:
            require(self.card, Command(0x00, 0xA4, 0x02, 0x0C, file.to_bytes(2)))
            self._current = file


def _data(command: Command, response: Response) -> bytes:
    if response.status != StatusWord.OK:
        raise ApduError(command.header, response.status)
    return response.data
