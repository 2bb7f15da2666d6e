"""`python -m faults.setting_aside FOLDER [unsynced]`: a terminal that finds its database damaged, and says who it is then.

`unsynced` leaves what it writes beside its database to the kernel, as the product never does.
"""

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

from faults.tapper import say

from kiosk.storage.recovery import open_terminal
from sync import identity


def main(folder: str, syncing: str = "synced") -> None:
    with patch.object(os, "fsync") if syncing == "unsynced" else nullcontext():
        engine = open_terminal(Path(folder))
    say(str(identity.load(Path(folder)).terminal_id))
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
