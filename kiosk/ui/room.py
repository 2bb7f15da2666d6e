"""What staff see of the terminal: a table of its parts, each with a mark that colour alone does not make. Looks: looks.kv."""

from kivy.clock import Clock
from kivy.graphics import Color, Line, SmoothEllipse, SmoothRoundedRectangle, SmoothTriangle
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.ui import theme
from kiosk.ui.widgets import Page


class RoomPage(Page):
    pass


class Mark(Widget):
    """A tick in a disc, or an exclamation mark in a triangle."""

    good = BooleanProperty(defaultvalue=True)
    fill = ColorProperty(theme.WHITE)
    ink = ColorProperty(theme.WHITE)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.bind(**dict.fromkeys(("pos", "size", "good", "fill", "ink"), self._draw))

    def _draw(self, *_: object) -> None:
        side = min(self.size)
        left, bottom = self.x + (self.width - side) / 2, self.y + (self.height - side) / 2
        self.canvas.clear()
        with self.canvas:
            Color(*self.fill)
            if self.good:
                SmoothEllipse(pos=(left, bottom), size=(side, side))
                Color(*self.ink)
                _tick(left, bottom, side)
            else:
                top = bottom + side * 0.96
                SmoothTriangle(
                    points=(left, bottom + side * 0.06, left + side, bottom + side * 0.06, left + side / 2, top)
                )
                Color(*self.ink)
                _exclamation(left + side / 2, bottom, side)


def _tick(left: float, bottom: float, side: float) -> None:
    points = [(0.27, 0.5), (0.44, 0.33), (0.74, 0.66)]
    path = [part for x, y in points for part in (left + x * side, bottom + y * side)]
    Line(points=path, width=side * 0.055, cap="round", joint="round")


def _exclamation(middle: float, bottom: float, side: float) -> None:
    width = side * 0.1
    SmoothRoundedRectangle(
        pos=(middle - width / 2, bottom + side * 0.34), size=(width, side * 0.34), radius=[width / 2]
    )
    SmoothEllipse(pos=(middle - width * 0.6, bottom + side * 0.16), size=(width * 1.2, width * 1.2))


class Standing(BoxLayout):
    """A part and how it is: side by side, or one below the other where the window stands upright."""

    part = StringProperty("")
    sentence = StringProperty("")
    good = BooleanProperty(defaultvalue=True)
    stacked = BooleanProperty(defaultvalue=False)
    scale = NumericProperty(1.0)
    shrunk = NumericProperty(1.0)
    first = BooleanProperty(defaultvalue=False)
    """There is no line above it."""

    def height_at(self, shrunk: float) -> float:
        """Of its words in a size so much smaller, and the space around them."""
        part, sentence = (self.ids[name].height_at(shrunk) for name in ("part", "sentence"))
        return float((part + sentence if self.stacked else max(part, sentence)) + 2 * theme.TIGHT * self.scale)


class Standings(BoxLayout):
    """The rows of the table: their words of one size, as large as all of them fit, and what room is left between them."""

    scale = NumericProperty(1.0)
    used = NumericProperty(0)
    """Of its height, from the top."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(orientation="vertical", **kwargs)
        self._fit = Clock.create_trigger(self._share, -1)
        self.bind(size=self._fit, children=self._fit, scale=self._fit)

    def add_widget(self, widget: Widget, *args: object, **kwargs: object) -> None:
        super().add_widget(widget, *args, **kwargs)
        for name in ("part", "sentence"):
            widget.ids[name].bind(width=self._fit, raw=self._fit)

    def _share(self, _: float) -> None:
        rows, needed, shrunk = self.children, [0.0], 1.0
        for shrunk in theme.SHRINKING:
            needed = [row.height_at(shrunk) for row in rows]
            if sum(needed) <= self.height:
                break
        spare = min(max(0.0, self.height - sum(needed)) / max(1, len(rows)), theme.WIDE * self.scale)
        for row, height in zip(rows, needed, strict=False):
            row.shrunk, row.height = shrunk, height + spare
        self.used = sum(needed) + spare * len(rows)
        self.padding = (0, 0, 0, max(0.0, self.height - self.used))
