"""The roster on the terminal: the port of sync.feed kept word for word, and nothing half done (A3, C32)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from samples.storage import ANN, BEN, EVE, NINE, NOT_CHECKED, HandClock, card_of, member
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlcipher3.dbapi2 import OperationalError

from kiosk.storage import link
from kiosk.storage import roster as roster_module
from kiosk.storage.database import open_database
from kiosk.storage.outside import ask
from kiosk.storage.roster import RosterStanding, RosterStore, standing
from kiosk.storage.staging import WipedMeanwhile
from kiosk.storage.terms import arrived
from kiosk.storage.visitbook import Recorded, VisitBook
from sync.feed import RosterMember, RosterMembership, RosterPage, RosterPast, RosterSink, RosterUsage, pull
from sync.outcome import Unreachable
from visits.decision import Admitted, Direction, Refused, Rule

ELSEWHERE = "2026-11-21T23:00:00.000Z"
Roster = dict[str, tuple[str, str | None, str | None, frozenset[bytes]]]


def kept(engine: Engine) -> Roster:
    with engine.begin() as connection:
        rows = connection.execute(text("select id, standing, name, inside_since from members")).all()
        cards = connection.execute(text("select member, reference from cards")).all()
    held = defaultdict(set)
    for owner, card in cards:
        held[owner].add(card)
    return {row.id: (row.standing, row.name, row.inside_since, frozenset(held[row.id])) for row in rows}


def as_kept(*members: RosterMember) -> Roster:
    return {each.id: (each.standing, each.name, each.inside_since, frozenset(each.cards)) for each in members}


def covered(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.scalar(text("select covers_seq from roster")))


# The port


def test_it_is_what_the_feed_asks_for(roster: RosterStore) -> None:
    sink: RosterSink = roster
    assert sink.cursor() is None


def test_the_last_change_s_cursor_is_kept(roster: RosterStore, engine: Engine, clock: HandClock) -> None:
    roster.replace([], "1", 0)
    assert roster.cursor() == "1"
    roster.merge([], [], "2", 0)
    assert RosterStore(engine, clock).cursor() == "2"


def test_replace_leaves_exactly_these_members(roster: RosterStore, engine: Engine) -> None:
    roster.replace([member(ANN), member(BEN)], "1", 0)
    there = [member(BEN, "suspended", name="鈴木", inside_since=ELSEWHERE), member(EVE, cards=())]
    roster.replace(there, "2", 0)
    assert kept(engine) == as_kept(*there)


def test_replace_writes_only_what_is_not_known_already(roster: RosterStore, engine: Engine) -> None:
    roster.replace([member(ANN, name="山田", inside_since=ELSEWHERE), member(BEN)], "1", 0)
    with engine.begin() as connection:
        for table in ("members", "cards"):
            for change in ("INSERT", "UPDATE", "DELETE"):
                connection.execute(
                    text(
                        f"CREATE TRIGGER {table}_{change} BEFORE {change} ON {table} "
                        "BEGIN SELECT RAISE(ABORT, 'written'); END"
                    )
                )
    roster.replace([member(BEN), member(ANN, name="山田", inside_since=ELSEWHERE)], "2", 7)
    assert (roster.cursor(), covered(engine)) == ("2", 7)


def test_replace_moves_a_card_between_a_member_that_stays_and_one_that_goes(
    roster: RosterStore, engine: Engine
) -> None:
    roster.replace([member(ANN), member(BEN), member(EVE)], "1", 0)
    there = [member(BEN), member(EVE, cards=[card_of(ANN)])]
    roster.replace(there, "2", 0)
    assert kept(engine) == as_kept(*there)


def test_replace_gives_up_where_the_roster_was_wiped_meanwhile(
    roster: RosterStore, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lane that delivers may hear of a revocation while the one that looks stores what it was told before."""
    there = [member(ANN), member(BEN)]
    roster.replace(there, "1", 0)
    known = roster_module._known(engine)
    monkeypatch.setattr(roster_module, "_known", lambda _: known)
    with engine.begin() as connection:
        link.lock(connection, NINE)
    with pytest.raises(WipedMeanwhile):
        roster.replace(there, "2", 0)
    assert (kept(engine), roster.cursor()) == ({}, None)


