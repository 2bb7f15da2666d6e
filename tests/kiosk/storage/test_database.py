"""The terminal's one database: durable, encrypted, with a key of its own; refused where it is not all of that."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlcipher3.dbapi2
from samples.storage import ANN, NOT_CHECKED, card_of, member
from sqlalchemy import Engine, text

from kiosk.storage import database, newest
from kiosk.storage.database import DATABASE, KEY, DamagedDatabase, StorageError, open_database
from kiosk.storage.roster import RosterStore
from kiosk.storage.visitbook import VisitBook
from sync import secret_file
from sync.secret_file import DamagedFile, ExposedFile
from visits.decision import Direction

SQLITE_MAGIC = b"SQLite format 3\0"


class Obstinate:
    """A connection on which one statement has no effect."""

    def __init__(self, connection: sqlcipher3.dbapi2.Connection, ignored: str) -> None:
        self._connection = connection
        self._ignored = ignored
        self.isolation_level = ""

    def cursor(self) -> "Obstinate":
        return Obstinate(self._connection.cursor(), self._ignored)

    def execute(self, statement: str) -> None:
        if not statement.startswith(self._ignored):
            self._connection.execute(statement)

    def fetchone(self) -> object:
        return self._connection.fetchone()

    def close(self) -> None: ...


def pragma(engine: Engine, name: str) -> object:
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA {name}")
    row = cursor.fetchone()
    connection.close()
    return row[0] if row else None


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.name != KEY)


# Durable


def test_it_is_open_in_wal_and_full(engine: Engine) -> None:
    assert (pragma(engine, "journal_mode"), pragma(engine, "synchronous")) == ("wal", 2)


def test_every_connection_is(engine: Engine) -> None:
    with engine.connect(), engine.pool.connect() as another:
        cursor = another.cursor()
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone() == (2,)
        cursor.close()


@pytest.mark.parametrize("ignored", ["PRAGMA journal_mode = ", "PRAGMA synchronous = "], ids=["not WAL", "not FULL"])
def test_it_is_refused_where_the_setting_has_no_effect(ignored: str, tmp_path: Path) -> None:
    connection = sqlcipher3.dbapi2.connect(str(tmp_path / "new.db"))
    connection.execute("PRAGMA synchronous = NORMAL")
    with pytest.raises(StorageError, match="refusing to lose visits"):
        database._prepare(Obstinate(connection, ignored), None, bytes(32))  # type: ignore[arg-type]
    connection.close()


def test_a_connection_that_is_durable_is_not_refused(tmp_path: Path) -> None:
    connection = sqlcipher3.dbapi2.connect(str(tmp_path / "new.db"))
    database._prepare(Obstinate(connection, "nothing is ignored"), None, bytes(32))  # type: ignore[arg-type]
    connection.close()


def test_its_sqlite_is_one_without_the_wal_reset_race() -> None:
    """The race was mended in SQLite 3.51.3; see https://sqlite.org/wal.html, "The WAL-Reset Bug"."""
    assert sqlcipher3.dbapi2.sqlite_version_info >= (3, 51, 3)


# Encrypted


@pytest.fixture
def inhabited(engine: Engine, book: VisitBook, roster: RosterStore, tmp_path: Path) -> Path:
    roster.replace([member(ANN, name="Hanako Yamada")], "1", 0)
    book.tap(Direction.IN, card_of(ANN), NOT_CHECKED)
    return tmp_path / "data"


def test_no_file_begins_like_a_sqlite_database(inhabited: Path) -> None:
    assert inhabited.joinpath(DATABASE).stat().st_size > 0
    assert SQLITE_MAGIC not in everything_in(inhabited)


@pytest.mark.parametrize("secret", [str(ANN).encode(), b"Hanako Yamada", card_of(ANN), b"check_in"], ids=repr)
def test_nothing_of_a_member_can_be_read_from_the_files(inhabited: Path, secret: bytes) -> None:
    assert secret not in everything_in(inhabited)


def test_after_the_log_is_folded_in_nothing_can_be_read_either(inhabited: Path, engine: Engine) -> None:
    pragma(engine, "wal_checkpoint(TRUNCATE)")
    assert inhabited.joinpath(f"{DATABASE}-wal").stat().st_size == 0
    assert str(ANN).encode() not in everything_in(inhabited)


# Its key


