"""What can be read of damaged databases reaches the server; the rest is declared or, where it cannot be, told to staff."""

import json
import logging
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from samples.storage import ANN, FIRST_BOOT, NINE, TERMINAL

from kiosk import recover as recover_module
from kiosk.delivery import assembled, recover_damaged
from kiosk.recover import Chore, Recovered, attempt, recover, recover_all
from kiosk.settings import Server, Settings, Terminal
from kiosk.storage import link, newest
from kiosk.storage.database import DATABASE, KEY, open_database
from kiosk.storage.newest import Newest
from kiosk.storage.recovery import DONE, open_terminal, waiting
from machine.centre import Centre
from sync import identity, lineage, secret_file
from sync.address import Service
from sync.clock import SYSTEM_CLOCK, ServerTime
from sync.delivery import Delivered, State
from sync.identity import Facility, Identity
from sync.outcome import Refused, Unreachable
from visits.decision import Rule
from visits.event import FIRST_PREVIOUS, Clock, Event, Kind, Position, Revocation, canonical, record_hash, to_record

KEY_OF_DATABASE = bytes(range(32))
PLAIN_BYTES, RESERVED = 4016, 80


def chain(terminal: UUID, count: int) -> list[bytes]:
    """So many records in their canonical form, from the first."""
    records: list[bytes] = []
    previous = FIRST_PREVIOUS
    for seq in range(1, count + 1):
        event = Event(
            Position(terminal, seq, previous),
            Kind.CHECK_IN,
            ANN,
            NINE,
            monotonic_ms=seq,
            boot=FIRST_BOOT,
            boot_number=1,
            clock=Clock.SYNCHRONISED,
            rule=Rule.ACTIVE_MEMBER,
            revocation=Revocation.NOT_CHECKED,
        )
        record = to_record(event)
        previous = record_hash(record)
        records.append(canonical(record))
    return records


def pages(records: list[bytes], readable: Collection[int]) -> bytes:
    """A database's pages in which only these of the records can be read."""
    content = bytearray()
    for seq in readable:
        record = records[seq - 1]
        content += encrypted(record_hash(json.loads(record)) + record)
    return bytes(content)


def encrypted(plain: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(KEY_OF_DATABASE), modes.CBC(bytes(16))).encryptor()
    return cipher.update(plain.ljust(PLAIN_BYTES, b"\0")) + cipher.finalize() + bytes(RESERVED)


