"""A damaged database at a real terminal: it goes on under a new identity, and what was recorded reaches the server.

Not in here: which damage is found, and how records are read (tests/kiosk/storage, tests/faults).
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.clock import SystemClock
from kiosk.storage.carving import carve
from kiosk.storage.database import DATABASE, KEY
from kiosk.storage.pages import PAGE_BYTES
from kiosk.storage.recovery import DONE, folders, open_terminal, waiting
from kiosk.storage.visitbook import Recorded, VisitBook
from machine import books, crowd
from machine.house import Door, House, drained, each, house, knows_members
from sync import identity
from visits.decision import Direction
from visits.event import Revocation

pytestmark = pytest.mark.system

MEMBERS = 40


@dataclass(frozen=True, slots=True)
class Story:
    """`before` is the identity that made the records up to `tapped`, `after` the one that made the others.

    `other` lost the records `destroyed` with a page of its database.
    """

    made: House
    door: Door
    before: UUID
    after: UUID
    tapped: int
    other: Door
    destroyed: set[int]


def taps(door: Door, members: range) -> None:
    engine = open_terminal(door.data)
    terminal = identity.load(door.data).terminal_id
    book = VisitBook(engine, terminal=terminal, clock=SystemClock(), fresh=timedelta(0))
    for number in members:
        assert isinstance(book.tap(Direction.IN, crowd.card(number), Revocation.NOT_CHECKED), Recorded)
    engine.dispose()


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)


def destroy_a_page(door: Door) -> set[int]:
    """One with records from the middle; their numbers."""
    content = bytearray((door.data / DATABASE).read_bytes())
    key = (door.data / KEY).read_bytes()
    for at in range(0, len(content), PAGE_BYTES):
        there = {each.seq for each in carve(bytes(content[at : at + PAGE_BYTES]), (), key, door.id)}
        if 10 in there:
            content[at : at + PAGE_BYTES] = bytes(PAGE_BYTES)
            (door.data / DATABASE).write_bytes(content)
            return there
    raise AssertionError


def recovered(door: Door) -> bool:
    return not waiting(door.data)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    with house(tmp_path_factory.mktemp("damaged") / "stage", terminals=2, members=MEMBERS) as made:
        door, other = made.enrol("door"), made.enrol("other")
        with made.delivering([door, other]):
            each([door, other], knows_members)
            taps(door, range(10))
            each([door], drained)
        taps(other, range(30))
        destroyed = destroy_a_page(other)
        taps(door, range(10, 20))
        flip(door.data / DATABASE, 5)
        open_terminal(door.data).dispose()
        after = identity.load(door.data).terminal_id
        open_terminal(other.data).dispose()
        with made.delivering([door, other]):
            each([door, other], recovered)
            each([door], knows_members)
            taps(door, range(20, 25))
            each([door], drained)
        return Story(made, door, door.id, after, 20, other, destroyed)


def seqs(story: Story, terminal: UUID) -> list[int]:
    return [record["seq"] for record in books.held(story.made.database, terminal)]


def test_what_was_recorded_before_is_on_the_server_once_and_in_order(story: Story) -> None:
    assert seqs(story, story.before) == list(range(1, story.tapped + 1))


def test_the_terminal_goes_on_under_a_new_identity_from_the_first_number(story: Story) -> None:
    assert story.after != story.before
    assert seqs(story, story.after) == [1, 2, 3, 4, 5]


def test_what_was_set_aside_stays_and_says_what_became_of_it(story: Story) -> None:
    (folder,) = folders(story.door.data)
    told = json.loads((folder / DONE).read_text())
    assert folder.name == str(story.before)
    assert (told["found"], told["delivered"], told["lost"]) == (20, 10, [])


def test_what_nobody_can_read_is_declared_and_the_rest_delivered(story: Story) -> None:
    (folder,) = folders(story.other.data)
    told = json.loads((folder / DONE).read_text())
    assert set(told["lost"]) == story.destroyed
    with closing(sqlite3.connect(story.made.database)) as server:
        query = "SELECT seq FROM ledger_event WHERE terminal_id = ? AND record <> ''"
        held = {seq for (seq,) in server.execute(query, (story.other.id.hex,))}
    assert held == set(range(1, 31)) - story.destroyed


def test_the_server_knows_whom_the_new_terminal_succeeds(story: Story) -> None:
    told = json.loads((story.door.data / identity.IDENTITY_FILE).read_text())
    assert "succeeds" not in told
