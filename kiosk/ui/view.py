"""The window's content: shows a scene, keeps clock and countdown, and turns presses into the conversation's events.

Screens are made once and filled anew; nothing is animated but the picture of the card, four times a second.
"""

from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Protocol

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.settings import Doors
from kiosk.ui import theme
from kiosk.ui.scene import CLOSED_PICTURE, Action, Choice, Page, Scene, Sign, Tone, Words, clock_face
from kiosk.ui.widgets import CardPage, Door, NoteCard, NoticePage, Picture, Pill, PinPage, ReminderCard, WelcomePage
from kiosk.ui.words import Speaker
from visits.calendar import house_day

_ACTIONS = {Doors.IN: (Action.ENTER,), Doors.OUT: (Action.LEAVE,), Doors.BOTH: (Action.ENTER, Action.LEAVE)}
_SHORT_NOTE_HEIGHT, _NOTE_HEIGHT = 108, 160
"""Under a refusal a note only says where reception is."""
_DOOR_LOOKS = {Action.ENTER: (Tone.IN, "enter", "in"), Action.LEAVE: (Tone.OUT, "leave", "out")}


class Controls(Protocol):
    """Where presses go."""

    def act(self, action: Action) -> None: ...
    def digit(self, digit: int) -> None: ...
    def erase(self) -> None: ...
    def switch_language(self) -> None: ...


