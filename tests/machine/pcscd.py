"""The real PC/SC daemon with two virtual readers, one per test process and apart from any other on the machine.

It runs in a mount namespace with a /run of its own, so a system's own pcscd is neither needed nor disturbed. Nothing is
simulated here but the readers' wires; the cards come from `cardreader.simulated`.
"""

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from smartcard import scard

from cardreader.drivers.pcsc import reader_names
from cardreader.errors import ServiceDown
from cardreader.simulated.chip import Chip
from cardreader.simulated.vpcd import VpcdPlug
from machine.waiting import until

_LIBRARY = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
_until = partial(until, patience_seconds=10.0, poll_seconds=0.01)


class Slot:
    """One virtual reader and the card in it."""

    def __init__(self, reader: str, port: int) -> None:
        self.reader = reader
        self.port = port
        self._plug: VpcdPlug | None = None
        self._count_with_card = -1

    @contextmanager
    def holding(self, chip: Chip) -> Iterator[None]:
        """The daemon has noticed `chip` when the block begins, and its removal after the block."""
        self.put(chip)
        self.wait_in()
        try:
            yield
        finally:
            self.pull()
            self.wait_out()

    def put(self, chip: Chip) -> None:
        """Returns at once, as the daemon looks for new cards every 0.4 s."""
        self._count_with_card = self._count() + 1
        self._plug = VpcdPlug(chip, self.port)
        self._plug.insert()

    def pull(self) -> None:
        """Returns at once; without a card nothing happens."""
        if self._plug:
            self._plug.remove()

    def wait_in(self) -> None:
        _until(lambda: self._present() and self._count() == self._count_with_card, f"no card is seen in {self.reader}")

    def wait_out(self) -> None:
        # A failed command empties the reader in the daemon's answers before its own poll has noticed. A card put in
        # before that is never reported (pcsc-lite 1.9.9), so the count of removals is waited for as well.
        _until(
            lambda: not self._present() and self._count() != self._count_with_card, f"{self.reader} does not get empty"
        )

    def _present(self) -> bool:
        return bool(_state(self.reader) & scard.SCARD_STATE_PRESENT)

    def _count(self) -> int:
        return _state(self.reader) >> 16


class PcscDaemon:
    def __init__(self) -> None:
        self._folder = _folder()
        port = _free_port_pair()
        self.slot = Slot("Virtual PCD 00 00", port)
        self.other_slot = Slot("Virtual PCD 00 01", port + 1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """For programs that are to find this daemon; this process finds it anyway."""
        return {**os.environ, "PCSCLITE_CSOCK_NAME": str(self._folder / "run/pcscd/pcscd.comm")}

    def start(self) -> None:
        """Returns when both readers are listed."""
        (self._folder / "conf/vpcd").write_text(
            f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{self.slot.port}\nLIBPATH {_LIBRARY}\nCHANNELID {self.slot.port}\n'
        )
        # libpcsclite remembers the first socket it is told of, hence one folder per process.
        os.environ.update(self.environment)
        script = f'mount --bind "{self._folder}/run" /run && exec pcscd --foreground --config "{self._folder}/conf"'
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["unshare", *_become_root(), "--mount", "sh", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_ready()

    def stop(self) -> None:
        if self._process:
            self.thaw()
            self._process.terminate()
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """As `kill -9` does it: no goodbye to anyone."""
        assert self._process
        self._process.kill()
        self._process.wait()
        self._process = None

    def freeze(self) -> None:
        """It answers nobody until `thaw`, and its sockets stay open."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_ready(self) -> None:
        wanted = {self.slot.reader, self.other_slot.reader}
        assert self._process
        process, words = self._process, self._folder / "log"
        _until(lambda: process.poll() is not None or wanted <= _readers(), f"pcscd does not start: {words}")
        if process.poll() is not None:
            raise TimeoutError(f"pcscd has ended: {words.read_text(errors='replace')}")


def _become_root() -> list[str]:
    """Who is root already needs no namespace for it, which in a chroot could not be had."""
    return [] if os.geteuid() == 0 else ["--map-root-user"]


def _readers() -> set[str]:
    try:
        return set(reader_names())
    except ServiceDown:
        return set()


def _state(reader: str) -> int:
    """0 while there is no daemon."""
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if code != scard.SCARD_S_SUCCESS:
        return 0
    try:
        _, states = scard.SCardGetStatusChange(context, 0, [(reader, scard.SCARD_STATE_UNAWARE)])
        return int(states[0][1])
    finally:
        scard.SCardReleaseContext(context)


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
