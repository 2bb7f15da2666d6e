"""Every text can be read: 7:1 for each pair of colours that carries one (WCAG 2.2, 1.4.6)."""

import pytest

from kiosk.ui import theme
from kiosk.ui.scene import Tone
from kiosk.ui.theme import Colour, colour, contrast, darker, scale_of

LEAST = 7.0
TONES = {f"{tone.value}": theme.TONES[tone] for tone in Tone}

PAIRS: dict[str, tuple[Colour, Colour]] = {
    "text on the page": (theme.INK, theme.PAPER),
    "text on a key": (theme.INK, theme.TILE),
    "text on a pressed key": (theme.INK, darker(theme.TILE)),
    "quiet text on the page": (theme.QUIET, theme.PAPER),
    "quiet text on a tile": (theme.QUIET, theme.TILE),
    "text on the banner": (theme.INK, theme.BANNER),
    **{f"white on {name}": (theme.TILE, tone) for name, tone in TONES.items()},
    **{f"white on pressed {name}": (theme.TILE, darker(tone)) for name, tone in TONES.items()},
    **{f"{name} on the page": (tone, theme.PAPER) for name, tone in TONES.items()},
    **{f"{name} on a tile": (tone, theme.TILE) for name, tone in TONES.items()},
}


@pytest.mark.parametrize("pair", PAIRS)
def test_text_stands_out(pair: str) -> None:
    assert contrast(*PAIRS[pair]) >= LEAST


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
    assert all(contrast(darker(tone), theme.TILE) > contrast(tone, theme.TILE) for tone in TONES.values())


@pytest.mark.parametrize(
    ("size", "scale"),
    [((1200, 740), 1.0), ((740, 1200), 1.0), ((2400, 1480), 2.0), ((2400, 740), 1.0), ((600, 1480), 600 / 740)],
)
def test_everything_grows_with_the_window_until_one_side_is_full(size: tuple[int, int], scale: float) -> None:
    assert scale_of(*size) == pytest.approx(scale)
