"""The parts a screen is made of. Their looks are in looks.kv; what they do is here.

Every target acts on the press, not the release: the answer is on the screen while the finger still is.
"""

from collections.abc import Iterable
from functools import lru_cache, partial
from math import ceil
from typing import ClassVar

from kivy.clock import Clock
from kivy.core.image import Image as CoreImage
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, SmoothEllipse, SmoothRoundedRectangle
from kivy.graphics.texture import Texture
from kivy.input import MotionEvent
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.button import Button
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.image import Image
from kivy.uix.label import Label
from kivy.uix.layout import Layout
from kivy.uix.widget import Widget

from assets import picture_path
from kiosk.flow.states import PIN_LENGTH
from kiosk.settings import Language
from kiosk.ui import theme
from kiosk.ui.compositor import Compositor
from kiosk.ui.fonts import HOUSE
from kiosk.ui.typeset import Measure, elided

LEADING = 1.28
"""From line to line in every font, in heights of its letters (em)."""
_LARGE = 100
_BOX, _BOX_GAP = 84, 22
"""Of a digit typed."""


@lru_cache(maxsize=256)
def _ruler(font: str, size: float, bold: bool) -> CoreLabel:  # noqa: FBT001 - a key of the cache
    return CoreLabel(font_name=font, font_size=size, bold=bold)


@lru_cache(maxsize=8192)
def _width(font: str, size: float, bold: bool, line: str) -> float:  # noqa: FBT001 - a key of the cache
    """Breaking lines asks for the same ones again and again, and the same screens come back all day."""
    return float(_ruler(font, size, bold).get_extents(line)[0])


def forget_words() -> None:
    """After a greeting: a name is in no memory longer than on the screen."""
    _width.cache_clear()


@lru_cache
def _own_height(font: str) -> float:
    """Of a line as the font has it, in em."""
    return float(CoreLabel(font_name=font, font_size=_LARGE).get_extents("漢Ág")[1]) / _LARGE


class Text(Label):
    """`raw` broken into balanced lines for the width at hand; its height is what the lines need."""

    raw = StringProperty("")
    points = NumericProperty(theme.BODY)
    scale = NumericProperty(1.0)
    shrunk = NumericProperty(1.0)
    """By how much the column it stands in makes it smaller."""
    least = NumericProperty(0.6)
    """How small it may make itself."""
    most_lines = NumericProperty(0)
    """More than so many lines, or a wider one, make the text smaller, and in the end cut it; 0 for as it comes."""
    flows = BooleanProperty(defaultvalue=False)
    """Its sentences follow each other on the line, where room is scarce."""
    language = ObjectProperty(None, allownone=True)
    """Of its words, where it is not the one of the moment."""
    compositor: Compositor | None = None
    """Set once by the application; shared by every text, as the model behind it is."""

    def on_kv_post(self, _: Widget) -> None:
        self.fbind("raw", self._typeset)
        self.fbind("width", self._typeset)
        self.fbind("points", self._typeset)
        self.fbind("scale", self._typeset)
        self.fbind("shrunk", self._typeset)
        self._typeset()

    @classmethod
    def set_in(cls, words: str, language: Language | None = None) -> tuple[str, str]:
        """The font for these words, and the words as it can show them."""
        return (HOUSE, words) if cls.compositor is None else cls.compositor.set_in(words, language)

    def height_at(self, shrunk: float) -> float:
        """Of its lines in a size so much smaller; 0 without words."""
        if self.compositor is None or not self.raw:
            return 0.0
        size, text = self._fitted(self.compositor, self.points * self.scale * shrunk)
        return float((text.count("\n") + 1) * size * LEADING)

    def _typeset(self, *_: object) -> None:
        points = self.points * self.scale * self.shrunk
        if self.compositor is not None and self.width > points:
            self.font_size, self.text = self._fitted(self.compositor, points)

    def _fitted(self, compositor: Compositor, points: float) -> tuple[float, str]:
        """Its size and lines, as large as they fit, and cut where they do not in the least size."""
        self.font_name, words = self.set_in(self.raw, self.language)
        self.line_height = LEADING / _own_height(self.font_name)
        size, text = 0.0, ""
        for smaller in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4):
            size = points * max(smaller, self.least)
            measure = self._ruler(size)
            text = compositor.lines(words, self.width, measure, flowing=self.flows)
            cut = elided(text, self.most_lines, self.width, measure) if self.most_lines else text
            if cut == text or smaller <= self.least:
                return size, cut
        return size, text

    def _ruler(self, size: float) -> Measure:
        return partial(_width, self.font_name, size, self.bold)


