"""What can go wrong with cards and readers, each failure named for what happened.

No sentence for members is here: whoever shows a failure words it from its type and its data.
"""
# ruff: noqa: N818

from collections.abc import Sequence


class CardError(Exception):
    """The presented card did not do its part; holding it again may help."""


class CardRemoved(CardError):
    """The card left the field. If VERIFY was under way it may have spent a try: ask the counter at the next tap."""


class CardUnresponsive(CardError):
    """The card does not answer, or not as cards do."""


class CardMute(CardUnresponsive):
    """It is sensed and does not wake: most often two cards are there, else one is held askew or broken."""


class CardInUse(CardUnresponsive):
    """Another program holds the card, or has reset it."""


class CardTooSlow(CardUnresponsive):
    """The card did not answer in time. If VERIFY was under way it may have spent a try, as with CardRemoved."""


class ApduError(CardError):
    """A command was answered with a status word nobody expected. Carries CLA INS P1 P2 only, never the data."""

    def __init__(self, header: bytes, status: int) -> None:
        super().__init__(header, status)
        self.header = header
        self.status = status

    def __str__(self) -> str:
        return f"{self.header.hex(' ').upper()} was answered {self.status:04X}"


class MalformedAnswer(CardError):
    """The card answered with something that is not a response APDU."""


class MalformedCertificate(CardError):
    """The certificate file does not begin with a usable X.509 certificate."""


class UnsupportedKey(CardError):
    """The certificate's key is of a kind this program cannot verify."""


class ReaderError(Exception):
    """No card can be read until the reader or its service is back."""


class ReaderLost(ReaderError):
    """The reader was unplugged or its service ended while in use."""

    def __init__(self, reader: str, detail: str) -> None:
        super().__init__(reader, detail)
        self.reader = reader
        self.detail = detail

    def __str__(self) -> str:
        return f"the reader {self.reader!r} was lost: {self.detail}"


class ReaderStuck(ReaderError):
    """The reader or its service did not answer in time."""

    def __init__(self, doing: str) -> None:
        super().__init__(doing)
        self.doing = doing

    def __str__(self) -> str:
        return f"{self.doing} did not end in time"


class NoSuchReader(ReaderError):
    def __init__(self, wanted: str, available: Sequence[str]) -> None:
        super().__init__(wanted, available)
        self.wanted = wanted
        self.available = tuple(available)

    def __str__(self) -> str:
        present = ", ".join(repr(name) for name in self.available) or "none"
        return f"no reader's name contains {self.wanted!r}; connected: {present}"


class ReaderDenied(ReaderError):
    """The reader is connected, and this user may not open it: a udev rule is missing."""

    def __init__(self, reader: str) -> None:
        super().__init__(reader)
        self.reader = reader

    def __str__(self) -> str:
        return f"the reader {self.reader!r} may not be opened by this user"


class ReaderBusy(ReaderError):
    """The reader is connected, and another program or a kernel driver (port100 for an RC-S380) holds it."""

    def __init__(self, reader: str) -> None:
        super().__init__(reader)
        self.reader = reader

    def __str__(self) -> str:
        return f"the reader {self.reader!r} is held by another program or by a kernel driver"


class ServiceDown(ReaderError):
    """The smart card service (pcscd) cannot be reached."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"the smart card service cannot be reached: {self.detail}"
