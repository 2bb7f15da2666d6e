"""The Kivy application around one conversation: its thread, its clock, its window. Import only after `environment.prepare`.

Not in here: what the conversation does with its events, and where reader and storage come from.
"""

import gc
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Protocol

from kivy.app import App
from kivy.base import ExceptionHandler, ExceptionManager
from kivy.clock import Clock, ClockEvent
from kivy.core.text import LabelBase
from kivy.core.window import Window
from kivy.input import MotionEvent
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.widget import Widget

from kiosk.conversation import LOOK_SECONDS, Conversation
from kiosk.flow import events as ev
from kiosk.flow.machine import Flow
from kiosk.flow.states import EnteringCode, EnteringPin, OutOfOrder, State, Welcome
from kiosk.settings import Doors, Language, Screen, Settings
from kiosk.ui import keys, sdl, spoken, theme
from kiosk.ui.bounce import Presses
from kiosk.ui.compositor import Compositor
from kiosk.ui.fonts import Faces
from kiosk.ui.gesture import Hold
from kiosk.ui.guide import Guide
from kiosk.ui.light import LIGHTS
from kiosk.ui.pace import Pace
from kiosk.ui.scene import Action, Scene
from kiosk.ui.scenes import scene_of, visit
from kiosk.ui.sounds import Sounds
from kiosk.ui.staff_corner import StaffCorner
from kiosk.ui.sweep import Sweep
from kiosk.ui.typeset import Typesetter
from kiosk.ui.veil import Veil
from kiosk.ui.view import Site, TerminalView
from kiosk.ui.volume import volume_at
from kiosk.ui.widgets import LeftButtonOnly, Text
from kiosk.ui.words import Speaker
from sounds import Sound
from visits.decision import Direction

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 0.25
RESTING_SECONDS = LOOK_SECONDS * 1.05
"""Between two beats on the start screen, where nothing moves but the clock: each of them is late enough for a look."""

_EVENTS: dict[Action, ev.Event] = {
    Action.ENTER: ev.Begin(Direction.IN),
    Action.STAFF: ev.Begin(Direction.IN, despite_hours=True),
    Action.LEAVE: ev.Begin(Direction.OUT),
    Action.CONFIRM: ev.Confirmed(),
    Action.CANCEL: ev.Cancelled(),
    Action.AGAIN: ev.TriedAgain(),
    Action.SOUND: ev.SoundTried(),
    Action.RESTART: ev.RestartAsked(),
}


class Observer(Protocol):
    """Is told of every scene once it is laid out; tests and the demonstration find their targets through it."""

    def saw(self, scene: Scene, view: Widget) -> None: ...


@dataclass(frozen=True, slots=True)
class Furnishing:
    """What the composition gives the screen. `converse` makes the conversation once the screen can hear it."""

    settings: Settings
    facility: str
    now: Callable[[], datetime]
    converse: Callable[["TerminalApp"], Conversation]
    demo: bool
    panel: Callable[[], Widget] | None
    observer: Observer | None


class _Steadfast(ExceptionHandler):
    """A fault in one callback is logged and the screen goes on."""

    def handle_exception(self, inst: BaseException) -> int:
        if not isinstance(inst, Exception):
            return int(ExceptionManager.RAISE)
        log.error("the screen met an unexpected fault", exc_info=inst)
        return int(ExceptionManager.PASS)


def load_looks(screen: Screen) -> Compositor:
    """The fonts, the line breaking and looks.kv, once a process."""
    faces = Faces(screen)
    for face in faces:
        LabelBase.register(face.name, fn_regular=str(face.regular), fn_bold=str(face.bold))
    Text.compositor = Compositor(faces, Typesetter(), screen.language)
    Builder.load_string(files("kiosk.ui").joinpath("looks.kv").read_text(encoding="utf-8"))
    return Text.compositor


