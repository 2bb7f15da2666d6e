"""The real PC/SC daemon with two virtual readers, one per test process and apart from any other on the machine.

It runs in a mount namespace with a /run of its own, so a system's own pcscd is neither needed nor disturbed. Nothing is
simulated here but the readers' wires; the cards come from `cardreader.simulated`.
"""

import atexit
import functools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from cardreader.drivers.pcsc import reader_names
from cardreader.errors import ServiceDown
from cardreader.simulated.chip import Chip
from cardreader.simulated.vpcd import VpcdPlug

READER: Final = "Virtual PCD 00 00"
OTHER_READER: Final = "Virtual PCD 00 01"
_LIBRARY = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
_READY_SECONDS = 10.0
_POLL_SECONDS = 0.01


class PcscDaemon:
    """`port` and `other_port` are where a card is plugged into READER and OTHER_READER."""

    def __init__(self) -> None:
        self._folder = _folder()
        self.port = _free_port_pair()
        self.other_port = self.port + 1
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """For programs that are to find this daemon; this process finds it anyway."""
        return {**os.environ, "PCSCLITE_CSOCK_NAME": str(self._folder / "run/pcscd/pcscd.comm")}

    def start(self) -> None:
        """Returns when both readers are listed."""
        (self._folder / "conf/vpcd").write_text(
            f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{self.port}\nLIBPATH {_LIBRARY}\nCHANNELID {self.port}\n'
        )
        # libpcsclite remembers the first socket it is told of, hence one folder per process.
        os.environ.update(self.environment)
        script = f'mount --bind "{self._folder}/run" /run && exec pcscd --foreground --config "{self._folder}/conf"'
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_ready()

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """As `kill -9` does it: no goodbye to anyone."""
        assert self._process
        self._process.kill()
        self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not _listed():
            assert self._process
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"pcscd did not start: {(self._folder / 'log').read_text()}")
            time.sleep(_POLL_SECONDS)


@contextmanager
def insert_card(port: int, chip: Chip) -> Iterator[VpcdPlug]:
    """Hold `chip` to the virtual reader for as long as the block lasts."""
    plug = VpcdPlug(chip, port)
    plug.insert()
    try:
        yield plug
    finally:
        plug.remove()


def _listed() -> bool:
    try:
        return {READER, OTHER_READER} <= set(reader_names())
    except ServiceDown:
        return False


@functools.cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pcscd-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "run").mkdir()
    (folder / "conf").mkdir()
    return folder


def _free_port_pair() -> int:
    """The first of two adjacent ports: vpcd takes the second reader's for granted."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
