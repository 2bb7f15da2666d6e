"""A damaged database is put away whole, and the terminal goes on: cut off anywhere, asked twice, by either process."""

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from samples.storage import NINE, TERMINAL

from kiosk.storage import newest
from kiosk.storage.database import DATABASE, KEY, DamagedDatabase, StorageError, open_database
from kiosk.storage.recovery import folders, open_terminal
from machine import damage
from machine.damage import Files
from sync import identity, lineage
from sync.identity import IDENTITY_FILE, KEY_FILE, NotEnrolled
from sync.secret_file import ExposedFile


@pytest.fixture
def damaged(tmp_path: Path) -> Files:
    """With five records in the log and a main file whose first byte changed."""
    return damage.stopped(tmp_path / "made", 5, folded_in=1).flipped(DATABASE, 0, 1)


@pytest.fixture
def data(tmp_path: Path, damaged: Files) -> Path:
    folder = tmp_path / "data"
    damage.put(folder, damaged)
    return folder


def kept(data: Path) -> Path:
    (folder,) = folders(data)
    return folder


def start(data: Path) -> None:
    open_terminal(data).dispose()


# What it leaves


def test_every_damaged_byte_is_kept_with_the_keys(data: Path, damaged: Files) -> None:
    start(data)
    now = damage.read(kept(data))
    assert {name: now[name] for name in damaged if name in now} == {
        name: content for name, content in damaged.items() if name != identity.REFERENCE_KEY_FILE
    }


def test_its_folder_is_named_after_the_terminal_that_wrote_it(data: Path) -> None:
    start(data)
    assert kept(data).name == str(TERMINAL)


def test_the_new_identity_shares_nothing_with_the_old_but_the_facility(data: Path, damaged: Files) -> None:
    before = identity.Facility(TERMINAL, "a facility")
    start(data)
    now = identity.load(data)
    assert now.facility == before
    assert now.terminal_id != TERMINAL
    assert (data / KEY_FILE).read_bytes() != damaged[KEY_FILE]
    assert (data / KEY).read_bytes() != damaged[KEY]


def test_the_new_identity_names_whom_it_succeeds(data: Path) -> None:
    start(data)
    assert lineage.predecessor(data) == TERMINAL


def test_the_key_before_goes_with_the_identity_it_was_of(data: Path) -> None:
    before = identity.own_key(data).private_bytes_raw()
    identity.next_key(data)
    identity.adopt_next_key(data, NINE)
    start(data)
    assert identity.key_before(data) is None
    kept_before = identity.key_before(kept(data))
    assert kept_before is not None
    assert kept_before.private_bytes_raw() == before


def test_cards_are_still_known_by_the_same_key(data: Path) -> None:
    before = identity.load_card_reference_key(data)
    start(data)
    assert identity.load_card_reference_key(data) == before


def test_the_fresh_database_is_empty_and_sound(data: Path) -> None:
    start(data)
    engine = open_database(data)
    assert damage.records(engine) == {}
    engine.dispose()


def test_damaged_again_it_is_put_beside_the_first(data: Path) -> None:
    start(data)
    second = identity.load(data).terminal_id
    damage.put_byte(data / DATABASE, 0)
    start(data)
    assert {UUID(folder.name) for folder in folders(data)} == {TERMINAL, second}
    assert lineage.predecessor(data) == second


# Without its keys


@pytest.mark.parametrize("content", [None, b"", b"k" * 31], ids=["gone", "empty", "cut short"])
def test_a_database_whose_key_is_lost_is_set_aside(content: bytes | None, data: Path, damaged: Files) -> None:
    (data / KEY).unlink()
    if content is not None:
        (data / KEY).write_bytes(content)
        (data / KEY).chmod(0o600)
    start(data)
    assert (kept(data) / DATABASE).read_bytes() == damaged[DATABASE]
    assert identity.load(data).terminal_id != TERMINAL


