"""A member goes in and out again on real parts (A5-A13): card daemon, window, pointer, loudspeaker, database, server.

Two terminals, as in S0 (A4): one lets in, one lets out. What is asserted was seen on the display, heard in the recording,
or answered by the server.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

from kiosk.storage.database import open_database
from kiosk.ui import theme
from machine.demonstration import Shown, demonstrate
from sounds import Sound

pytestmark = pytest.mark.system

PIN = "7391"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real-parts")


@pytest.fixture(scope="module")
def shown(out: Path) -> Shown:
    return demonstrate(out, lambda _: None, pin=PIN)


def test_the_server_has_one_visit_with_its_way_in_and_its_way_out(shown: Shown) -> None:
    (visit,) = shown.visits
    assert datetime.fromisoformat(visit["entered_at"]) < datetime.fromisoformat(visit["left_at"])
    assert visit["flags"] == []


def test_the_cards_were_read_through_the_real_daemon(shown: Shown) -> None:
    assert shown.real_card_daemon


@pytest.mark.parametrize(("way", "song"), [("in", Sound.BIRDSONG_IN), ("out", Sound.BIRDSONG_OUT)])
def test_each_terminal_sings_its_own_birdsong_once_and_last(shown: Shown, way: str, song: Sound) -> None:
    played = [heard.sound for heard in shown.heard[way]]
    assert played[-1] is song
    assert set(played[:-1]) == {Sound.KEY}


def test_a_virtual_reader_is_called_a_demonstration_whatever_the_configuration_calls_it(
    out: Path, shown: Shown
) -> None:
    assert shown.pictures
    for way in ("in", "out"):
        last = Image.open(max(out.glob(f"{way}-*.png")))
        assert last.getpixel((0, 0)) == tuple(round(channel * 255) for channel in theme.BANNER[:3])


def test_every_step_of_the_way_was_on_the_display(shown: Shown, out: Path) -> None:
    for way in ("in", "out"):
        seen = {path.stem.split("-", 2)[2] for path in out.glob(f"{way}-*.png")}
        steps = {f"welcome.{way}.title", "pin.title", "card.title", f"done.{way}.title.named"}
        assert steps <= seen


def test_the_pin_is_in_no_file_the_machine_has_written(shown: Shown, out: Path) -> None:
    """Between other digits and letters it could stand by chance in keys and hashes; alone it would be the PIN."""
    alone = re.compile(rf"(?<![0-9A-Za-z]){PIN}(?![0-9A-Za-z])".encode())
    written = [path for path in (out / "stage").rglob("*") if path.is_file() and path.suffix not in {".pcm", ".pem"}]
    assert len(written) > len(shown.heard)
    assert not [path for path in written if alone.search(path.read_bytes())]


@pytest.mark.parametrize("terminal", ["in", "out"])
def test_the_pin_is_nowhere_in_the_opened_database(shown: Shown, out: Path, terminal: str) -> None:
    assert shown.visits
    values = list(_values(out / "stage" / terminal / "data"))
    assert len(values) > 1
    assert not [value for value in values if re.search(rf"(?<![0-9a-z]){PIN}(?![0-9a-z])", value)]


def _values(data: Path) -> Iterator[str]:
    with open_database(data).begin() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        for table in tables:
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608 - our own tables
                yield from (str(value) for value in row)
