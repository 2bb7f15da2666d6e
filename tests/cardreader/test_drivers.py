"""Opening a reader by the name of its driver."""

import pytest

from cardreader.drivers import open_reader


def test_a_simulated_reader_has_the_name_it_is_given() -> None:
    assert open_reader("simulated", "Entrance").name == "Entrance"


def test_a_driver_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="bluetooth"):
        open_reader("bluetooth", "Entrance")
