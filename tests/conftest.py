"""What all suites share: the one option, and a place for what hypothesis remembers."""

import pytest
from hypothesis.configuration import set_hypothesis_home_dir
from samples import patience

set_hypothesis_home_dir("build/hypothesis")
patience.load()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reader", metavar="NAME", help="also run the reader contract on this real PC/SC reader, by hand")