class TerminalView(BoxLayout):
    banner = StringProperty("")

    def __init__(self, controls: Controls, speaker: Speaker, *, facility: str, demo: bool, doors: Doors) -> None:
        super().__init__()
        self._controls = controls
        self._speaker = speaker
        self.demo = demo
        self._frame = 0
        self._scene: Scene | None = None
        self._pages: dict[Page, Widget] = {
            Page.WELCOME: WelcomePage(),
            Page.PIN: PinPage(),
            Page.CARD: CardPage(),
            Page.NOTICE: NoticePage(),
        }
        self._doors = {action: self._door(action, shared=doors is Doors.BOTH) for action in _ACTIONS[doors]}
        for door in self._doors.values():
            self._pages[Page.WELCOME].ids.doors.add_widget(door)
        self._fill: dict[Page, Callable[[Widget, Scene], None]] = {
            Page.WELCOME: self._fill_welcome,
            Page.PIN: self._fill_pin,
            Page.CARD: self._fill_words,
            Page.NOTICE: self._fill_notice,
        }
        self._pills: dict[tuple[Page, Action], Pill] = {}
        self._language = Pill(name="language", points=theme.SMALL, on_press=lambda _: controls.switch_language())
        self._language.size_hint_y = 1
        self.ids.top.facility = facility
        self._fill_keypad()

    def show(self, scene: Scene) -> None:
        self._scene = scene
        self._frame = 0
        self.banner = self._speaker.fill("demo.banner") if self.demo else ""
        self.ids.top.fill = theme.TONES[scene.tone]
        self._offer_languages(offered=scene.page is Page.WELCOME)
        page = self._pages[scene.page]
        self._fill[scene.page](page, scene)
        if page.parent is None:
            self.ids.body.clear_widgets()
            self.ids.body.add_widget(page)

    def tick(self, now: datetime, monotonic: float) -> None:
        """Four times a second: the clock, the seconds left, the next picture."""
        self.ids.top.date = self._speaker.day(house_day(now)) + "  "
        self.ids.top.clock = clock_face(now)
        if self._scene is None:
            return
        ids = self._pages[self._scene.page].ids
        if "seconds" in ids:
            ids.seconds.raw = self._seconds_left(monotonic)
        if len(self._scene.pictures) > 1:
            self._frame = (self._frame + 1) % (2 * len(self._scene.pictures))
            ids.picture.name = self._scene.pictures[self._frame // 2]

    def _seconds_left(self, monotonic: float) -> str:
        if self._scene is None or self._scene.deadline is None:
            return ""
        left = max(0, ceil(self._scene.deadline - monotonic))
        return self._speaker.fill("seconds", seconds=left)

    def _offer_languages(self, *, offered: bool) -> None:
        place = self.ids.top.ids.language_place
        place.clear_widgets()
        place.width = 0
        if offered:
            self._language.text = self._speaker.fill("language.other")
            place.add_widget(self._language)
            place.width = 170 * self._language.scale

    def _fill_keypad(self) -> None:
        keypad = self._pages[Page.PIN].ids.keypad
        for digit in (1, 2, 3, 4, 5, 6, 7, 8, 9, None, 0):
            keypad.add_widget(Widget() if digit is None else self._digit_key(digit))
        erase = _key("erase", lambda _: self._controls.erase())
        erase.add_widget(_glyph(erase))
        keypad.add_widget(erase)

    def _digit_key(self, digit: int) -> Widget:
        key = _key(f"digit_{digit}", lambda _: self._controls.digit(digit))
        key.text = str(digit)
        return key

    def _door(self, action: Action, *, shared: bool) -> Door:
        door = Door(name=action.value, shares_room=shared)
        door.bind(on_press=lambda _: self._controls.act(action))
        return door

    def _fill_welcome(self, page: Widget, scene: Scene) -> None:
        page.ids.hours.raw = self._speaker.say(scene.hint) if scene.hint else ""
        page.ids.announcement.raw = self._said(*scene.lines)
        for choice in scene.choices:
            self._open(choice)
        if scene.sign is not None:
            self._shut(self._doors[Action.ENTER], scene.sign, scene.choices)

    def _open(self, choice: Choice) -> None:
        door = self._doors[choice.action]
        tone, door.picture, way = _DOOR_LOOKS[choice.action]
        door.name, door.fill = choice.action.value, theme.TONES[tone]
        door.word = "" if door.shares_room else self._speaker.fill(f"welcome.{way}.word")
        door.reason = ""
        door.sentence = self._speaker.fill(f"welcome.{way}.title")
        door.next_word = self._speaker.say(choice.words)

    def _shut(self, door: Door, sign: Sign, choices: tuple[Choice, ...]) -> None:
        """Without a name nobody presses it by program; the machine passes over a finger that does."""
        entering = [choice for choice in choices if choice.action is Action.ENTER]
        door.name = entering[0].action.value if entering else ""
        door.fill, door.picture = theme.TONES[Tone.CLOSED], CLOSED_PICTURE
        door.word = self._speaker.say(sign.word)
        door.reason = self._said(sign.reason)
        door.sentence = self._speaker.say(sign.sentence)
        door.next_word = self._said(*(choice.words for choice in entering))

    def _said(self, *words: Words | None) -> str:
        return "\n".join(self._speaker.say(each) for each in words if each)

    def _fill_words(self, page: Widget, scene: Scene) -> None:
        page.ids.title.raw = self._speaker.say(scene.title)
        page.ids.hint.raw = self._said(scene.hint, *scene.lines)
        if scene.pictures:
            page.ids.picture.name = scene.pictures[0]
        self._fill_choices(page, scene)

    def _fill_pin(self, page: Widget, scene: Scene) -> None:
        page.ids.dots.count = scene.digits
        page.ids.dots.fill = theme.TONES[scene.tone]
        self._fill_words(page, scene)

    def _fill_notice(self, page: NoticePage, scene: Scene) -> None:
        tone = theme.TONES[scene.tone]
        page.backdrop = tone if scene.celebrates else theme.PAPER
        page.title_colour = theme.TILE if scene.celebrates else tone
        page.hint_colour = theme.TILE if scene.celebrates else theme.INK
        alone = scene.note is None
        page.title_lines = 1 if scene.figure or (scene.celebrates and not alone) else 2
        page.title_points = theme.TITLE + (20 if scene.celebrates and alone else 6)
        page.hint_points = theme.BODY + (16 if scene.celebrates and alone else 4)
        page.note_count = 0 if alone else 1
        page.ids.figure.raw = self._said(scene.figure)
        page.ids.note.clear_widgets()
        if scene.note is not None:
            sentence = self._said(*scene.note.words)
            page.note_height = _NOTE_HEIGHT if scene.celebrates else _SHORT_NOTE_HEIGHT
            page.ids.note.add_widget(NoteCard(picture=scene.note.picture, sentence=sentence))
        page.reminder_count = len(scene.reminders)
        page.choice_count = len(scene.choices)
        page.ids.reminders.clear_widgets()
        for reminder in scene.reminders:
            card = ReminderCard(picture=reminder.picture, sentence=self._speaker.say(reminder.words))
            page.ids.reminders.add_widget(card)
        self._fill_words(page, scene)
        if page.title_lines == 1:
            page.ids.title.raw = page.ids.title.raw.replace("\n", " ")

    def _fill_choices(self, page: Widget, scene: Scene) -> None:
        """Buttons are made once a page and stay in place while the same ones are offered."""
        pills = [self._pill(scene, choice) for choice in scene.choices]
        place = page.ids.choices
        if place.children[::-1] != pills:
            place.clear_widgets()
            for pill in pills:
                place.add_widget(pill)

    def _pill(self, scene: Scene, choice: Choice) -> Pill:
        known = self._pills.get((scene.page, choice.action))
        pill = known or Pill(name=choice.action.value, on_press=lambda _: self._controls.act(choice.action))
        self._pills[scene.page, choice.action] = pill
        tone = theme.TONES[scene.tone]
        pill.text = self._speaker.say(choice.words)
        pill.fill, pill.ink = (tone, theme.TILE) if choice.primary else (theme.TILE, theme.INK)
        pill.edge = tone if choice.primary else theme.LINE
        if choice.action is Action.CONFIRM and not choice.primary and scene.page is Page.PIN:
            pill.ink = theme.FAINT
        return pill


def _key(name: str, on_press: Callable[[Widget], None]) -> Pill:
    return Pill(name=name, points=52, size_hint_y=1, on_press=on_press)


def _glyph(key: Pill) -> Picture:
    picture = Picture(name="backspace")

    def settle(*_: object) -> None:
        picture.size = (key.height * 0.56, key.height * 0.56)
        picture.center = key.center

    key.bind(pos=settle, size=settle)
    return picture