def test_a_roster_that_cannot_be_read_leaves_no_connection_behind_that_failed(
    roster: RosterStore, engine: Engine
) -> None:
    roster.replace([member(ANN)], "1", 0)
    ask(engine, "CREATE TEMP TABLE seen (once)")
    ask(engine, "ALTER TABLE members RENAME TO elsewhere")
    with pytest.raises(OperationalError):
        roster.replace([member(ANN)], "2", 0)
    with pytest.raises(OperationalError, match="no such table: seen"):
        ask(engine, "SELECT * FROM seen")


def test_replace_with_nobody_leaves_nobody(roster: RosterStore, engine: Engine) -> None:
    roster.replace([member(ANN)], "1", 0)
    roster.replace([], "2", 0)
    assert kept(engine) == {}


def test_merge_puts_a_member_in_the_place_of_what_was_known(roster: RosterStore, engine: Engine) -> None:
    roster.replace([member(ANN, name="山田", inside_since=ELSEWHERE), member(BEN)], "1", 0)
    changed = member(ANN, "ended", cards=[bytes(32), card_of(EVE)])
    roster.merge([changed], [], "2", 0)
    assert kept(engine) == as_kept(changed, member(BEN))


def test_merge_forgets_the_removed_with_their_cards_known_or_not(roster: RosterStore, engine: Engine) -> None:
    roster.replace([member(ANN), member(BEN)], "1", 0)
    roster.merge([], [str(ANN), str(EVE), "never heard of"], "2", 0)
    assert kept(engine) == as_kept(member(BEN))


def test_merge_forgets_first_and_puts_then(roster: RosterStore, engine: Engine) -> None:
    roster.replace([member(ANN)], "1", 0)
    roster.merge([member(ANN, "suspended")], [str(ANN)], "2", 0)
    assert kept(engine) == as_kept(member(ANN, "suspended"))


def test_a_card_that_moves_to_another_member_is_the_other_s(roster: RosterStore, engine: Engine) -> None:
    card = card_of(ANN)
    roster.replace([member(ANN), member(BEN, cards=())], "1", 0)
    roster.merge([member(BEN, cards=[card])], [], "2", 0)
    assert kept(engine) == as_kept(member(ANN, cards=()), member(BEN, cards=[card]))


def test_two_members_may_exchange_their_cards_in_one_change(roster: RosterStore, engine: Engine) -> None:
    roster.replace([member(ANN), member(BEN)], "1", 0)
    exchanged = [member(ANN, cards=[card_of(BEN)]), member(BEN, cards=[card_of(ANN)])]
    roster.merge(exchanged, [], "2", 0)
    assert kept(engine) == as_kept(*exchanged)


def test_more_members_than_one_statement_takes(roster: RosterStore, engine: Engine) -> None:
    many = [member(UUID(int=number), cards=[number.to_bytes(32)]) for number in range(1, 5001)]
    roster.replace(many, "1", 0)
    roster.merge(many[:4500], [each.id for each in many[4500:]], "2", 0)
    assert kept(engine) == as_kept(*many[:4500])


# Everything the server says of a member

WHOLE = member(
    ANN,
    name="花子",
    outside_since="2026-11-21T09:00:00.000Z",
    assumed=True,
    usage=RosterUsage(date(2026, 11, 21), 7, 3),
    memberships=(RosterMembership("individual", date(2026, 4, 1), None, None),),
    paid_until="2026-11-22T03:00:00.000Z",
    replaced_cards=(b"replaced" * 4,),
    past=RosterPast(date(2026, 11, 20), 690),
)


def everything(engine: Engine) -> list[tuple[object, ...]]:
    return [*ask(engine, "SELECT * FROM members"), *ask(engine, "SELECT * FROM cards ORDER BY replaced")]


def test_all_that_is_said_of_a_member_is_kept(roster: RosterStore, engine: Engine) -> None:
    roster.replace([WHOLE], "1", 0)
    terms = arrived(WHOLE)
    assert terms
    assert everything(engine) == [
        (str(ANN), "active", "花子", None, "2026-11-21T09:00:00.000Z", terms),
        (card_of(ANN), str(ANN), 0),
        (b"replaced" * 4, str(ANN), 1),
    ]


