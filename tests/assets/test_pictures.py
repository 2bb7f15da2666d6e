"""Every picture a screen may ask for is there, is what the program draws, and can be seen on light and on dark."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from assets import UnknownPictureError, icon_path, picture_names, picture_path
from assets.draw import PICTURES, SIGNS, drawn, icon, main

WANTED = (
    *("enter", "leave", "already_in", "not_in", "desk", "closed"),
    *("card_in_1", "card_in_2", "card_in_3", "card_in_4", "reading_in_1", "reading_in_2", "reading_in_3"),
    *("card_out_1", "card_out_2", "card_out_3", "card_out_4", "reading_out_1", "reading_out_2", "reading_out_3"),
    *("hold_again", "two_cards"),
    *("driving_licence", "residence_card", "bank_card", "transit_card", "revoked", "unproven"),
    *("suspended", "declined", "not_recorded"),
    *("wrong_card", "phone", "unlinked", "expired", "replaced", "too_soon"),
    *("not_yet_begun", "uses_in_month", "days_in_a_row"),
    *("pending", "ended", "reception_first", "full", "fee"),
    *("bird_in", "bird_out", "strap", "strap_return", "parking"),
    *("pin_wrong", "pin_blocked", "last_try"),
    *("out_of_order", "out_of_use", "preparing", "updating", "timeout", "backspace"),
    *("reader_right", "reader_below", "reader_left"),
)
LIGHT = (0xF7, 0xF5, 0xEF)
DARK = (0x1F, 0x2A, 0x30)
GRAPHICS_CONTRAST = 3.0  # WCAG 2.1, 1.4.11 non-text contrast


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def luminance(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """WCAG 2.1 relative luminance of colours 0 to 255."""
    part = colours / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]), dtype=np.float64)


def visible_part(picture: NDArray[np.uint8], ground: tuple[int, int, int]) -> float:
    """The part of the square that stands out from the ground it is laid on."""
    alpha = picture[..., 3:].astype(np.float64) / 255
    laid = picture[..., :3] * alpha + np.array(ground) * (1 - alpha)
    shown, behind = luminance(laid), luminance(np.array([ground], dtype=np.float64))[0]
    contrast = (np.maximum(shown, behind) + 0.05) / (np.minimum(shown, behind) + 0.05)
    return float((contrast >= GRAPHICS_CONTRAST).mean())


def test_the_pictures_are_those_the_screens_need_and_no_others() -> None:
    assert set(picture_names()) == set(WANTED) == set(PICTURES)


@pytest.mark.parametrize("name", WANTED)
def test_a_picture_has_its_size_and_a_transparent_ground(name: str) -> None:
    side = 256 if name in SIGNS else 768
    picture = pixels(picture_path(name))
    assert picture.shape == (side, side, 4)
    assert (picture[[0, 0, -1, -1], [0, -1, 0, -1], 3] == 0).all()


@pytest.mark.parametrize("name", WANTED)
def test_a_picture_is_small_enough_to_load_at_once(name: str) -> None:
    assert picture_path(name).stat().st_size < 80_000


@pytest.mark.parametrize("name", WANTED)
@pytest.mark.parametrize("ground", [LIGHT, DARK], ids=["light", "dark"])
def test_a_picture_stands_out_from(name: str, ground: tuple[int, int, int]) -> None:
    assert visible_part(pixels(picture_path(name)), ground) > 0.05


@pytest.mark.parametrize("name", sorted(set(WANTED) - set(SIGNS)))
def test_what_a_picture_shows_stands_out_from_its_own_tile(name: str) -> None:
    picture = pixels(picture_path(name))
    red, green, blue = (int(part) for part in picture[384, 36, :3])
    assert visible_part(picture, (red, green, blue)) > 0.05


@pytest.mark.parametrize("name", WANTED)
def test_a_picture_drawn_again_is_the_checked_in_one_to_the_pixel(name: str) -> None:
    assert np.array_equal(np.asarray(drawn(name)), pixels(picture_path(name)))


def test_the_icon_drawn_again_is_the_checked_in_one_to_the_pixel() -> None:
    assert pixels(icon_path()).shape == (256, 256, 4)
    assert np.array_equal(np.asarray(icon()), pixels(icon_path()))


def test_no_two_pictures_are_the_same() -> None:
    assert len({pixels(picture_path(name)).tobytes() for name in WANTED}) == len(WANTED)


def test_each_frame_of_the_card_shows_one_wave_more() -> None:
    column = [pixels(picture_path(f"card_in_{frame}"))[372:453, 384, :3] for frame in (1, 2, 3, 4)]
    deep_green = [(np.abs(line.astype(int) - (0x0B, 0x6B, 0x50)).sum(axis=1) < 40).astype(int) for line in column]
    assert [int((np.diff(line, prepend=0) == 1).sum()) for line in deep_green] == [0, 1, 2, 3]


def test_an_unknown_name_is_refused_with_the_names_that_are_near() -> None:
    with pytest.raises(UnknownPictureError, match=r"pin_blockd.*near it: pin_blocked") as refused:
        picture_path("pin_blockd")
    assert refused.value.near == ("pin_blocked",)


@pytest.mark.parametrize("name", ["../icon", "", "ENTER"])
def test_a_name_is_never_a_path(name: str) -> None:
    with pytest.raises(UnknownPictureError):
        picture_path(name)


def test_the_program_writes_every_picture_into_the_folder_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.draw.PICTURES", {"desk": PICTURES["desk"]})
    monkeypatch.setattr("sys.argv", ["draw", "--out", str(tmp_path)])
    main()
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")}
    assert written == {"pictures/desk.png", "icon.png"}
