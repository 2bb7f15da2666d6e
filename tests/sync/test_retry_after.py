"""Retry-After in both its forms (RFC 9110, 10.2.3)."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.fields import http_date, retry_after

NOW = datetime(2026, 11, 22, 1, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("0", timedelta(0)),
        (" 120 ", timedelta(minutes=2)),
        ("Sun, 22 Nov 2026 01:05:00 GMT", timedelta(minutes=5)),
        ("Sun, 22 Nov 2026 00:05:00 GMT", timedelta(0)),
        ("Sun, 22 Nov 2026 01:05:00 -0000", timedelta(minutes=5)),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 30, None),
        ("9" * 5000, None),
    ],
    ids=[
        "now",
        "seconds",
        "date",
        "past date",
        "date without zone",
        "absent",
        "empty",
        "word",
        "negative",
        "huge",
        "endless",
    ],
)
def test_retry_after_is_a_pause_or_nothing(value: str | None, pause: timedelta | None) -> None:
    assert retry_after(value, NOW) == pause


def test_an_http_date_is_an_instant() -> None:
    assert http_date("Sun, 22 Nov 2026 01:00:00 GMT") == NOW