@pytest.mark.parametrize(
    "less",
    [
        {"outside_since": None},
        {"assumed": False},
        {"usage": None},
        {"memberships": ()},
        {"paid_until": None},
        {"replaced_cards": ()},
        {"past": None},
    ],
    ids=lambda less: next(iter(less)),
)
@pytest.mark.parametrize("change", ["replace", "merge"])
def test_a_change_of_any_of_it_is_kept(
    change: str, less: dict[str, Any], roster: RosterStore, engine: Engine, tmp_path: Path, clock: HandClock
) -> None:
    roster.replace([WHOLE], "1", 0)
    changed = replace(WHOLE, **less)
    changes = {
        "replace": lambda: roster.replace([changed], "2", 0),
        "merge": lambda: roster.merge([changed], [], "2", 0),
    }
    changes[change]()
    new = open_database(tmp_path / "new")
    RosterStore(new, clock).replace([changed], "2", 0)
    assert everything(engine) == everything(new)
    new.dispose()


def test_a_card_that_is_replaced_by_another_one_and_back(roster: RosterStore, engine: Engine) -> None:
    old, new = card_of(ANN), card_of(BEN)
    for current, replaced in ((old, ()), (new, (old,)), (old, (new,))):
        roster.replace([member(ANN, cards=(current,), replaced_cards=replaced)], "1", 0)
        assert dict(ask(engine, "SELECT reference, replaced FROM cards")) == {current: 0} | dict.fromkeys(replaced, 1)


def test_a_replaced_card_that_another_member_was_given_opens_for_the_other(roster: RosterStore, engine: Engine) -> None:
    roster.replace([member(ANN, cards=(), replaced_cards=(card_of(ANN),)), member(BEN)], "1", 0)
    roster.merge([member(ANN, cards=()), member(BEN, cards=[card_of(ANN)])], [], "2", 0)
    assert ask(engine, "SELECT member, replaced FROM cards") == [(str(BEN), 0)]


# What is not understood


@pytest.mark.parametrize(
    "strange",
    [
        member(BEN, cards=[card_of(EVE)]),
        member(BEN, "honorary"),
        member(BEN, ""),
        member(BEN, inside_since="yesterday"),
        member(BEN, inside_since="2026-11-21T23:00:00"),
        member(BEN, cards=[card_of(BEN)], replaced_cards=(card_of(BEN),)),
        member(BEN, outside_since="yesterday"),
        member(BEN, memberships=(RosterMembership("honorary", date(2026, 4, 1), None, None),)),
        RosterMember("ann", "active", None, (), None),
        RosterMember(str(BEN).upper(), "active", None, (), None),
    ],
    ids=[
        "another's card",
        "standing",
        "no standing",
        "instant",
        "naive instant",
        "a card that is replaced and not",
        "instant of leaving",
        "kind",
        "id",
        "id in another form",
    ],
)
@pytest.mark.parametrize("change", ["replace", "merge"])
def test_a_member_not_understood_changes_nothing(
    change: str, strange: RosterMember, roster: RosterStore, engine: Engine
) -> None:
    roster.replace([member(ANN)], "1", 0)
    arriving = [member(EVE), strange]
    changes = {
        "replace": lambda: roster.replace(arriving, "2", 0),
        "merge": lambda: roster.merge(arriving, [str(ANN)], "2", 0),
    }
    with pytest.raises(ValueError):  # noqa: PT011 - whose words are free
        changes[change]()
    assert (kept(engine), roster.cursor()) == (as_kept(member(ANN)), "1")


def test_a_change_torn_in_the_middle_changes_nothing(roster: RosterStore, engine: Engine) -> None:
    roster.replace([member(ANN)], "1", 0)
    with engine.begin() as connection:
        connection.execute(text("CREATE TRIGGER t BEFORE UPDATE ON roster BEGIN SELECT RAISE(ABORT, 'torn'); END"))
    with pytest.raises(SQLAlchemyError):
        roster.replace([member(BEN)], "2", 0)
    assert (kept(engine), roster.cursor()) == (as_kept(member(ANN)), "1")


# As the feed uses it


def page(
    cursor: str, members: Sequence[RosterMember], *, snapshot: bool = False, more: bool = False, removed: str = ""
) -> RosterPage:
    return RosterPage(cursor, snapshot, tuple(members), tuple(removed.split()), more, 0, (), NINE)