@pytest.fixture
def centre() -> Iterator[Centre]:
    with Centre() as centre:
        yield centre


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Of a terminal that records under its second identity; what the first wrote lies in a folder, nothing readable yet."""
    data = tmp_path / "data"
    identity.own_key(data)
    identity.store(data, TERMINAL, Facility(UUID(int=1), "みどり町コワーキング"), bytes(32))
    put_aside(data)
    return data


def put_aside(data: Path) -> Path:
    """Whatever is there; the fresh database is not begun."""
    (data / DATABASE).write_bytes(bytes(4096))
    secret_file.replace(data / KEY, KEY_OF_DATABASE)
    before = identity.load(data).terminal_id
    open_terminal(data).dispose()
    return data / "recovery" / str(before)


def folder_of(data: Path, who: UUID = TERMINAL) -> Path:
    return data / "recovery" / str(who)


def old_of(data: Path, who: UUID = TERMINAL) -> Identity:
    return identity.load(folder_of(data, who))


def holds(data: Path, records: list[bytes], readable: Collection[int], *, noted: int | None = None) -> None:
    """The folder, from now on; `noted` is the newest record that somebody was told of."""
    (folder_of(data) / DATABASE).write_bytes(pages(records, readable))
    (folder_of(data) / newest.FILE).unlink()
    if noted is not None:
        hashed = record_hash(json.loads(records[noted - 1])) if noted else FIRST_PREVIOUS
        newest.write(folder_of(data) / newest.FILE, Newest(noted, hashed))


def run(data: Path, centre: Centre, folder: UUID = TERMINAL) -> Recovered:
    return recover(folder_of(data, folder), Service(centre.url), ServerTime(SYSTEM_CLOCK))


def everything(data: Path, centre: Centre) -> list[str]:
    return list(map(str, recover_all(data, Service(centre.url), ServerTime(SYSTEM_CLOCK))))


def told(data: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder_of(data) / DONE).read_text())
    return said


# What reaches the server


def test_all_that_the_server_has_not_is_delivered(data: Path, centre: Centre) -> None:
    records = chain(TERMINAL, 30)
    holds(data, records, range(1, 31), noted=30)
    centre.knows(old_of(data), records[:12])
    recovered = run(data, centre)
    assert centre.terminals[TERMINAL].chain == records
    assert (recovered.found, recovered.delivered, recovered.lost) == (30, 18, ())
    assert waiting(data) == ()


LOST = {
    "one in the middle": (30, {15}),
    "some at several places": (30, {2, 3, 9, 20, 21, 22}),
    "the first": (30, {1, 2, 3}),
    "the last": (30, {28, 29, 30}),
    "more than go into one batch, from the first": (1203, set(range(1, 1202))),
    "more than go into one batch, in the middle": (1205, set(range(3, 1204))),
    "more than go into one batch, at the end": (1203, set(range(3, 1204))),
    "all but one": (8, {1, 2, 3, 5, 6, 7, 8}),
}


@pytest.mark.parametrize("case", LOST)
def test_what_nobody_can_read_is_declared_and_the_rest_delivered(data: Path, centre: Centre, case: str) -> None:
    count, lost = LOST[case]
    records = chain(TERMINAL, count)
    holds(data, records, sorted(set(range(1, count + 1)) - lost), noted=count)
    centre.knows(old_of(data))
    recovered = run(data, centre)
    expected = [b"" if seq in lost else record for seq, record in enumerate(records, 1)]
    assert centre.terminals[TERMINAL].chain == expected
    assert recovered.lost == tuple(sorted(lost)) == tuple(told(data)["lost"])


def test_records_pruned_long_ago_are_not_lost(data: Path, centre: Centre) -> None:
    records = chain(TERMINAL, 30)
    holds(data, records, range(20, 31), noted=30)
    centre.knows(old_of(data), records[:25])
    assert run(data, centre).lost == ()
    assert centre.terminals[TERMINAL].chain == records


def test_many_records_go_in_several_batches(data: Path, centre: Centre) -> None:
    records = chain(TERMINAL, 600)
    holds(data, records, range(1, 601), noted=600)
    centre.knows(old_of(data))
    run(data, centre)
    assert centre.terminals[TERMINAL].chain == records
    assert len(centre.asked) == 4


def test_where_the_server_has_it_all_nothing_need_be_readable(data: Path, centre: Centre) -> None:
    records = chain(TERMINAL, 5)
    holds(data, records, [], noted=5)
    centre.knows(old_of(data), records)
    assert run(data, centre).lost == ()
    assert waiting(data) == ()


# What does not


@pytest.mark.parametrize(("noted", "sentence"), [(9, "6 to 9 are lost"), (None, "nor how many there were")])
def test_where_not_one_record_can_be_read_it_stays_told(
    data: Path, centre: Centre, noted: int | None, sentence: str
) -> None:
    records = chain(TERMINAL, 9)
    holds(data, records, [], noted=noted)
    centre.knows(old_of(data), records[:5])
    settings = Settings(terminal=Terminal(data_directory=data), server=Server(url=centre.url))
    for _ in range(2):
        assert sentence in recover_damaged(settings, folder_of(data))[0]
        assert waiting(data) == (folder_of(data),)
    assert centre.terminals[TERMINAL].lost == []


def test_a_terminal_that_had_recorded_nothing_has_lost_nothing(data: Path, centre: Centre) -> None:
    holds(data, [], [], noted=0)
    centre.knows(old_of(data))
    assert run(data, centre).lost == ()
    assert waiting(data) == ()


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        ((401, "unknown_terminal"), "refuses the terminal that wrote it: 401 unknown_terminal"),
        ((403, "terminal_revoked"), "staff revoked the terminal that wrote it"),
        ((422, ""), "refuses the terminal that wrote it: 422"),
    ],
)
def test_a_folder_the_server_refuses_holds_up_no_other(
    data: Path, centre: Centre, refusal: tuple[int, str], sentence: str
) -> None:
    second = identity.load(data)
    put_aside(data)
    holds(data, chain(TERMINAL, 4), range(1, 5), noted=4)
    centre.knows(old_of(data))
    centre.knows(second)
    lineage.confirm(data)
    newest.write(folder_of(data, second.terminal_id) / newest.FILE, Newest(0, FIRST_PREVIOUS))
    centre.refusals = [refusal]
    assert sentence in everything(data, centre)[0]
    assert len(waiting(data)) == 1
    everything(data, centre)
    assert waiting(data) == ()


@pytest.mark.parametrize("refusal", [(500, ""), (503, "busy"), (429, "too_many")])
def test_what_time_alone_may_end_is_left_to_time(data: Path, centre: Centre, refusal: tuple[int, str]) -> None:
    holds(data, [], [], noted=0)
    centre.knows(old_of(data))
    centre.refusals = [refusal]
    with pytest.raises(Refused):
        attempt(folder_of(data), Service(centre.url), ServerTime(SYSTEM_CLOCK))


# Cut off


@pytest.mark.parametrize("lost", range(4), ids="answer {} is lost".format)
def test_cut_off_anywhere_the_next_try_ends_it_and_tells_the_same(data: Path, centre: Centre, lost: int) -> None:
    records = chain(TERMINAL, 1300)
    holds(data, records, [*range(1, 100), *range(1250, 1290)], noted=1300)
    centre.knows(old_of(data), records[:50])
    centre.cuts = [number == lost for number in range(lost + 1)]
    with pytest.raises(Unreachable):
        run(data, centre)
    recovered = run(data, centre)
    gone = [*range(100, 1250), *range(1290, 1301)]
    assert centre.terminals[TERMINAL].lost == gone
    assert (recovered.found, recovered.delivered, list(recovered.lost)) == (139, 89, gone)


def test_done_again_it_tells_the_same(data: Path, centre: Centre) -> None:
    records = chain(TERMINAL, 9)
    holds(data, records, [1, 2, 3], noted=9)
    centre.knows(old_of(data))
    assert run(data, centre) == run(data, centre)
    assert told(data)["lost"] == [4, 5, 6, 7, 8, 9]


def test_a_wrong_clock_is_corrected_by_the_server(data: Path, centre: Centre) -> None:
    holds(data, chain(TERMINAL, 2), [1, 2], noted=2)
    centre.knows(old_of(data))
    centre.refusals = [(401, "clock_skew")]
    assert run(data, centre).delivered == 2


def test_a_key_of_which_the_server_s_yes_was_lost_is_taken_first(data: Path, centre: Centre) -> None:
    holds(data, chain(TERMINAL, 2), [1, 2], noted=2)
    centre.knows(old_of(data))
    centre.terminals[TERMINAL].key = identity.next_key(folder_of(data)).public_key().public_bytes_raw()
    everything(data, centre)
    assert lineage.predecessor(data) is None
    assert waiting(data) == ()


# The succession in its way


@pytest.mark.parametrize("code", ["id_in_use", "key_in_use", "unknown_terminal"])
def test_a_refused_succession_is_told_and_holds_up_no_folder(data: Path, centre: Centre, code: str) -> None:
    holds(data, chain(TERMINAL, 4), range(1, 5), noted=4)
    centre.knows(old_of(data))
    centre.refusals = [(409, code), *([(401, "bad_signature")] if code == "id_in_use" else [])]
    outcomes = everything(data, centre)
    assert f"does not take this terminal in the place of {TERMINAL}: 409 {code}" in outcomes[0]
    assert len(centre.terminals[TERMINAL].chain) == 4


def test_a_predecessor_nobody_can_speak_for_is_told(data: Path, centre: Centre) -> None:
    (folder_of(data) / identity.KEY_FILE).unlink()
    first, second = everything(data, centre)
    assert f"the identity of {TERMINAL}, whom this terminal succeeds, cannot be read" in first
    assert "the identity that wrote it cannot be read" in second


def settings(data: Path, centre: Centre) -> Settings:
    return Settings(terminal=Terminal(data_directory=data), server=Server(url=centre.url))


def locked(data: Path) -> bool:
    engine = open_database(data)
    with engine.begin() as connection:
        revoked = link.revoked(connection)
    engine.dispose()
    return revoked


def work(data: Path, centre: Centre, lane: str) -> None:
    """What delivery does first, and its next turn in this lane."""
    with assembled(settings(data, centre)) as agent:
        each = next(each for each in agent.lanes if each.name == lane)
        each._due = 0.0
        each.turn()


@pytest.mark.parametrize("times", [1, 2], ids=["damaged once", "damaged twice"])
def test_who_succeeds_a_revoked_terminal_is_locked_like_it_until_staff_restore_it(
    data: Path, centre: Centre, times: int
) -> None:
    for _ in range(times - 1):
        put_aside(data)
    centre.knows(old_of(data))
    centre.revoked = {TERMINAL}
    work(data, centre, "recovery")
    assert locked(data)
    assert list(centre.terminals) == [TERMINAL]
    centre.revoked = set()
    work(data, centre, "recovery")
    assert lineage.predecessor(data) is None


def test_an_unlucky_predecessor_ends_no_delivery(data: Path, centre: Centre) -> None:
    (folder_of(data) / identity.KEY_FILE).unlink()
    work(data, centre, "recovery")
    assert not locked(data)


# A server restored from a backup


def turn_key(directory: Path) -> None:
    identity.next_key(directory)
    identity.adopt_next_key(directory, NINE)


def test_a_server_that_knows_only_the_key_before_hears_of_the_present_one_by_itself(data: Path, centre: Centre) -> None:
    centre.knows(old_of(data))
    everything(data, centre)
    centre.knows(identity.load(data))
    turn_key(data)
    work(data, centre, "roster")
    now = identity.load(data)
    assert centre.terminals[now.terminal_id].key == now.key.public_key().public_bytes_raw()


def test_a_server_that_knows_only_the_key_before_of_a_predecessor_takes_its_successor(
    data: Path, centre: Centre
) -> None:
    centre.knows(old_of(data))
    turn_key(folder_of(data))
    everything(data, centre)
    assert lineage.predecessor(data) is None


def test_a_server_that_knows_only_whom_this_terminal_succeeds_gets_everything_again(data: Path, centre: Centre) -> None:
    holds(data, chain(TERMINAL, 4), range(1, 5), noted=4)
    centre.knows(old_of(data))
    work(data, centre, "recovery")
    assert waiting(data) == ()
    centre.terminals.clear()
    centre.knows(old_of(data), chain(TERMINAL, 2))
    work(data, centre, "roster")
    work(data, centre, "recovery")
    assert centre.terminals[TERMINAL].chain == chain(TERMINAL, 4)
    assert centre.terminals[identity.load(data).terminal_id].succeeds == TERMINAL
    assert waiting(data) == ()


def test_a_terminal_nobody_knows_and_that_succeeds_nobody_asks_no_more_than_before(
    tmp_path: Path, centre: Centre
) -> None:
    identity.own_key(tmp_path)
    identity.store(tmp_path, TERMINAL, Facility(UUID(int=1), "みどり町コワーキング"), bytes(32))
    work(tmp_path, centre, "roster")
    assert centre.asked == ["GET /api/v1/roster"]


# By itself


def test_delivery_says_once_what_staff_have_to_do(data: Path, centre: Centre, caplog: pytest.LogCaptureFixture) -> None:
    holds(data, chain(TERMINAL, 9), [], noted=9)
    centre.knows(old_of(data))
    chore = Chore(data, Service(centre.url), ServerTime(SYSTEM_CLOCK), Delivered(timedelta(minutes=1)))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            chore(State(500))
    assert [each.getMessage() for each in caplog.records] == [
        f"{folder_of(data)}: not one record can be read: 1 to 9 are lost"
    ]


def test_what_the_server_does_not_let_in_is_not_read(
    data: Path, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    def carve(*_: object) -> tuple[()]:
        pytest.fail("the folder is read")

    monkeypatch.setattr(recover_module, "carve", carve)
    centre.knows(old_of(data))
    centre.refusals = [None, (403, "terminal_revoked")]  # of the succession and of the folder
    (outcome,) = everything(data, centre)
    assert "staff revoked the terminal that wrote it" in outcome


@pytest.mark.parametrize(
    ("readable", "revoked", "rest"),
    [((), False, timedelta(hours=1)), ((), True, timedelta(minutes=1)), ((1, 2), False, timedelta(minutes=1))],
    ids=["nothing readable", "not let in", "done"],
)
def test_a_folder_read_in_vain_is_not_read_again_within_the_hour(
    data: Path, centre: Centre, readable: Collection[int], revoked: bool, rest: timedelta
) -> None:
    holds(data, chain(TERMINAL, 2), readable, noted=2)
    centre.knows(old_of(data))
    centre.refusals = [None, *([(403, "terminal_revoked")] if revoked else [])]
    chore = Chore(data, Service(centre.url), ServerTime(SYSTEM_CLOCK), Delivered(timedelta(minutes=1)))
    assert chore(State(500)) == Delivered(rest)


def test_delivery_logs_what_is_lost(data: Path, centre: Centre, caplog: pytest.LogCaptureFixture) -> None:
    holds(data, chain(TERMINAL, 9), range(1, 8), noted=9)
    centre.knows(old_of(data))
    chore = Chore(data, Service(centre.url), ServerTime(SYSTEM_CLOCK), Delivered(timedelta(minutes=1)))
    with caplog.at_level(logging.WARNING):
        chore(State(500))
    assert caplog.messages == [f"{TERMINAL}: 7 records found, 7 delivered, 2 lost; lost: 8, 9"]
