"""A folder of revocation lists: what was replaced is read again, and what is half copied does no harm."""

import logging
import os
from datetime import timedelta
from pathlib import Path

import pytest

from cardreader.revocation.folder import ListFolder
from cardreader.revocation.source import Revocation
from cardreader.simulated.authority import revocation_list
from cardreader.simulated.credentials import KeyKind
from machine.certificates import NOW, PRODUCTION, holder, production_authority

SERIAL = 0x41424344
NAME = PRODUCTION.public_bytes()
AUTHORITY = production_authority()
RSA = production_authority(kind=KeyKind.RSA_2048)  # whose signatures are all of one length
GOOD = revocation_list(AUTHORITY, [], NOW)
REVOKED = revocation_list(AUTHORITY, [SERIAL], NOW + timedelta(seconds=1))
LATER = NOW + timedelta(seconds=2)


def source(folder: Path) -> ListFolder:
    lists = ListFolder(folder, [AUTHORITY.certificate])
    lists.refresh()
    return lists


def replace(path: Path, content: bytes) -> None:
    """As it should be done: at once."""
    draft = path.with_suffix(".new")
    draft.write_bytes(content)
    draft.replace(path)


def at_tap(lists: ListFolder) -> Revocation:
    return lists.at_tap(SERIAL, NAME, LATER)


def test_the_list_in_the_folder_answers_at_every_tap(tmp_path: Path) -> None:
    (tmp_path / "authority.crl").write_bytes(REVOKED)
    assert at_tap(source(tmp_path)) is Revocation.REVOKED


def test_it_answers_for_a_whole_certificate_too(tmp_path: Path) -> None:
    (tmp_path / "authority.CRL").write_bytes(REVOKED)
    lists = source(tmp_path)
    one, other = holder(AUTHORITY, serial=SERIAL), holder(AUTHORITY, serial=SERIAL + 1)
    assert lists.of_certificate(one, AUTHORITY.certificate, LATER) is Revocation.REVOKED
    assert lists.of_certificate(other, AUTHORITY.certificate, LATER) is Revocation.GOOD


def test_nothing_is_known_before_the_first_refresh(tmp_path: Path) -> None:
    (tmp_path / "authority.crl").write_bytes(GOOD)
    assert at_tap(ListFolder(tmp_path, [AUTHORITY.certificate])) is Revocation.SOURCE_UNAVAILABLE


def test_a_tap_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "authority.crl").write_bytes(GOOD)
    lists = source(tmp_path)
    (tmp_path / "authority.crl").unlink()
    assert at_tap(lists) is Revocation.GOOD


def test_a_replaced_list_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "authority.crl"
    replace(path, GOOD)
    lists = source(tmp_path)
    replace(path, REVOKED)
    lists.refresh()
    assert at_tap(lists) is Revocation.REVOKED


def test_a_list_overwritten_in_place_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "authority.crl"
    path.write_bytes(GOOD)
    lists = source(tmp_path)
    path.write_bytes(REVOKED)
    lists.refresh()
    assert at_tap(lists) is Revocation.REVOKED


def test_a_list_of_the_same_size_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "authority.crl"
    another, this = (revocation_list(RSA, [SERIAL + change], NOW) for change in (1, 0))
    assert len(another) == len(this)
    replace(path, another)
    lists = ListFolder(tmp_path, [RSA.certificate])
    lists.refresh()
    assert at_tap(lists) is Revocation.GOOD
    replace(path, this)
    lists.refresh()
    assert at_tap(lists) is Revocation.REVOKED


def test_an_unchanged_list_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "authority.crl"
    path.write_bytes(GOOD)
    lists = source(tmp_path)
    before = path.stat()
    path.write_bytes(b"\xff" * len(GOOD))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    lists.refresh()
    assert at_tap(lists) is Revocation.GOOD


def test_a_new_list_is_found_and_one_taken_away_is_forgotten(tmp_path: Path) -> None:
    lists = source(tmp_path)
    (tmp_path / "authority.crl").write_bytes(GOOD)
    lists.refresh()
    assert at_tap(lists) is Revocation.GOOD
    (tmp_path / "authority.crl").unlink()
    lists.refresh()
    assert at_tap(lists) is Revocation.SOURCE_UNAVAILABLE


def test_a_half_copied_list_leaves_what_was_known_until_it_is_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "authority.crl"
    path.write_bytes(GOOD)
    lists = source(tmp_path)
    path.write_bytes(REVOKED[:100])
    lists.refresh()
    assert at_tap(lists) is Revocation.GOOD
    assert [record.getMessage() for record in caplog.records] == [f"the revocation list {path} is not used: unreadable"]
    path.write_bytes(REVOKED)
    lists.refresh()
    assert at_tap(lists) is Revocation.REVOKED


def test_a_list_that_stays_unusable_is_reported_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "authority.crl").write_bytes(b"no list")
    lists = source(tmp_path)
    lists.refresh()
    assert len(caplog.records) == 1
    assert at_tap(lists) is Revocation.SOURCE_UNAVAILABLE


def test_a_list_that_cannot_be_opened_is_reported_and_read_when_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "authority.crl"
    path.symlink_to(tmp_path / "not there yet")
    lists = source(tmp_path)
    assert "cannot be read" in caplog.text
    (tmp_path / "not there yet").write_bytes(GOOD)
    lists.refresh()
    assert at_tap(lists) is Revocation.GOOD


def test_a_folder_that_is_not_there_is_an_unavailable_source(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert at_tap(source(tmp_path / "gone")) is Revocation.SOURCE_UNAVAILABLE
    assert "cannot be read" in caplog.text


def test_other_files_are_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "readme.txt").write_bytes(REVOKED)
    assert at_tap(source(tmp_path)) is Revocation.SOURCE_UNAVAILABLE
    assert not caplog.records
