"""Which server addresses may be used at all."""

import pytest

from sync.address import UnsafeAddress, checked


@pytest.mark.parametrize(
    ("configured", "used"),
    [
        ("https://checkin.example.jp", "https://checkin.example.jp"),
        ("https://checkin.example.jp:8443/", "https://checkin.example.jp:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_https_anywhere_and_http_on_this_machine_are_used(configured: str, used: str) -> None:
    assert checked(configured) == used


@pytest.mark.parametrize(
    "configured",
    [
        "",
        "checkin.example.jp",
        "ftp://checkin.example.jp",
        "https://",
        "http://checkin.example.jp",
        "http://192.168.0.5",
        "http://127.0.0.1.example.jp",
        "https://user:word@checkin.example.jp",
        "https://checkin.example.jp/prefix",
        "https://checkin.example.jp?a=b",
        "https://checkin.example.jp#a",
        "https://checkin.example.jp:port",
        "https://[::1",
    ],
)
def test_any_other_address_is_a_configuration_error(configured: str) -> None:
    with pytest.raises(UnsafeAddress):
        checked(configured)
