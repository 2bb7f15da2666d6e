"""The one option all suites share."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reader", metavar="NAME", help="also run the reader contract on this real PC/SC reader, by hand")
