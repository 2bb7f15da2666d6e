"""The pictures of the terminal: checked-in PNGs found by name. Showing them is not done here, nor drawing them.

`python -m assets.draw` draws them again.
"""

from difflib import get_close_matches
from pathlib import Path


class UnknownPictureError(LookupError):
    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        hint = f"; near it: {', '.join(near)}" if near else ""
        super().__init__(f"there is no picture {name!r}{hint}")
        self.name = name
        self.near = near


def picture_path(name: str) -> Path:
    """Raises UnknownPictureError, which lists names that are nearly the same."""
    path = _folder() / f"{name}.png"
    if name not in picture_names():
        raise UnknownPictureError(name, tuple(get_close_matches(name, picture_names())))
    return path


def picture_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _folder().glob("*.png")))


def icon_path() -> Path:
    return Path(__file__).parent / "icon.png"


def _folder() -> Path:
    return Path(__file__).parent / "pictures"
