"""A roster that comes into use in one moment, however long it takes to write, and never holds up a tap (A3, C32)."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from samples.storage import NINE, NOT_CHECKED, HandClock, card_of, member
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import SQLAlchemyError

from kiosk import disk
from kiosk.storage import link, staging
from kiosk.storage import roster as roster_module
from kiosk.storage.database import open_database
from kiosk.storage.outside import ask
from kiosk.storage.roster import RosterStore, standing
from kiosk.storage.staging import NoRoom, WipedMeanwhile
from kiosk.storage.terms import arrived
from kiosk.storage.visitbook import FeeAsked, Recorded, VisitBook
from sync.feed import RosterMember, RosterUsage
from visits.decision import Admitted, Direction, Refused, Rule
from visits.past import History

AT_ONCE = 2
PEOPLE = [UUID(int=number) for number in range(1, 6)]
OLD = [member(one, name="old") for one in PEOPLE]
NEW = [member(one, name="new") for one in PEOPLE]
TABLES = ("members", "cards", "members_next", "cards_next")
TRANSACTIONS_TO_FILL = 6  # three for the five members and three for their cards

DIES = f"""
import os, sys
from pathlib import Path
from samples.storage import HandClock, member
from uuid import UUID
from kiosk.storage import roster, staging
from kiosk.storage.database import open_database

roster.AT_ONCE = staging.AT_ONCE = {AT_ONCE}
left = int(sys.argv[2])

def rest(_):
    global left
    left -= 1
    if left == 0:
        os._exit(9)

people = [member(UUID(int=number), name="new") for number in range(1, 6)]
roster.RosterStore(open_database(Path(sys.argv[1])), HandClock(), rest).replace(people, "2", 0)
"""

Held = list[tuple[str, str | None, bytes | None]]


@dataclass
class Rests:
    """Does at the given rest, counted from 1, what a test wants to be done there."""

    plan: dict[int, Callable[[], object]] = field(default_factory=dict)
    at_each: Callable[[], object] = lambda: None
    taken: int = 0

    def __call__(self, _: float) -> None:
        self.taken += 1
        self.at_each()
        self.plan.get(self.taken, lambda: None)()


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (roster_module, staging):
        monkeypatch.setattr(module, "AT_ONCE", AT_ONCE)


@pytest.fixture
def rests() -> Rests:
    return Rests()


@pytest.fixture
def store(engine: Engine, clock: HandClock, rests: Rests) -> RosterStore:
    """With the old roster in it."""
    RosterStore(engine, clock, lambda _: None).replace(OLD, "1", 0)
    return RosterStore(engine, clock, rests)


def held(engine: Engine) -> Held:
    """As a tap finds it: each member's id and name with a card."""
    with engine.begin() as connection:
        found = connection.execute(
            text("select id, name, reference from members left join cards on member = id order by 1, 3")
        )
        return [(row.id, row.name, row.reference) for row in found]


def as_held(people: Sequence[RosterMember]) -> Held:
    return sorted((one.id, one.name, card) for one in people for card in one.cards)


def rows(engine: Engine) -> dict[str, int]:
    with engine.begin() as connection:
        return {table: connection.execute(text(f"select count(*) from {table}")).scalar_one() for table in TABLES}  # noqa: S608


def lock(engine: Engine) -> None:
    with engine.begin() as connection:
        link.lock(connection, NINE)


# While it is written


def test_whoever_looks_in_between_sees_the_old_roster_whole_and_then_the_new_one(
    store: RosterStore, engine: Engine, rests: Rests
) -> None:
    seen: list[Held] = []
    rests.at_each = lambda: seen.append(held(engine))
    store.replace(NEW, "2", 0)
    assert seen[:TRANSACTIONS_TO_FILL] == [as_held(OLD)] * TRANSACTIONS_TO_FILL
    assert seen[TRANSACTIONS_TO_FILL:] == [as_held(NEW)] * len(seen[TRANSACTIONS_TO_FILL:])
    assert held(engine) == as_held(NEW)


