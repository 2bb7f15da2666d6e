"""Where staff hold their finger (gesture): the upper left of the screen, where the facility's name is."""

from kivy.app import App
from kivy.core.window import Window
from kivy.input import MotionEvent
from kivy.uix.widget import Widget

from kiosk.ui.gesture import Hold


class StaffCorner(Widget):
    """Lies under everything, so that it hears of a touch only where there was nothing to press.

    As low as `bar` and at least as high as any target, where nothing to press is in the way.
    """

    def __init__(self, bar: Widget, hold: Hold) -> None:
        super().__init__()
        self._bar = bar
        self._hold = hold
        Window.bind(on_touch_down=self._touched, on_touch_move=self._moved, on_touch_up=self._released)

    def on_touch_down(self, touch: MotionEvent) -> bool:
        bottom = min(self._bar.y, self.top - App.get_running_app().target)
        if touch.x <= self.center_x and touch.y >= bottom:
            self._hold.begin(touch.pos)
        return False

    def _touched(self, *_: object) -> None:
        self._hold.touched()

    def _moved(self, _: object, touch: MotionEvent) -> None:
        self._hold.moved(touch.pos, App.get_running_app().target)

    def _released(self, *_: object) -> None:
        self._hold.end()
