"""The simulated card is as strict as a real one, so that leaning on leniency fails here first."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding

from cardreader.errors import CardUnresponsive
from cardreader.simulated.credentials import KeyKind
from cardreader.simulated.jpki_card import JpkiCard
from machine.cards import PIN, card, credential

APPLICATION = "00a4040c0ad392f000260100000001"
CERTIFICATE = "00a4020c02000a"
TOKEN = "00a4020c020006"
PIN_FILE = "00a4020c020018"
KEY = "00a4020c020017"
VERIFY = "002000800434303731"
WRONG = "002000800439333538"
TRIES = "00200080"
SIGN = "802a0080023000" + "00"
SIGNATURE_PIN = "00a4020c02001b"
SIGNATURE_KEY = "00a4020c02001a"


def powered() -> JpkiCard:
    chip = card()
    chip.power_on()
    return chip


def last(chip: JpkiCard, *commands: str) -> bytes:
    for command in commands:
        answer = chip.transmit(bytes.fromhex(command))
    return answer


def status(chip: JpkiCard, *commands: str) -> str:
    return last(chip, *commands)[-2:].hex()


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        pytest.param([APPLICATION], "9000", id="select the application"),
        pytest.param(["00a4040c0ad392f000260100000002"], "6a82", id="select another application"),
        pytest.param(["00a4040c09d392f0002601000000"], "6a82", id="select a part of the name"),
        pytest.param(["00a404000ad392f000260100000001"], "6a86", id="select asking for file information"),
        pytest.param(["00a4000c023f00"], "6a86", id="select the master file"),
        pytest.param([CERTIFICATE], "6a82", id="select a file before the application"),
        pytest.param([APPLICATION, "00a4020c020099"], "6a82", id="select a file there is not"),
        pytest.param([APPLICATION, CERTIFICATE], "9000", id="select a file"),
        pytest.param(["00b0000000"], "6986", id="read before the application"),
        pytest.param([APPLICATION, "00b0000000"], "6986", id="read no file"),
        pytest.param([APPLICATION, PIN_FILE, "00b0000000"], "6981", id="read a PIN"),
        pytest.param([APPLICATION, KEY, "00b0000000"], "6981", id="read a key"),
        pytest.param([APPLICATION, "00b08a0000"], "6a86", id="read by short identifier"),
        pytest.param([APPLICATION, CERTIFICATE, "00b0080000"], "6b00", id="read at the end"),
        pytest.param([APPLICATION, CERTIFICATE, "00b007ff00"], "9000", id="read the last byte"),
        pytest.param([APPLICATION, CERTIFICATE, "00b007ff02"], "6282", id="read past the end"),
        pytest.param([APPLICATION, CERTIFICATE, "00b00000"], "6700", id="read without length"),
        pytest.param([APPLICATION, CERTIFICATE, "00b0000001ff00"], "6700", id="read with data"),
        pytest.param([APPLICATION, "00a4020c020001", "00b0000000"], "6982", id="read the signature certificate"),
        pytest.param([APPLICATION, TRIES], "6986", id="tries left of no file"),
        pytest.param([APPLICATION, CERTIFICATE, TRIES], "6981", id="tries left of a certificate"),
        pytest.param([APPLICATION, PIN_FILE, TRIES], "63c3", id="tries left"),
        pytest.param([APPLICATION, PIN_FILE, "00200000"], "6a86", id="tries left of the global PIN"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY], "9000", id="verify"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY, TRIES], "63c3", id="tries left after verify"),
        pytest.param([APPLICATION, VERIFY], "6986", id="verify no file"),
        pytest.param([APPLICATION, PIN_FILE, "0020008003343037"], "6700", id="verify three digits"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY + "00"], "6700", id="verify expecting an answer"),
        pytest.param([APPLICATION, KEY, SIGN], "6982", id="sign before verify"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY, SIGN], "6981", id="sign with a PIN"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY, APPLICATION, SIGN], "6986", id="sign with no file"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY, KEY, SIGN], "9000", id="sign"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY, WRONG, KEY, SIGN], "6982", id="sign after a wrong PIN"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY, KEY, "802a00800230000f"], "6700", id="sign into 15 bytes"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY, KEY, "802a0080023000"], "6700", id="sign expecting nothing"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY, KEY, "802a008000"], "6700", id="sign nothing"),
        pytest.param(
            [APPLICATION, PIN_FILE, VERIFY, KEY, "802a0080f6" + "30" * 246 + "00"], "6700", id="sign too much"
        ),
        pytest.param([APPLICATION, PIN_FILE, VERIFY, KEY, "802a9e9a02300000"], "6a86", id="sign the usual way"),
        pytest.param([APPLICATION, PIN_FILE, VERIFY, SIGNATURE_KEY, SIGN], "6982", id="sign with the signature key"),
        pytest.param([APPLICATION, SIGNATURE_PIN, TRIES], "63c5", id="tries left of the signature PIN"),
        pytest.param([APPLICATION, SIGNATURE_PIN, "0020008006414243313233"], "63c4", id="verify the signature PIN"),
        pytest.param([APPLICATION, SIGNATURE_PIN, VERIFY], "6700", id="verify four digits as signature PIN"),
        pytest.param(["00840000" + "08"], "6d00", id="get challenge"),
        pytest.param(["80a4040c0ad392f000260100000001"], "6d00", id="select with the class of signing"),
        pytest.param(["00ca0000"], "6d00", id="get data"),
        pytest.param(["90600000" + "00"], "6e00", id="a DESFire command"),
        pytest.param(["00a404"], "6700", id="half a command"),
        pytest.param(["00a4040c0ad392"], "6700", id="less data than announced"),
    ],
)
def test_a_command_is_answered(commands: list[str], expected: str) -> None:
    assert status(powered(), *commands) == expected


def test_a_wrong_length_spends_no_try() -> None:
    chip = powered()
    last(chip, APPLICATION, PIN_FILE, "0020008003343037")
    assert chip.tries_left == 3


def test_reading_gives_the_certificate_and_padding() -> None:
    content = last(powered(), APPLICATION, CERTIFICATE, "00b00000000000")[:-2]
    der = credential().certificate.public_bytes(Encoding.DER)
    assert content == der.ljust(2048, b"\0")


def test_a_read_may_ask_for_256_bytes_as_zero() -> None:
    assert len(last(powered(), APPLICATION, CERTIFICATE, "00b0000000")) == 258


def test_the_token_information_says_what_kind_of_card_it_is() -> None:
    content = last(powered(), APPLICATION, TOKEN, "00b0000000")[:-2]
    assert len(content) == 160
    assert content[:32] == b"JPKIAPICCTOKEN2".ljust(32)


def test_it_signs_what_it_is_given() -> None:
    digest = bytes(range(32))
    information = "3031300d060960864801650304020105000420" + digest.hex()
    signature = last(powered(), APPLICATION, PIN_FILE, VERIFY, KEY, f"802a008033{information}00")[:-2]
    key = credential().key.public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(signature, digest, PKCS1v15(), Prehashed(SHA256()))


def test_a_card_with_an_ecdsa_key_signs_a_sha384_digest() -> None:
    holder = credential(kind=KeyKind.P_384)
    digest = bytes(range(48))
    chip = JpkiCard(holder, PIN)
    chip.power_on()
    signature = last(chip, APPLICATION, PIN_FILE, VERIFY, KEY, f"802a008030{digest.hex()}00")[:-2]
    key = holder.key.public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    key.verify(signature, digest, ECDSA(Prehashed(SHA384())))


def test_tries_count_down_and_the_third_blocks() -> None:
    chip = powered()
    last(chip, APPLICATION, PIN_FILE)
    assert [status(chip, WRONG) for _ in range(4)] == ["63c2", "63c1", "63c0", "6984"]


def test_a_right_pin_sets_the_tries_back() -> None:
    assert status(powered(), APPLICATION, PIN_FILE, WRONG, WRONG, VERIFY, TRIES) == "63c3"


def test_a_blocked_card_stays_blocked_for_the_right_pin() -> None:
    assert status(powered(), APPLICATION, PIN_FILE, WRONG, WRONG, WRONG, VERIFY) == "6984"


def test_a_blocked_card_says_that_no_try_is_left() -> None:
    assert status(powered(), APPLICATION, PIN_FILE, WRONG, WRONG, WRONG, TRIES) == "63c0"


def test_tries_outlive_the_loss_of_power() -> None:
    chip = powered()
    last(chip, APPLICATION, PIN_FILE, WRONG)
    chip.power_off()
    chip.power_on()
    assert status(chip, APPLICATION, PIN_FILE, TRIES) == "63c2"


def test_the_loss_of_power_locks_the_key() -> None:
    chip = powered()
    last(chip, APPLICATION, PIN_FILE, VERIFY)
    chip.power_off()
    chip.power_on()
    assert status(chip, APPLICATION, KEY, SIGN) == "6982"


def test_a_warm_reset_forgets_the_selection_but_not_the_pin() -> None:
    chip = powered()
    last(chip, APPLICATION, PIN_FILE, VERIFY)
    chip.reset()
    assert status(chip, KEY) == "6a82"
    assert status(chip, APPLICATION, KEY, SIGN) == "9000"


def test_without_power_it_does_not_answer() -> None:
    with pytest.raises(CardUnresponsive):
        card().transmit(bytes.fromhex(APPLICATION))


@pytest.mark.parametrize("digits", ["123", "12345", "12a4", "１２３４"])
def test_its_pin_is_four_digits(digits: str) -> None:
    with pytest.raises(ValueError, match="four digits"):
        JpkiCard(credential(), digits)


def test_it_does_not_show_its_pin() -> None:
    assert PIN not in repr(card())


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        pytest.param([APPLICATION, "00b08a0000"], "9000", id="read"),
        pytest.param([APPLICATION, "00b08aff00"], "9000", id="read from byte 255"),
        pytest.param(["00b08a0000"], "6a82", id="read before the application"),
        pytest.param([APPLICATION, "00b08c0000"], "6a82", id="read a file there is not"),
        pytest.param([APPLICATION, "00b0980000"], "6981", id="read a PIN"),
        pytest.param([APPLICATION, "00b0800000"], "6a82", id="read identifier zero"),
        pytest.param([APPLICATION, "00b09f0000"], "6a86", id="read identifier 31"),
        pytest.param([APPLICATION, "00b08a0000", "00b0010000"], "9000", id="read on in the file"),
        pytest.param([APPLICATION, "00200098"], "63c3", id="tries left"),
        pytest.param([APPLICATION, "0020009b"], "63c5", id="tries left of the signature PIN"),
        pytest.param([APPLICATION, "0020008a"], "6981", id="tries left of a certificate"),
        pytest.param([APPLICATION, "00200098" + VERIFY[8:]], "9000", id="verify"),
        pytest.param([APPLICATION, "00200098" + VERIFY[8:], "802a0097023000" + "00"], "9000", id="sign"),
        pytest.param([APPLICATION, "802a0097023000" + "00"], "6982", id="sign before verify"),
        pytest.param([APPLICATION, "00200198"], "6a86", id="tries left with a wrong P1"),
    ],
)
def test_a_card_that_knows_short_identifiers_answers(commands: list[str], expected: str) -> None:
    chip = JpkiCard(credential(), PIN, short_identifiers=True)
    chip.power_on()
    assert status(chip, *commands) == expected


@pytest.mark.parametrize(
    "command", ["00b08a0000", "00200098", "802a0097023000" + "00"], ids=["read", "tries left", "sign"]
)
def test_a_card_that_does_not_know_short_identifiers_refuses_their_parameters(command: str) -> None:
    assert status(powered(), APPLICATION, command) == "6a86"
