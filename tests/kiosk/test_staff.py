"""Staff's code, and how it lets them in: only the right one does, and nobody tries them all."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import Engine

from cardreader.pin import Pin
from kiosk import staff_code
from kiosk.flow.states import CODE_LENGTH, CodeProblem
from kiosk.settings import Settings, Terminal
from kiosk.staff import LOCKED_SECONDS, TRIES, StaffDesk
from kiosk.staff_code import CODE_FILE, UnusableCode
from sync.secret_file import DamagedFile, ExposedFile

RIGHT, WRONG = "27182818", "31415926"
SERVICE = 65534
"""An account that is not root."""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def kept() -> bytes:
    """As the product keeps it, but at once: there it takes its time on purpose."""
    kdf = Argon2id(salt=bytes(16), length=32, iterations=1, lanes=1, memory_cost=8)
    return kdf.derive_phc_encoded(RIGHT.encode()).encode()


@pytest.fixture
def folder(tmp_path: Path, kept: bytes) -> Path:
    (tmp_path / CODE_FILE).write_bytes(kept)
    (tmp_path / CODE_FILE).chmod(0o600)
    return tmp_path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(folder: Path, clock: Clock) -> StaffDesk:
    settings = Settings(terminal=Terminal(data_directory=folder))
    nobodys = Mock(spec=Engine)  # the database is looked at by kiosk.rounds
    return StaffDesk(nobodys, settings, monotonic=clock, reader=lambda: None, has_sound=lambda: True)


def typed(digits: str) -> Pin:
    code = Pin(CODE_LENGTH)
    for digit in digits:
        code.push(int(digit))
    return code


def answering(*lines: str) -> Callable[[str], str]:
    given: Iterator[str] = iter(lines)
    return lambda _: next(given)


# Keeping one


def test_the_code_is_kept_for_its_owner_alone_and_not_as_it_is(tmp_path: Path) -> None:
    staff_code.keep(tmp_path, typed(RIGHT))
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().startswith("$argon2id$")
    assert RIGHT not in file.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can keep a file for another account")
def test_the_code_root_gives_is_the_service_s(tmp_path: Path) -> None:
    os.chown(tmp_path, SERVICE, SERVICE)
    staff_code.keep(tmp_path, typed(RIGHT))
    assert (tmp_path / CODE_FILE).stat().st_uid == SERVICE


def test_the_same_code_is_never_kept_in_the_same_words(tmp_path: Path) -> None:
    words = []
    for _ in range(2):
        staff_code.keep(tmp_path, typed(RIGHT))
        words.append((tmp_path / CODE_FILE).read_bytes())
    assert words[0] != words[1]


@pytest.mark.parametrize("digits", ["11111111", "12345678", "87654321", "11223344", "12121212", "20262026", "00000000"])
def test_a_code_that_is_tried_first_is_not_taken(digits: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableCode) as refused:
        staff_code.keep(tmp_path, typed(digits))
    assert digits not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_half_a_code_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not complete"):
        staff_code.keep(tmp_path, typed(RIGHT[:5]))
    assert not list(tmp_path.iterdir())


def test_a_code_is_asked_for_twice() -> None:
    with staff_code.asked_for(answering(RIGHT, RIGHT)) as code:
        assert code.complete


@pytest.mark.parametrize(
    ("once", "again", "sentence"),
    [
        (RIGHT, WRONG, "the two codes are not the same"),
        (RIGHT[:-1], RIGHT[:-1], "a staff code has eight digits"),
        ("", "", "a staff code has eight digits"),
        ("2718281x", "2718281x", "a staff code has eight digits"),
        ("２７１８２８１８", "２７１８２８１８", "a staff code has eight digits"),
    ],
    ids=["two", "seven digits", "nothing", "a letter", "full width"],
)
def test_what_is_no_code_is_told_without_quoting_it(once: str, again: str, sentence: str) -> None:
    with pytest.raises(UnusableCode) as refused:
        staff_code.asked_for(answering(once, again))
    assert str(refused.value) == sentence


# Getting in


def test_the_right_code_lets_in(desk: StaffDesk) -> None:
    assert desk.judge(typed(RIGHT)) is None


def test_a_wrong_code_does_not(desk: StaffDesk) -> None:
    assert desk.judge(typed(WRONG)) is CodeProblem.WRONG


def test_half_a_code_is_no_code(desk: StaffDesk) -> None:
    with pytest.raises(ValueError, match="not complete"):
        desk.judge(typed(RIGHT[:4]))


def wrong_ones(desk: StaffDesk, count: int) -> list[CodeProblem | None]:
    return [desk.judge(typed(WRONG)) for _ in range(count)]


def test_the_fifth_wrong_code_locks(desk: StaffDesk) -> None:
    assert wrong_ones(desk, TRIES) == [CodeProblem.WRONG] * (TRIES - 1) + [CodeProblem.LOCKED]


def test_while_it_is_locked_not_even_the_right_code_is_looked_at(desk: StaffDesk, folder: Path, clock: Clock) -> None:
    wrong_ones(desk, TRIES)
    (folder / CODE_FILE).unlink()
    clock.now += LOCKED_SECONDS - 1
    assert desk.judge(typed(RIGHT)) is CodeProblem.LOCKED


def test_the_lock_ends_and_the_counting_begins_anew(desk: StaffDesk, clock: Clock) -> None:
    wrong_ones(desk, TRIES)
    clock.now += LOCKED_SECONDS
    assert wrong_ones(desk, 1) == [CodeProblem.WRONG]
    assert desk.judge(typed(RIGHT)) is None


def test_who_gets_in_begins_the_counting_anew(desk: StaffDesk) -> None:
    wrong_ones(desk, TRIES - 1)
    desk.judge(typed(RIGHT))
    assert wrong_ones(desk, 1) == [CodeProblem.WRONG]


# The file


def test_without_a_file_there_is_no_way_in(desk: StaffDesk, folder: Path) -> None:
    staff_code.forget(folder)
    staff_code.forget(folder)
    assert not desk.has_code()


def test_a_new_code_counts_at_once(desk: StaffDesk, folder: Path) -> None:
    staff_code.keep(folder, typed(WRONG))
    assert (desk.has_code(), desk.judge(typed(WRONG)), desk.judge(typed(RIGHT))) == (True, None, CodeProblem.WRONG)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"27182818", b"$argon2id$v=19$m=65536,t=3,p=1$AAAA"], ids=repr)
def test_a_damaged_file_lets_nobody_in(content: bytes, desk: StaffDesk, folder: Path) -> None:
    (folder / CODE_FILE).write_bytes(content)
    with pytest.raises(DamagedFile):
        desk.judge(typed(RIGHT))


def test_a_file_others_may_read_lets_nobody_in(desk: StaffDesk, folder: Path) -> None:
    (folder / CODE_FILE).chmod(0o644)
    with pytest.raises(ExposedFile):
        desk.judge(typed(RIGHT))
