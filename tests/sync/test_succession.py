"""A terminal whose queue was damaged tells the server whom it succeeds, however often and with whatever in between."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from machine.centre import Centre
from sync import identity, lineage
from sync.address import Service
from sync.clock import SYSTEM_CLOCK, ServerTime
from sync.identity import Facility, Identity
from sync.outcome import Refused, Unreachable
from sync.succession import register
from visits.statement import successor_statement

FIRST = UUID(int=0x7E)


@pytest.fixture
def centre() -> Iterator[Centre]:
    with Centre() as centre:
        yield centre


@pytest.fixture
def first(tmp_path: Path) -> Identity:
    """The identity that was enrolled, in a folder of its name, as all that succeed it."""
    folder = folder_of(tmp_path, FIRST)
    identity.own_key(folder)
    identity.store(folder, FIRST, Facility(UUID(int=1), "みどり町コワーキング"), bytes(32))
    return identity.load(folder)


def folder_of(tmp_path: Path, who: UUID) -> Path:
    return tmp_path / str(who)


def damaged(tmp_path: Path, old: Identity) -> Identity:
    """Its successor."""
    draft = tmp_path / "draft"
    draft.mkdir()
    new = lineage.draft(folder_of(tmp_path, old.terminal_id), draft)
    draft.rename(folder_of(tmp_path, new))
    return identity.load(folder_of(tmp_path, new))


def tell(tmp_path: Path, who: Identity, centre: Centre) -> None:
    def folder(old: UUID) -> Path:
        return folder_of(tmp_path, old)

    where, time = Service(centre.url), ServerTime(SYSTEM_CLOCK)
    register(folder(who.terminal_id), folder, where, time, successor_statement)


def predecessor(tmp_path: Path, who: Identity) -> UUID | None:
    return lineage.predecessor(folder_of(tmp_path, who.terminal_id))


def succession(centre: Centre) -> list[UUID | None]:
    """Of each terminal the server knows, in the order in which it came to know them."""
    return [held.succeeds for held in centre.terminals.values()]


def test_the_server_comes_to_know_the_new_identity_and_its_key(tmp_path: Path, first: Identity, centre: Centre) -> None:
    centre.knows(first)
    second = damaged(tmp_path, first)
    tell(tmp_path, second, centre)
    assert centre.terminals[second.terminal_id].succeeds == FIRST
    assert centre.terminals[second.terminal_id].key == second.key.public_key().public_bytes_raw()
    assert predecessor(tmp_path, second) is None


def test_who_succeeds_nobody_asks_nothing(tmp_path: Path, first: Identity, centre: Centre) -> None:
    tell(tmp_path, first, centre)
    assert centre.asked == []


def test_what_is_confirmed_is_not_asked_again(tmp_path: Path, first: Identity, centre: Centre) -> None:
    centre.knows(first)
    second = damaged(tmp_path, first)
    for _ in range(3):
        tell(tmp_path, second, centre)
    assert len(centre.asked) == 1


def test_after_a_lost_answer_the_same_question_is_asked_again(tmp_path: Path, first: Identity, centre: Centre) -> None:
    centre.knows(first)
    centre.cuts = [True]
    second = damaged(tmp_path, first)
    with pytest.raises(Unreachable):
        tell(tmp_path, second, centre)
    assert predecessor(tmp_path, second) == FIRST
    tell(tmp_path, second, centre)
    assert predecessor(tmp_path, second) is None
    assert succession(centre) == [None, FIRST]


@pytest.mark.parametrize("times", [2, 3])
def test_damaged_again_before_the_first_contact_the_oldest_is_told_first(
    tmp_path: Path, first: Identity, centre: Centre, times: int
) -> None:
    centre.knows(first)
    line = [first]
    for _ in range(times):
        line.append(damaged(tmp_path, line[-1]))
    tell(tmp_path, line[-1], centre)
    ids = [each.terminal_id for each in line]
    assert list(centre.terminals) == ids
    assert succession(centre) == [None, *ids[:-1]]
    assert [predecessor(tmp_path, each) for each in line] == [None] * len(line)


@pytest.mark.parametrize("lost", range(3), ids="answer {} is lost".format)
def test_cut_off_anywhere_in_the_line_the_next_try_ends_it(
    tmp_path: Path, first: Identity, centre: Centre, lost: int
) -> None:
    centre.knows(first)
    second = damaged(tmp_path, first)
    third = damaged(tmp_path, second)
    centre.cuts = [number == lost for number in range(lost + 1)]
    with pytest.raises(Unreachable):
        tell(tmp_path, third, centre)
    tell(tmp_path, third, centre)
    assert succession(centre) == [None, FIRST, second.terminal_id]
    assert predecessor(tmp_path, third) is None


@pytest.mark.parametrize("forgotten", [1, 2, 3])
def test_a_server_that_forgot_the_newest_of_the_line_is_told_of_them_again(
    tmp_path: Path, first: Identity, centre: Centre, forgotten: int
) -> None:
    centre.knows(first)
    line = [first]
    for _ in range(3):
        line.append(damaged(tmp_path, line[-1]))
        tell(tmp_path, line[-1], centre)
    for each in line[-forgotten:]:
        del centre.terminals[each.terminal_id]
    assert lineage.reopen(folder_of(tmp_path, line[-1].terminal_id))
    tell(tmp_path, line[-1], centre)
    assert succession(centre) == [None, *(each.terminal_id for each in line[:-1])]
    assert [predecessor(tmp_path, each) for each in line] == [None] * 4


def test_who_succeeds_nobody_has_nothing_to_tell_again(tmp_path: Path, first: Identity) -> None:
    assert not lineage.reopen(folder_of(tmp_path, FIRST))


@pytest.mark.parametrize("revoked", ["the one before", "the one before that"])
def test_nobody_succeeds_a_terminal_that_was_revoked(
    tmp_path: Path, first: Identity, centre: Centre, revoked: str
) -> None:
    centre.knows(first)
    centre.revoked = {FIRST}
    last = damaged(tmp_path, first)
    if revoked == "the one before that":
        last = damaged(tmp_path, last)
    with pytest.raises(Refused, match="terminal_revoked"):
        tell(tmp_path, last, centre)
    assert list(centre.terminals) == [FIRST]
    centre.revoked = set()
    tell(tmp_path, last, centre)
    assert predecessor(tmp_path, last) is None


def test_a_line_of_which_the_server_knows_nobody_is_refused(tmp_path: Path, first: Identity, centre: Centre) -> None:
    third = damaged(tmp_path, damaged(tmp_path, first))
    with pytest.raises(Refused, match="unknown_terminal"):
        tell(tmp_path, third, centre)
    assert len(centre.asked) == 2


def test_a_key_that_is_in_use_leaves_the_succession_open(tmp_path: Path, first: Identity, centre: Centre) -> None:
    centre.knows(first)
    centre.refusals = [(409, "key_in_use")]
    second = damaged(tmp_path, first)
    with pytest.raises(Refused, match="key_in_use"):
        tell(tmp_path, second, centre)
    assert predecessor(tmp_path, second) == FIRST
    assert len(centre.asked) == 1


def test_a_key_changed_since_an_answer_was_lost_does_not_keep_the_succession_open(
    tmp_path: Path, first: Identity, centre: Centre
) -> None:
    centre.knows(first)
    centre.cuts = [True]
    second = damaged(tmp_path, first)
    with pytest.raises(Unreachable):
        tell(tmp_path, second, centre)
    folder = folder_of(tmp_path, second.terminal_id)
    centre.terminals[second.terminal_id].key = identity.next_key(folder).public_key().public_bytes_raw()
    identity.adopt_next_key(folder, datetime(2026, 11, 22, 1, tzinfo=UTC))
    tell(tmp_path, second, centre)
    assert predecessor(tmp_path, second) is None


def test_another_terminal_with_the_same_id_is_not_taken_for_this_one(
    tmp_path: Path, first: Identity, centre: Centre
) -> None:
    centre.knows(first)
    second = damaged(tmp_path, first)
    centre.knows(replace(second, key=Ed25519PrivateKey.generate()))
    with pytest.raises(Refused, match="id_in_use"):
        tell(tmp_path, second, centre)
    assert predecessor(tmp_path, second) == FIRST


def test_a_wrong_clock_is_corrected_by_the_server(tmp_path: Path, first: Identity, centre: Centre) -> None:
    centre.knows(first)
    centre.refusals = [(401, "clock_skew")]
    second = damaged(tmp_path, first)
    tell(tmp_path, second, centre)
    assert predecessor(tmp_path, second) is None
