"""The terminal's key and what enrolment told it: kept whole, and kept to itself."""

import stat
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync import identity
from sync.identity import Facility, NotEnrolled
from sync.secret_file import DamagedFile, ExposedFile

TERMINAL = UUID("5f3c2f7e-5b1a-4d4e-9a51-0c2a4ce0a0b1")
FACILITY = Facility(UUID("0d8e6a38-9c55-4f0e-8f63-3c27d8f0a111"), "みどり町コワーキング")
REFERENCE_KEY = bytes(range(32))


@pytest.fixture
def enrolled(tmp_path: Path) -> Path:
    directory = tmp_path / "identity"
    identity.own_key(directory)
    identity.store(directory, TERMINAL, FACILITY, REFERENCE_KEY)
    return directory


def public(directory: Path) -> bytes:
    return identity.own_key(directory).public_key().public_bytes_raw()


def test_what_was_stored_is_loaded(enrolled: Path) -> None:
    loaded = identity.load(enrolled)
    assert (loaded.terminal_id, loaded.facility) == (TERMINAL, FACILITY)
    assert identity.load_card_reference_key(enrolled) == REFERENCE_KEY


def test_the_identity_signs_with_the_terminals_own_key(enrolled: Path) -> None:
    signature = identity.load(enrolled).sign(b"statement")
    Ed25519PublicKey.from_public_bytes(public(enrolled)).verify(signature, b"statement")


def test_the_key_is_made_once(tmp_path: Path) -> None:
    assert public(tmp_path) == public(tmp_path)


def test_two_directories_hold_two_keys(tmp_path: Path) -> None:
    assert public(tmp_path / "one") != public(tmp_path / "other")


def test_a_key_made_by_another_process_meanwhile_is_the_one_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = public(tmp_path)
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert public(tmp_path) == first


@pytest.mark.parametrize("name", [identity.KEY_FILE, identity.REFERENCE_KEY_FILE, identity.IDENTITY_FILE])
def test_every_file_is_for_its_owner_only(enrolled: Path, name: str) -> None:
    assert stat.S_IMODE((enrolled / name).stat().st_mode) == 0o600


def test_nothing_else_is_left_in_the_directory(enrolled: Path) -> None:
    assert {path.name for path in enrolled.iterdir()} == {"terminal.key", "card-reference.key", "terminal.json"}
    assert stat.S_IMODE(enrolled.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", [identity.KEY_FILE, identity.IDENTITY_FILE])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620], ids=oct)
def test_an_identity_others_can_reach_is_refused(enrolled: Path, name: str, mode: int) -> None:
    (enrolled / name).chmod(mode)
    with pytest.raises(ExposedFile) as exposed:
        identity.load(enrolled)
    assert (exposed.value.path, exposed.value.mode) == (enrolled / name, mode)


def test_a_card_reference_key_others_can_read_is_refused(enrolled: Path) -> None:
    (enrolled / identity.REFERENCE_KEY_FILE).chmod(0o644)
    with pytest.raises(ExposedFile):
        identity.load_card_reference_key(enrolled)


def test_before_enrolment_there_is_no_identity(tmp_path: Path) -> None:
    identity.own_key(tmp_path)
    with pytest.raises(NotEnrolled):
        identity.load(tmp_path)
    with pytest.raises(NotEnrolled):
        identity.load_card_reference_key(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"terminal": 1, "facility": {"id": "x", "name": "y"}}', '"text"'])
def test_a_damaged_identity_is_not_half_believed(enrolled: Path, content: str) -> None:
    (enrolled / identity.IDENTITY_FILE).write_text(content)
    with pytest.raises(DamagedFile):
        identity.load(enrolled)


def test_a_terminal_key_cut_short_is_not_used(enrolled: Path) -> None:
    (enrolled / identity.KEY_FILE).write_bytes(bytes(31))
    with pytest.raises(DamagedFile):
        identity.load(enrolled)


def test_a_card_reference_key_cut_short_is_not_used(enrolled: Path) -> None:
    (enrolled / identity.REFERENCE_KEY_FILE).write_bytes(bytes(31))
    with pytest.raises(DamagedFile):
        identity.load_card_reference_key(enrolled)


@pytest.mark.parametrize("at", [0, 15, 31, 32, 39])
def test_a_key_of_which_a_byte_changed_is_not_used(enrolled: Path, at: int) -> None:
    for name in (identity.KEY_FILE, identity.REFERENCE_KEY_FILE):
        content = bytearray((enrolled / name).read_bytes())
        content[at] ^= 1
        (enrolled / name).write_bytes(content)
    with pytest.raises(DamagedFile, match=r"terminal\.key is damaged"):
        identity.load(enrolled)
    with pytest.raises(DamagedFile, match=r"card-reference\.key is damaged"):
        identity.load_card_reference_key(enrolled)


def test_a_next_key_of_which_a_byte_changed_is_not_used(enrolled: Path) -> None:
    identity.next_key(enrolled)
    content = (enrolled / identity.NEXT_KEY_FILE).read_bytes()
    (enrolled / identity.NEXT_KEY_FILE).write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(DamagedFile):
        identity.next_key(enrolled)


def test_keys_written_without_a_check_are_still_used(enrolled: Path) -> None:
    before = identity.load(enrolled).key.private_bytes_raw()
    (enrolled / identity.KEY_FILE).write_bytes(before)
    (enrolled / identity.REFERENCE_KEY_FILE).write_bytes(REFERENCE_KEY)
    assert identity.load(enrolled).key.private_bytes_raw() == before
    assert identity.load_card_reference_key(enrolled) == REFERENCE_KEY


def test_the_key_does_not_show_when_an_identity_is_printed(enrolled: Path) -> None:
    assert "key" not in repr(identity.load(enrolled))
