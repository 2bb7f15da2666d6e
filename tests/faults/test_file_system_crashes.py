"""Power cuts below a real ext4: after its own recovery every acknowledged tap is there (A8).

The kernel makes of a terminal's writes what it does at the door, a log of the disk is cut anywhere, and the kernel mounts
what is left. The same cuts find the settings that the product refuses losing taps.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from faults.file_system import broken_on_disk, lived, new_file_system, taps_lost

from machine.campaign import Campaign

MEGABYTES = 24
TAPS = 150

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a disk needs root")


def cut_often(campaign: Campaign, setting: str, number_of_lives: int, cuts_in_each: int) -> list[str]:
    chance = campaign.random(setting)
    content = new_file_system(MEGABYTES)
    stretches = []
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for number in range(number_of_lives):
            life = lived(content, "faults.tapper", str(chance.getrandbits(32)), str(TAPS), setting)
            moments = sorted(chance.randint(0, len(life.log)) for _ in range(cuts_in_each))
            seed = f"{campaign.seed} {setting} {number}"
            stretches.append(pool.submit(broken_on_disk, life, moments, seed, taps_lost))
        return [breach for stretch in stretches for breach in stretch.result()]


def test_no_acknowledged_tap_is_lost_where_the_file_system_crashes(campaign: Campaign) -> None:
    count, each = campaign.size(short=(1, 40), full=(10, 500))
    found = cut_often(campaign, "product", count, each)
    campaign.report("file_system_crashes", {"cuts": count * each, "terminals' lives": count, "broken": len(found)})
    assert not found


@pytest.mark.parametrize("setting", ["normal", "delete"])
def test_the_same_crashes_catch_a_setting_that_loses_taps(setting: str, campaign: Campaign) -> None:
    each = campaign.size(short=30, full=500)
    found = cut_often(campaign, setting, 1, each)
    lost = [breach for breach in found if breach.endswith("is lost")]
    campaign.report(
        "file_system_crashes", {f"cuts with the known-bad setting {setting}": each, "caught losing taps": len(lost)}
    )
    assert lost
