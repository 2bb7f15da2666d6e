"""The machine's clocks as a record needs them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.clock import Moment, SystemClock, corrected
from visits.event import ServerOffset

NINE = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


def test_a_moment_is_aware_and_in_utc() -> None:
    assert SystemClock().moment().at.utcoffset() == timedelta(0)


def test_the_counter_never_goes_back() -> None:
    clock = SystemClock()
    counts = [clock.moment().monotonic_ms for _ in range(100)]
    assert counts == sorted(counts)


def test_the_counter_is_the_machine_s_uptime_suspended_time_included() -> None:
    uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    assert SystemClock().moment().monotonic_ms >= int(uptime * 1000)


def test_two_clocks_of_one_boot_name_the_same_boot() -> None:
    assert SystemClock().moment().boot == SystemClock().moment().boot


def test_whether_the_kernel_s_clock_is_synchronised_is_a_plain_yes_or_no() -> None:
    assert SystemClock().moment().synchronised in {True, False}


@pytest.mark.parametrize("synchronised", [True, False])
def test_once_the_server_has_told_its_time_that_is_the_time(synchronised: bool) -> None:
    wrong = Moment(datetime(1970, 1, 1, tzinfo=UTC), 90_000, UUID(int=1), synchronised)
    told = ServerOffset(round((NINE - timedelta(seconds=90)).timestamp() * 1000), 15)
    assert corrected(wrong, told) == NINE


def test_until_then_the_wall_clock_is_all_there_is() -> None:
    assert corrected(Moment(NINE, 90_000, UUID(int=1), synchronised=False), None) == NINE