class TerminalApp(App):
    scale = NumericProperty(1.0)
    landscape = BooleanProperty(defaultvalue=True)
    target = NumericProperty(0)
    """The least side of whatever is pressed, in pixels."""
    palette = ObjectProperty(theme.LIGHT)

    def __init__(self, furnishing: Furnishing) -> None:
        super().__init__()
        self._furnishing = furnishing
        self._settings = furnishing.settings
        self._speaker = Speaker(self._settings.screen.language)
        self._sounds = Sounds(lambda: volume_at(self._settings.sound, furnishing.now()))
        self._guide: Guide | None = None
        if self._settings.sound.speech:
            self._guide = Guide(self._settings.terminal.data_directory / spoken.FOLDER, self._sounds)
        self._sweep = Sweep()
        self._hold = Hold(Clock, self._call_staff)
        self._pace: Pace | None = None
        self._heart: ClockEvent | None = None
        self._compositor: Compositor | None = None
        self._view: TerminalView | None = None
        self._conversation: Conversation | None = None
        self._veil: Veil | None = None
        self._was_welcome = True
        self._shown_at = 0.0
        self._presses = Presses()
        self._shown_state: type[State] = Welcome

    # Kivy's side

    def build(self) -> Widget:
        self._compositor = load_looks(self._settings.screen)
        Window.bind(size=self._resized, on_request_close=lambda *_, **__: self._settings.screen.fullscreen)
        keys.bind(Window, self)
        Window.bind(on_touch_down=self._pressed, on_key_down=self._touched)
        ExceptionManager.add_handler(_Steadfast())
        self._pace = Pace(sdl.Bell(), Clock, self._settings.screen.frames_per_second)
        Window.mainloop = self._pace.keep(Window.mainloop)
        self._resized(Window, Window.size)
        self.on_palette()
        self._light_up()
        self._view = TerminalView(self, self._speaker, self._site(), demo=self._furnishing.demo)
        self._conversation = self._furnishing.converse(self)
        self._heart = Clock.schedule_interval(self._beat, HEARTBEAT_SECONDS)
        self.show(self._conversation.flow)
        return self._furnished(self._view)

    def _site(self) -> Site:
        screen = self._settings.screen
        languages = [] if self._compositor is None else self._compositor.faces.offered(screen)
        deal = self._deal if screen.shuffled_keypad else None
        low = screen.low_keypad and self.landscape
        doors = self._settings.terminal.direction
        return Site(self._furnishing.facility, doors, screen.reader_place, languages, low, deal)

    def _deal(self) -> list[int]:
        return secrets.SystemRandom().sample(range(10), 10)

    def on_palette(self, *_: object) -> None:
        Window.clearcolor = self.palette.paper

    def _light_up(self) -> None:
        self.palette = theme.palette_at(self._settings.screen, self._furnishing.now())

    def on_start(self) -> None:
        """What is there now stays: the collector of garbage need not look at it again, which takes longer than a frame."""
        gc.freeze()
        Clock.schedule_once(lambda _: Clock.schedule_once(self._rehearse, HEARTBEAT_SECONDS))

    def _rehearse(self, _: float) -> None:
        """What every visit shows, once the start screen is there. Who is quicker than that waits for it."""
        doors = self._settings.terminal.direction
        for direction in Direction:
            if self._view is not None and doors in {Doors.BOTH, Doors(direction.value)}:
                for scene in visit(direction, self._furnishing.now(), doors):
                    self._view.rehearse(scene)

    def on_stop(self) -> None:
        if self._conversation is not None:
            self._conversation.close()

    def open_settings(self, *_: object) -> bool:
        """Kivy's F1 panel is no place for members."""
        return False

    # The conversation's surroundings

    def post(self, report: Callable[[], None]) -> None:
        Clock.schedule_once(lambda _: report())
        if self._pace is not None:
            self._pace.end_rest()

    def monotonic(self) -> float:
        return time.monotonic()

    def random_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def play(self, cue: Sound) -> None:
        self._sounds.play(cue)
        if tone := LIGHTS.get(cue):
            self._sweep.show(tone)

    def show(self, flow: Flow) -> None:
        if self._view is None:
            return
        self._greet_the_next_in_the_house_language(flow)
        self._shown_at = self.monotonic()
        scene = scene_of(flow, self._settings.terminal.direction)
        self._hold.end()
        if type(flow.state) is not self._shown_state:
            self._shown_state = type(flow.state)
            self._presses.screen_turns()
        self._view.show(scene)
        self._view.tick(self._furnishing.now(), self.monotonic())
        if self._guide is not None:
            sentences = tuple(self._speaker.say(words) for words in spoken.spoken(scene))
            self._guide.say(sentences, self._speaker.language)
        self._settle()
        self._observe(scene, self._view)

    def restart(self) -> None:
        """The service manager starts the process anew."""
        self.stop()

    def has_sound(self) -> bool:
        return self._sounds.has_device

    def say_demo(self) -> None:
        """The reader turned out to be none of plastic and wire; the screen says so from now on."""
        if self._view is not None and self._conversation is not None and not self._view.demo:
            self._view.demo = True
            self.show(self._conversation.flow)

    # Where presses go

    def act(self, action: Action) -> None:
        if self._conversation is not None:
            self._conversation.happen(_EVENTS[action])

    def digit(self, digit: int) -> None:
        if self._conversation is not None:
            self._conversation.digit(digit)

    def erase(self) -> None:
        if self._conversation is not None:
            self._conversation.erase()

    def confirm_pin(self) -> None:
        """A key answers no other question."""
        if self._conversation is not None and isinstance(self._conversation.flow.state, EnteringPin | EnteringCode):
            self.act(Action.CONFIRM)

    def _call_staff(self) -> None:
        if self._conversation is not None:
            self._conversation.call_staff()

    def speak(self, language: Language) -> None:
        """Until the next member."""
        self._speak(language)
        if self._conversation is not None:
            self.show(self._conversation.flow)

    def _speak(self, language: Language) -> None:
        self._speaker.language = language
        if self._compositor is not None:
            self._compositor.language = language

    def _greet_the_next_in_the_house_language(self, flow: Flow) -> None:
        is_welcome = isinstance(flow.state, Welcome)
        if is_welcome and not self._was_welcome:
            self._speak(self._settings.screen.language)
        self._was_welcome = is_welcome

    def _beat(self, _: float) -> None:
        """Kivy cancels an interval whose callback raises once, so this one never does."""
        try:
            self._tick()
        except Exception:
            log.exception("the heartbeat met an unexpected fault")

    def _tick(self) -> None:
        if self._conversation is None or self._view is None:
            return
        self._light_up()
        self._conversation.tick()
        foreign = self._speaker.language is not self._settings.screen.language
        if foreign and self._is_left_alone(self._conversation.flow):
            self._speak(self._settings.screen.language)
            self.show(self._conversation.flow)
        self._view.tick(self._furnishing.now(), self.monotonic())
        self._settle()

    def _is_left_alone(self, flow: Flow) -> bool:
        """Nobody pressed anything for so long on a screen that stays until somebody comes or the fault goes."""
        unchanged_for = self.monotonic() - self._shown_at
        return isinstance(flow.state, Welcome | OutOfOrder) and unchanged_for > self._settings.timeouts.pin_seconds

    def stir(self) -> None:
        """Somebody is there, whether or not there is anything to press."""
        if self._veil is not None:
            self._veil.stir()

    def _pressed(self, _: object, touch: MotionEvent) -> bool:
        """Whether the press goes no further."""
        self.stir()
        return not self._presses.counts((touch.x, touch.y), self.target / 2, self.monotonic())

    def _touched(self, *_: object) -> bool:
        self.stir()
        return False

    def _settle(self) -> None:
        if self._heart is not None:
            self._heart.timeout = RESTING_SECONDS if self._was_welcome else HEARTBEAT_SECONDS
        if self._veil is not None:
            self._veil.settle(on_start_screen=self._was_welcome)

    def _furnished(self, view: TerminalView) -> Widget:
        if self._furnishing.panel is not None:
            view.add_widget(self._furnishing.panel())
        whole = LeftButtonOnly(view)
        whole.add_widget(StaffCorner(view.ids.top, self._hold), index=len(whole.children))
        whole.add_widget(self._sweep)
        wandering = (view.ids.top, view.ids.body)
        self._veil = Veil(self._settings.idle, self._furnishing.now, self.monotonic, wandering)
        whole.add_widget(self._veil)
        return whole

    def _resized(self, _: object, size: tuple[int, int]) -> None:
        width, height = size
        self.scale = theme.scale_of(width, height)
        self.target = theme.target_of(width, height, self._settings.screen.diagonal_inches)
        self.landscape = width >= height

    def _observe(self, scene: Scene, view: TerminalView) -> None:
        """Two frames later every widget has its place."""
        observer = self._furnishing.observer
        if observer is not None:
            Clock.schedule_once(lambda _: Clock.schedule_once(lambda _: observer.saw(scene, view)))
