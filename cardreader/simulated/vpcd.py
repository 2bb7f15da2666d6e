"""The plug between a simulated card and vpcd, the virtual reader behind the PC/SC daemon.

For tests and development only: vpcd listens on every interface. A card is inserted by connecting and removed by
disconnecting. Protocol: vsmartcard, virtualsmartcard/src/vpcd/vpcd.h.
"""

import socket
import struct
import threading
from enum import IntEnum, unique

from cardreader.errors import CardRemoved, CardUnresponsive
from cardreader.simulated.chip import Chip

_HOST = "127.0.0.1"
_LENGTH = struct.Struct(">H")
_NO_ANSWER = b""


@unique
class _Control(IntEnum):
    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    ATR = 4


class VpcdPlug:
    """Holds one card in one virtual reader, served by a thread of its own, from `insert` to `remove`."""

    def __init__(self, chip: Chip, port: int) -> None:
        self._chip = chip
        self._port = port
        self._ended = threading.Event()
        self._connection: socket.socket | None = None

    def insert(self) -> None:
        """Raises OSError when nothing listens on the port."""
        self._connection = connection = socket.create_connection((_HOST, self._port))
        threading.Thread(target=self._serve, args=(connection,), name="vpcd plug", daemon=True).start()

    def wait_ended(self, timeout: float | None = None) -> bool:
        """True once the card is out: removed, pulled by itself, or left by its reader."""
        return self._ended.wait(timeout)

    def remove(self) -> None:
        """Returns when the serving thread has let go of the card; without a card nothing happens."""
        if self._connection:
            self._hang_up(self._connection)
            self._ended.wait()

    def _serve(self, connection: socket.socket) -> None:
        try:
            while True:
                answer = self._answer(_receive(connection))
                if answer is not None:
                    connection.sendall(_LENGTH.pack(len(answer)) + answer)
        except (OSError, CardRemoved):
            self._chip.power_off()
        finally:
            connection.close()
            self._ended.set()

    def _answer(self, message: bytes) -> bytes | None:
        if len(message) > 1:
            return self._respond(message)
        match _Control(message[0]):
            case _Control.POWER_OFF:
                self._chip.power_off()
            case _Control.POWER_ON:
                self._power_on()
            case _Control.RESET:
                self._chip.reset()
            case _Control.ATR:
                return self._chip.atr
        return None

    def _power_on(self) -> None:
        try:
            self._chip.power_on()
        except CardUnresponsive:
            return  # its senseless ATR says so

    def _respond(self, command: bytes) -> bytes:
        try:
            return self._chip.transmit(command)
        except CardUnresponsive:
            return _NO_ANSWER

    @staticmethod
    def _hang_up(connection: socket.socket) -> None:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # its reader hung up first


def _receive(connection: socket.socket) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    return _exactly(connection, length)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        # Without it the kernel holds each acknowledgement back and every command takes about 48 ms; it is not lasting.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        received = connection.recv(count - len(data))
        if not received:
            raise ConnectionResetError("vpcd hung up")
        data += received
    return data
