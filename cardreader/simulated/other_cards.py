"""Cards at which a check-in fails: each fails in one way, on the simulated driver and in the virtual reader alike."""

from dataclasses import dataclass

from cardreader.apdu import StatusWord
from cardreader.cards.jpki import PHONE_LABELS
from cardreader.errors import CardMute, CardRemoved
from cardreader.simulated.chip import Chip
from cardreader.simulated.credentials import Credential
from cardreader.simulated.jpki_card import ATR, JpkiCard

_VERIFY = 0x20
_VERIFY_WITH_PIN_BYTES = 9


class ForeignCard:
    """An ISO 7816 card without the JPKI application, such as a driving licence."""

    @property
    def atr(self) -> bytes:
        return ATR

    def power_on(self) -> None: ...

    def power_off(self) -> None: ...

    def reset(self) -> None: ...

    def transmit(self, command: bytes | bytearray) -> bytes:
        del command
        return StatusWord.NOT_FOUND.to_bytes(2)


class MuteCard:
    """Does not answer: a card held askew, or two cards at once."""

    @property
    def atr(self) -> bytes:
        return b"\0"  # with none at all vpcd would take the reader for empty

    def power_on(self) -> None:
        raise CardMute("the simulated card is mute")

    def power_off(self) -> None: ...

    def reset(self) -> None: ...

    def transmit(self, command: bytes | bytearray) -> bytes:
        del command
        raise CardMute("the simulated card is mute")


@dataclass(frozen=True, slots=True)
class PulledAtVerify:
    """The member pulls the card away just when it has checked the PIN: the answer never arrives."""

    chip: Chip

    @property
    def atr(self) -> bytes:
        return self.chip.atr

    def power_on(self) -> None:
        self.chip.power_on()

    def power_off(self) -> None:
        self.chip.power_off()

    def reset(self) -> None:
        self.chip.reset()

    def transmit(self, command: bytes | bytearray) -> bytes:
        answer = self.chip.transmit(command)
        if command[1] == _VERIFY and len(command) == _VERIFY_WITH_PIN_BYTES:
            raise CardRemoved("pulled while the PIN was checked")
        return answer


def phone(credential: Credential, pin: str) -> JpkiCard:
    """A phone that carries the certificates: it answers to the JPKI application but hides them."""
    return JpkiCard(credential, pin, label=PHONE_LABELS[0], certificate_hidden=True)
