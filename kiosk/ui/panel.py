"""Under the screen of a demonstration: cards to hold to the simulated reader with a finger."""

from collections.abc import Mapping

from kivy.clock import Clock
from kivy.uix.boxlayout import BoxLayout

from cardreader.drivers.simulated import SimulatedReader
from cardreader.simulated.chip import Chip
from kiosk.ui.widgets import Pill

HELD_SECONDS = 3.0


class CardPanel(BoxLayout):
    """One button a card, by its label; a card is held for a few seconds and then taken away."""

    def __init__(self, reader: SimulatedReader, cards: Mapping[str, Chip]) -> None:
        super().__init__()
        self._reader = reader
        self._taking_away = Clock.create_trigger(lambda _: reader.remove(), HELD_SECONDS)
        for label, chip in cards.items():
            pill = Pill(name=f"card_{label}", words=label, points=19)
            pill.size_hint_y = 1
            pill.bind(on_press=lambda _, chip=chip: self._hold(chip))
            self.add_widget(pill)

    def _hold(self, chip: Chip) -> None:
        self._taking_away.cancel()
        self._reader.insert(chip)
        self._taking_away()