class Caption(Label):
    """One line of words, cut with a mark where it is too long."""

    words = StringProperty("")

    def on_words(self, _: object, words: str) -> None:
        self.font_name, self.text = Text.set_in(words)


class Column(Layout):
    """Texts below each other in the middle of its height, without a gap for those that say nothing.

    Where they are too many for a height that is given, all are made smaller together.
    """

    shrunk = NumericProperty(1.0)
    spacing = NumericProperty(0)
    minimum_height = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        self._fit = Clock.create_trigger(self._shrink_to_fit, -1)
        super().__init__(**kwargs)
        self.bind(size=self._fit, spacing=self._fit)
        self.bind(size=self._trigger_layout, pos=self._trigger_layout, spacing=self._trigger_layout)

    def add_widget(self, widget: Widget, *args: object, **kwargs: object) -> None:
        super().add_widget(widget, *args, **kwargs)
        if isinstance(widget, Text):
            widget.bind(raw=self._fit, points=self._fit, width=self._fit, most_lines=self._fit)

    def do_layout(self, *_: object) -> None:
        shown = [child for child in reversed(self.children) if child.height]
        self.minimum_height = sum(child.height for child in shown) + self.spacing * max(0, len(shown) - 1)
        top = self.center_y + self.minimum_height / 2
        for child in reversed(self.children):
            child.width, child.x, child.top = self.width, self.x, top
            if child.height:
                top -= child.height + self.spacing

    def _shrink_to_fit(self, _: float) -> None:
        if self.size_hint_y is None:
            self.shrunk = 1.0
            return
        texts = [child for child in self.children if isinstance(child, Text) and child.raw]
        others = [child.height for child in self.children if not isinstance(child, Text) and child.height]
        room = self.height - sum(others) - self.spacing * (len(texts) + len(others) - 1)
        for shrunk in theme.SHRINKING:
            if sum(text.height_at(shrunk) for text in texts) <= room:
                break
        self.shrunk = shrunk


class Pill(Button):
    """A button. `name` says what it does, for those who press it by program. Long words are set smaller."""

    name = StringProperty("")
    words = StringProperty("")
    points = NumericProperty(42)
    scale = NumericProperty(1.0)
    fill = ColorProperty(theme.WHITE)
    edge = ColorProperty(theme.WHITE)
    ink = ColorProperty(theme.BANNER_INK)
    fitting = NumericProperty(1.0)
    gives_way = BooleanProperty(defaultvalue=True)
    """Looks pressed while it is."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(background_normal="", background_down="", background_color=(0, 0, 0, 0), **kwargs)
        self.bind(words=self._fit, width=self._fit, points=self._fit, scale=self._fit)
        self._fit()

    def _fit(self, *_: object) -> None:
        self.font_name, self.text = Text.set_in(self.words)
        ruler = CoreLabel(font_name=self.font_name, font_size=self.points * self.scale, bold=True)
        room = self.width - 40 * self.scale
        self.fitting = min(1.0, max(room, 1) / max(ruler.get_extents(self.text)[0], 1))


class Key(Pill):
    """Of the PIN pad. It looks the same pressed and not: the dot answers, and an onlooker learns nothing (EN 301 549, 5.3)."""


class Tongue(ButtonBehavior, BoxLayout):
    """A language, by its own name; `spoken` where it is the one on the screen."""

    name = StringProperty("")
    words = StringProperty("")
    scale = NumericProperty(1.0)
    language = ObjectProperty(None, allownone=True)
    spoken = BooleanProperty(defaultvalue=False)


class Tongues(GridLayout):
    """In as few rows as there is room for, the last as full as the others."""

    target = NumericProperty(1)
    column = NumericProperty(1)
    """The least width, for the longest of their names."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(cols=1, **kwargs)
        self.bind(width=self._arrange, target=self._arrange, column=self._arrange, children=self._arrange)

    def _arrange(self, *_: object) -> None:
        gap = self.spacing[0]
        most = max(1, int((self.width + gap) / (max(self.column, self.target) + gap)))
        rows = ceil(len(self.children) / most)
        self.cols = ceil(len(self.children) / max(1, rows)) or 1
        self.height = rows * self.target + max(0, rows - 1) * gap


