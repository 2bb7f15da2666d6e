"""The air in front of a simulated contactless reader: nfcpy's `udp` driver on one side, simulated cards on the other.

For tests and development only. Datagrams are a technology and a frame in hexadecimal, or RFOFF (nfcpy 1.0.4,
nfc/clf/udp.py). nfcpy waits a whole second for a card that is not there; here it is told at once, by RFOFF, that
nobody answers its poll.
"""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final, TypeAlias

from cardreader.errors import CardRemoved, CardUnresponsive
from cardreader.simulated.contactless import ChipTag, Tag, is_poll
from cardreader.simulated.isodep import Deselected, Obey, Send, Step, TimeGranted

_Address: TypeAlias = tuple[str, int]
_FIELD_OFF: Final = b"RFOFF"
_LONGEST_DATAGRAM: Final = 1024
_PATIENCE: Final = 0.5  # the part of a frame waiting time after which a working card asks for more


class UdpField:
    """Served by a thread of its own from construction to `close`; cards come and go on any thread."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._tags: tuple[Tag, ...] = ()
        self._closing = False
        self._chips = ThreadPoolExecutor(1, "simulated chip")
        self._thread = threading.Thread(target=self._serve, name="simulated field", daemon=True)
        self._thread.start()

    @property
    def path(self) -> str:
        """What nfcpy opens this field's reader by."""
        host, port = self._socket.getsockname()
        return f"udp:{host}:{port}"

    def hold(self, *tags: Tag) -> None:
        """In place of those already there."""
        self.take_away()
        self._tags = tags

    def take_away(self) -> None:
        tags, self._tags = self._tags, ()
        for tag in tags:
            tag.lose_power()

    def close(self) -> None:
        self.take_away()
        self._closing = True
        self._socket.sendto(b"", self._socket.getsockname())  # wakes the thread
        self._thread.join()
        self._chips.shutdown()
        self._socket.close()

    def _serve(self) -> None:
        while not self._closing:
            datagram, reader = self._socket.recvfrom(_LONGEST_DATAGRAM)
            if datagram == _FIELD_OFF:
                self._power_off()
            else:
                self._hear(datagram, reader)

    def _power_off(self) -> None:
        for tag in self._tags:
            tag.lose_power()

    def _hear(self, datagram: bytes, reader: _Address) -> None:
        technology, frame = _parse(datagram)
        for tag in self._tags:
            if tag.technology == technology and (step := tag.receive(frame)):
                self._take(step, tag, reader)
                return
        if is_poll(frame):
            self._socket.sendto(_FIELD_OFF, reader)

    def _take(self, step: Step, tag: Tag, reader: _Address) -> None:
        match step:
            case Send(block) | Deselected(block):
                self._send(tag, block, reader)
            case Obey(command) if isinstance(tag, ChipTag):
                self._work(tag, command, reader)
            case Obey() | TimeGranted():
                return

    def _work(self, tag: ChipTag, command: bytes, reader: _Address) -> None:
        work = self._chips.submit(tag.chip.transmit, command)
        powered = True
        try:
            while not wait([work], tag.frame_waiting_seconds * _PATIENCE).done and powered:
                self._send(tag, tag.blocks.ask_for_time(), reader)
                powered = self._granted(tag, reader)
            response = work.result()
            if powered and self._still_powered():
                self._send(tag, tag.blocks.answer(response), reader)
            else:
                self._power_off()
        except CardRemoved:
            self.take_away()
        except CardUnresponsive:
            return  # a mute card, or one taken away meanwhile

    def _granted(self, tag: ChipTag, reader: _Address) -> bool:
        """False: the field went off, or the card left it."""
        while any(held is tag for held in self._tags):
            datagram, _ = self._socket.recvfrom(_LONGEST_DATAGRAM)
            if datagram == _FIELD_OFF:
                return False
            match tag.receive(_parse(datagram)[1]):
                case TimeGranted():
                    return True
                case Send(block):
                    self._send(tag, block, reader)
                case _:
                    continue
        return False

    def _still_powered(self) -> bool:
        """A card hears nothing while it works, so what came meanwhile is lost: all but the loss of the field."""
        try:
            while True:
                datagram, _ = self._socket.recvfrom(_LONGEST_DATAGRAM, socket.MSG_DONTWAIT)
                if datagram == _FIELD_OFF:
                    return False
        except BlockingIOError:
            return True

    def _send(self, tag: Tag, block: bytes, reader: _Address) -> None:
        if not self._reader_speaks():
            self._socket.sendto(f"{tag.technology.value} {block.hex()}".encode(), reader)

    def _reader_speaks(self) -> bool:
        """A reader that has stopped waiting talks over the answer: in the air nothing is queued, and neither is heard."""
        try:
            self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        return True


def _parse(datagram: bytes) -> tuple[str, bytes]:
    """Of what is no frame nothing remains to be answered."""
    technology, _, digits = datagram.decode(errors="replace").partition(" ")
    try:
        return technology, bytes.fromhex(digits)
    except ValueError:
        return technology, b""
