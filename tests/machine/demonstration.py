"""A check-in and a check-out on real parts, without a display: two terminals, the real card daemon, the real server.

`python tests/machine/demonstration.py OUT` leaves pictures, sound and a report in OUT; the suite runs it too. The truth in
the report is what the server's API says.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests

from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.settings import Doors, Driver, Reader, Settings
from kiosk.stage import STAFF, Stage, StageError, Terminal
from machine.listening import Heard
from machine.member import card_in_slot, take_away
from machine.pcscd import PcscDaemon, Slot
from machine.station import Station, set_up

MEMBER = "active-1"
_HOUSE_TIME = ZoneInfo("Asia/Tokyo")
_PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Shown:
    """`visits` as the server answers them; `heard` by terminal."""

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
        daemon = parts.enter_context(PcscDaemon())
        stage.open_house(terminals=2)
        entrance = _station(parts, stage, out, Doors.IN, daemon.slot, daemon)
        exit_ = _station(parts, stage, out, Doors.OUT, daemon.other_slot, daemon)
        say("2/4 check-in: 次へ, four digits, the card")
        _tap(stage, entrance, Doors.IN, daemon.slot, pin)
        session = _signed_in(stage)
        _until(lambda: len(_visits(stage, session)) == 1, "the check-in does not reach the server")
        _until(lambda: _knows_inside(exit_.terminal), "the exit does not hear of the check-in")
        say("3/4 check-out at the other terminal")
        _tap(stage, exit_, Doors.OUT, daemon.other_slot, pin)
        _until(lambda: bool(_visits(stage, session)[0]["left_at"]), "the check-out does not reach the server")
        visits = tuple(_visits(stage, session))
        say("4/4 listening to what was played")
        stations = {"in": entrance, "out": exit_}
        heard = {way: station.heard(out / f"played-{way}.wav") for way, station in stations.items()}
    return Shown(visits, heard, len(list(out.glob("*.png"))))


def _station(parts: ExitStack, stage: Stage, out: Path, way: Doors, slot: Slot, daemon: PcscDaemon) -> Station:
    settings = _pcsc(demo_settings(way), slot.reader)
    return set_up(parts, stage, way.value, settings, pictures=out, environment=daemon.environment)


def _pcsc(settings: Settings, reader: str) -> Settings:
    fast = replace(settings.server, roster_seconds=5.0)
    return replace(settings, reader=Reader(Driver.PCSC, reader), server=fast)


def _tap(stage: Stage, station: Station, way: Doors, slot: Slot, pin: str) -> None:
    member = station.member
    start = member.waits_for(f"welcome.{way.value}.title")
    member.presses(start, "enter" if way is Doors.IN else "leave")
    member.types_pin(member.waits_for("pin.title"), pin)
    member.waits_for("card.title")
    card = card_in_slot(slot.port, stage.cards, MEMBER, pin, stage.log(f"card-{way.value}"))
    try:
        member.waits_for(f"done.{way.value}.title.named")
    finally:
        take_away(card)
    member.waits_for(f"welcome.{way.value}.title")


def _signed_in(stage: Stage) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    page = f"{stage.url}/console/login/"
    session.get(page, timeout=10)
    form = {
        "next": "/console/",
        "username": STAFF,
        "password": stage.password,
        "csrfmiddlewaretoken": session.cookies["csrftoken"],
    }
    session.post(page, data=form, headers={"Referer": page}, timeout=10).raise_for_status()
    return session


def _visits(stage: Stage, session: requests.Session) -> list[dict[str, Any]]:
    query = {"day": f"{datetime.now(_HOUSE_TIME):%Y-%m-%d}", "facility": stage.made["facility"]["id"]}  # type: ignore[index]
    answer = session.get(f"{stage.url}/api/v1/visits", params=query, timeout=10)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return found


def _knows_inside(terminal: Terminal) -> bool:
    """Whether this terminal's own roster counts somebody inside, as its delivery process keeps it."""
    answer = subprocess.run(terminal.command("status", "--json"), capture_output=True, check=True, timeout=20)
    return bool(json.loads(answer.stdout)["inside"] == 1)


def _until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(_POLL_SECONDS)


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
