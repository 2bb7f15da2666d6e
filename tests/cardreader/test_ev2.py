"""Secure messaging against the printed examples of NXP AN12196 (rev. 2.0) and AN10922, on the terminal's and the card's side.

A table's session that starts in the middle is entered in the middle: the notes print its session keys.
"""

import pytest

from cardreader.cards.ev2 import BrokenProof, Handshake, Session, cmac, session_keys
from cardreader.simulated.desfire_card import DesfireCard, Personalisation
from cardreader.simulated.desfire_session import CardSession

NO_KEY = bytes(16)
TERMINALS = bytes.fromhex("13C5DB8A5930439FC3DEF9A4C675360F")
CARDS = bytes.fromhex("B9E2FC789B64BF237CCCAA20EC7E6E48")
CARDS_SEALED = bytes.fromhex("A04C124213C186F22399D33AC2A30215")
ANSWER = bytes.fromhex("35C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D")
PROOF = bytes.fromhex("3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F08120663")
TRANSACTION = bytes.fromhex("9D00C4DF")
ENCIPHERING_KEY = bytes.fromhex("1309C877509E5A215007FF0ED19CA564")
MAC_KEY = bytes.fromhex("4C6626F5E72EA694202139295C7A7FC7")

SERIAL_SESSION = (
    bytes.fromhex("2B4D963C014DC36F24F69A50A394F875"),
    bytes.fromhex("379D32130CE61705DD5FD8C36B95D764"),
    bytes.fromhex("DF055522"),
)
SERIAL_ANSWER = bytes.fromhex("70756055688505B52A5E26E59E329CD6595F672298EA41B7")
SETTINGS_SESSION = (NO_KEY, bytes.fromhex("8248134A386E86EB7FAF54A52E536CB6"), bytes.fromhex("7A21085E"))
SETTINGS = bytes.fromhex("0040EEEE000100D1FE001F00004400004400002000006A0000")


def challenged() -> Handshake:
    return Handshake.begin(NO_KEY, CARDS_SEALED, TERMINALS)


def test_the_cards_random_number_is_taken_from_its_answer() -> None:
    assert challenged().theirs == CARDS


def test_the_terminal_answers_as_in_table_14() -> None:
    assert challenged().answer == ANSWER


def test_both_sides_derive_the_keys_of_table_14() -> None:
    assert session_keys(NO_KEY, TERMINALS, CARDS) == (ENCIPHERING_KEY, MAC_KEY)
    card = CardSession(NO_KEY, TERMINALS, CARDS, TRANSACTION)
    assert (
        Session(ENCIPHERING_KEY, MAC_KEY, TRANSACTION).open(card.answer(b"sealed by the card")) == b"sealed by the card"
    )


def test_the_proof_of_table_14_opens_the_session_of_table_14() -> None:
    session = challenged().finish(PROOF)
    assert session.protect(0xAD, b"header") == Session(ENCIPHERING_KEY, MAC_KEY, TRANSACTION).protect(0xAD, b"header")


def test_the_simulated_card_answers_as_in_table_14() -> None:
    random = iter((CARDS, TRANSACTION))
    card = DesfireCard(Personalisation(bytes(7), b"APP", 0, NO_KEY, 0, b""), lambda _: next(random))
    card.power_on()
    card.transmit(bytes.fromhex("905A000003") + b"APP\0")
    assert card.transmit(bytes.fromhex("9071000002000000")) == CARDS_SEALED + b"\x91\xaf"
    assert card.transmit(bytes.fromhex("90AF000020") + ANSWER + b"\0") == PROOF + b"\x91\x00"


@pytest.mark.parametrize("byte", range(len(PROOF)))
def test_a_proof_with_one_bit_changed_is_none(byte: int) -> None:
    forged = bytearray(PROOF)
    forged[byte] ^= 1
    with pytest.raises(BrokenProof, match="random number"):
        challenged().finish(bytes(forged))


@pytest.mark.parametrize("sealed", [b"", PROOF[:-1], PROOF + b"\0"], ids=["none", "short", "long"])
def test_a_proof_of_another_length_is_none(sealed: bytes) -> None:
    with pytest.raises(BrokenProof):
        challenged().finish(sealed)


@pytest.mark.parametrize("sealed", [b"", CARDS_SEALED[:-1], CARDS_SEALED * 2], ids=["none", "short", "long"])
def test_a_random_number_of_another_length_is_none(sealed: bytes) -> None:
    with pytest.raises(BrokenProof):
        Handshake.begin(NO_KEY, sealed, TERMINALS)


def test_a_command_gets_the_mac_of_table_28() -> None:
    assert Session(*SERIAL_SESSION).protect(0x51, b"").hex().upper() == "8E2C155ADDA99BE3"


def test_an_enciphered_answer_is_opened_as_in_table_28() -> None:
    assert Session(*SERIAL_SESSION).open(SERIAL_ANSWER).hex().upper() == "04958CAA5C5E80"


def test_a_command_with_a_header_gets_the_mac_of_table_7() -> None:
    assert Session(*SETTINGS_SESSION).protect(0xF5, b"\x02").hex().upper() == "026597A457C8CD442C"


def test_an_answer_in_plain_is_checked_as_in_table_7() -> None:
    assert Session(*SETTINGS_SESSION).check(SETTINGS + bytes.fromhex("2A474282E7A47986")) == SETTINGS


@pytest.mark.parametrize("byte", range(len(SERIAL_ANSWER)))
def test_an_answer_with_one_bit_changed_is_refused(byte: int) -> None:
    forged = bytearray(SERIAL_ANSWER)
    forged[byte] ^= 0x10
    with pytest.raises(BrokenProof):
        Session(*SERIAL_SESSION).open(bytes(forged))


@pytest.mark.parametrize("length", range(len(SERIAL_ANSWER)))
def test_an_answer_cut_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(BrokenProof):
        Session(*SERIAL_SESSION).open(SERIAL_ANSWER[:length])


def test_an_answer_heard_twice_is_refused() -> None:
    session = Session(*SERIAL_SESSION)
    session.open(SERIAL_ANSWER)
    with pytest.raises(BrokenProof):
        session.open(SERIAL_ANSWER)


def test_the_same_command_is_protected_anew() -> None:
    session = Session(*SERIAL_SESSION)
    first = session.protect(0x51, b"")
    session.open(SERIAL_ANSWER)
    assert session.protect(0x51, b"") != first


def test_a_session_ends_before_its_counter_begins_again() -> None:
    with pytest.raises(BrokenProof, match="longer"):
        Session(*SERIAL_SESSION, counter=0xFFFF).check(SERIAL_ANSWER)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 32])
def test_an_answer_of_any_length_survives_its_padding(length: int) -> None:
    card = CardSession(NO_KEY, TERMINALS, CARDS, TRANSACTION)
    plain = b"\0" * length
    assert Session(ENCIPHERING_KEY, MAC_KEY, TRANSACTION).open(card.answer(plain)) == plain


@pytest.mark.parametrize(
    ("sealed", "complaint"),
    [
        pytest.param(bytes(16), "padding", id="bad padding"),
        pytest.param(bytes(15), "not enciphered", id="no whole block"),
        pytest.param(b"", "not enciphered", id="nothing"),
    ],
)
def test_a_right_mac_over_what_is_not_enciphered_is_refused(sealed: bytes, complaint: str) -> None:
    mac = cmac(MAC_KEY, b"\0\x01\0" + TRANSACTION + sealed)[1::2]
    with pytest.raises(BrokenProof, match=complaint):
        Session(ENCIPHERING_KEY, MAC_KEY, TRANSACTION).open(sealed + mac)
