"""What passes between nfcpy's `udp` driver and a simulated field: seen, and lost where a test wants it lost.

Polls, their answers and the field going off count as frames of their own or as none, just as they travel.
"""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, unique
from typing import TypeAlias


@unique
class Sender(Enum):
    READER = "reader"
    CARD = "card"


Gate: TypeAlias = Callable[[Sender, bytes], bool]
"""Asked for each frame whether it arrives."""

_FIELD_OFF = b"RFOFF"


class Air:
    def __init__(self, field: str, gate: Gate) -> None:
        _, host, port = field.split(":")
        self._field = (host, int(port))
        self._gate = gate
        self._to_reader = _bound()
        self._to_card = _bound()
        self._reader: tuple[str, int] | None = None
        self._thread = threading.Thread(target=self._carry, name="air", daemon=True)
        self._thread.start()

    @property
    def path(self) -> str:
        host, port = self._to_reader.getsockname()
        return f"udp:{host}:{port}"

    def close(self) -> None:
        self._to_card.sendto(b"", self._to_card.getsockname())
        self._thread.join()
        self._to_reader.close()
        self._to_card.close()

    def _carry(self) -> None:
        while True:
            for ready in select.select([self._to_reader, self._to_card], [], [])[0]:
                datagram, sender = ready.recvfrom(1024)
                if not datagram:
                    return
                if ready is self._to_reader:
                    self._reader = sender
                    self._pass(Sender.READER, datagram, self._to_card, self._field)
                elif self._reader:
                    self._pass(Sender.CARD, datagram, self._to_reader, self._reader)

    def _pass(self, sender: Sender, datagram: bytes, way: socket.socket, to: tuple[str, int]) -> None:
        if datagram == _FIELD_OFF or self._gate(sender, bytes.fromhex(datagram.split()[1].decode())):
            way.sendto(datagram, to)


@contextmanager
def air(field: str, gate: Gate) -> Iterator[str]:
    """The path of a reader whose frames pass the gate on their way to the field."""
    made = Air(field, gate)
    try:
        yield made.path
    finally:
        made.close()


def _bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made
