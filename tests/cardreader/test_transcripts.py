"""Recorded conversations: what is kept of them, that nothing personal is, and that they play as they were."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.apdu import StatusWord
from cardreader.errors import CardRemoved
from cardreader.pin import Pin
from cardreader.simulated import foreign_cards
from cardreader.simulated.chip import Chip
from cardreader.simulated.credentials import Credential, KeyKind
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.other_cards import PulledAtVerify, phone
from cardreader.transcripts.conversation import AUTHENTICATED, converse
from cardreader.transcripts.form import Transcript, UnreadableTranscript
from cardreader.transcripts.recording import RecordingCard
from cardreader.transcripts.replaying import replay
from cardreader.transcripts.scrubbing import scrub
from machine import cards
from machine.cards import CHALLENGE, NOW, PIN, WRONG_PIN
from machine.facility import facility_card

P_384 = cards.credential(kind=KeyKind.P_384)
EXPIRED = cards.credential(issued=datetime(2019, 1, 1, tzinfo=UTC))
LATER = NOW + timedelta(days=400)


class Hesitant:
    """Wraps a card that answers as T=0 readers pass it on: 6F00 at first, 6Cxx, 61xx and the rest on request."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._rest = b""
        self._first = True

    @property
    def atr(self) -> bytes:
        return self._chip.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        if self._first:
            self._first = False
            return StatusWord.NO_DIAGNOSIS.to_bytes(2)
        if command[1] == 0xC0:
            return self._some(command[4])
        answer = self._chip.transmit(command)
        if len(answer) <= 2:
            return answer
        self._rest = answer
        return self._some(60)

    def close(self) -> None: ...

    def _some(self, count: int) -> bytes:
        given, self._rest = self._rest[:-2][:count], self._rest[:-2][count:] + self._rest[-2:]
        left = len(self._rest) - 2
        return given + (bytes((0x61, min(left, 60))) if left else self._rest)


class Held:
    """A chip as a card, without a reader."""

    def __init__(self, chip: Chip) -> None:
        chip.power_on()
        self._chip = chip

    @property
    def atr(self) -> bytes:
        return self._chip.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        return self._chip.transmit(command)

    def close(self) -> None: ...


class Liar(Held):
    """Signs something else."""

    def transmit(self, command: bytes | bytearray) -> bytes:
        answer = super().transmit(command)
        return bytes(len(answer) - 2) + answer[-2:] if command[1] == 0x2A else answer


def recorded(card: Held | Hesitant, digits: str = PIN) -> Transcript:
    recording = RecordingCard(card)
    with cards.pin(digits) as pin:
        outcome = converse(recording, pin, challenge=CHALLENGE, now=NOW)
    exchanges = scrub(recording.passed, now=NOW, proven=outcome == AUTHENTICATED)
    return Transcript("simulated", "a reader", card.atr, outcome, exchanges)


def hesitant() -> Hesitant:
    chip = cards.card()
    chip.power_on()
    return Hesitant(chip)


CARDS: dict[str, tuple[Callable[[], Held | Hesitant], str, str]] = {
    "RSA-2048": (lambda: Held(cards.card()), PIN, "authenticated"),
    "P-384": (lambda: Held(JpkiCard(P_384, PIN)), PIN, "authenticated"),
    "short identifiers": (
        lambda: Held(JpkiCard(cards.credential(), PIN, short_identifiers=True)),
        PIN,
        "authenticated",
    ),
    "61xx and 6F00": (hesitant, PIN, "authenticated"),
    "wrong PIN": (lambda: Held(cards.card()), WRONG_PIN, "wrong_pin"),
    "expired": (lambda: Held(JpkiCard(EXPIRED, PIN)), PIN, "expired"),
    "false signature": (lambda: Liar(cards.card()), PIN, "unproven"),
    "pulled at VERIFY": (lambda: Held(PulledAtVerify(cards.card())), PIN, "CardRemoved"),
    "phone": (lambda: Held(phone(cards.credential(), PIN)), PIN, "phone"),
    "bank card": (lambda: Held(foreign_cards.bank_card()), PIN, "bank_card"),
    "transit card": (lambda: Held(foreign_cards.transit_card()), PIN, "felica_card"),
    "facility card": (lambda: Held(facility_card()), PIN, "desfire_card"),
}
each_card = pytest.mark.parametrize(("make", "digits", "outcome"), CARDS.values(), ids=CARDS)


@each_card
def test_a_transcript_plays_as_it_was_recorded(make: Callable[[], Held | Hesitant], digits: str, outcome: str) -> None:
    transcript = recorded(make(), digits)
    played = replay(transcript, challenge=bytes(32), now=LATER)
    assert (transcript.outcome, played.outcome, played.expected, played.sent) == (outcome, outcome, None, None)
    assert played.follows(transcript)


@each_card
def test_a_transcript_is_the_same_after_writing_and_reading_it(
    make: Callable[[], Held | Hesitant], digits: str, outcome: str
) -> None:
    transcript = recorded(make(), digits)
    again = Transcript.parse(str(transcript))
    assert str(again) == str(transcript)
    assert replay(again, challenge=bytes(32), now=LATER).follows(again)


