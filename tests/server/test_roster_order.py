"""Numbers of roster changes become visible in their own order, which takes a second connection to see."""

import pytest
from django.db import OperationalError, connection, transaction

from server.members.models import Member
from server.terminals.models import Facility, lock_facility

LOCK = "SELECT 1 FROM terminals_facility FOR NO KEY UPDATE"


@pytest.fixture
def _on_postgresql(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time; test_on_postgresql runs this")


@pytest.mark.usefixtures("_on_postgresql")
def test_nobody_numbers_a_change_before_the_last_one_is_committed() -> None:
    facility = Facility.objects.create(name="みどり町コワーキング")
    other = connection.copy()
    with transaction.atomic():
        Member.objects.create(home_facility=facility, number="1", name="青葉 みのり")

        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                cursor.execute(LOCK)

    with other.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute("SELECT max(number) FROM members_rosterchange")
        assert cursor.fetchone() == (1,)
    other.close()


@pytest.mark.usefixtures("_on_postgresql")
def test_deliveries_to_one_facility_are_taken_in_turn() -> None:
    facility = Facility.objects.create(name="みどり町コワーキング")
    other = connection.copy()
    with transaction.atomic():
        lock_facility(facility.pk)

        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                cursor.execute(LOCK)
    other.close()
