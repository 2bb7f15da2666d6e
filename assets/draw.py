"""The program that draws the pictures: `python -m assets.draw [--out DIR]`. It needs Pillow, a terminal does not.

The pictures themselves are in `assets.drawing`.
"""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PIL import Image

from assets import icon_path
from assets.drawing import birds, calendars, cards, glyphs, keypads, people, terminals, things
from assets.drawing.canvas import Canvas
from assets.drawing.cards import Way

LARGE = 768
SMALL = 256

PICTURES: Mapping[str, Callable[[], Canvas]] = {
    "enter": people.enter,
    "leave": people.leave,
    **{f"card_{way.value}_{frame + 1}": partial(cards.card_on_reader, way, frame) for way in Way for frame in range(4)},
    **{f"reading_{way.value}_{frame + 1}": partial(cards.reading, way, frame) for way in Way for frame in range(3)},
    "two_cards": cards.two_cards,
    "driving_licence": cards.driving_licence,
    "residence_card": cards.residence_card,
    "bank_card": cards.bank_card,
    "transit_card": cards.transit_card,
    "revoked": cards.revoked,
    "unproven": cards.unproven,
    "hold_again": cards.hold_again,
    "bird_in": birds.bird_in,
    "bird_out": birds.bird_out,
    "strap": things.strap,
    "strap_return": things.strap_return,
    "parking": things.parking,
    "pin_wrong": keypads.pin_wrong,
    "pin_blocked": keypads.pin_blocked,
    "last_try": keypads.last_try,
    "wrong_card": cards.wrong_card,
    "phone": cards.phone,
    "unlinked": cards.unlinked,
    "expired": cards.expired,
    "replaced": cards.replaced,
    "too_soon": cards.too_soon,
    "not_yet_begun": calendars.not_yet_begun,
    "uses_in_month": calendars.uses_in_month,
    "days_in_a_row": calendars.days_in_a_row,
    "already_in": people.already_in,
    "not_in": people.not_in,
    "desk": people.desk,
    "suspended": people.suspended,
    "pending": people.pending,
    "ended": people.ended,
    "reception_first": people.reception_first,
    "full": people.full,
    "fee": people.fee,
    "closed": people.closed,
    "declined": things.declined,
    "not_recorded": things.not_recorded,
    "out_of_order": things.out_of_order,
    "out_of_use": terminals.locked,
    "preparing": terminals.preparing,
    "updating": terminals.updating,
    "timeout": things.timeout,
    "reader_right": lambda: glyphs.point(0),
    "reader_below": lambda: glyphs.point(90),
    "reader_left": lambda: glyphs.point(180),
    "backspace": glyphs.backspace,
}
SIGNS = ("backspace", "reader_right", "reader_below", "reader_left")


def drawn(name: str) -> Image.Image:
    return PICTURES[name]().picture(SMALL if name in SIGNS else LARGE)


def icon() -> Image.Image:
    return glyphs.icon().picture(SMALL)


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the pictures of the terminal.")
    parser.add_argument("--out", type=Path, default=icon_path().parent, help="folder to write into")
    folder: Path = parser.parse_args().out
    (folder / "pictures").mkdir(exist_ok=True)
    for name in PICTURES:
        drawn(name).save(folder / "pictures" / f"{name}.png", optimize=True)
    icon().save(folder / icon_path().name, optimize=True)


if __name__ == "__main__":
    main()
