"""What comes with a screen, at a real window: the sentence that belongs to it, the sound, and the bar of light.

Sentences are tones here, each text one of its own. The bar is looked for by the light around its colour, which no page
has over its whole width or height.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kiosk import simulation
from kiosk.demo import demo_settings
from kiosk.settings import Doors, Language, Sound
from kiosk.stage import Stage
from kiosk.ui.scene import Words
from kiosk.ui.spoken import FOLDER
from kiosk.ui.words import Speaker
from machine.hearing import melody, write_sentence
from machine.listening import from_pcm
from machine.member import CHANNELS
from machine.station import Station, set_up
from sounds import Sound as Cue

pytestmark = pytest.mark.system

VOICES = {
    "pin.title": 450,
    "card.title": 550,
    "done.in.title": 1000,
    "rule.already_in.title": 350,
    "declined.title": 300,
}
WATCHED_SECONDS = 1.2
_APART = 40


@dataclass(frozen=True, slots=True)
class Light:
    """Where the middle of the bar is, as a part of the height from the top and of the width from the left."""

    down: float | None
    across: float | None


@dataclass(frozen=True, slots=True)
class House:
    stage: Stage
    parts: ExitStack
    pictures: Path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with ExitStack() as parts:
        stage = parts.enter_context(Stage(folder / "stage"))
        stage.open_house(terminals=2)
        yield House(stage, parts, folder)


@pytest.fixture(scope="module")
def station(house: House) -> Station:
    settings = replace(demo_settings(Doors.BOTH), sound=Sound(speech=True))
    station = set_up(house.parts, house.stage, "door", settings, pictures=house.pictures)
    for key, hertz in VOICES.items():
        text = Speaker(Language.JA).say(Words(key))
        write_sentence(station.terminal.folder / "data" / FOLDER, Language.JA, text, hertz)
    return station


@pytest.fixture
def deaf(house: House) -> Station:
    """A terminal without a sound device."""
    settings = replace(demo_settings(Doors.BOTH), sound=Sound(speech=True))
    return set_up(house.parts, house.stage, "deaf", settings, pictures=house.pictures, loudspeaker=False)


def test_the_first_touch_is_answered_by_the_voice_which_ends_with_its_screen(station: Station, tmp_path: Path) -> None:
    member = station.member
    member.presses(member.waits_for("welcome.both.title"), "enter")
    pin = member.waits_for("pin.title")
    heard = _voices(station, tmp_path, until=450)
    member.types_pin(pin, simulation.PIN)
    member.presses(member.waits_for("card.title"), "cancel")
    member.waits_for("welcome.both.title")
    assert heard == [450]


def test_who_comes_in_hears_card_bird_and_welcome_and_sees_the_light_rise(station: Station, tmp_path: Path) -> None:
    lights = _tap(station, "enter", "active-1", "done.in.title.named")
    heard = _voices(station, tmp_path, until=1000)
    assert heard[-3:] == [450, 550, 1000]
    assert [each.sound for each in station.heard(tmp_path / "all.wav")][-1] is Cue.BIRDSONG_IN
    heights = [light.down for light in lights if light.down is not None]
    assert _passes_once(heights, lambda before, after: after <= before)
    assert heights[0] > 0.6
    assert heights[-1] < 0.4
    _back_to_the_start(station)


def test_who_leaves_sees_the_light_sink(station: Station) -> None:
    heights = [light.down for light in _tap(station, "leave", "active-1", "done.out.title.named") if light.down]
    assert _passes_once(heights, lambda before, after: after >= before)
    assert heights[0] < 0.4
    assert heights[-1] > 0.6
    _back_to_the_start(station)


def test_the_light_passes_where_there_is_no_sound_device(deaf: Station) -> None:
    deaf.member.waits_for("welcome.both.title")
    heights = [light.down for light in _tap(deaf, "enter", "active-2", "done.in.title.named") if light.down is not None]
    assert _passes_once(heights, lambda before, after: after <= before)
    assert "no sound device" in deaf.terminal.folder.with_name("deaf-run.log").read_text()


def test_a_refusal_crosses_the_screen_from_the_left(station: Station) -> None:
    lights = _tap(station, "enter", "unlinked", "rule.card_not_linked.title")
    places = [light.across for light in lights if light.across is not None]
    assert _passes_once(places, lambda before, after: after >= before)
    assert places[0] < 0.4
    assert places[-1] > 0.6
    assert lights[-1] == Light(None, None)


def _tap(station: Station, way: str, card: str, title: str) -> list[Light]:
    """To the screen of that title, and what passed over it."""
    member = station.member
    member.presses(member.sees(), way)
    member.types_pin(member.waits_for("pin.title"), simulation.PIN)
    awaiting = member.waits_for("card.title")
    station.member.presses(awaiting, f"card_{card}")
    lights = []
    end = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < end:
        lights.append(_light(np.asarray(station.display.photograph())))
        if not any(light.down or light.across for light in lights):
            end = time.monotonic() + WATCHED_SECONDS
    member.waits_for(title)
    return lights


def _light(picture: np.ndarray) -> Light:
    """By lines some way apart: the bar is there for moments only."""
    down, across = (
        np.flatnonzero((lines == 255).all(axis=(2, 1 - way)))
        for way, lines in enumerate((picture[:, ::_APART], picture[::_APART]))
    )
    height, width, _ = picture.shape
    return Light(
        float(down.mean()) / height if len(down) else None, float(across.mean()) / width if len(across) else None
    )


def _passes_once(places: list[float], in_order: Callable[[float, float], bool]) -> bool:
    return len(set(places)) >= 3 and all(in_order(before, after) for before, after in pairwise(places))


def _voices(station: Station, folder: Path, *, until: int) -> list[int]:
    """Which sentences were heard so far; waits for the one at `until` Hz. Raises TimeoutError."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        samples = from_pcm(station.recording.save(folder / "voices.wav"), CHANNELS)
        heard = [hertz for hertz in melody(samples) if hertz in VOICES.values()]
        if heard[-1:] == [until]:
            return heard
        time.sleep(0.1)
    raise TimeoutError(f"no sentence at {until} Hz; heard {heard}")


def _back_to_the_start(station: Station) -> None:
    station.member.waits_for("welcome.both.title")
