"""The same page of reception sent several times at the same moment: one record, and everybody is led to its result."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from server.desk.example_prices import EXAMPLE, set_up_prices
from server.fees.models import DropInStay, OncePerPage, ParkingDiscount, ParkingVoucher
from server.members.models import Member
from server.terminals.models import Facility

AT_ONCE = 6


@pytest.fixture
def houses(transactional_db: None) -> list[Facility]:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time; test_on_postgresql runs this")
    facilities = [Facility.objects.create(name=name) for name in ("1F", "9F")]
    for facility in facilities:
        set_up_prices(facility, EXAMPLE)
    Member.objects.create(home_facility=facilities[0], number="D-1", name="立寄 かえで", standing="active")
    return facilities


@pytest.mark.parametrize(
    ("page", "fields", "kept"),
    [
        ("dropinstay_begin", {"visitor": "general", "minutes": "60", "paid": "300"}, DropInStay),
        (
            "dropinstay_begin",
            {"visitor": "general", "minutes": "60", "paid": "300", "member_number": "D-1"},
            DropInStay,
        ),
        (
            "parkingvoucher_hand_out",
            {"purpose": "coworking", "used": "180", "parked": "180", "seen": "60"},
            ParkingVoucher,
        ),
        ("parkingdiscount_give", {"occasion": "showroom_event", "purchased": "0", "seen": "2"}, ParkingDiscount),
    ],
    ids=["stay", "stay of a member", "voucher", "discount"],
)
@pytest.mark.parametrize("places", [1, 2], ids=["one facility", "forged for two facilities"])
def test_it_is_recorded_once(
    houses: list[Facility], page: str, fields: dict[str, str], kept: type[OncePerPage], places: int
) -> None:
    user = User.objects.create_superuser("desk")
    clients = [Client() for _ in range(AT_ONCE)]
    for client in clients:
        client.force_login(user)
    once = str(uuid4())

    def press(number: int) -> int:
        try:
            facility = str(houses[number % places].pk)
            sent = {**fields, "facility": facility, "once": once}
            return clients[number].post(reverse(f"admin:fees_{page}"), sent).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(press, range(AT_ONCE)))

    refused = "member_number" in fields and places > 1  # who is of another facility is a form error there
    assert set(statuses) == ({302, 200} if refused else {302})
    assert kept._default_manager.count() == LogEntry.objects.count() == 1
