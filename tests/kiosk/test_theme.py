"""Every text can be read, and every target be met: 7:1 for each pair of colours that carries a text (WCAG 2.2, 1.4.6)."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from kiosk.settings import Screen, Theme
from kiosk.ui import theme
from kiosk.ui.scene import Tone
from kiosk.ui.theme import DARK, LIGHT, Colour, Palette, colour, contrast, darker, palette_at, scale_of, target_of

LEAST = 7.0
LEAST_OF_SHAPES = 3.0  # WCAG 2.2, 1.4.11
PALETTES = {"light": LIGHT, "dark": DARK}
NOON, NIGHT = datetime(2026, 11, 22, 3, tzinfo=UTC), datetime(2026, 11, 22, 12, tzinfo=UTC)
"""In Japan 12:00 and 21:00."""


def pairs(palette: Palette) -> dict[str, tuple[Colour, Colour]]:
    return {
        "text on the page": (palette.ink, palette.paper),
        "text on a key": (palette.ink, palette.tile),
        "text on a pressed button": (palette.ink, darker(palette.tile)),
        "quiet text on the page": (palette.quiet, palette.paper),
        "text on the banner": (theme.BANNER_INK, theme.BANNER),
        **{f"{tone.value} on the page": (palette.tones[tone], palette.paper) for tone in Tone},
        **{f"white on {tone.value}": (theme.WHITE, theme.TONES[tone]) for tone in Tone},
        **{f"white on pressed {tone.value}": (theme.WHITE, darker(theme.TONES[tone])) for tone in Tone},
    }


@pytest.mark.parametrize("pair", pairs(LIGHT))
@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_text_stands_out(palette: Palette, pair: str) -> None:
    assert contrast(*pairs(palette)[pair]) >= LEAST


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_the_dots_stand_out_from_their_boxes(palette: Palette) -> None:
    assert all(contrast(palette.tones[tone], palette.tile) >= LEAST_OF_SHAPES for tone in Tone)


def test_words_in_a_tone_are_told_apart_by_night_as_by_day() -> None:
    assert [len(set(palette.tones.values())) for palette in PALETTES.values()] == [len(Tone), len(Tone)]


@pytest.mark.parametrize(
    ("chosen", "at", "palette"),
    [
        (Theme.LIGHT, NIGHT, LIGHT),
        (Theme.DARK, NOON, DARK),
        (Theme.AUTO, NOON, LIGHT),
        (Theme.AUTO, NIGHT, DARK),
    ],
)
def test_the_palette_is_the_chosen_one_or_goes_by_the_house_s_clock(
    chosen: Theme, at: datetime, palette: Palette
) -> None:
    screen = replace(Screen(), theme=chosen, dark_from=time(18), dark_until=time(7))
    assert palette_at(screen, at) is palette


@pytest.mark.parametrize(
    ("panel", "pixels"), [((1280, 800, 10.1), 106), ((1024, 600, 7.0), 120), ((800, 480, 7.0), 94)]
)
def test_a_target_is_18_mm_on_the_glass(panel: tuple[int, int, float], pixels: int) -> None:
    assert round(target_of(*panel)) == pixels


def test_on_a_small_panel_a_button_is_as_high_as_a_finger_needs() -> None:
    assert (theme.button(1.0, 94), theme.button(0.5, 94)) == (112.0, 94)


@pytest.mark.parametrize("rows", [2, 4])
def test_a_keypad_below_the_words_is_the_lower_half_and_never_too_low_for_its_keys(rows: int) -> None:
    assert theme.keypad_height(1200, 1.0, 100, rows) == 600 - theme.GAP
    assert theme.keypad_height(300, 1.0, 94, rows) == rows * 94 + (rows - 1) * theme.TIGHT


@pytest.mark.parametrize("side", ["right", "left", "below"])
def test_the_signs_light_up_towards_the_reader(side: str) -> None:
    lit = [[theme.lit(step, place, side) == 1.0 for place in range(3)] for step in range(4)]
    towards = [[step > place for place in range(3)] for step in range(4)]
    assert lit == ([each[::-1] for each in towards] if side == "left" else towards)


def test_every_tone_has_a_colour_of_its_own() -> None:
    assert len(set(theme.TONES.values())) == len(theme.TONES) == len(Tone)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#FFFFFF", 21.0), ("#777777", "#FFFFFF", 4.48), ("#0A5743", "#0A5743", 1.0)],
)
def test_contrast_is_wcag_s(one: str, other: str, ratio: float) -> None:
    assert contrast(colour(one), colour(other)) == pytest.approx(ratio, abs=0.005)
    assert contrast(colour(one), colour(other)) == contrast(colour(other), colour(one))


def test_a_colour_is_its_hexadecimal_code() -> None:
    assert colour("#FF8000") == (1.0, 128 / 255, 0.0, 1.0)


def test_a_pressed_surface_is_darker() -> None:
    assert all(contrast(darker(tone), theme.WHITE) > contrast(tone, theme.WHITE) for tone in theme.TONES.values())


@pytest.mark.parametrize(
    ("size", "scale"),
    [((1200, 740), 1.0), ((740, 1200), 1.0), ((2400, 1480), 2.0), ((2400, 740), 1.0), ((600, 1480), 600 / 740)],
)
def test_everything_grows_with_the_window_until_one_side_is_full(size: tuple[int, int], scale: float) -> None:
    assert scale_of(*size) == pytest.approx(scale)
