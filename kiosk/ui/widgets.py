"""The parts a screen is made of. Their looks are in looks.kv; what they do is here.

Every target acts on the press, not the release: the answer is on the screen while the finger still is.
"""

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, SmoothEllipse, SmoothRoundedRectangle
from kivy.input import MotionEvent
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    NumericProperty,
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
from kivy.uix.widget import Widget

from assets import picture_path
from kiosk.ui import theme
from kiosk.ui.typeset import Measure, Typesetter, elided


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
    typesetter: Typesetter | None = None
    """Set once by the view; shared by every text, as the model behind it is."""

    def on_kv_post(self, _: Widget) -> None:
        self.fbind("raw", self._typeset)
        self.fbind("width", self._typeset)
        self.fbind("points", self._typeset)
        self.fbind("scale", self._typeset)
        self.fbind("shrunk", self._typeset)
        self._typeset()

    def height_at(self, shrunk: float) -> float:
        """Of its lines in a size so much smaller; 0 without words."""
        if self.typesetter is None or not self.raw:
            return 0.0
        size, text = self._fitted(self.typesetter, self.points * self.scale * shrunk)
        return float((text.count("\n") + 1) * size * self.line_height)

    def _typeset(self, *_: object) -> None:
        points = self.points * self.scale * self.shrunk
        if self.typesetter is not None and self.width > points:
            self.font_size, self.text = self._fitted(self.typesetter, points)

    def _fitted(self, typesetter: Typesetter, points: float) -> tuple[float, str]:
        """Its size and lines, as large as they fit, and cut where they do not in the least size."""
        size, text = 0.0, ""
        for smaller in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4):
            size = points * max(smaller, self.least)
            measure = self._ruler(size)
            text = typesetter.lines(self.raw, self.width, measure)
            cut = elided(text, self.most_lines, self.width, measure) if self.most_lines else text
            if cut == text or smaller <= self.least:
                return size, cut
        return size, text

    def _ruler(self, size: float) -> Measure:
        ruler = CoreLabel(font_name=theme.FONT, font_size=size, bold=self.bold)
        return lambda line: float(ruler.get_extents(line)[0])


class Column(BoxLayout):
    """Texts below each other; where they are too many for a height that is given, all are made smaller together."""

    shrunk = NumericProperty(1.0)

    def __init__(self, **kwargs: object) -> None:
        self._fit = Clock.create_trigger(self._shrink_to_fit, -1)
        super().__init__(orientation="vertical", **kwargs)
        self.bind(size=self._fit)

    def add_widget(self, widget: Widget, *args: object, **kwargs: object) -> None:
        super().add_widget(widget, *args, **kwargs)
        if isinstance(widget, Text):
            widget.bind(raw=self._fit, points=self._fit, width=self._fit, most_lines=self._fit)

    def _shrink_to_fit(self, _: float) -> None:
        if self.size_hint_y is None:
            return
        texts = [child for child in self.children if isinstance(child, Text)]
        others = sum(child.height for child in self.children if child.size_hint_y is None and child not in texts)
        room = self.height - others - self.spacing * (len(self.children) - 1)
        for shrunk in (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.64, 0.58, 0.52):
            if sum(text.height_at(shrunk) for text in texts) <= room:
                break
        self.shrunk = shrunk


class Pill(Button):
    """A button. `name` says what it does, for those who press it by program. Long words are set smaller."""

    name = StringProperty("")
    points = NumericProperty(42)
    scale = NumericProperty(1.0)
    fill = ColorProperty(theme.TILE)
    edge = ColorProperty(theme.LINE)
    ink = ColorProperty(theme.INK)
    fitting = NumericProperty(1.0)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(background_normal="", background_down="", background_color=(0, 0, 0, 0), **kwargs)
        self.bind(text=self._fit, width=self._fit, points=self._fit, scale=self._fit)

    def _fit(self, *_: object) -> None:
        ruler = CoreLabel(font_name=theme.FONT, font_size=self.points * self.scale, bold=True)
        room = self.width - 40 * self.scale
        self.fitting = min(1.0, max(room, 1) / max(ruler.get_extents(self.text)[0], 1))


class Picture(Image):
    name = StringProperty("")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(mipmap=True, fit_mode="contain", **kwargs)

    def on_name(self, _: object, name: str) -> None:
        self.source = str(picture_path(name)) if name else ""


class Door(ButtonBehavior, BoxLayout):
    """One way through the door on the start screen: the whole panel is the button."""

    name = StringProperty("")
    scale = NumericProperty(1.0)
    fill = ColorProperty(theme.INK)
    picture = StringProperty("")
    word = StringProperty("")
    reason = StringProperty("")
    sentence = StringProperty("")
    next_word = StringProperty("")
    shares_room = BooleanProperty(defaultvalue=False)


class Dots(Widget):
    """How many of the four digits are typed; never which."""

    count = NumericProperty(0)
    scale = NumericProperty(1.0)
    fill = ColorProperty(theme.INK)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.bind(pos=self._draw, size=self._draw, count=self._draw, scale=self._draw, fill=self._draw)

    def _draw(self, *_: object) -> None:
        box = 84 * self.scale
        gap = 22 * self.scale
        left = self.x + (self.width - 4 * box - 3 * gap) / 2
        bottom = self.y + (self.height - box) / 2
        self.canvas.clear()
        with self.canvas:
            for place in range(4):
                corner = (left + place * (box + gap), bottom)
                Color(*(self.fill if place <= self.count else theme.LINE))
                SmoothRoundedRectangle(pos=corner, size=(box, box), radius=[18 * self.scale])
                Color(*theme.TILE)
                inner = 4 * self.scale
                SmoothRoundedRectangle(
                    pos=(corner[0] + inner, corner[1] + inner),
                    size=(box - 2 * inner, box - 2 * inner),
                    radius=[15 * self.scale],
                )
                if place < self.count:
                    Color(*self.fill)
                    dot = 34 * self.scale
                    SmoothEllipse(pos=(corner[0] + (box - dot) / 2, corner[1] + (box - dot) / 2), size=(dot, dot))


class Keypad(GridLayout):
    """Telephone layout, fixed; every key looks and sounds the same."""


class ReminderCard(BoxLayout):
    """Below a result: what to do now, side by side."""

    scale = NumericProperty(1.0)
    picture = StringProperty("")
    sentence = StringProperty("")


class NoteCard(ReminderCard):
    """Above them, over the whole width: what is worth reading."""


class TopBar(BoxLayout):
    fill = ColorProperty(theme.INK)
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
    pass


class CardPage(Page):
    pass


class NoticePage(Page):
    backdrop = ColorProperty(theme.PAPER)
    title_colour = ColorProperty(theme.INK)
    hint_colour = ColorProperty(theme.INK)
    title_points = NumericProperty(theme.TITLE)
    hint_points = NumericProperty(theme.BODY)
    title_lines = NumericProperty(2)
    note_count = NumericProperty(0)
    note_height = NumericProperty(0)
    reminder_count = NumericProperty(0)
    choice_count = NumericProperty(0)
