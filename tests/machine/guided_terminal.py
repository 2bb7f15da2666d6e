"""The screen's process with its clocks and its reader in a test's hands: `python -m machine.guided_terminal CONFIG READER`.

It is put together by the product (kiosk.composition) in a window nobody sees. Replaced are the machine's clocks, and the
card reader by a simulated one of that name. A line of its input is a deed or a question as a JSON list, done on the
screen's thread and answered by a line; the last line says whether the PIN that was typed last is wiped.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from cardreader.drivers.simulated import SimulatedReader
from kiosk import composition, config, simulation
from kiosk.clock import Moment, SystemClock
from kiosk.flow.machine import Flow
from kiosk.flow.states import AskingFee
from kiosk.ui import environment
from visits.decision import Direction, Fee
from visits.event import Revocation

log = logging.getLogger(__name__)

ONE_CARD = ("active-1",)
_WORDS = ("raw", "words", "clock", "date", "facility", "word", "sentence", "next_word")
"""The properties in which parts of a screen have what they say."""

_MOVING = ("Picture", "Pointer", "Countdown")
_FEE_SECONDS = 300.0


class Clocks:
    """Wall clock and counter since boot stand still until a test says so; the counter of deadlines is also pushed on."""

    def __init__(self) -> None:
        self._passed = timedelta()
        self._still_at: float | None = None
        self._began = SystemClock().moment()
        self._wall = self._began.at
        self._synchronised = False

    def is_set_to(self, at: str, *, synchronised: bool) -> None:
        """The wall clock alone, as by hand or by NTP."""
        self._wall, self._synchronised = datetime.fromisoformat(at), synchronised

    def pass_by(self, seconds: float) -> None:
        self._wall += timedelta(seconds=seconds)
        self._passed += timedelta(seconds=seconds)

    def moment(self) -> Moment:
        passed_ms = self._passed // timedelta(milliseconds=1)
        counted = self._began.monotonic_ms + passed_ms
        return replace(self._began, at=self._wall, monotonic_ms=counted, synchronised=self._synchronised)

    def monotonic(self) -> float:
        counted = time.monotonic() if self._still_at is None else self._still_at
        return counted + self._passed.total_seconds()

    def stand_still(self, *, still: bool) -> None:
        """The counter of deadlines too, or not any more."""
        self._still_at = time.monotonic() if still else None


class Hand:
    """What a test does and sees; each runs between two frames."""

    def __init__(self, app: Any, clocks: Clocks, reader: SimulatedReader, cards: Path) -> None:
        self._app = app
        self._clocks = clocks
        self._reader = reader
        self._cards = simulation.cards(cards)
        self.pin: Any = None
        self._lights: list[str] = []
        self._light_up = app._sweep._paint
        app._sweep._paint = self._lit
        self.set_clock = clocks.is_set_to
        self.counted_ms = lambda: clocks.moment().monotonic_ms
        self.passes = clocks.pass_by
        self.stops_time = clocks.stand_still
        self.takes_card_away = reader.remove
        self.unplugs = reader.unplug
        self.plugs = reader.plug

    def holds(self, label: str) -> None:
        self._reader.insert(self._cards[label])

    def presses(self, *names: str) -> None:
        for name in names:
            self._target(name).trigger_action(0)
            self.pin = self._app._conversation._pin if name.startswith("digit_") else self.pin

    def taps(self, place: tuple[float, float]) -> None:
        """At that place of the window."""
        from kivy.tests.common import UnitTestTouch

        touch = UnitTestTouch(*place)
        touch.button = "left"
        touch.touch_down()
        touch.touch_up()

    def place_of(self, name: str) -> list[float]:
        """Its middle, in the window."""
        target = self._target(name)
        return list(target.to_window(*target.center))

    def owes_a_fee(self) -> None:
        """Whoever holds the card now is asked for it."""
        card, until = bytes(32), self._app.monotonic() + _FEE_SECONDS
        flow = Flow(AskingFee(Direction.IN, card, Revocation.GOOD, Fee(place=4, free=3, per_hour=300), until))
        self._app._conversation._flow = flow
        self._app.show(flow)

    def digits(self) -> int:
        """How many are typed."""
        return int(self._app._conversation.flow.state.digits)

    def pin_length(self) -> int:
        return len(self.pin)

    def _target(self, name: str) -> Any:
        return next(each for each in self._app._view.walk() if _is_target(each) and each.name == name)

    def lights(self) -> list[str]:
        """The tones of the bars of light that have begun to pass so far."""
        return [tone for tone, before in zip(self._lights, [None, *self._lights], strict=False) if tone != before]

    def has_sound(self) -> bool:
        return bool(self._app.has_sound())

    def _lit(self, tone: Any) -> None:
        self._lights.append(tone.value)
        self._light_up(tone)

    def rehearses(self) -> None:
        self._app._rehearse(0)

    def keeps(self) -> list[str]:
        """The pictures that are not read anew."""
        from kiosk.ui.widgets import Picture

        return sorted(Picture.kept)

    def sees(self) -> dict[str, Any]:
        view = self._app._view
        return {
            "title": view._scene.title.key,
            "clock": view.ids.top.clock,
            "words": sorted({words for each in view.walk() for words in _words(each)}),
            "targets": sorted(each.name for each in view.walk() if _is_target(each)),
            "brightness": self._app._veil._rest.brightness,
            "paper": list(self._app.palette.paper),
        }

    def parts(self) -> list[list[Any]]:
        """Place and looks of everything shown that does not move by itself."""
        shown = list(self._app._view.walk())
        moving = {part for each in shown if type(each).__name__ in _MOVING for part in each.walk()}
        return [_part(each) for each in shown if each not in moving]

    def beats_every(self) -> float:
        """Seconds."""
        return float(self._app._heart.timeout)

    def laid_out(self) -> dict[str, list[float]]:
        """The size of every page's title, shown or not; none where it was never laid out."""
        titled = {
            page.value: widget.ids.title for page, widget in self._app._view._pages.items() if "title" in widget.ids
        }
        return {page: list(title.texture_size) if title.text else [] for page, title in titled.items()}


