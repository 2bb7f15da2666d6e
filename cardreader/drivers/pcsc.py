"""Readers behind the PC/SC service (pcscd), used through its plain calls: return codes, one family of them.

The service's events are not subscribed to, since such a subscription dies with the service; every wait asks anew.
A reader that raised ReaderLost is done with: close it and open another, which establishes a context of its own. No call
has a deadline here, and some may hang: see `cardreader.deadline`.
"""

import re
import time
from typing import Final

from smartcard import scard

from cardreader.errors import (
    CardError,
    CardInUse,
    CardMute,
    CardRemoved,
    CardUnresponsive,
    NoSuchReader,
    ReaderError,
    ReaderLost,
    ServiceDown,
)

_REMOVED: Final = {
    scard.SCARD_E_NO_SMARTCARD,
    scard.SCARD_W_REMOVED_CARD,
    scard.SCARD_E_NOT_TRANSACTED,  # pulled, and the service has not noticed yet
}
_IN_USE: Final = {
    scard.SCARD_E_SHARING_VIOLATION,
    scard.SCARD_W_RESET_CARD,
}
_MUTE: Final = {
    scard.SCARD_W_UNRESPONSIVE_CARD,
    scard.SCARD_W_UNPOWERED_CARD,
    scard.SCARD_E_PROTO_MISMATCH,
}
_GONE: Final = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE
_PROTOCOLS: Final = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
_COUNTER_SHIFT: Final = 16  # pcsc-lite counts insertions and removals in the upper half of a reader's state
_NOTHING_KNOWN: Final = scard.SCARD_STATE_UNAWARE


_READERS_CHANGED: Final = r"\\?PnP?\Notification"
"""The pseudo-reader whose state changes when a reader is plugged in or out."""


def open_reader(pattern: str) -> "PcscReader":
    """The first reader whose name matches. Raises ServiceDown, NoSuchReader."""
    context = _establish()
    try:
        name = _choose(pattern, _list(context))
    except ReaderError:
        scard.SCardReleaseContext(context)
        raise
    return PcscReader(context, name)


def matches(pattern: str, name: str) -> bool:
    """Whether `name` contains `pattern` in any case; each `*` in it stands for anything in between."""
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.search(".*".join(parts), name, re.IGNORECASE) is not None


def reader_names() -> list[str]:
    """Raises ServiceDown."""
    context = _establish()
    try:
        return _list(context)
    finally:
        scard.SCardReleaseContext(context)


class PcscReader:
    def __init__(self, context: int, name: str) -> None:
        self._context: int | None = context
        self._name = name
        self._state: int = _NOTHING_KNOWN
        self._readers: int = _NOTHING_KNOWN

    @property
    def name(self) -> str:
        return self._name

    def wait_present(self, timeout: float) -> bool:
        self._look(0)
        deadline = time.monotonic() + timeout
        while not self._state & scard.SCARD_STATE_PRESENT:
            if not self._look(deadline - time.monotonic()):
                return False
        return True

    def wait_absent(self, timeout: float) -> bool:
        if self._state == _NOTHING_KNOWN:
            self._look(0)
        count = self._state >> _COUNTER_SHIFT
        self._look(0)
        deadline = time.monotonic() + timeout
        while self._state & scard.SCARD_STATE_PRESENT and self._state >> _COUNTER_SHIFT == count:
            if not self._look(deadline - time.monotonic()):
                return False
        return True

    def connect(self) -> "PcscCard":
        code, handle, protocol = scard.SCardConnect(self._context, self._name, scard.SCARD_SHARE_EXCLUSIVE, _PROTOCOLS)
        if code != scard.SCARD_S_SUCCESS:
            raise _failure(code, self._name)
        code, _, _, _, atr = scard.SCardStatus(handle)
        if code != scard.SCARD_S_SUCCESS:
            scard.SCardDisconnect(handle, scard.SCARD_UNPOWER_CARD)
            raise _failure(code, self._name)
        return PcscCard(handle, protocol, bytes(atr), self._name)

    def close(self) -> None:
        context, self._context = self._context, None
        if context is not None:
            scard.SCardReleaseContext(context)

    def _look(self, timeout: float) -> bool:
        """Wait for the state of this reader, or of all, to differ from that last seen; False when the time was up first."""
        milliseconds = max(0, int(timeout * 1000))
        known = [(self._name, self._state), (_READERS_CHANGED, self._readers)]
        code, states = scard.SCardGetStatusChange(self._context, milliseconds, known)
        if code == scard.SCARD_E_TIMEOUT:
            return False
        if code != scard.SCARD_S_SUCCESS:
            raise ReaderLost(self._name, scard.SCardGetErrorMessage(code))
        (_, state, _), (_, readers, _) = states
        self._state = state & ~scard.SCARD_STATE_CHANGED
        self._readers = readers & ~scard.SCARD_STATE_CHANGED
        if state & _GONE or (readers & scard.SCARD_STATE_CHANGED and self._name not in _list(self._context)):
            raise ReaderLost(self._name, "it was unplugged")
        return True


class PcscCard:
    """One exclusive connection; power is cut when it closes, which ends the verified state of the PIN."""

    def __init__(self, handle: int, protocol: int, atr: bytes, reader: str) -> None:
        self._handle: int | None = handle
        self._atr = atr
        self._interface = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        self._reader = reader

    @property
    def atr(self) -> bytes:
        return self._atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        octets = list(command)
        try:
            code, answer = scard.SCardTransmit(self._handle, self._interface, octets)
        finally:
            octets[:] = bytes(len(octets))
        if code != scard.SCARD_S_SUCCESS:
            raise _failure(code, self._reader)
        if not answer:  # seen on vpcd: the card was pulled while it worked
            raise CardRemoved("the answer was cut off")
        return bytes(answer)

    def close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            scard.SCardDisconnect(handle, scard.SCARD_UNPOWER_CARD)


def _establish() -> int:
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if code != scard.SCARD_S_SUCCESS:
        raise ServiceDown(scard.SCardGetErrorMessage(code))
    return int(context)


def _list(context: int | None) -> list[str]:
    code, names = scard.SCardListReaders(context, [])
    if code == scard.SCARD_E_NO_READERS_AVAILABLE:
        return []
    if code != scard.SCARD_S_SUCCESS:
        raise ServiceDown(scard.SCardGetErrorMessage(code))
    return list(names)


def _choose(pattern: str, names: list[str]) -> str:
    for name in names:
        if matches(pattern, name):
            return name
    raise NoSuchReader(pattern, names)


def _failure(code: int, reader: str) -> CardError | ReaderLost:
    detail = scard.SCardGetErrorMessage(code)
    if code in _REMOVED:
        return CardRemoved(detail)
    if code in _IN_USE:
        return CardInUse(detail)
    if code in _MUTE:
        return CardMute(detail)
    if code == scard.SCARD_E_TIMEOUT:
        return CardUnresponsive(detail)
    return ReaderLost(reader, detail)
