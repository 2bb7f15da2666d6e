"""A PIN that no card checks (A20): hashed with effort, five tries, and the try is spent first."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from cardreader.pin_hash import TRIES, Checked, Effort, PinHash, UnusableHash, Verdict, check_pin, hash_pin
from machine.cards import PIN, WRONG_PIN, pin

CARD = b"facility card one"
SECRET = b"kept apart from the hash, always"
SALT = bytes(range(16))
EFFORT = Effort(memory_kibibytes=35840, passes=1)
LEAST = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$"
TAG = "A" * 43


@dataclass
class Counter:
    """Tries kept in memory, with everything that was asked of them."""

    spent: dict[bytes, int] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    def take(self, subject: bytes, limit: int) -> int | None:
        self.heard.append("take")
        spent = self.spent.get(subject, 0)
        if spent >= limit:
            return None
        self.spent[subject] = spent + 1
        return limit - spent - 1

    def restore(self, subject: bytes) -> None:
        self.heard.append("restore")
        self.spent[subject] = 0


@pytest.fixture(scope="module")
def stored() -> PinHash:
    return hash_pin(pin(), subject=CARD, secret=SECRET, salt=SALT, effort=EFFORT)


def checked(stored: PinHash, digits: str = PIN, tries: Counter | None = None, subject: bytes = CARD) -> Checked:
    return check_pin(pin(digits), stored, subject=subject, secret=SECRET, tries=tries or Counter())


def test_the_right_pin_is_right(stored: PinHash) -> None:
    assert checked(stored) == Checked(Verdict.RIGHT, TRIES)


def test_wrong_pins_count_down_until_the_card_is_blocked(stored: PinHash) -> None:
    tries = Counter()
    assert [checked(stored, WRONG_PIN, tries) for _ in range(6)] == [
        Checked(Verdict.WRONG, 4),
        Checked(Verdict.WRONG, 3),
        Checked(Verdict.WRONG, 2),
        Checked(Verdict.WRONG, 1),
        Checked(Verdict.BLOCKED, 0),
        Checked(Verdict.BLOCKED, 0),
    ]


def test_a_blocked_card_stays_blocked_for_the_right_pin(stored: PinHash) -> None:
    assert checked(stored, PIN, Counter({CARD: TRIES})) == Checked(Verdict.BLOCKED, 0)


def test_for_a_blocked_card_no_hash_is_computed(stored: PinHash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardreader.pin_hash.Argon2id", Computing)
    assert checked(stored, PIN, Counter({CARD: TRIES})).verdict is Verdict.BLOCKED


class Computing:
    def __init__(self, **settings: Any) -> None: ...

    def verify(self, digits: object, tag: bytes) -> None:
        raise AssertionError("a hash was computed")


def test_a_card_the_staff_have_reset_has_its_tries_again(stored: PinHash) -> None:
    tries = Counter({CARD: TRIES})
    tries.restore(CARD)
    assert checked(stored, PIN, tries).verdict is Verdict.RIGHT


def test_the_last_try_may_be_the_right_one(stored: PinHash) -> None:
    assert checked(stored, PIN, Counter({CARD: TRIES - 1})) == Checked(Verdict.RIGHT, TRIES)


def test_the_right_pin_gives_all_tries_back(stored: PinHash) -> None:
    tries = Counter({CARD: 3})
    checked(stored, PIN, tries)
    assert tries.spent[CARD] == 0


def test_a_wrong_pin_gives_none_back(stored: PinHash) -> None:
    tries = Counter()
    checked(stored, WRONG_PIN, tries)
    assert tries.heard == ["take"]


def test_the_try_is_spent_before_the_hash_is_computed(stored: PinHash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardreader.pin_hash.Argon2id", Computing)
    tries = Counter()
    with pytest.raises(AssertionError, match="was computed"):
        checked(stored, PIN, tries)
    assert tries.spent[CARD] == 1


def test_no_hash_is_computed_when_the_try_cannot_be_written_down(
    stored: PinHash, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(Counter):
        def take(self, subject: bytes, limit: int) -> int | None:
            raise OSError("no space left")

    monkeypatch.setattr("cardreader.pin_hash.Argon2id", Computing)
    with pytest.raises(OSError, match="no space"):
        checked(stored, PIN, Full())


def test_tries_are_counted_for_each_card(stored: PinHash) -> None:
    tries = Counter({b"another card": TRIES})
    assert checked(stored, PIN, tries).verdict is Verdict.RIGHT


def test_an_incomplete_pin_spends_no_try(stored: PinHash) -> None:
    tries = Counter()
    with pytest.raises(ValueError, match="not complete"):
        checked(stored, "407", tries)
    assert not tries.heard


def test_the_hash_of_one_card_serves_no_other(stored: PinHash) -> None:
    assert checked(stored, subject=b"facility card two").verdict is Verdict.WRONG


def test_without_the_secret_the_right_pin_is_wrong(stored: PinHash) -> None:
    outcome = check_pin(pin(), stored, subject=CARD, secret=SECRET[::-1], tries=Counter())
    assert outcome.verdict is Verdict.WRONG


def test_a_secret_too_short_spends_no_try(stored: PinHash) -> None:
    tries = Counter()
    with pytest.raises(ValueError, match="32"):
        check_pin(pin(), stored, subject=CARD, secret=SECRET[:-1], tries=tries)
    assert not tries.heard


def test_the_hash_is_the_one_argon2id_gives(stored: PinHash) -> None:
    plain = Argon2id(
        salt=SALT, length=32, iterations=1, lanes=1, memory_cost=35840, ad=CARD, secret=SECRET
    ).derive_phc_encoded(PIN.encode())
    assert str(stored) == plain


def test_a_hash_survives_being_written_and_read(stored: PinHash) -> None:
    assert PinHash.parse(str(stored)) == stored


def test_equal_pins_have_different_hashes(stored: PinHash) -> None:
    other = hash_pin(pin(), subject=CARD, secret=SECRET, salt=SALT[::-1], effort=EFFORT)
    assert other.tag != stored.tag


def test_the_default_effort_is_the_one_owasp_recommends() -> None:
    assert Effort() == Effort(memory_kibibytes=19456, passes=2, lanes=1)
    assert PinHash.parse(LEAST + TAG).effort == Effort()


@pytest.mark.parametrize(
    "phc",
    [
        pytest.param("", id="nothing"),
        pytest.param(LEAST, id="no tag"),
        pytest.param(LEAST + TAG + "A", id="a long tag"),
        pytest.param(LEAST + TAG + "\n", id="a line"),
        pytest.param((LEAST + TAG).replace("argon2id", "argon2i"), id="another kind"),
        pytest.param((LEAST + TAG).replace("v=19", "v=16"), id="another version"),
        pytest.param((LEAST + TAG).replace("m=19456", "m=8"), id="too little memory"),
        pytest.param((LEAST + TAG).replace("t=2", "t=1"), id="too few passes"),
        pytest.param((LEAST + TAG).replace("m=19456", "m=262145"), id="more memory than a terminal has"),
        pytest.param((LEAST + TAG).replace("t=2", "t=99"), id="more time than a member has"),
        pytest.param((LEAST + TAG).replace("p=1", "p=0"), id="no lane"),
    ],
)
def test_an_unusable_hash_is_not_used_nor_quoted(phc: str) -> None:
    with pytest.raises(UnusableHash) as refused:
        PinHash.parse(phc)
    assert not refused.value.args


def test_the_hash_is_not_shown_where_it_is_not_asked_for(stored: PinHash) -> None:
    assert stored.tag.hex() not in repr(stored)
    assert "tag" not in repr(stored)


def test_the_digits_are_wiped_from_the_buffer_that_was_hashed(stored: PinHash, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytearray] = []

    class Keeping:
        def __init__(self, **settings: Any) -> None: ...

        def verify(self, digits: bytearray, tag: bytes) -> None:
            assert bytes(digits) == PIN.encode()
            seen.append(digits)

    monkeypatch.setattr("cardreader.pin_hash.Argon2id", Keeping)
    checked(stored)
    assert seen == [bytearray(4)]


def test_neither_outcome_shows_the_pin(stored: PinHash) -> None:
    shown = repr([checked(stored), checked(stored, WRONG_PIN), stored])
    assert not re.search(f"{PIN}|{WRONG_PIN}", shown)


def test_the_pin_stays_with_its_owner(stored: PinHash) -> None:
    typed = pin()
    check_pin(typed, stored, subject=CARD, secret=SECRET, tries=Counter())
    assert typed.complete


def test_a_hash_with_another_salt_length_is_refused(stored: PinHash) -> None:
    with pytest.raises(ValueError, match="salt"):
        checked(replace(stored, salt=SALT[:-1]))