def answering(*pages: RosterPage | Exception) -> Callable[[str], RosterPage]:
    left = list(pages)

    def ask(cursor: str) -> RosterPage:
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return ask


def test_a_pulled_snapshot_and_a_pulled_change(roster: RosterStore, engine: Engine) -> None:
    pull(page("1", [member(ANN)], snapshot=True, more=True), answering(page("2", [member(BEN)])), roster)
    pull(page("3", [member(BEN, "ended", inside_since=ELSEWHERE)], removed=str(ANN)), answering(), roster)
    assert kept(engine) == as_kept(member(BEN, "ended", inside_since=ELSEWHERE))
    assert roster.cursor() == "3"


def test_a_torn_snapshot_leaves_the_roster_as_it_was(roster: RosterStore, engine: Engine) -> None:
    roster.replace([member(ANN)], "1", 0)
    with pytest.raises(Unreachable):
        pull(page("2", [member(BEN)], snapshot=True, more=True), answering(Unreachable()), roster)
    assert (kept(engine), roster.cursor()) == (as_kept(member(ANN)), "1")


def test_a_pull_without_changes_still_says_when_it_was(roster: RosterStore, engine: Engine, clock: HandClock) -> None:
    roster.replace([member(ANN)], "1", 0)
    clock.passes(60)
    pull(page("1", []), answering(), roster)
    with engine.begin() as connection:
        assert standing(connection).pulled_at == clock.now.at


# What it is for


def test_a_suspension_is_felt_at_the_next_tap(roster: RosterStore, book: VisitBook) -> None:
    roster.replace([member(ANN)], "1", 0)
    roster.merge([member(ANN, "suspended")], [], "2", 0)
    assert book.tap(Direction.IN, card_of(ANN), NOT_CHECKED) == Refused(Rule.SUSPENDED)


def test_a_removed_member_s_card_opens_nothing(roster: RosterStore, book: VisitBook) -> None:
    roster.replace([member(ANN)], "1", 0)
    roster.merge([], [str(ANN)], "2", 0)
    assert book.tap(Direction.IN, card_of(ANN), NOT_CHECKED) == Refused(Rule.CARD_NOT_LINKED)


def test_a_moved_card_opens_for_its_new_member_alone(roster: RosterStore, book: VisitBook) -> None:
    roster.replace([member(ANN, "ended"), member(BEN, cards=(), name="鈴木")], "1", 0)
    roster.merge([member(BEN, cards=[card_of(ANN)], name="鈴木")], [], "2", 0)
    assert book.tap(Direction.IN, card_of(ANN), NOT_CHECKED) == Recorded(
        NINE, "鈴木", Admitted(Direction.IN, Rule.ACTIVE_MEMBER)
    )


@pytest.mark.parametrize("change", ["replace", "merge"])
def test_a_change_covers_what_the_server_held_when_it_was_asked(
    change: str, roster: RosterStore, engine: Engine
) -> None:
    changes = {"replace": lambda: roster.replace([], "1", 7), "merge": lambda: roster.merge([], [], "1", 7)}
    changes[change]()
    assert covered(engine) == 7


def test_a_confirmed_roster_is_as_fresh_as_one_just_pulled(
    roster: RosterStore, engine: Engine, clock: HandClock
) -> None:
    roster.replace([member(ANN)], "1", 0)
    clock.passes(600)
    roster.confirm(7)
    with engine.begin() as connection:
        assert standing(connection).pulled_at == clock.now.at
    assert (kept(engine), roster.cursor(), covered(engine)) == (as_kept(member(ANN)), "1", 7)


def test_there_is_nothing_to_confirm_before_the_first_pull(roster: RosterStore, engine: Engine) -> None:
    roster.confirm(7)
    with engine.begin() as connection:
        assert standing(connection).pulled_at is None


def test_the_standing_counts_members_and_who_is_inside(roster: RosterStore, engine: Engine) -> None:
    with engine.begin() as connection:
        assert standing(connection) == RosterStanding(0, 0, None)
    roster.replace([member(ANN, inside_since=ELSEWHERE), member(BEN)], "1", 0)
    with engine.begin() as connection:
        assert standing(connection) == RosterStanding(2, 1, NINE)
