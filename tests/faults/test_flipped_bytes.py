"""Any byte of the database or its log changed while the terminal was off: found, or without effect; never fewer records.

Where it is found, all records are read back from the files but those whose own bytes changed. The same flips with the
look at the files switched off lose records without a word, or this would find nothing. In full each byte of each file is
flipped once. Not in here: how the server gets the records (tests/system).
"""

import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from faults.power import MEMORY

from kiosk.storage import database, integrity
from kiosk.storage.database import DATABASE
from kiosk.storage.integrity import Findings
from machine import damage
from machine.campaign import Campaign
from machine.damage import WAL, Terminal

TAPS = 12
STATES = {"after a power cut": 6, "switched off in good order": None}
PROCESSES = 2

Flip = tuple[str, int, int]
"""A file, a place in it, and the bits that change there."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of each flip, counted, and a sentence for each that broke the promise."""

    counts: Counter[str]
    breaches: list[str]


def results(terminal: Terminal, flips: list[Flip]) -> Result:
    counts: Counter[str] = Counter()
    breaches = []
    copies = damage.copies(terminal)
    image = damage.seen_by_sqlite(terminal.files)
    with TemporaryDirectory(dir=MEMORY) as memory:
        for name, at, bits in flips:
            files = terminal.flipped(name, at, bits)
            if damage.found(files):
                word, held = "found", damage.carved(files)
            elif damage.seen_by_sqlite(files) == image:
                word, held = "without effect", dict(terminal.told)
            else:
                damage.put(Path(memory) / "terminal", files)
                held, aside = damage.after_start(Path(memory) / "terminal")
                word = "found at opening" if aside else "opened"
            counts[word] += 1
            gone = terminal.told.keys() - held.keys()
            counts["records beyond reading"] += len(gone)
            if not gone <= copies.only_at(name, at) or (word == "opened" and held != terminal.told):
                breaches.append(f"{name} at {at}: {word}, {sorted(gone)} gone")
    return Result(counts, breaches)


def stopped(state: str, campaign: Campaign) -> Terminal:
    with TemporaryDirectory(dir=MEMORY) as memory:
        return damage.stopped(Path(memory) / "terminal", TAPS, folded_in=STATES[state])


def chosen(terminal: Terminal, campaign: Campaign, purpose: str) -> list[Flip]:
    """In full every byte; else some of each file."""
    dice = campaign.random(purpose)
    flips = []
    for name in (DATABASE, WAL):
        places = range(len(terminal.files.get(name, b"")))
        some = places if campaign.full else dice.sample(places, min(len(places), 150))
        flips += [(name, at, 1 << dice.randrange(8)) for at in some]
    return flips


def in_parts(terminal: Terminal, flips: list[Flip], campaign: Campaign) -> Result:
    if not campaign.full:
        return results(terminal, flips)
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        parts = list(pool.map(results, [terminal] * PROCESSES, [flips[n::PROCESSES] for n in range(PROCESSES)]))
    return Result(sum((part.counts for part in parts), Counter()), [each for part in parts for each in part.breaches])


@pytest.mark.parametrize("state", STATES)
def test_no_flipped_byte_makes_records_vanish(state: str, campaign: Campaign) -> None:
    terminal = stopped(state, campaign)
    flips = chosen(terminal, campaign, state)
    result = in_parts(terminal, flips, campaign)
    campaign.report(
        "flipped_bytes", {f"({state}) flips": len(flips), **dict(result.counts), "broken": len(result.breaches)}
    )
    assert not result.breaches


@pytest.mark.parametrize("state", STATES)
def test_a_start_on_damaged_files_ends_with_every_record_that_can_be_read(state: str, campaign: Campaign) -> None:
    """The same by the product's own start, files and all."""
    terminal = stopped(state, campaign)
    dice = campaign.random(f"start {state}")
    copies = damage.copies(terminal)
    count = campaign.size(short=12, full=2000)
    broken, aside_count = [], 0
    with TemporaryDirectory(dir=MEMORY) as memory:
        for _ in range(count):
            name, at, bits = dice.choice(chosen_places(terminal, dice))
            damage.put(Path(memory) / "terminal", terminal.flipped(name, at, bits))
            held, aside = damage.after_start(Path(memory) / "terminal")
            aside_count += aside
            if not terminal.told.keys() - held.keys() <= copies.only_at(name, at):
                broken.append((name, at))
    campaign.report("flipped_bytes", {f"({state}) starts": count, "set aside": aside_count, "broken": len(broken)})
    assert not broken


def chosen_places(terminal: Terminal, dice: random.Random) -> list[Flip]:
    sizes = {name: len(terminal.files.get(name, b"")) for name in (DATABASE, WAL)}
    return [(name, dice.randrange(size), 1 << dice.randrange(8)) for name, size in sizes.items() if size]


def test_the_same_flips_lose_records_where_nobody_looks(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = stopped("after a power cut", campaign)
    monkeypatch.setattr(integrity, "look", lambda *_: Findings(None))
    monkeypatch.setattr(integrity, "disagreement", lambda *_, **__: None)
    monkeypatch.setattr(database, "_keep", lambda *_: None)
    dice = campaign.random("nobody looks")
    believed = damage.believed_bytes(terminal)
    count = campaign.size(short=20, full=500)
    silent = 0
    with TemporaryDirectory(dir=MEMORY) as memory:
        for _ in range(count):
            damage.put(Path(memory) / "terminal", terminal.flipped(WAL, dice.randrange(believed), 1))
            held, aside = damage.after_start(Path(memory) / "terminal")
            silent += not aside and len(held) < len(terminal.told)
    campaign.report("flipped_bytes", {"flips where nobody looks": count, "lost records without a word": silent})
    assert silent
