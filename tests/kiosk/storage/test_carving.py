"""Records are read back from pages and logs in any state, and only those that were written."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples.storage import ANN, TERMINAL

from kiosk.storage import newest
from kiosk.storage.carving import carve
from kiosk.storage.database import DATABASE
from kiosk.storage.pages import PAGE_BYTES, decrypt
from machine import damage
from machine.damage import WAL, Terminal

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return damage.stopped(tmp_path_factory.mktemp("closed") / "data", 30, folded_in=None)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return damage.stopped(tmp_path_factory.mktemp("crashed") / "data", 30, folded_in=20)


def found(terminal: Terminal, database: bytes, log: bytes = b"") -> dict[int, bytes]:
    return {each.seq: each.hash for each in carve(database, [log], terminal.key, TERMINAL)}


def page_of(terminal: Terminal, seq: int) -> int:
    content = terminal.files[DATABASE]
    for at in range(0, len(content), PAGE_BYTES):
        if seq in found(terminal, content[at : at + PAGE_BYTES]):
            return at
    raise AssertionError


def test_all_are_found_in_files_that_are_whole(closed: Terminal, crashed: Terminal) -> None:
    assert found(closed, closed.files[DATABASE]) == closed.told
    assert found(crashed, crashed.files[DATABASE], crashed.files[WAL]) == crashed.told


def test_they_come_in_sequence(closed: Terminal) -> None:
    seqs = [each.seq for each in carve(closed.files[DATABASE], (), closed.key, TERMINAL)]
    assert seqs == sorted(closed.told)


def test_any_page_may_be_gone_but_those_they_stand_on(closed: Terminal) -> None:
    content = closed.files[DATABASE]
    for at in range(0, len(content), PAGE_BYTES):
        there = found(closed, content[at : at + PAGE_BYTES])
        left = found(closed, content[:at] + bytes(PAGE_BYTES) + content[at + PAGE_BYTES :])
        assert left == {seq: told for seq, told in closed.told.items() if seq not in there}


def test_what_the_log_holds_needs_no_database(crashed: Terminal) -> None:
    assert found(crashed, b"", crashed.files[WAL]).keys() >= set(range(21, 31))


def test_a_page_whose_tree_is_noise_still_gives_its_records(closed: Terminal) -> None:
    at = page_of(closed, 10)
    content = bytearray(closed.files[DATABASE])
    content[at] ^= 0xFF
    assert found(closed, bytes(content)) == closed.told


def test_a_record_whose_hash_is_noise_is_vouched_for_by_the_next(closed: Terminal) -> None:
    at = page_of(closed, 10)
    page = decrypt(closed.key, closed.files[DATABASE][at : at + PAGE_BYTES])
    content = bytearray(closed.files[DATABASE])
    content[at + page.find(closed.told[10])] ^= 1
    assert found(closed, bytes(content))[10] == closed.told[10]


def test_the_last_one_by_the_note_beside_the_database(closed: Terminal) -> None:
    at = page_of(closed, 30)
    page = decrypt(closed.key, closed.files[DATABASE][at : at + PAGE_BYTES])
    content = bytearray(closed.files[DATABASE])
    content[at + page.find(closed.told[30])] ^= 1
    noted = newest.parse(closed.files[newest.FILE])
    assert noted is not None
    assert 30 not in found(closed, bytes(content))
    assert carve(bytes(content), (), closed.key, TERMINAL, [noted.hash])[-1].hash == closed.told[30]


def test_a_record_that_was_changed_is_not_one_that_was_written(closed: Terminal) -> None:
    at = page_of(closed, 10)
    page = decrypt(closed.key, closed.files[DATABASE][at : at + PAGE_BYTES])
    text = page.find(closed.told[10]) + 32
    content = bytearray(closed.files[DATABASE])
    content[at + text + 40] ^= 1
    assert 10 not in found(closed, bytes(content))


def test_records_of_another_terminal_are_not_this_one_s(closed: Terminal) -> None:
    assert carve(closed.files[DATABASE], (), closed.key, ANN) == ()


def test_without_the_key_there_is_nothing(closed: Terminal) -> None:
    assert carve(closed.files[DATABASE], (), bytes(32), TERMINAL) == ()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3 * PAGE_BYTES), st.binary(max_size=2 * PAGE_BYTES))
def test_any_bytes_are_searched(database: bytes, log: bytes) -> None:
    assert carve(database, [log], KEY, TERMINAL) == ()


def test_a_page_that_says_json_of_any_shape_is_searched(tmp_path: Path) -> None:
    for text in (b'{"', b'{"a":1}', b'{"at":' + b"[" * 4000, b'{"v":1,"terminal":{}}', b'{"\xff"}'):
        assert carve(encrypted(text.ljust(4016, b"\0")), (), KEY, TERMINAL) == ()


def encrypted(plain: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    cipher = Cipher(algorithms.AES(KEY), modes.CBC(bytes(16))).encryptor()
    return cipher.update(plain) + cipher.finalize() + bytes(80)
