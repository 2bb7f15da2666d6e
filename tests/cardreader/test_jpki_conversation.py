"""The conversation with a My Number Card, byte for byte, and every way it may end (A7, A11)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from cardreader.cards.jpki import Authenticated, Reason, Refused, authenticate
from cardreader.errors import ApduError, CardRemoved, MalformedAnswer, MalformedCertificate, UnsupportedKey
from cardreader.simulated.chip import Chip
from cardreader.simulated.jpki_card import JpkiCard
from cardreader.simulated.other_cards import ForeignCard, PulledAtVerify, phone
from machine.cards import CHALLENGE, NOW, PIN, WRONG_PIN, all_selected, authenticated, card, credential, pin


@dataclass
class Recorded:
    """An open connection to `chip` that keeps what passed and may answer some commands itself, by their number."""

    chip: Chip
    instead: dict[int, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    buffers: list[bytes | bytearray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chip.power_on()

    @property
    def atr(self) -> bytes:
        return self.chip.atr

    def transmit(self, command: bytes | bytearray) -> bytes:
        self.commands.append(command.hex())
        self.buffers.append(command)
        replaced = self.instead.get(len(self.commands))
        return self.chip.transmit(command) if replaced is None else bytes.fromhex(replaced)

    def close(self) -> None:
        self.chip.power_off()

    @property
    def verifies(self) -> int:
        return sum(command.startswith("0020008004") for command in self.commands)


def tap(card: Recorded, digits: str = PIN, *, last_try_allowed: bool = False) -> Authenticated | Refused:
    """A tap of a card never met, of a kind that wants every file selected: the commands are those of GOLDEN."""
    return authenticated(card, digits, last_try_allowed=last_try_allowed, memory=all_selected())


def spend_tries(chip: JpkiCard, count: int) -> None:
    for _ in range(count):
        tap(Recorded(chip), WRONG_PIN, last_try_allowed=True)


GOLDEN = [
    "00a4040c0ad392f000260100000001",  # SELECT the JPKI application
    "00a4020c02000a",  # SELECT the authentication certificate
    "00b00000c8",  # READ its first 200 bytes
    "00b000c800",  # the next 256
    "00b001c84a",  # and the 74 that are missing to the end of the public key
    "00a4020c020018",  # SELECT the PIN
    "00200080",  # tries left?
    "002000800434303731",  # VERIFY 4071
    "00a4020c020017",  # SELECT the private key
    # COMPUTE DIGITAL SIGNATURE over SHA-256 of the challenge
    "802a0080333031300d060960864801650304020105000420630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd00",
]


def test_the_conversation_byte_for_byte() -> None:
    recorded = Recorded(card())
    tap(recorded, "4071")
    assert recorded.commands == GOLDEN


def test_a_right_pin_gives_the_key_and_what_the_certificate_says_of_it() -> None:
    certificate = credential().certificate
    assert tap(Recorded(card())) == Authenticated(
        public_key=credential().public_key,
        valid_until=certificate.not_valid_after_utc,
        tries_left=3,
        certificate_serial=certificate.serial_number,
        certificate_issuer=certificate.issuer.public_bytes(),
    )


def test_the_tries_left_are_those_before_this_pin() -> None:
    chip = card()
    spend_tries(chip, 1)
    outcome = tap(Recorded(chip))
    assert isinstance(outcome, Authenticated)
    assert outcome.tries_left == 2
    assert chip.tries_left == 3


def test_wrong_pins_count_down_until_the_card_is_blocked() -> None:
    chip = card()
    outcomes = [tap(Recorded(chip), WRONG_PIN, last_try_allowed=True) for _ in range(4)]
    assert outcomes == [
        Refused(Reason.WRONG_PIN, 2),
        Refused(Reason.WRONG_PIN, 1),
        Refused(Reason.PIN_BLOCKED, 0),
        Refused(Reason.PIN_BLOCKED, 0),
    ]


def test_a_blocked_card_is_not_sent_the_right_pin() -> None:
    chip = card()
    spend_tries(chip, 3)
    recorded = Recorded(chip)
    assert tap(recorded) == Refused(Reason.PIN_BLOCKED, 0)
    assert recorded.verifies == 0


@pytest.mark.parametrize("status", ["6983", "6984"])
def test_both_statuses_for_a_blocked_pin_are_known(status: str) -> None:
    assert tap(Recorded(card(), {7: status})) == Refused(Reason.PIN_BLOCKED, 0)


def test_a_card_that_turns_out_blocked_at_verify_is_blocked() -> None:
    assert tap(Recorded(card(), {8: "6984"})) == Refused(Reason.PIN_BLOCKED, 0)


def test_the_last_try_is_not_spent_without_the_members_word() -> None:
    chip = card()
    spend_tries(chip, 2)
    recorded = Recorded(chip)
    assert tap(recorded) == Refused(Reason.LAST_TRY, 1)
    assert recorded.verifies == 0
    assert chip.tries_left == 1


def test_with_the_members_word_the_tries_left_are_not_asked_for() -> None:
    recorded = Recorded(card())
    outcome = tap(recorded, last_try_allowed=True)
    assert isinstance(outcome, Authenticated)
    assert outcome.tries_left is None
    assert recorded.commands == [command for command in GOLDEN if command != "00200080"]


def test_a_blocked_card_is_blocked_also_with_the_members_word() -> None:
    chip = card()
    spend_tries(chip, 3)
    assert tap(Recorded(chip), last_try_allowed=True) == Refused(Reason.PIN_BLOCKED, 0)


def test_the_last_try_is_spent_with_the_members_word() -> None:
    chip = card()
    spend_tries(chip, 2)
    assert isinstance(tap(Recorded(chip), last_try_allowed=True), Authenticated)


@pytest.mark.parametrize("status", ["6a82", "6a81", "6e00", "6d00"])
def test_a_card_without_the_application_is_another_card(status: str) -> None:
    recorded = Recorded(card(), {1: status})
    assert tap(recorded) == Refused(Reason.NOT_MY_NUMBER_CARD, None)
    assert len(recorded.commands) == 1


def test_a_driving_licence_is_another_card() -> None:
    assert tap(Recorded(ForeignCard())) == Refused(Reason.NOT_MY_NUMBER_CARD, None)


def test_6f00_after_power_up_is_answered_by_selecting_again() -> None:
    recorded = Recorded(card(), {1: "6f00"})
    assert isinstance(tap(recorded), Authenticated)
    assert recorded.commands == [GOLDEN[0], *GOLDEN]


def test_6f00_twice_is_an_error() -> None:
    recorded = Recorded(card(), {1: "6f00", 2: "6f00"})
    with pytest.raises(ApduError):
        tap(recorded)
    assert len(recorded.commands) == 2


def test_a_phone_is_told_from_a_card_and_not_sent_the_pin() -> None:
    recorded = Recorded(phone(credential(), PIN))
    assert tap(recorded) == Refused(Reason.PHONE, None)
    assert recorded.verifies == 0


def test_a_plastic_card_that_hides_its_certificate_is_an_error() -> None:
    recorded = Recorded(JpkiCard(credential(), PIN, certificate_hidden=True))
    with pytest.raises(ApduError) as refused:
        tap(recorded)
    assert refused.value.status == 0x6982


def test_a_card_with_neither_certificate_nor_token_information_is_an_error() -> None:
    with pytest.raises(ApduError) as refused:
        tap(Recorded(card(), {2: "6a82", 3: "6a82"}))
    assert refused.value.header.hex() == "00a4020c"


def test_the_last_second_of_validity_is_valid() -> None:
    until = credential().certificate.not_valid_after_utc
    outcome = authenticate(Recorded(card()), pin(), challenge=CHALLENGE, now=until, last_try_allowed=False)
    assert isinstance(outcome, Authenticated)


def test_an_expired_card_is_refused_and_not_sent_the_pin() -> None:
    after = credential().certificate.not_valid_after_utc + timedelta(seconds=1)
    recorded = Recorded(card())
    outcome = authenticate(recorded, pin(), challenge=CHALLENGE, now=after, last_try_allowed=False)
    assert outcome == Refused(Reason.EXPIRED, None)
    assert recorded.verifies == 0


def test_a_card_that_does_not_hold_its_certificates_key_is_unproven() -> None:
    mixed = replace(credential(), certificate=credential("taro").certificate)
    assert tap(Recorded(JpkiCard(mixed, PIN))) == Refused(Reason.UNPROVEN, 3)


def test_a_signature_over_another_challenge_is_unproven() -> None:
    chip = card()
    earlier = Recorded(chip)
    authenticate(earlier, pin(), challenge=b"another", now=NOW, last_try_allowed=False, memory=all_selected())
    replayed = chip.transmit(bytes.fromhex(earlier.commands[-1])).hex()
    assert tap(Recorded(chip, {10: replayed})) == Refused(Reason.UNPROVEN, 3)


def test_a_card_pulled_while_it_checks_the_pin_is_asked_only_once() -> None:
    chip = card()
    recorded = Recorded(PulledAtVerify(chip))
    with pytest.raises(CardRemoved):
        tap(recorded, WRONG_PIN)
    assert recorded.verifies == 1
    assert chip.tries_left == 2


@pytest.mark.parametrize("answer", ["6c04", "6104", "6f00", "6700", ""])
def test_verify_is_never_repeated_whatever_is_answered(answer: str) -> None:
    recorded = Recorded(card(), {8: answer})
    with pytest.raises((ApduError, MalformedAnswer)):
        tap(recorded)
    assert recorded.verifies == 1
    assert len(recorded.commands) == 8


def test_the_pin_is_wiped_from_the_command_after_it_was_sent() -> None:
    recorded = Recorded(card())
    tap(recorded)
    assert recorded.buffers[7] == bytes(9)


def test_the_pin_is_wiped_from_the_command_when_the_card_is_pulled() -> None:
    recorded = Recorded(PulledAtVerify(card()))
    with pytest.raises(CardRemoved):
        tap(recorded)
    assert recorded.buffers[7] == bytes(9)


def test_an_incomplete_pin_spends_no_try() -> None:
    recorded = Recorded(card())
    with pytest.raises(ValueError, match="not complete"):
        tap(recorded, "407")
    assert recorded.verifies == 0


def test_a_certificate_that_ends_too_early_spends_no_try() -> None:
    recorded = Recorded(card(), {4: "9000"})
    with pytest.raises(MalformedCertificate):
        tap(recorded)
    assert recorded.verifies == 0


def test_a_key_of_an_unknown_kind_spends_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(public_key: bytes) -> None:
        raise UnsupportedKey("of another kind")

    monkeypatch.setattr("cardreader.cards.jpki.scheme_for", unsupported)
    recorded = Recorded(card())
    with pytest.raises(UnsupportedKey):
        tap(recorded)
    assert recorded.verifies == 0


def test_a_certificate_with_long_names_is_read_in_more_steps() -> None:
    recorded = Recorded(JpkiCard(credential("x" * 200), PIN))
    assert isinstance(tap(recorded), Authenticated)


def _expired(chip: JpkiCard) -> None:
    authenticate(
        Recorded(chip), pin(), challenge=CHALLENGE, now=datetime(2040, 1, 1, tzinfo=UTC), last_try_allowed=False
    )


@pytest.mark.parametrize(
    "conversation",
    [
        pytest.param(lambda: tap(Recorded(card())), id="right"),
        pytest.param(lambda: tap(Recorded(card()), WRONG_PIN), id="wrong"),
        pytest.param(lambda: tap(Recorded(PulledAtVerify(card()))), id="pulled"),
        pytest.param(lambda: tap(Recorded(card(), {8: "6700"})), id="an odd answer to VERIFY"),
        pytest.param(lambda: tap(Recorded(card(), {10: "6985"})), id="an odd answer to signing"),
        pytest.param(lambda: _expired(card()), id="expired"),
    ],
)
def test_the_pin_is_in_no_log_no_error_and_no_result(
    conversation: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:
    shown = ""
    with caplog.at_level(logging.DEBUG):
        try:
            shown += repr(conversation())
        except (ApduError, CardRemoved) as error:
            shown += f"{error!r} {error} {error.args} {error.__notes__ if hasattr(error, '__notes__') else ''}"
    shown += caplog.text
    for digits in (PIN, WRONG_PIN):
        assert digits not in shown
        assert digits.encode().hex() not in shown


def test_a_result_shows_neither_the_public_key_nor_the_serial_number() -> None:
    shown = repr(tap(Recorded(card())))
    assert "public_key" not in shown
    assert "serial" not in shown