class Picture(Image):
    name = StringProperty("")
    kept: ClassVar[dict[str, Texture]] = {}
    """Those of every visit. Others are read again, 10 ms each, when they were not shown for a minute."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(mipmap=True, fit_mode="contain", **kwargs)

    @classmethod
    def keep(cls, names: Iterable[str]) -> None:
        for name in names:
            if name not in cls.kept:
                cls.kept[name] = CoreImage(str(picture_path(name)), mipmap=True).texture

    def on_name(self, _: object, name: str) -> None:
        if name in self.kept:
            self.source = ""
            self.texture = self.kept[name]
        else:
            self.source = str(picture_path(name)) if name else ""


class Pointer(BoxLayout):
    """Three signs that light up one after the other on the way to the reader."""

    place = StringProperty("right")
    step = NumericProperty(0)


class Door(ButtonBehavior, BoxLayout):
    """One way through the door on the start screen: the whole panel is the button."""

    name = StringProperty("")
    scale = NumericProperty(1.0)
    fill = ColorProperty(theme.WHITE)
    picture = StringProperty("")
    word = StringProperty("")
    reason = StringProperty("")
    sentence = StringProperty("")
    next_word = StringProperty("")
    quiet = BooleanProperty(defaultvalue=False)
    """Its word is for few."""
    shares_room = BooleanProperty(defaultvalue=False)
    beside_shut = BooleanProperty(defaultvalue=False)
    """One of two of which one is shut, with more to say: both have their picture beside the words."""


class Countdown(BoxLayout):
    """The seconds left: quiet until they press. It takes the same room at any time."""

    words = StringProperty("")
    scale = NumericProperty(1.0)
    presses = BooleanProperty(defaultvalue=False)


class Dots(Widget):
    """How many of the digits are typed; never which. `places` of them, smaller where they are many."""

    count = NumericProperty(0)
    places = NumericProperty(PIN_LENGTH)
    scale = NumericProperty(1.0)
    fill = ColorProperty(theme.WHITE)
    line = ColorProperty(theme.WHITE)
    tile = ColorProperty(theme.WHITE)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        drawn = ("pos", "size", "count", "places", "scale", "fill", "line", "tile")
        self.bind(**dict.fromkeys(drawn, self._draw))

    def _draw(self, *_: object) -> None:
        unit = min(self.scale, self.width / (self.places * (_BOX + _BOX_GAP)))
        step = (_BOX + _BOX_GAP) * unit
        left = self.x + (self.width - self.places * step + _BOX_GAP * unit) / 2
        self.canvas.clear()
        with self.canvas:
            for place in range(self.places):
                self._draw_place(place, left + place * step, unit)

    def _draw_place(self, place: int, left: float, unit: float) -> None:
        box, edge, dot = _BOX * unit, 4 * unit, 34 * unit
        bottom = self.y + (self.height - box) / 2
        Color(*(self.fill if place <= self.count else self.line))
        SmoothRoundedRectangle(pos=(left, bottom), size=(box, box), radius=[18 * unit])
        Color(*self.tile)
        inner = box - 2 * edge
        SmoothRoundedRectangle(pos=(left + edge, bottom + edge), size=(inner, inner), radius=[15 * unit])
        if place < self.count:
            Color(*self.fill)
            SmoothEllipse(pos=(left + (box - dot) / 2, bottom + (box - dot) / 2), size=(dot, dot))


class Keypad(GridLayout):
    """Telephone layout, or the digits dealt anew; every key looks and sounds the same."""


class ReminderCard(BoxLayout):
    """Below a result: what to do now, side by side."""

    scale = NumericProperty(1.0)
    picture = StringProperty("")
    sentence = StringProperty("")


class NoteCard(ReminderCard):
    """Above them, over the whole width: what is worth reading."""


class TopBar(BoxLayout):
    fill = ColorProperty(theme.WHITE)
    facility = StringProperty("")
    date = StringProperty("")
    clock = StringProperty("")


class LeftButtonOnly(FloatLayout):
    """Around everything: a finger or the left button presses, no other button and no wheel does."""

    def __init__(self, content: Widget) -> None:
        super().__init__()
        self.add_widget(content)

    def on_touch_down(self, touch: MotionEvent) -> bool:
        if getattr(touch, "button", "left") != "left":
            return True
        return bool(super().on_touch_down(touch))


class Page(BoxLayout):
    """The body of the screen; `orientation` follows the window."""

    orientation = OptionProperty("horizontal", options=("horizontal", "vertical"))


class WelcomePage(Page):
    pass


class PinPage(Page):
    """The keys beside the words, or below them where the window is upright or they are to be `low`, which is for good.

    Low keys are in two rows, and the other buttons beside them, so that nothing is pressed above the lower half.
    """

    low = BooleanProperty(defaultvalue=False)
    beside = BooleanProperty(defaultvalue=True)
    warns = BooleanProperty(defaultvalue=False)

    def on_kv_post(self, _: Widget) -> None:
        if self.low:
            choices = self.ids.choices
            choices.parent.remove_widget(choices)
            choices.orientation, choices.size_hint = "vertical", (0.25, 1)
            self.ids.foot.add_widget(choices)

    def add_erase(self, erase: Widget) -> None:
        """In the telephone's corner; beside low keys, as high as both rows."""
        if self.low:
            self.ids.foot.add_widget(erase, index=1)
            erase.size_hint_x = 0.15
        else:
            self.ids.keypad.add_widget(erase)


