"""A damaged database at a real terminal: it goes on under a new identity, and what was recorded reaches the server.

Not in here: which damage is found, and how records are read (tests/kiosk/storage, tests/faults).
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.clock import SystemClock
from kiosk.recover import DONE, waiting
from kiosk.storage.database import DATABASE
from kiosk.storage.recovery import folders, open_terminal
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
    """`before` is the identity that made the records up to `tapped`, `after` the one that made the others."""

    made: House
    door: Door
    before: UUID
    after: UUID
    tapped: int


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


def recovered(door: Door) -> bool:
    return not waiting(door.data)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    with house(tmp_path_factory.mktemp("damaged") / "stage", terminals=1, members=MEMBERS) as made:
        door = made.enrol("door")
        with made.delivering([door]):
            each([door], knows_members)
            taps(door, range(10))
            each([door], drained)
        taps(door, range(10, 20))
        flip(door.data / DATABASE, 5)
        open_terminal(door.data).dispose()
        after = identity.load(door.data).terminal_id
        with made.delivering([door]):
            each([door], recovered)
            each([door], knows_members)
            taps(door, range(20, 25))
            each([door], drained)
        return Story(made, door, door.id, after, 20)


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


def test_the_server_knows_whom_the_new_terminal_succeeds(story: Story) -> None:
    told = json.loads((story.door.data / identity.IDENTITY_FILE).read_text())
    assert "succeeds" not in told