def test_a_tap_in_between_is_judged_by_the_old_roster_and_its_passage_stays(
    store: RosterStore, rests: Rests, book: VisitBook
) -> None:
    found: list[Recorded | Refused | FeeAsked] = []
    card = card_of(PEOPLE[0])
    rests.plan[4] = lambda: found.append(book.tap(Direction.IN, card, NOT_CHECKED))
    store.replace(NEW, "2", 0)
    assert found == [Recorded(NINE, "old", Admitted(Direction.IN, Rule.ACTIVE_MEMBER))]
    assert book.tap(Direction.IN, card, NOT_CHECKED) == Refused(Rule.ALREADY_IN)
    assert book.tap(Direction.OUT, card, NOT_CHECKED) == Recorded(
        NINE, "new", Admitted(Direction.OUT, Rule.LEAVING_IS_FREE), NINE, History(None, timedelta(0))
    )


def test_no_transaction_writes_more_than_so_many_rows(store: RosterStore, engine: Engine) -> None:
    changes = []

    def note(connection: Connection) -> None:
        changes.append(connection.connection.driver_connection.total_changes)  # type: ignore[union-attr]

    event.listen(engine, "begin", note)
    event.listen(engine, "commit", note)
    store.replace(NEW, "2", 0)
    written = [after - before for before, after in zip(changes[::2], changes[1::2], strict=True)]
    assert max(written) == AT_ONCE


def test_between_two_transactions_a_tap_that_waits_gets_its_turn(store: RosterStore, rests: Rests) -> None:
    store.replace(NEW, "2", 0)
    assert rests.taken >= TRANSACTIONS_TO_FILL


# Afterwards


def test_of_the_old_roster_nothing_is_left(store: RosterStore, engine: Engine) -> None:
    store.replace(NEW[:3], "2", 7)
    assert rows(engine) == {"members": 3, "cards": 3, "members_next": 0, "cards_next": 0}
    assert store.cursor() == "2"


def test_all_that_is_said_of_a_member_comes_into_use(store: RosterStore, engine: Engine) -> None:
    """And stays, where later changes are staged that concern others."""
    told: dict[str, Any] = {
        "outside_since": "2026-11-21T09:00:00.000Z",
        "usage": RosterUsage(date(2026, 11, 21), 7, 3),
        "replaced_cards": (b"replaced" * 4,),
    }
    whole = member(PEOPLE[0], **told)
    store.replace([whole, *NEW[1:]], "2", 0)
    store.merge(OLD[1:4], [], "3", 0)
    assert ask(engine, "SELECT outside_since, terms FROM members WHERE id = ?", (str(PEOPLE[0]),)) == [
        ("2026-11-21T09:00:00.000Z", arrived(whole))
    ]
    assert ask(engine, "SELECT reference FROM cards WHERE replaced") == [(b"replaced" * 4,)]


def test_a_card_taken_away_in_a_change_of_many_opens_nothing(store: RosterStore, engine: Engine) -> None:
    store.merge([member(PEOPLE[0], name="new", cards=()), *NEW[1:4]], [], "2", 0)
    assert ask(engine, "SELECT count(*) FROM cards WHERE reference = ?", (card_of(PEOPLE[0]),)) == [(0,)]


def test_changes_and_further_rosters_go_on_from_there(store: RosterStore, engine: Engine) -> None:
    store.replace(NEW, "2", 0)
    moved = member(PEOPLE[0], "suspended", name="moved", cards=[card_of(PEOPLE[1])])
    store.merge([moved], [str(PEOPLE[2])], "3", 0)
    assert held(engine) == sorted(
        [*as_held([moved, *NEW[3:]]), (str(PEOPLE[1]), "new", None)], key=lambda row: (row[0], row[2] or b"")
    )
    store.replace(OLD, "4", 0)
    assert (held(engine), store.cursor()) == (as_held(OLD), "4")


def test_the_news_is_as_old_as_when_storing_it_began(
    store: RosterStore, engine: Engine, rests: Rests, clock: HandClock
) -> None:
    rests.at_each = lambda: clock.passes(60)
    store.replace(NEW, "2", 0)
    with engine.begin() as connection:
        assert standing(connection).pulled_at == NINE
    assert clock.now.at > NINE


def test_nobody_in_place_of_many(store: RosterStore, engine: Engine) -> None:
    store.replace([], "2", 0)
    assert rows(engine) == dict.fromkeys(TABLES, 0)
    assert store.cursor() == "2"


def test_what_differs_little_is_written_in_place(store: RosterStore, engine: Engine, rests: Rests) -> None:
    there = [member(PEOPLE[0], "suspended"), *OLD[1:]]
    store.replace(there, "2", 0)
    assert (held(engine), rests.taken) == (as_held(there), 0)