@pytest.mark.parametrize("credential", [cards.credential(), P_384], ids=["RSA-2048", "P-384"])
@pytest.mark.parametrize("wrapped", [Held, lambda chip: (chip.power_on(), Hesitant(chip))[1]], ids=["plain", "61xx"])
def test_nothing_of_the_holder_is_kept(credential: Credential, wrapped: Callable[[Chip], Held]) -> None:
    text = str(recorded(wrapped(JpkiCard(credential, PIN))))
    certificate = credential.certificate
    kept = bytes.fromhex("".join(re.findall(r"\b(?:[0-9A-F]{2})+\b", text.partition("\n")[2])))
    serial = certificate.serial_number.to_bytes(4)
    holder = certificate.subject.rfc4514_string().partition("CN=")[2][:20].encode()
    for secret in (serial, holder, credential.public_key[40:48], certificate.signature[:6], PIN.encode()):
        assert secret not in kept
    for instant in (certificate.not_valid_before_utc, certificate.not_valid_after_utc):
        assert instant.strftime("%m%d%H%M%S").encode() not in kept
    longest = max(re.findall(r"(?:[0-9A-F]{2})+", text), key=len)
    assert bytes.fromhex(longest) in certificate.public_bytes(Encoding.DER)
    assert certificate.issuer.public_bytes()[:20] in kept


def test_the_pin_is_not_even_kept_in_memory() -> None:
    recording = RecordingCard(Held(cards.card()))
    with cards.pin() as pin:
        converse(recording, pin, challenge=CHALLENGE, now=NOW)
    assert PIN not in repr(recording.passed)
    assert PIN.encode() not in b"".join(each.command.before + each.command.behind for each in recording.passed)


def test_what_is_no_certificate_is_not_kept_at_all() -> None:
    class Odd(Held):
        def transmit(self, command: bytes | bytearray) -> bytes:
            return b"\x30\x03name\x90\x00" if command[1] == 0xB0 else super().transmit(command)

    transcript = recorded(Odd(cards.card()))
    assert transcript.outcome == "MalformedCertificate"
    assert b"name".hex().upper() not in str(transcript)
    assert replay(transcript, challenge=CHALLENGE, now=NOW).outcome == "MalformedCertificate"


def test_another_command_than_recorded_is_the_first_difference() -> None:
    transcript = recorded(Held(cards.card()))
    changed = Transcript.parse(str(transcript).replace("00A4020C02000A", "00A4020C02000B"))
    played = replay(changed, challenge=CHALLENGE, now=NOW)
    assert (played.exchanges, played.expected, played.sent) == (2, "00A4020C02000B", "00 A4 02 0C 02 00 0A")
    assert not played.follows(changed)


def test_another_length_of_something_hidden_is_a_difference() -> None:
    transcript = recorded(Held(cards.card()))
    changed = Transcript.parse(str(transcript).replace("pin[0:4]", "pin[0:5]"))
    assert replay(changed, challenge=CHALLENGE, now=NOW).sent == "00 20 00 80 04 [4 bytes]"


def test_a_longer_conversation_than_recorded_is_a_difference() -> None:
    transcript = recorded(Held(cards.card()))
    shorter = replace(transcript, exchanges=transcript.exchanges[:-1])
    played = replay(shorter, challenge=CHALLENGE, now=NOW)
    assert (played.expected, played.sent) == (None, "80 2A 00 80 33 [51 bytes] 00")


def test_a_shorter_conversation_than_recorded_is_a_difference() -> None:
    transcript = recorded(Held(cards.card()))
    longer = replace(transcript, exchanges=(*transcript.exchanges, transcript.exchanges[0]))
    played = replay(longer, challenge=CHALLENGE, now=NOW)
    assert (played.outcome, played.expected) == ("authenticated", "00A4040C0AD392F000260100000001")
    assert not played.follows(longer)


def test_another_outcome_is_a_difference() -> None:
    transcript = replace(recorded(Held(cards.card())), outcome="expired")
    assert not replay(transcript, challenge=CHALLENGE, now=NOW).follows(transcript)


def test_a_card_that_left_leaves_again() -> None:
    transcript = recorded(Held(PulledAtVerify(cards.card())))
    assert transcript.exchanges[-1].answer is CardRemoved


@pytest.mark.parametrize(
    ("line", "text"),
    [
        pytest.param(1, "", id="nothing"),
        pytest.param(1, "[]\n", id="no head"),
        pytest.param(1, '{"transcript": 2}\n', id="another version"),
        pytest.param(2, "{head}\n{}\n", id="no command"),
        pytest.param(2, '{head}\n{"command": "00", "raised": "SystemExit"}\n', id="another exception"),
        pytest.param(2, '{head}\n{"command": "0", "answer": "9000"}\n', id="half a byte"),
        pytest.param(2, '{head}\n{"command": "name[0:4]", "answer": "9000"}\n', id="an unknown kind"),
        pytest.param(2, '{head}\n{"command": "pin[4:4]", "answer": "9000"}\n', id="nothing hidden"),
        pytest.param(3, '{head}\n{"command": "00", "answer": "9000"}\nand so on\n', id="no JSON"),
    ],
)
def test_what_is_no_transcript_is_told_by_its_line(line: int, text: str) -> None:
    head = str(Transcript("pcsc", "a reader", b"", "authenticated", ())).strip()
    with pytest.raises(UnreadableTranscript) as raised:
        Transcript.parse(text.replace("{head}", head))
    assert raised.value.line == line


def test_a_conversation_wants_a_whole_pin() -> None:
    with pytest.raises(ValueError, match="not complete"):
        converse(Held(cards.card()), Pin(), challenge=CHALLENGE, now=NOW)
