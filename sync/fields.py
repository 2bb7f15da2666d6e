"""Header fields of an answer that say when: Date and Retry-After. Pure. Not in here: obeying them."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """The Retry-After field of RFC 9110, 10.2.3: seconds or an HTTP date. None where there is none, or no sense in it."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return _seconds(value)
    at = http_date(value)
    return None if at is None else max(timedelta(0), at - now)


def http_date(value: str) -> datetime | None:
    """A date of RFC 9110, 5.6.7, which is in UTC whatever it says; None where it is none."""
    try:
        return parsedate_to_datetime(value).replace(tzinfo=UTC)
    except ValueError:
        return None


def _seconds(value: str) -> timedelta | None:
    try:
        return timedelta(seconds=int(value))
    except (ValueError, OverflowError):
        return None