def test_a_change_of_many_is_staged_too(store: RosterStore, engine: Engine, rests: Rests) -> None:
    """A card moves from one that stays, one goes, the others are new."""
    arrived = [member(PEOPLE[0], name="new", cards=[card_of(PEOPLE[0]), card_of(PEOPLE[4])]), *NEW[1:3]]
    store.merge(arrived, [str(PEOPLE[3])], "2", 7)
    staying: Held = [(str(PEOPLE[4]), "old", None)]
    assert held(engine) == as_held(arrived) + staying
    assert rests.taken >= TRANSACTIONS_TO_FILL
    assert store.cursor() == "2"


# What may come in between


@pytest.mark.parametrize("rest", [1, 3, 4, TRANSACTIONS_TO_FILL])
def test_a_process_killed_before_the_exchange_has_changed_nothing(
    rest: int, store: RosterStore, engine: Engine, tmp_path: Path
) -> None:
    assert killed_at(rest, tmp_path / "data")
    assert held(engine) == as_held(OLD)
    assert rows(engine)["members_next"] > 0
    assert store.cursor() == "1"
    assert rows(engine) == {"members": 5, "cards": 5, "members_next": 0, "cards_next": 0}


def test_a_process_killed_after_it_has_changed_everything(store: RosterStore, engine: Engine, tmp_path: Path) -> None:
    assert killed_at(TRANSACTIONS_TO_FILL + 1, tmp_path / "data")
    assert held(engine) == as_held(NEW)
    assert rows(engine)["cards_next"] > 0
    assert store.cursor() == "2"
    assert rows(engine) == {"members": 5, "cards": 5, "members_next": 0, "cards_next": 0}


def killed_at(rest: int, folder: Path) -> bool:
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", DIES, folder, str(rest)], check=False, env=os.environ | path)
    return ended.returncode == 9


@pytest.mark.parametrize("rest", range(1, TRANSACTIONS_TO_FILL + 1))
@pytest.mark.parametrize("first", [True, False], ids=["first", "repeated"])
def test_a_revocation_in_between_wipes_what_is_staged_and_nothing_comes_into_use(
    rest: int,
    first: bool,
    store: RosterStore,
    engine: Engine,
    rests: Rests,
) -> None:
    if first:
        lock(engine)
    wiped: list[dict[str, int]] = []

    def revoke() -> None:
        lock(engine)
        wiped.append(rows(engine))

    rests.plan[rest] = revoke
    with pytest.raises(WipedMeanwhile):
        store.replace(NEW, "2", 0)
    assert wiped == [dict.fromkeys(TABLES, 0)]
    assert rests.taken == rest, "something was staged afterwards"
    assert rows(engine) == dict.fromkeys(TABLES, 0)
    assert store.cursor() is None


@pytest.mark.parametrize("rest", [0, 1, 4])
def test_on_a_disk_that_is_nearly_full_the_old_roster_stays_and_gives_back_the_room(
    rest: int, store: RosterStore, engine: Engine, rests: Rests, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill() -> None:
        monkeypatch.setattr(disk, "level", lambda _: disk.Level.CRITICAL)

    rests.plan[rest] = fill
    if rest == 0:
        fill()
    with pytest.raises(NoRoom):
        store.replace(NEW, "2", 0)
    assert (held(engine), store.cursor()) == (as_held(OLD), "1")
    assert rows(engine)["members_next"] == rows(engine)["cards_next"] == 0


def test_an_exchange_torn_in_the_middle_changes_nothing(store: RosterStore, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TRIGGER t BEFORE UPDATE ON roster BEGIN SELECT RAISE(ABORT, 'torn'); END"))
    with pytest.raises(SQLAlchemyError):
        store.replace(NEW, "2", 0)
    assert (held(engine), store.cursor()) == (as_held(OLD), "1")


def test_a_database_that_never_staged_anything_learns_to(tmp_path: Path, clock: HandClock) -> None:
    """As made by a version that had one pair of tables."""
    before = open_database(tmp_path)
    RosterStore(before, clock).replace(OLD[:1], "1", 0)
    with before.begin() as connection:
        for table in ("cards_next", "members_next"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
    before.dispose()
    engine = open_database(tmp_path)
    RosterStore(engine, clock, lambda _: None).replace(NEW, "2", 0)
    assert held(engine) == as_held(NEW)
    engine.dispose()
