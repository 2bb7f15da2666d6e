"""The window's content: shows a scene, keeps clock and countdown, and turns presses into the conversation's events.

Screens are made once and filled anew; nothing is animated but the card and the way to the reader, four times a second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Protocol

from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.settings import Doors, Language, ReaderPlace
from kiosk.ui import theme
from kiosk.ui.room import RoomPage, Standing
from kiosk.ui.scene import CLOSED_PICTURE, Action, Choice, Page, Scene, Sign, Tone, Words, clock_face
from kiosk.ui.widgets import (
    CardPage,
    Door,
    Key,
    NoteCard,
    NoticePage,
    Picture,
    Pill,
    PinPage,
    ReminderCard,
    Tongue,
    WelcomePage,
    forget_words,
)
from kiosk.ui.words import Speaker
from visits.calendar import house_day

_ACTIONS = {Doors.IN: (Action.ENTER,), Doors.OUT: (Action.LEAVE,), Doors.BOTH: (Action.ENTER, Action.LEAVE)}
_SHORT_NOTE_HEIGHT, _NOTE_HEIGHT = 108, 160
"""Under a refusal a note only says where reception is."""
_PRESSING_SECONDS = 10
_DOOR_TONES = {Action.ENTER: Tone.IN, Action.LEAVE: Tone.OUT}
_DOOR_LOOKS = {Action.ENTER: ("enter", "in"), Action.LEAVE: ("leave", "out")}


class Controls(Protocol):
    """Where presses go."""

    def act(self, action: Action) -> None: ...
    def digit(self, digit: int) -> None: ...
    def erase(self) -> None: ...
    def speak(self, language: Language) -> None: ...


@dataclass(frozen=True, slots=True)
class Site:
    """What a terminal is by its place. `deal` gives the ten digits in a new order; None leaves them where they are.

    `low_keypad`: in two rows, in the lower half of a wide display.
    """

    facility: str
    doors: Doors
    reader: ReaderPlace
    languages: Sequence[Language]
    low_keypad: bool
    deal: Callable[[], Sequence[int]] | None


class TerminalView(BoxLayout):
    banner = StringProperty("")
    palette = ObjectProperty(theme.LIGHT)

    def __init__(self, controls: Controls, speaker: Speaker, site: Site, *, demo: bool) -> None:
        self._scene: Scene | None = None  # asked for as soon as there is a palette
        super().__init__()
        self._controls = controls
        self._speaker = speaker
        self._deal = site.deal
        self.demo = demo
        self._frame = 0
        self._pages: dict[Page, Widget] = {
            Page.WELCOME: WelcomePage(),
            Page.PIN: PinPage(low=site.low_keypad),
            Page.CARD: CardPage(place=site.reader.value),
            Page.NOTICE: NoticePage(),
            Page.ROOM: RoomPage(),
        }
        shared = site.doors is Doors.BOTH
        self._doors = {action: self._door(action, shared=shared) for action in _ACTIONS[site.doors]}
        for door in self._doors.values():
            self._pages[Page.WELCOME].ids.doors.add_widget(door)
        self._fill: dict[Page, Callable[[Widget, Scene], None]] = {
            Page.WELCOME: self._fill_welcome,
            Page.PIN: self._fill_pin,
            Page.CARD: self._fill_card,
            Page.NOTICE: self._fill_notice,
            Page.ROOM: self._fill_room,
        }
        self._pills: dict[tuple[Page, Action], Pill] = {}
        self._tongues = {language: self._tongue(language) for language in site.languages}
        if len(self._tongues) > 1:
            for tongue in self._tongues.values():
                self._pages[Page.WELCOME].ids.tongues.add_widget(tongue)
        self._keys = [self._key(digit) for digit in (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)]
        self._fill_keypad()
        self.ids.top.facility = site.facility

    def show(self, scene: Scene) -> None:
        if scene.page is Page.PIN and self._deal is not None and not (self._scene and self._scene.page is Page.PIN):
            self._deal_digits(self._deal())
        if self._scene is not None and self._scene.celebrates:
            forget_words()
        self._scene = scene
        self._frame = 0
        self.banner = self._speaker.fill("demo.banner") if self.demo else ""
        self.ids.top.fill = theme.TONES[scene.tone]
        page = self._pages[scene.page]
        self._fill[scene.page](page, scene)
        if page.parent is None:
            self.ids.body.clear_widgets()
            self.ids.body.add_widget(page)

    def rehearse(self, scene: Scene) -> None:
        """Lay a page out of sight, before somebody waits for it.

        Fonts are opened and words measured only once, and its pictures stay.
        """
        Picture.keep((*scene.pictures, *(reminder.picture for reminder in scene.reminders)))
        page = self._pages[scene.page]
        if page.parent is None:
            page.size = self.ids.body.size
            self._fill[scene.page](page, scene)

    def on_palette(self, *_: object) -> None:
        """What the scene coloured is coloured anew; the rest follows by itself."""
        if self._scene is not None:
            self.show(self._scene)

    def tick(self, now: datetime, monotonic: float) -> None:
        """With every beat: the clock, the seconds left, the next picture."""
        self.ids.top.date = self._speaker.day(house_day(now)) + "  "
        self.ids.top.clock = clock_face(now)
        if self._scene is None:
            return
        ids = self._pages[self._scene.page].ids
        if "seconds" in ids:
            self._count_down(ids.seconds, monotonic)
        self._frame += 1
        if len(self._scene.pictures) > 1:
            ids.picture.name = self._scene.pictures[self._frame // 2 % len(self._scene.pictures)]
        if self._scene.points:
            ids.pointer.step = self._frame % 4

    def _count_down(self, countdown: Widget, monotonic: float) -> None:
        if self._scene is None or self._scene.deadline is None:
            countdown.words = ""
            return
        left = max(0, ceil(self._scene.deadline - monotonic))
        countdown.words = self._speaker.fill("seconds", seconds=left)
        countdown.presses = left <= _PRESSING_SECONDS

    def _fill_keypad(self) -> None:
        """As on a telephone, or five to a row."""
        page = self._pages[Page.PIN]
        last = [self._keys[-1]] if page.low else [Widget(), self._keys[-1]]
        for key in (*self._keys[:-1], *last):
            page.ids.keypad.add_widget(key)
        erase = Key(name="erase", on_press=lambda _: self._controls.erase())
        erase.add_widget(_glyph(erase))
        page.add_erase(erase)

    def _key(self, digit: int) -> Key:
        return Key(name=f"digit_{digit}", words=str(digit), on_press=lambda key: self._controls.digit(int(key.words)))

    def _deal_digits(self, digits: Sequence[int]) -> None:
        for key, digit in zip(self._keys, digits, strict=True):
            key.name, key.words = f"digit_{digit}", str(digit)

    def _tongue(self, language: Language) -> Tongue:
        return Tongue(
            name=f"speak_{language.value}",
            language=language,
            words=self._speaker.own_name(language),
            on_press=lambda _: self._controls.speak(language),
        )

    def _door(self, action: Action, *, shared: bool) -> Door:
        return Door(name=action.value, shares_room=shared, on_press=lambda door: self._controls.act(Action(door.name)))

    def _fill_welcome(self, page: Widget, scene: Scene) -> None:
        page.ids.hours.raw = self._speaker.say(scene.hint) if scene.hint else ""
        page.ids.announcement.raw = self._said(*scene.lines)
        for language, tongue in self._tongues.items():
            tongue.spoken = language is self._speaker.language
        for door in self._doors.values():
            door.beside_shut = door.shares_room and scene.sign is not None
        for choice in scene.choices:
            if choice.action in _DOOR_LOOKS:
                self._open(choice)
        if scene.sign is not None:
            self._shut(self._doors[Action.ENTER], scene.sign, scene.choices[0])

    def _open(self, choice: Choice) -> None:
        door = self._doors[choice.action]
        door.picture, way = _DOOR_LOOKS[choice.action]
        door.name, door.fill, door.quiet = choice.action.value, theme.TONES[_DOOR_TONES[choice.action]], False
        door.word = "" if door.shares_room else self._speaker.fill(f"welcome.{way}.word")
        door.reason = ""
        door.sentence = self._speaker.fill(f"welcome.{way}.title")
        door.next_word = self._speaker.say(choice.words)

    def _shut(self, door: Door, sign: Sign, entering: Choice) -> None:
        """For most; whoever may come in all the same presses the sign."""
        door.name = entering.action.value
        door.quiet = entering.action is Action.STAFF
        door.fill, door.picture = theme.TONES[Tone.CLOSED], CLOSED_PICTURE
        door.word = self._speaker.say(sign.word)
        door.reason = self._said(sign.reason)
        door.sentence = self._speaker.say(sign.sentence)
        door.next_word = self._speaker.say(entering.words)

    def _said(self, *words: Words | None) -> str:
        return "\n".join(self._speaker.say(each) for each in words if each)

    def _fill_words(self, page: Widget, scene: Scene) -> None:
        page.ids.title.raw = self._speaker.say(scene.title)
        page.ids.hint.raw = self._said(scene.hint, *scene.lines)
        if scene.pictures:
            page.ids.picture.name = scene.pictures[0]
        self._fill_choices(page, scene)

    def _fill_card(self, page: Widget, scene: Scene) -> None:
        page.ids.pointer.opacity = 1 if scene.points else 0
        page.ids.pointer.step = 0
        self._fill_words(page, scene)

    def _fill_pin(self, page: Widget, scene: Scene) -> None:
        page.ids.dots.places, page.ids.dots.count = scene.places, scene.digits
        page.ids.dots.fill = self.palette.tones[scene.tone]
        page.warns = scene.warns
        self._fill_words(page, scene)

    def _fill_notice(self, page: NoticePage, scene: Scene) -> None:
        tone = theme.TONES[scene.tone]
        page.backdrop = tone if scene.celebrates else self.palette.paper
        page.title_colour = theme.WHITE if scene.celebrates else self.palette.tones[scene.tone]
        page.hint_colour = theme.WHITE if scene.celebrates else self.palette.ink
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

    def _fill_room(self, page: Widget, scene: Scene) -> None:
        rows = page.ids.rows
        rows.clear_widgets()
        for row in scene.rows:
            part, sentence = self._speaker.say(row.part), self._speaker.say(row.standing)
            rows.add_widget(Standing(part=part, sentence=sentence, good=row.good, first=row is scene.rows[0]))
        self._fill_words(page, scene)

    def _fill_choices(self, page: Widget, scene: Scene) -> None:
        """Buttons are made once a page and stay in place while the same ones are offered."""
        pills = [self._pill(scene, choice) for choice in scene.choices]
        place = page.ids.choices
        if place.children[::-1] != pills:
            place.clear_widgets()
            for pill in pills:
                pill.size_hint_y = 1 if scene.page is Page.PIN and page.low else None
                place.add_widget(pill)

    def _pill(self, scene: Scene, choice: Choice) -> Pill:
        known = self._pills.get((scene.page, choice.action))
        pill = known or Pill(name=choice.action.value, on_press=lambda _: self._controls.act(choice.action))
        self._pills[scene.page, choice.action] = pill
        tone = theme.TONES[_DOOR_TONES.get(choice.action, scene.tone)]
        pill.words = self._speaker.say(choice.words)
        pill.fill, pill.ink = (tone, theme.WHITE) if choice.primary else (self.palette.tile, self.palette.ink)
        pill.edge = tone if choice.primary else self.palette.line
        if choice.action is Action.CONFIRM and not choice.primary and scene.page is Page.PIN:
            pill.ink = self.palette.faint
        return pill


def _glyph(key: Key) -> Picture:
    picture = Picture(name="backspace")

    def settle(*_: object) -> None:
        side = 0.56 * min(key.width, key.height)
        picture.size = (side, side)
        picture.center = key.center

    key.bind(pos=settle, size=settle)
    return picture
