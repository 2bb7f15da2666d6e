"""The keys of a facility's own cards: derived as NXP prints it, kept in a file nobody else may read (A20)."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from cardreader.cards.facility_keys import FacilityKeys, KeysDamaged, KeysExposed, KeysNotInstalled, load
from machine.facility import KEYS, SERIAL

MASTER_KEY = "00112233445566778899aabbccddeeff"
TOLD = {
    "application": "3042F5",
    "key_number": 1,
    "file_number": 2,
    "system": "NXP Abu",
    "master_key": MASTER_KEY,
}


def written(folder: Path, told: object, mode: int = 0o600) -> Path:
    path = folder / "facility-cards.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_cards_key_is_the_one_printed_in_an10922(tmp_path: Path) -> None:
    keys = load(written(tmp_path, TOLD))
    assert keys.of_card(bytes.fromhex("04782E21801D80")).hex().upper() == "A8DD63A3B89D54B37CA802473FDA9175"


def test_the_file_says_where_the_cards_id_is(tmp_path: Path) -> None:
    keys = load(written(tmp_path, TOLD))
    assert (keys.application, keys.key_number, keys.file_number) == (bytes.fromhex("3042F5"), 1, 2)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(KEYS, master_key=bytes(16)), id="master key"),
        pytest.param(replace(KEYS, application=b"APP"), id="application"),
        pytest.param(replace(KEYS, system=b"another facility"), id="system"),
    ],
)
def test_cards_of_another_facility_have_other_keys(other: FacilityKeys) -> None:
    assert other.of_card(SERIAL) != KEYS.of_card(SERIAL)


def test_each_card_has_a_key_of_its_own() -> None:
    assert KEYS.of_card(SERIAL) != KEYS.of_card(SERIAL[:-1] + b"\x81")


@pytest.mark.parametrize("serial", [b"", SERIAL[:4], SERIAL + b"\0"], ids=["none", "four bytes", "eight bytes"])
def test_a_serial_number_of_another_length_has_no_key(serial: bytes) -> None:
    with pytest.raises(ValueError, match="7 bytes"):
        KEYS.of_card(serial)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644], ids=oct)
def test_a_file_others_may_read_is_not_used(tmp_path: Path, mode: int) -> None:
    with pytest.raises(KeysExposed) as refused:
        load(written(tmp_path, TOLD, mode))
    assert refused.value.mode == mode


def test_a_file_only_its_owner_reads_is_used(tmp_path: Path) -> None:
    assert load(written(tmp_path, TOLD, 0o400)).key_number == 1


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    path = written(tmp_path, TOLD)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    with pytest.raises(OSError, match="symbolic"):
        load(link)


def test_without_a_file_there_are_no_facility_cards(tmp_path: Path) -> None:
    with pytest.raises(KeysNotInstalled):
        load(tmp_path / "facility-cards.json")


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([], id="a list"),
        pytest.param("text", id="a text"),
        pytest.param({}, id="nothing"),
        pytest.param({**TOLD, "master_key": MASTER_KEY[:-2]}, id="a short key"),
        pytest.param({**TOLD, "master_key": MASTER_KEY[:-2] + "zz"}, id="a key that is no number"),
        pytest.param({**TOLD, "application": "3042"}, id="a short application"),
        pytest.param({**TOLD, "key_number": 14}, id="a key no card has"),
        pytest.param({**TOLD, "file_number": 32}, id="a file no card has"),
        pytest.param({**TOLD, "system": "short"}, id="a short system"),
        pytest.param({**TOLD, "system": "x" * 22}, id="a long system"),
        pytest.param({**TOLD, "key_number": None}, id="no number"),
    ],
)
def test_a_damaged_file_is_named_and_not_quoted(tmp_path: Path, told: object) -> None:
    path = written(tmp_path, told)
    with pytest.raises(KeysDamaged) as refused:
        load(path)
    assert MASTER_KEY[:8] not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_file_that_is_no_json_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(os.urandom(8) + b"\xff")
    path.chmod(0o600)
    with pytest.raises(KeysDamaged):
        load(path)


def test_the_master_key_is_not_shown() -> None:
    assert "master_key" not in repr(KEYS)
