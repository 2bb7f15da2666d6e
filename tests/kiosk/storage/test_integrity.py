"""Damage is found before the database is opened; what a power cut leaves is not taken for damage."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from kiosk.storage import integrity, newest
from kiosk.storage.database import DATABASE, KEY, TAIL, DamagedDatabase, open_database
from kiosk.storage.integrity import Findings
from kiosk.storage.newest import Newest
from kiosk.storage.pages import PAGE_BYTES
from machine import damage
from machine.damage import WAL, Files, Terminal


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return damage.stopped(tmp_path_factory.mktemp("crashed") / "data", 12, folded_in=8)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    return damage.stopped(tmp_path_factory.mktemp("closed") / "data", 12, folded_in=None)


def opened(folder: Path, files: Files) -> Engine:
    damage.put(folder, files)
    return open_database(folder)


def finding(folder: Path, files: Files) -> str:
    with pytest.raises(DamagedDatabase) as found:
        opened(folder, files)
    return str(found.value).rpartition("key: ")[2]


def test_what_is_whole_is_opened(crashed: Terminal, closed: Terminal, tmp_path: Path) -> None:
    for terminal in (crashed, closed):
        engine = opened(tmp_path / "data", terminal.files)
        assert damage.records(engine) == terminal.told
        engine.dispose()


def test_every_page_of_the_main_file_is_looked_at(closed: Terminal, tmp_path: Path) -> None:
    pages = len(closed.files[DATABASE]) // PAGE_BYTES
    for page in range(2, pages + 1):
        flipped = closed.flipped(DATABASE, page * PAGE_BYTES - 100, 4)
        assert finding(tmp_path / "data", flipped) == f"page {page} of {pages} is damaged"


def test_a_page_that_is_also_in_the_log_may_be_torn(crashed: Terminal, tmp_path: Path) -> None:
    content = crashed.files[DATABASE]
    stands = {page: content[(page - 1) * PAGE_BYTES : page * PAGE_BYTES] for page in range(1, len(content) // 4096 + 1)}
    seen = damage.seen_by_sqlite(crashed.files)
    replaced = [page for page, image in stands.items() if seen[page] != image]
    for page in replaced:
        engine = opened(tmp_path / "data", crashed.flipped(DATABASE, page * PAGE_BYTES - 2000, 1))
        assert damage.records(engine) == crashed.told
        engine.dispose()
    assert replaced


def test_a_file_that_was_cut_short(closed: Terminal, tmp_path: Path) -> None:
    shorter = {**closed.files, DATABASE: closed.files[DATABASE][:-PAGE_BYTES]}
    assert finding(tmp_path / "data", shorter).startswith("it ends before page")


def test_a_page_of_zeroes_in_the_place_of_one_that_is_used(closed: Terminal, tmp_path: Path) -> None:
    content = closed.files[DATABASE]
    zeroed = content[: 4 * PAGE_BYTES] + bytes(PAGE_BYTES) + content[5 * PAGE_BYTES :]
    assert finding(tmp_path / "data", {**closed.files, DATABASE: zeroed})


def test_a_log_that_is_gone_with_records_in_it(crashed: Terminal, tmp_path: Path) -> None:
    without = {name: content for name, content in crashed.files.items() if name != WAL}
    assert finding(tmp_path / "data", without) == "record 12 was written and is gone"


def test_a_last_commit_that_somebody_was_told_of_is_kept_for_carving(crashed: Terminal, tmp_path: Path) -> None:
    end = damage.believed_bytes(crashed)
    assert finding(tmp_path / "data", crashed.flipped(WAL, end - 200, 1)) == "record 12 was written and is gone"
    assert (tmp_path / "data" / TAIL).stat().st_size > PAGE_BYTES


def test_a_last_commit_that_nobody_was_told_of_is_dropped(crashed: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "note"
    folder.mkdir()
    newest.write(folder / newest.FILE, Newest(11, crashed.told[11]))
    torn = crashed.flipped(WAL, damage.believed_bytes(crashed) - 200, 1)
    engine = opened(tmp_path / "data", {**torn, newest.FILE: (folder / newest.FILE).read_bytes()})
    assert damage.records(engine).keys() == set(range(1, 12))
    assert not (tmp_path / "data" / TAIL).exists()
    # Nothing of it is left behind the log's end, where another cut would make it look like lost commits.
    assert (tmp_path / "data" / WAL).stat().st_size == 0
    engine.dispose()


@pytest.mark.parametrize("content", [b"", bytes(48), b"\xff" * 48, b"\0" * 47], ids=["none", "zeroes", "ones", "short"])
def test_a_note_that_cannot_be_read_says_nothing(content: bytes, closed: Terminal, tmp_path: Path) -> None:
    engine = opened(tmp_path / "data", {**closed.files, newest.FILE: content})
    assert damage.records(engine) == closed.told
    engine.dispose()


def test_another_key_is_damage(closed: Terminal, tmp_path: Path) -> None:
    assert finding(tmp_path / "data", {**closed.files, KEY: bytes(32)}) == "its first page is damaged"


def changed_by_sql(folder: Path, files: Files, *statements: str) -> Files:
    engine = opened(folder, files)
    with engine.begin() as connection:
        for trigger in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER outbox_events_no_{trigger}"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
    return damage.read(folder)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE outbox_events SET record = replace(record, 'check_in', 'check_out') WHERE seq = 5", "record 5 is not"),
        ("UPDATE outbox_events SET hash = zeroblob(32) WHERE seq = 12", "record 12 is not"),
        ("DELETE FROM outbox_events WHERE seq = 1", "records are missing"),
        ("DELETE FROM outbox_events WHERE seq = 12", "record 12 was written and is gone"),
    ],
    ids=["another record", "another hash", "the first missing", "the last missing"],
)
def test_the_queue_is_looked_at_too(statement: str, words: str, closed: Terminal, tmp_path: Path) -> None:
    files = changed_by_sql(tmp_path / "made", closed.files, statement)
    assert finding(tmp_path / "data", files).startswith(words)


def test_only_the_first_to_open_it_looks(closed: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    look = integrity.look

    def watched(database: Path, key: bytes) -> Findings:
        looked.append(database)
        return look(database, key)

    monkeypatch.setattr(integrity, "look", watched)
    first = opened(tmp_path / "data", closed.files)
    second = open_database(tmp_path / "data")
    assert len(looked) == 1
    first.dispose()
    second.dispose()
    open_database(tmp_path / "data").dispose()
    assert len(looked) == 2


def test_a_tap_is_noted_once_it_is_on_disk(closed: Terminal) -> None:
    noted = newest.parse(closed.files[newest.FILE])
    assert noted == Newest(12, closed.told[12])
