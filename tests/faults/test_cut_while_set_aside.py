"""Power cuts below a real ext4 while a damaged database is put away: the next start goes on from wherever that was.

The damaged file and the keys that open it and sign for it are all there once; the new identity, once it was used, stays.
"""

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import pytest
from faults.file_system import TERMINAL, broken_on_disk, lived, mounted, new_file_system

from kiosk.storage.database import DATABASE, KEY, StorageError
from kiosk.storage.recovery import folders, open_terminal
from machine.campaign import Campaign
from sync import identity, lineage
from sync.secret_file import DamagedFile

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a disk needs root")

MEGABYTES = 24
OLD = UUID(int=0x01D)
FACILITY = identity.Facility(UUID(int=0xFAC), "みどり町コワーキング")
KEPT = (DATABASE, KEY, identity.KEY_FILE, identity.IDENTITY_FILE)


def damaged_terminal(disk: Path, chance: random.Random) -> dict[str, bytes]:
    """On a new file system of its own; the files that are to be kept."""
    disk.write_bytes(new_file_system(MEGABYTES))
    with mounted(disk) as mount:
        folder = mount / TERMINAL
        identity.own_key(folder)
        identity.store(folder, OLD, FACILITY, bytes(32))
        command = [sys.executable, "-m", "faults.tapper", str(folder), "1", "20", "product"]
        environment = {**os.environ, "PYTHONPATH": "tests"}
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        content = bytearray((folder / DATABASE).read_bytes())
        content[chance.randrange(len(content))] ^= 0x10
        (folder / DATABASE).write_bytes(content)
        return {name: (folder / name).read_bytes() for name in KEPT}


class PutAway:
    """What must be true of the folder after a cut. `kept` are the files as they were."""

    def __init__(self, kept: dict[str, bytes]) -> None:
        self._kept = kept

    def __call__(self, folder: Path, said: Sequence[str]) -> list[str]:
        try:
            open_terminal(folder).dispose()
            now = str(identity.load(folder).terminal_id)
        except (StorageError, DamagedFile, identity.NotEnrolled) as error:
            return [f"the terminal does not start: {type(error).__name__} {error}"]
        return [f"{used} was used, and is now {now}" for used in said if used != now] + self._breaches(folder)

    def _breaches(self, folder: Path) -> list[str]:
        if lineage.predecessor(folder) != OLD:
            return ["the identity does not succeed the old one"]
        aside = list(folders(folder))
        if len(aside) != 1:
            return [f"{len(aside)} databases were put away"]
        return [
            f"{name} is not what it was"
            for name, content in self._kept.items()
            if (aside[0] / name).read_bytes() != content
        ]


def cut_often(campaign: Campaign, folder: Path, syncing: str, lives: int, cuts_in_each: int) -> list[str]:
    chance = campaign.random(syncing)
    stretches = []
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for number in range(lives):
            disk = folder / f"disk{number}"
            put_away = PutAway(damaged_terminal(disk, chance))
            life = lived(disk.read_bytes(), "faults.setting_aside", syncing)
            moments = sorted(chance.randint(0, len(life.log)) for _ in range(cuts_in_each))
            stretches.append(pool.submit(broken_on_disk, life, moments, f"{campaign.seed} {number}", put_away))
        return [breach for stretch in stretches for breach in stretch.result()]


def test_a_power_cut_while_a_database_is_put_away_loses_nothing_of_it(campaign: Campaign, tmp_path: Path) -> None:
    lives, each = campaign.size(short=(1, 30), full=(10, 200))
    found = cut_often(campaign, tmp_path, "synced", lives, each)
    campaign.report("cut_while_set_aside", {"cuts": lives * each, "broken": len(found)})
    assert found == []


def test_the_same_cuts_catch_a_terminal_that_syncs_nothing_of_it(campaign: Campaign, tmp_path: Path) -> None:
    each = campaign.size(short=30, full=200)
    found = cut_often(campaign, tmp_path, "unsynced", 1, each)
    campaign.report("cut_while_set_aside", {"cuts of a terminal that syncs nothing": each, "caught": len(found)})
    assert found
