"""No two changes of a facility's rules have one number, and each is told of: both take a second connection to see."""

import pytest
from django.db import OperationalError, connection, transaction

from machine.opening_hours import open_daily
from server.feed.signals import CHANNEL
from server.house.models import Closure
from server.house.number import rules_number
from server.terminals.models import Facility

LOCK = "SELECT 1 FROM terminals_facility WHERE name = %s FOR NO KEY UPDATE"


@pytest.fixture
def _on_postgresql(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time; test_on_postgresql runs this")


def locked(name: str) -> bool:
    """Whether another connection must wait for this facility."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            cursor.execute(LOCK, [name])
    except OperationalError:
        return True
    else:
        return False
    finally:
        other.close()


@pytest.mark.usefixtures("_on_postgresql")
def test_a_change_waits_until_the_one_before_is_committed() -> None:
    facility = Facility.objects.create(name="1F")
    Facility.objects.create(name="9F")
    with transaction.atomic():
        open_daily(facility)
        assert locked("1F")
        assert not locked("9F")
    assert not locked("1F")
    assert rules_number(facility.pk) == 1


@pytest.mark.usefixtures("_on_postgresql")
def test_a_change_of_the_building_waits_for_all_of_it() -> None:
    for name in ("1F", "9F"):
        Facility.objects.create(name=name)
    with transaction.atomic():
        Closure.objects.create(first="2026-08-13", last="2026-08-13")
        assert locked("1F")
        assert locked("9F")


@pytest.mark.usefixtures("_on_postgresql")
def test_a_change_is_told_to_whoever_listens() -> None:
    facility = Facility.objects.create(name="1F")
    other = connection.copy()
    other.ensure_connection()
    ear = other.connection
    ear.execute(f"LISTEN {CHANNEL}")

    open_daily(facility)

    assert [each.channel for each in ear.notifies(timeout=10, stop_after=1)] == [CHANNEL]
    other.close()