def test_a_key_others_may_read_is_no_reason_to_set_anything_aside(data: Path) -> None:
    (data / KEY).chmod(0o644)
    with pytest.raises(ExposedFile):
        start(data)
    assert not list(folders(data))


@pytest.mark.parametrize("file", [KEY_FILE, IDENTITY_FILE])
def test_without_its_own_identity_the_terminal_has_to_be_enrolled_anew(file: str, data: Path) -> None:
    (data / file).unlink()
    start(data)
    with pytest.raises(NotEnrolled):
        identity.load(data)
    assert kept(data).name.startswith("unknown-")


def test_a_database_that_is_gone_with_its_records_is_not_begun_anew_under_the_same_identity(data: Path) -> None:
    for file in data.glob(f"{DATABASE}*"):
        file.unlink()
    start(data)
    assert identity.load(data).terminal_id != TERMINAL


def test_a_database_that_never_held_a_record_may_be_begun_again(tmp_path: Path) -> None:
    damage.enrol(tmp_path)
    start(tmp_path)
    (tmp_path / DATABASE).unlink()
    start(tmp_path)
    assert identity.load(tmp_path).terminal_id == TERMINAL


# Two processes


def test_while_another_process_has_it_open_nothing_is_moved(data: Path) -> None:
    with newest.Hold(data / newest.FILE) as another:
        damage.share(another)
        with pytest.raises(StorageError, match="must end first"):
            start(data)
    assert not list(folders(data))


def test_kiosk_status_and_the_like_only_say_that_it_is_damaged(data: Path, damaged: Files) -> None:
    with pytest.raises(DamagedDatabase):
        open_database(data)
    assert damage.read(data) == damaged


# Cut off


class Killed(BaseException):
    """Nothing that is in the way of a kill."""


def killed_before(step: int, patch: pytest.MonkeyPatch) -> None:
    """The step-th change to the folders from now on, and every one after it, does not happen any more."""
    changes = itertools.count(1)

    def instead(change: Callable[..., None]) -> Callable[..., None]:
        def happens(*arguments: Any, **options: Any) -> None:
            if next(changes) >= step:
                raise Killed
            change(*arguments, **options)

        return happens

    for name in ("rename", "replace", "link", "mkdir", "unlink", "rmdir"):
        patch.setattr(os, name, instead(getattr(os, name)))


def test_killed_at_any_step_the_next_start_completes_it(tmp_path: Path, damaged: Files) -> None:
    data = tmp_path / "data"
    for step in itertools.count(1):
        damage.put(data, damaged)
        with pytest.MonkeyPatch.context() as patch:
            killed_before(step, patch)
            try:
                start(data)
                completed = True
            except Killed:
                completed = False
        start(data)
        now = damage.read(kept(data))
        assert now[DATABASE] == damaged[DATABASE], step
        assert damage.carved(now).keys() == {1, 2, 3, 4, 5}, step
        assert identity.load(data).terminal_id != TERMINAL, step
        if completed:
            assert step > 20
            return


def test_while_it_is_under_way_no_database_is_opened(data: Path) -> None:
    (data / "recovery" / str(TERMINAL) / "next").mkdir(parents=True)
    with pytest.raises(DamagedDatabase, match="being set aside"):
        open_database(data)


def test_a_disk_without_room_leaves_everything_as_it_is(
    data: Path, damaged: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28), str(data))

    monkeypatch.setattr(lineage, "draft", full)
    with pytest.raises(StorageError, match="No space left"):
        start(data)
    assert damage.read(data) == damaged
    monkeypatch.undo()
    start(data)
    assert damage.carved(damage.read(kept(data))).keys() == {1, 2, 3, 4, 5}


def test_a_confirmed_succession_is_not_asked_for_again(data: Path) -> None:
    start(data)
    lineage.confirm(data)
    assert lineage.predecessor(data) is None
    assert "succeeds" not in json.loads((data / IDENTITY_FILE).read_text())
