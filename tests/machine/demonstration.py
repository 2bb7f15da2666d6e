"""A check-in and a check-out on real parts, without a display: two terminals, the real card daemon, the real server.

`python tests/machine/demonstration.py OUT` leaves pictures, sound and a report in OUT; the suite runs it too. The truth in
the report is what the server's API says.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.settings import Doors, Driver, Reader
from kiosk.stage import Stage, StageError, Terminal
from machine.listening import Heard
from machine.member import card_in_slot, take_away
from machine.pcscd import PcscDaemon, Slot
from machine.staff import Staff
from machine.station import Station, set_up
from machine.waiting import until

MEMBER = "active-1"
_HOUSE_TIME = ZoneInfo("Asia/Tokyo")
_until = partial(until, patience_seconds=30.0, poll_seconds=0.1)


@dataclass(frozen=True, slots=True)
class Shown:
    """`visits` as the server answers them; `heard` by terminal."""

    real_card_daemon: bool
    visits: tuple[Mapping[str, Any], ...]
    heard: Mapping[str, tuple[Heard, ...]]
    pictures: int


def demonstrate(out: Path, say: Callable[[str], None], pin: str = simulation.PIN) -> Shown:
    """Raises StageError, TimeoutError."""
    for old in [*out.glob("*.png"), *out.glob("*.wav")]:
        old.unlink()
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as parts:
        say("1/4 real parts: central server, PC/SC daemon with two virtual readers, two virtual displays")
        stage = parts.enter_context(Stage(out / "stage"))
        daemon = _card_daemon(parts, say)
        slots = (daemon.slot, daemon.other_slot) if daemon else (None, None)
        stage.open_house(terminals=2)
        entrance = _station(parts, stage, out, Doors.IN, slots[0])
        exit_ = _station(parts, stage, out, Doors.OUT, slots[1])
        say("2/4 check-in: 次へ, four digits, the card")
        _tap(stage, entrance, Doors.IN, slots[0], pin)
        staff = Staff(stage)
        _until(lambda: len(_visits(stage, staff)) == 1, "the check-in does not reach the server")
        _until(lambda: _knows_inside(exit_.terminal), "the exit does not hear of the check-in")
        say("3/4 check-out at the other terminal")
        _tap(stage, exit_, Doors.OUT, slots[1], pin)
        _until(lambda: bool(_visits(stage, staff)[0]["left_at"]), "the check-out does not reach the server")
        visits = tuple(_visits(stage, staff))
        say("4/4 listening to what was played")
        stations = {"in": entrance, "out": exit_}
        heard = {way: station.heard(out / f"played-{way}.wav") for way, station in stations.items()}
    return Shown(daemon is not None, visits, heard, len(list(out.glob("*.png"))))


def _card_daemon(parts: ExitStack, say: Callable[[str], None]) -> PcscDaemon | None:
    """None where the machine allows no daemon of our own, as some containers do."""
    try:
        return parts.enter_context(PcscDaemon())
    except TimeoutError:
        say("    no PC/SC daemon can be started here: the terminals use their simulated readers")
        return None


def _station(parts: ExitStack, stage: Stage, out: Path, way: Doors, slot: Slot | None) -> Station:
    settings = demo_settings(way)
    settings = replace(settings, server=replace(settings.server, roster_seconds=5.0))
    if slot:
        settings = replace(settings, reader=Reader(Driver.PCSC, slot.reader.removeprefix("Virtual ")))
    return set_up(parts, stage, way.value, settings, pictures=out)


def _tap(stage: Stage, station: Station, way: Doors, slot: Slot | None, pin: str) -> None:
    member = station.member
    start = member.waits_for(f"welcome.{way.value}.title")
    member.presses(start, "enter" if way is Doors.IN else "leave")
    member.types_pin(member.waits_for("pin.title"), pin)
    asked = member.waits_for("card.title")
    with _card_held(stage, slot, way, pin):
        if not slot:
            member.presses(asked, f"card_{MEMBER}")
        member.waits_for(f"done.{way.value}.title.named")
    member.waits_for(f"welcome.{way.value}.title")


@contextmanager
def _card_held(stage: Stage, slot: Slot | None, way: Doors, pin: str) -> Iterator[None]:
    """In a virtual reader a card is a process of its own; a simulated reader's cards are on the screen."""
    card = slot and card_in_slot(slot.port, stage.cards, MEMBER, pin, stage.log(f"card-{way.value}"))
    try:
        yield
    finally:
        if card:
            take_away(card)


def _visits(stage: Stage, staff: Staff) -> list[dict[str, Any]]:
    facility: str = stage.made["facility"]["id"]  # type: ignore[index]
    today = f"{datetime.now(_HOUSE_TIME):%Y-%m-%d}"
    found: list[dict[str, Any]] = staff.get("/api/v1/visits", day=today, facility=facility)
    return found


def _knows_inside(terminal: Terminal) -> bool:
    """Whether this terminal's own roster counts somebody inside, as its delivery process keeps it."""
    answer = subprocess.run(terminal.command("status", "--json"), capture_output=True, check=True, timeout=20)
    return bool(json.loads(answer.stdout)["inside"] == 1)


def report(shown: Shown, out: Path) -> str:
    """A few lines for a person, the last of them the server's truth."""
    heard = "; ".join(f"{way}: {', '.join(each.sound.value for each in sounds)}" for way, sounds in shown.heard.items())
    visits = ", ".join(f"({_clock(visit['entered_at'])} in, {_clock(visit['left_at'])} out)" for visit in shown.visits)
    return (
        f"{shown.pictures} pictures of the screens and played-in.wav, played-out.wav: {out}\n"
        f"heard in the recordings: {heard}\n"
        f"visits on the central server: {len(shown.visits)} {visits}"
    )


def _clock(instant: str | None) -> str:
    return datetime.fromisoformat(instant).astimezone(_HOUSE_TIME).strftime("%H:%M:%S") if instant else "--:--"


def main(out: str) -> int:
    def say(words: str) -> None:
        print(f"[demo] {words}", flush=True)

    try:
        shown = demonstrate(Path(out), say)
    except (StageError, TimeoutError) as error:
        sys.stderr.write(f"[demo] {error}\n")
        return 1
    print(report(shown, Path(out)))
    birdsong = {"in": "birdsong_in", "out": "birdsong_out"}
    for way, sound in birdsong.items():
        if sound not in {each.sound.value for each in shown.heard[way]}:
            sys.stderr.write(f"[demo] the recording of the {way} terminal holds no {sound}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