def test_the_key_is_32_random_bytes_readable_by_the_owner_alone(tmp_path: Path) -> None:
    for name in ("one", "other"):
        open_database(tmp_path / name).dispose()
    one, other = (tmp_path / name / KEY for name in ("one", "other"))
    assert len(one.read_bytes()) == len(other.read_bytes()) == 32
    assert one.read_bytes() != other.read_bytes()
    assert stat.S_IMODE(one.stat().st_mode) == 0o600


def test_the_folder_is_the_owner_s_alone_and_holds_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    open_database(folder).dispose()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {DATABASE, KEY, newest.FILE}


def test_it_opens_again_with_its_key(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    again = open_database(tmp_path)
    with again.begin() as connection:
        assert connection.scalar(text("select count(*) from members")) == 0
    again.dispose()


def one_sentence_of(refused: pytest.ExceptionInfo[StorageError]) -> str:
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


def test_another_key_opens_nothing_and_is_told_in_one_sentence(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    (tmp_path / KEY).write_bytes(bytes(32))
    with pytest.raises(DamagedDatabase) as refused:
        open_database(tmp_path)
    assert one_sentence_of(refused).startswith(f"{tmp_path / DATABASE} cannot be opened")
    assert bytes(32).hex() not in repr(refused.getrepr())


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_no_key(length: int, tmp_path: Path) -> None:
    secret_file.replace(tmp_path / KEY, b"k" * length)
    with pytest.raises(DamagedFile):
        open_database(tmp_path)
    assert not (tmp_path / DATABASE).exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660], ids=oct)
def test_a_key_others_can_read_opens_nothing(mode: int, tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    (tmp_path / KEY).chmod(mode)
    with pytest.raises(ExposedFile):
        open_database(tmp_path)


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


@pytest.mark.parametrize("mode", [0o400, 0o440], ids=["given to the service", "opened to it by an ACL"])
def test_a_key_the_service_manager_holds_leaves_none_on_the_disk(mode: int, tmp_path: Path, credentials: Path) -> None:
    (credentials / KEY).write_bytes(b"c" * 32)
    (credentials / KEY).chmod(mode)
    open_database(tmp_path / "data").dispose()
    open_database(tmp_path / "data").dispose()
    assert {path.name for path in (tmp_path / "data").iterdir()} == {DATABASE, newest.FILE}


def test_a_service_with_other_credentials_keeps_its_key_in_the_folder(tmp_path: Path, credentials: Path) -> None:
    (credentials / "other").write_bytes(b"c" * 32)
    open_database(tmp_path / "data").dispose()
    assert len((tmp_path / "data" / KEY).read_bytes()) == 32


def test_a_lost_key_is_not_replaced_by_another(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    (tmp_path / KEY).unlink()
    with pytest.raises(StorageError) as refused:
        open_database(tmp_path)
    assert one_sentence_of(refused).endswith(f"{tmp_path / KEY} is missing")
    assert not (tmp_path / KEY).exists()


def test_random_bytes_are_no_database(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    (tmp_path / DATABASE).write_bytes(os.urandom(8192))
    with pytest.raises(DamagedDatabase) as refused:
        open_database(tmp_path)
    assert "cannot be opened" in one_sentence_of(refused)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as refused:
        open_database(tmp_path / "file" / "data")
    assert one_sentence_of(refused) == f"{tmp_path / 'file' / 'data'}: Not a directory"


def test_a_folder_in_the_place_of_the_database_is_no_database(tmp_path: Path) -> None:
    (tmp_path / DATABASE).mkdir()
    with pytest.raises(StorageError) as refused:
        open_database(tmp_path)
    assert one_sentence_of(refused)


OPENING = """
import sys
from pathlib import Path
from kiosk.storage.database import open_database
for line in sys.stdin:
    open_database(Path(line.strip()))
    print("open", flush=True)
"""


def test_processes_that_create_it_at_once_agree_on_one_key(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(8)]
    processes = [
        subprocess.Popen([sys.executable, "-c", OPENING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for folder in folders:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(f"{folder}\n")
            process.stdin.flush()
        answers = [process.stdout.readline() for process in processes if process.stdout is not None]
        assert answers == ["open\n", "open\n"]
    for process in processes:
        process.communicate(timeout=20)
    for folder in folders:
        open_database(folder).dispose()
        assert {path.name for path in folder.iterdir() if not path.name.startswith(DATABASE)} == {KEY, newest.FILE}
