"""The conversation with a facility's own card, and every way in which something may fail to be one (A20)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from cardreader.cards.desfire import Authenticated, Reason, Refused, authenticate
from cardreader.errors import ApduError, CardRemoved, MalformedAnswer
from cardreader.reference import card_reference
from cardreader.simulated import foreign_cards
from cardreader.simulated.chip import Chip
from cardreader.simulated.desfire_session import CardSession
from machine.cards import card
from machine.facility import CARD_ID, FACILITY_CHALLENGE, KEYS, SERIAL, counting_random, facility_card

REFERENCE_KEY = bytes(32)


@dataclass
class Listening:
    """A connection to `chip` that keeps what passed and may answer some commands itself, by their number."""

    chip: Chip
    instead: dict[int, bytes | Callable[[bytes], bytes]] = field(default_factory=dict)
    commands: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chip.power_on()

    @property
    def atr(self) -> bytes:
        return self.chip.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.commands.append(bytes(command))
        change = self.instead.get(len(self.commands))
        answer = change if isinstance(change, bytes) else self.chip.transmit(command)
        self.answers.append(change(answer) if callable(change) else answer)
        return self.answers[-1]

    def close(self) -> None:
        self.chip.power_off()


def presented(connection: Listening, challenge: bytes = FACILITY_CHALLENGE) -> Authenticated | Refused:
    return authenticate(connection, KEYS, challenge=challenge)


SELECT, VERSION_1, VERSION_2, VERSION_3, CHALLENGE, PROOF, READ = range(1, 8)

GOLDEN = [
    "905a0000033042f500",  # SelectApplication
    "9060000000",  # GetVersion: hardware
    "90af000000",  # software
    "90af000000",  # serial number
    "9071000002010000",  # AuthenticateEV2First with key 1
    # the terminal's number and the card's, turned, under the card's key
    "90af000020aa0b356f864861d3092be35f5bc1c94b4db846199fdb4f3d1b5c70640090932a00",
    "90ad00000f020000001000003769a03eac7d7eb300",  # ReadData of file 2, 16 bytes, and its MAC
]


def test_a_card_of_the_facility_is_recognised() -> None:
    assert presented(Listening(facility_card())) == Authenticated(CARD_ID)


def test_the_conversation_byte_for_byte() -> None:
    listening = Listening(facility_card(random=counting_random()))
    presented(listening)
    assert [command.hex() for command in listening.commands] == GOLDEN


def test_neither_id_nor_key_passes_in_plain() -> None:
    listening = Listening(facility_card())
    presented(listening)
    passed = b"".join(listening.commands + listening.answers)
    assert CARD_ID not in passed
    assert KEYS.of_card(SERIAL) not in passed


def test_the_same_card_gets_the_same_reference_and_no_other_card_does() -> None:
    def reference(card_id: bytes) -> bytes:
        outcome = presented(Listening(facility_card(card_id=card_id)))
        assert isinstance(outcome, Authenticated)
        return card_reference(outcome.subject, REFERENCE_KEY)

    assert reference(CARD_ID) == reference(CARD_ID)
    assert reference(CARD_ID) != reference(CARD_ID[::-1])


def test_no_id_makes_the_subject_look_like_a_public_key() -> None:
    assert Authenticated(b"\x30\x82\x01\x22" * 4).subject[:1] != b"\x30"


def test_the_id_is_not_shown() -> None:
    assert CARD_ID.hex() not in repr(Authenticated(CARD_ID))
    assert "card_id" not in repr(Authenticated(CARD_ID))


def test_a_card_with_another_master_key_is_unproven() -> None:
    other = replace(KEYS, master_key=bytes(16))
    assert presented(Listening(facility_card(keys=other))) == Refused(Reason.UNPROVEN)


def test_a_card_that_only_claims_another_cards_serial_number_is_unproven() -> None:
    """The plain serial number is anybody's to copy; the key derived from it is not."""
    genuine = Listening(facility_card())
    presented(genuine)
    copy = facility_card(serial=SERIAL[:-1] + b"\x81")
    copied = Listening(copy, {VERSION_3: lambda _: genuine.answers[VERSION_3 - 1]})
    assert presented(copied) == Refused(Reason.UNPROVEN)


def test_a_conversation_replayed_from_a_recording_is_unproven() -> None:
    genuine = Listening(facility_card())
    presented(genuine)
    recording: dict[int, bytes | Callable[[bytes], bytes]] = dict(enumerate(genuine.answers, start=1))
    assert presented(Listening(foreign_cards.unknown_card(), recording), bytes(16)) == Refused(Reason.UNPROVEN)


