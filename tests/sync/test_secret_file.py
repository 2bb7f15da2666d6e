"""A secret is read only where nobody else can read it, and is written whole or not at all."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from sync import secret_file
from sync.secret_file import DamagedFile, ExposedFile


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    secret_file.create(path, b"secret")
    return path


def test_what_was_written_is_read(secret: Path) -> None:
    assert secret_file.read(secret) == b"secret"


def test_it_is_for_its_owner_only_whatever_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        secret_file.create(tmp_path / "made", b"")
        secret_file.replace(tmp_path / "replaced", b"")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_one_that_is_there_is_never_made_again(secret: Path) -> None:
    secret_file.create(secret, b"another")
    assert secret_file.read(secret) == b"secret"


def test_one_that_is_replaced_is_replaced_whole(secret: Path) -> None:
    with secret.open("rb") as old:
        secret_file.replace(secret, b"another")
        assert (old.read(), secret_file.read(secret)) == (b"secret", b"another")


def test_nothing_else_is_left_beside_it(secret: Path) -> None:
    secret_file.create(secret, b"another")
    secret_file.replace(secret, b"another")
    assert [path.name for path in secret.parent.iterdir()] == ["secret"]


@pytest.mark.parametrize("write", [secret_file.create, secret_file.replace])
def test_a_full_disk_is_not_filled_further(
    write: Callable[[Path, bytes], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path / "secret", b"secret")
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        secret_file.read(tmp_path / "secret")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601], ids=oct)
def test_one_that_others_can_reach_is_not_used(secret: Path, mode: int) -> None:
    secret.chmod(mode)
    with pytest.raises(ExposedFile) as exposed:
        secret_file.read(secret)
    assert (exposed.value.path, exposed.value.mode) == (secret, mode)


def test_a_stricter_mode_is_as_good(secret: Path) -> None:
    secret.chmod(0o400)
    assert secret_file.read(secret) == b"secret"


@pytest.mark.parametrize("length", [5, 7])
def test_one_of_another_length_is_damaged(secret: Path, length: int) -> None:
    with pytest.raises(DamagedFile):
        secret_file.read(secret, length)


def test_a_link_in_its_place_is_not_followed(secret: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(secret)
    with pytest.raises(DamagedFile):
        secret_file.read(tmp_path / "link")


def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(DamagedFile):
        secret_file.read(tmp_path / "pipe")


def test_no_error_tells_the_content(secret: Path) -> None:
    secret.chmod(0o644)
    with pytest.raises(ExposedFile) as exposed:
        secret_file.read(secret)
    assert "secret'" not in repr(exposed.value.args).replace(str(secret), "")
