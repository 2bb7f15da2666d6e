"""The log as bytes: a torn end is no damage, whatever is followed by more is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.storage.pages import PAGE_BYTES
from kiosk.storage.writelog import every_page, read_log
from machine import damage
from machine.damage import WAL

HEADER = 32
FRAME = 24 + PAGE_BYTES


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Of a roster and four taps, each a commit; then what is left of an older log."""
    return damage.stopped(tmp_path_factory.mktemp("log") / "data", 5, folded_in=1).files[WAL]


@pytest.fixture(scope="module")
def commits(log: bytes) -> list[int]:
    """Where each commit's last frame begins."""
    return [HEADER + number * FRAME for number, frame in enumerate(read_log(log).frames) if frame.size]


def changed(log: bytes, at: int) -> bytes:
    return log[:at] + bytes([log[at] ^ 1]) + log[at + 1 :]


def test_a_whole_log_is_believed_to_its_last_commit(log: bytes, commits: list[int]) -> None:
    whole = read_log(log)
    assert len(commits) == 4
    assert (whole.dropped, whole.damaged) == (b"", False)
    assert whole.size == whole.frames[-1].size > 0


def test_frames_of_an_older_log_behind_it_are_not_of_it(log: bytes) -> None:
    assert len(list(every_page(log))) > len(read_log(log).frames)


def test_a_last_commit_that_was_cut_short_is_dropped_and_no_damage(log: bytes, commits: list[int]) -> None:
    torn = read_log(log[: commits[-1]])
    assert not torn.damaged
    assert len(torn.frames) == (commits[-2] - HEADER) // FRAME + 1


def test_what_is_dropped_can_still_be_searched(log: bytes, commits: list[int]) -> None:
    torn = read_log(changed(log, commits[-1] + 24))
    assert not torn.damaged
    assert log[commits[-1] + 2000 : commits[-1] + FRAME] in torn.dropped


@pytest.mark.parametrize("place", [0, 4, 8, 12, 16, 20, 24, 2000, FRAME - 1])
def test_a_change_before_the_last_two_commits_is_damage_wherever_it_is(
    place: int, log: bytes, commits: list[int]
) -> None:
    assert read_log(changed(log, commits[0] + place)).damaged
    assert read_log(changed(log, commits[0] + FRAME + place)).damaged


@pytest.mark.parametrize("place", range(HEADER))
def test_any_change_of_the_header_is_damage_while_frames_stand_under_it(place: int, log: bytes) -> None:
    assert read_log(changed(log, place)).damaged


def test_there_is_nothing_in_an_empty_file() -> None:
    assert read_log(b"").frames == read_log(bytes(HEADER - 1)).frames == ()


def test_zeroes_are_no_log_and_no_damage() -> None:
    assert not read_log(bytes(HEADER + 3 * FRAME)).damaged


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3 * FRAME))
def test_any_bytes_are_read(content: bytes) -> None:
    assert read_log(content).frames == ()