def _is_target(widget: Any) -> bool:
    return hasattr(widget, "trigger_action") and bool(widget.name)


def _words(widget: Any) -> Iterator[str]:
    return (words for name in _WORDS if isinstance(words := getattr(widget, name, None), str) and words)


def _part(widget: Any) -> list[Any]:
    looks = [getattr(widget, name, None) for name in ("count", "opacity", "text", "color", "fill", "ink")]
    return [type(widget).__name__, *widget.pos, *widget.size, *(str(look) for look in looks)]


def main(settings_file: Path, reader_name: str) -> None:
    logging.basicConfig(level=logging.INFO)
    settings = config.load(settings_file)
    clocks, reader = Clocks(), SimulatedReader(reader_name)
    cards = settings.terminal.data_directory / simulation.FOLDER
    environment.prepare(settings.screen)
    from kivy.app import App
    from kivy.clock import Clock

    from kiosk.ui import app as screen

    hands: list[Hand] = []

    def begin(_: float) -> None:
        app = App.get_running_app()
        hands.append(Hand(app, clocks, reader, cards))
        threading.Thread(target=_obey, args=(hands[0], app.post), daemon=True).start()

    Clock.schedule_once(begin)
    with (
        mock.patch.object(composition, "SystemClock", return_value=clocks),
        mock.patch.object(composition, "open_reader", side_effect=lambda *_: reader.open()),
        mock.patch.object(screen, "time", clocks),
        mock.patch.object(simulation, "LABELS", ONE_CARD),
    ):
        composition.run_terminal(settings, scene_log=None)
    pin = hands[0].pin
    _say({} if pin is None else {"wiped": not any(pin._digits)})


def _obey(hand: Hand, post: Callable[[Callable[[], None]], None]) -> None:
    for line in sys.stdin:
        deed, values, named = json.loads(line)
        post(partial(_answer, partial(getattr(hand, deed), *values, **named)))


def _answer(deed: Callable[[], object]) -> None:
    """A deed that fails ends the process, or nobody would ever answer: the screen goes on after any fault."""
    try:
        _say(deed())
    except Exception:
        log.exception("the deed failed")
        os._exit(1)


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
