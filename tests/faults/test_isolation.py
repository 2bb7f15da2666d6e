"""Three facilities in network namespaces, every door cut off at random for a week: the visits are those of doors never cut.

A week passes in minutes; servers and deliveries are the product's processes. Each member has a twin who comes and goes at
the same times by doors with sound cables. Visits made in the order in which records arrived must differ in the same run.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from kiosk.settings import Doors as DoorWays
from machine import books, crowd, networks
from machine.campaign import Campaign
from machine.house import Door, House, drained, each, house, knows_members
from machine.networks import Cable, Cut
from machine.together import meanwhile
from machine.week import Doors, live_through, week
from visits.decision import Direction

pytestmark = [pytest.mark.system, pytest.mark.skipif(networks.missing() is not None, reason=str(networks.missing()))]

FACILITIES_SHORT, FACILITIES_FULL = 1, 3
MEMBERS_SHORT, MEMBERS_FULL = 12, 100
SECONDS_SHORT, SECONDS_FULL = 6.0, 420.0
SOUND_SHARE, CUT_SHARE = 0.04, 0.08
PATIENCE_SECONDS = 120.0

_CUT = {Direction.IN: "in", Direction.OUT: "out"}
_NEVER_CUT = {Direction.IN: "twins-in", Direction.OUT: "twins-out"}


@dataclass(frozen=True, slots=True)
class Facility:
    house: House
    doors: dict[str, Door]
    cables: dict[str, Cable]

    def pair(self, names: dict[Direction, str]) -> Doors:
        return Doors({way: self.doors[name] for way, name in names.items()})


@dataclass(frozen=True, slots=True)
class End:
    """By facility: its members' stays, their twins', and the members' in order of arrival."""

    cut_off: list[set[books.Stay]]
    never: list[set[books.Stay]]
    in_order_of_arrival: list[set[books.Stay]]


@pytest.fixture(scope="module")
def end(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> End:
    begun = time.monotonic()
    members = campaign.size(short=MEMBERS_SHORT, full=MEMBERS_FULL)
    seconds = campaign.size(short=SECONDS_SHORT, full=SECONDS_FULL)
    cuts: Counter[str] = Counter()
    taps = 0
    with ExitStack() as parts:
        folder = tmp_path_factory.mktemp("isolation")
        facilities = [
            parts.enter_context(_facility(folder / str(number), number, members))
            for number in range(campaign.size(short=FACILITIES_SHORT, full=FACILITIES_FULL))
        ]
        over = threading.Event()
        weeks, cutters = [], []
        for number, facility in enumerate(facilities):
            plan = week(members, campaign.random(f"week {number}"))
            taps += len(plan)
            doors, twins = (parts.enter_context(closing(facility.pair(names))) for names in (_CUT, _NEVER_CUT))
            weeks.append(lambda a=plan, b=doors, c=twins: live_through(a, seconds, b, c, members))
            for name in _CUT.values():
                dice = campaign.random(f"cuts {number} {name}")
                cutters.append(lambda c=facility.cables[name], d=dice: _cut_and_mend(c, d, seconds, over, cuts))
        meanwhile([lambda: _until_over(weeks, over), *cutters])
        for facility in facilities:
            each(facility.doors.values(), drained, seconds=PATIENCE_SECONDS)
        end = _compared(facilities, members)
    figures = {
        "facilities": len(end.cut_off),
        "taps and as many of twins": taps,
        **{f"times {way}": times for way, times in sorted(cuts.items())},
        "visits": sum(map(len, end.never)),
        "visits that differ": sum(len(a ^ b) for a, b in zip(end.cut_off, end.never, strict=True)),
        "in order of arrival": sum(len(a ^ b) for a, b in zip(end.in_order_of_arrival, end.never, strict=True)),
        "seconds": round(time.monotonic() - begun),
    }
    campaign.report("isolation", figures)
    return end


@contextmanager
def _facility(folder: Path, number: int, members: int) -> Iterator[Facility]:
    """Enrolled on the machine's own loopback; then server and deliveries move into their spaces, where they are in contact."""
    names = [*_CUT.values(), *_NEVER_CUT.values()]
    with house(folder / "stage", terminals=len(names), members=2 * members) as made:
        doors = {name: made.enrol(name, DoorWays.OUT if name.endswith("out") else DoorWays.IN) for name in names}
        with networks.island(number, names, made.port) as (server, cables):
            made.kill_server()
            made.restart_server(server.command, "0.0.0.0")  # noqa: S104 - all of its own space
            within = {name: cable.door.command for name, cable in cables.items()}
            with made.delivering(doors.values(), within):
                each(doors.values(), knows_members)
                yield Facility(made, doors, cables)
            made.kill_server()


def _until_over(weeks: Sequence[Callable[[], None]], over: threading.Event) -> None:
    try:
        meanwhile(weeks)
    finally:
        over.set()


def _cut_and_mend(cable: Cable, dice: Random, seconds: float, over: threading.Event, cuts: Counter[str]) -> None:
    """Sound for a while, cut for a while, until the week is over; in the end it is sound."""
    while not over.wait(seconds * dice.uniform(0, SOUND_SHARE)):
        cut = dice.choice(list(Cut))
        cuts[cut.value] += 1
        cable.cut(cut)
        over.wait(seconds * dice.uniform(0, CUT_SHARE))
        cable.mend()


def _compared(facilities: Sequence[Facility], members: int) -> End:
    twin_of = {crowd.member(members + number): crowd.member(number) for number in range(members)}
    end = End([], [], [])
    for facility in facilities:
        stays = {_without_door(stay) for stay in books.stays(facility.house.database)}
        end.cut_off.append({stay for stay in stays if stay.member not in twin_of})
        end.never.append({replace(stay, member=twin_of[stay.member]) for stay in stays if stay.member in twin_of})
        arrived = {_without_door(stay) for stay in books.stays_in_order_of_arrival(facility.house.database)}
        end.in_order_of_arrival.append({stay for stay in arrived if stay.member not in twin_of})
    return end


def _without_door(stay: books.Stay) -> books.Stay:
    return replace(stay, first=(UUID(int=0), 0))


def test_the_visits_are_those_of_doors_that_were_never_cut_off(end: End) -> None:
    assert all(end.never)
    assert end.cut_off == end.never


def test_visits_in_order_of_arrival_would_not_be(end: End) -> None:
    assert end.in_order_of_arrival != end.never