class CardPage(Page):
    """The words, and the stage with the card, the reader's side of the screen last."""

    place = StringProperty("right")

    def on_orientation(self, *_: object) -> None:
        self._put_in_order()

    def on_place(self, *_: object) -> None:
        self._put_in_order()

    def on_kv_post(self, _: Widget) -> None:
        self._put_in_order()

    def _put_in_order(self) -> None:
        if "stage" not in self.ids:
            return
        words_first = self.place == "below" or (self.place == "right" and self.orientation == "horizontal")
        parts = [self.ids.words_place, self.ids.stage]
        self.clear_widgets()
        for part in parts if words_first else reversed(parts):
            self.add_widget(part)
        stage, picture, pointer = self.ids.stage, self.ids.picture, self.ids.pointer
        stage.clear_widgets()
        for part in (pointer, picture) if self.place == "left" else (picture, pointer):
            stage.add_widget(part)


class NoticePage(Page):
    backdrop = ColorProperty(theme.WHITE)
    title_colour = ColorProperty(theme.BANNER_INK)
    hint_colour = ColorProperty(theme.BANNER_INK)
    title_points = NumericProperty(theme.TITLE)
    hint_points = NumericProperty(theme.BODY)
    title_lines = NumericProperty(2)
    note_count = NumericProperty(0)
    note_height = NumericProperty(0)
    reminder_count = NumericProperty(0)
    choice_count = NumericProperty(0)