def test_the_file_replayed_from_an_earlier_session_is_unproven() -> None:
    earlier = Listening(facility_card())
    presented(earlier)
    replayed = Listening(facility_card(), {READ: earlier.answers[READ - 1]})
    assert presented(replayed) == Refused(Reason.UNPROVEN)


@pytest.mark.parametrize("number", [PROOF, READ])
def test_an_answer_changed_on_its_way_is_unproven(number: int) -> None:
    def changed(answer: bytes) -> bytes:
        return bytes((answer[0] ^ 1,)) + answer[1:]

    assert presented(Listening(facility_card(), {number: changed})) == Refused(Reason.UNPROVEN)


def test_a_card_whose_file_was_never_written_is_blank() -> None:
    assert presented(Listening(facility_card(card_id=bytes(16)))) == Refused(Reason.BLANK)


def test_a_desfire_card_of_others_is_no_facility_card() -> None:
    others = replace(KEYS, application=b"XYZ")
    listening = Listening(facility_card(keys=others))
    assert presented(listening) == Refused(Reason.NOT_A_FACILITY_CARD)
    assert len(listening.commands) == 1


def test_an_older_desfire_card_is_unsupported() -> None:
    assert presented(Listening(facility_card(), {CHALLENGE: b"\x91\x1c"})) == Refused(Reason.UNSUPPORTED)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(card, id="My Number Card"),
        pytest.param(foreign_cards.driving_licence, id="driving licence"),
        pytest.param(foreign_cards.residence_card, id="residence card"),
        pytest.param(foreign_cards.bank_card, id="bank card"),
        pytest.param(foreign_cards.phone_with_wallet, id="phone"),
        pytest.param(foreign_cards.transit_card, id="transit card"),
        pytest.param(foreign_cards.mifare_classic, id="MIFARE Classic"),
    ],
)
def test_every_other_card_is_no_facility_card_after_one_command(make: Callable[[], Chip]) -> None:
    listening = Listening(make())
    assert presented(listening) == Refused(Reason.NOT_A_FACILITY_CARD)
    assert len(listening.commands) == 1


def test_a_card_that_only_has_a_serial_number_is_not_asked_for_it() -> None:
    listening = Listening(foreign_cards.mifare_classic())
    presented(listening)
    assert not any(command[0] == 0xFF for command in listening.commands)


@pytest.mark.parametrize(
    ("number", "status"),
    [
        pytest.param(SELECT, "917e", id="selecting fails otherwise"),
        pytest.param(VERSION_1, "911c", id="no version"),
        pytest.param(VERSION_2, "9100", id="the version ends early"),
        pytest.param(VERSION_3, "91af", id="the version does not end"),
        pytest.param(CHALLENGE, "9140", id="no such key"),
        pytest.param(PROOF, "91ca", id="the authentication is broken off"),
        pytest.param(READ, "91f0", id="no such file"),
        pytest.param(READ, "91be", id="a shorter file"),
        pytest.param(READ, "911e", id="the card does not like the MAC"),
    ],
)
def test_an_unexpected_status_is_an_error_that_names_the_command(number: int, status: str) -> None:
    with pytest.raises(ApduError) as refused:
        presented(Listening(facility_card(), {number: bytes.fromhex(status)}))
    assert refused.value.status == int(status, 16)
    assert refused.value.header[0] == 0x90


def test_a_card_without_a_serial_number_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match="serial number"):
        presented(Listening(facility_card(), {VERSION_3: bytes(6) + b"\x91\x00"}))


def test_an_id_of_another_length_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = CardSession.answer
    monkeypatch.setattr(CardSession, "answer", lambda session, data: sealed(session, data[:-1]))
    with pytest.raises(MalformedAnswer, match="15 bytes"):
        presented(Listening(facility_card()))


@pytest.mark.parametrize("number", [SELECT, VERSION_1, VERSION_2, VERSION_3, CHALLENGE, PROOF, READ])
def test_a_card_taken_away_at_any_step_is_removed(number: int) -> None:
    def pulled(answer: bytes) -> bytes:
        raise CardRemoved

    listening = Listening(facility_card(), {number: pulled})
    with pytest.raises(CardRemoved):
        presented(listening)
    assert len(listening.commands) == number


def test_a_card_taken_away_can_be_held_again() -> None:
    def pulled(answer: bytes) -> bytes:
        raise CardRemoved

    chip = facility_card()
    first = Listening(chip, {PROOF: pulled})
    with pytest.raises(CardRemoved):
        presented(first)
    first.close()
    assert presented(Listening(chip)) == Authenticated(CARD_ID)


def test_a_challenge_of_another_length_is_a_mistake_of_the_caller() -> None:
    listening = Listening(facility_card())
    with pytest.raises(ValueError, match="16 bytes"):
        presented(listening, bytes(15))
    assert not listening.commands
