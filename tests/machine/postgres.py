"""A PostgreSQL of Debian's in a directory of its own, reachable over a Unix socket only, gone when it is closed.

Alone, or as a primary with a standby that can take over. Not in here: databases and tables; whoever uses it makes them.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from machine.waiting import until

INSTALLED = Path("/usr/lib/postgresql")
OPTIONS = "-c listen_addresses=''"
# Where nothing outlives the test, nothing needs to reach the disk.
HASTY = "-c fsync=off -c full_page_writes=off"
CARELESS = f"{HASTY} -c synchronous_commit=off"


class PostgresNotInstalledError(Exception):
    def __init__(self) -> None:
        super().__init__("Debian's postgresql is not installed; script/bootstrap installs it")


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A database URL for as long as the cluster runs."""
    with _directory() as directory:
        cluster = _Cluster(directory, "data", 5432, OPTIONS if durable else f"{OPTIONS} {CARELESS}")
        cluster.create()
        cluster.start()
        try:
            yield f"postgres://postgres@{quote(str(directory), safe='')}/postgres"
        finally:
            cluster.stop()


class Replicated:
    """A primary and its standby; a commit on the primary waits for the standby's disk, unless `synchronous` is false."""

    def __init__(self, directory: Path, *, synchronous: bool) -> None:
        names = "*" if synchronous else ""
        options = f"{OPTIONS} {HASTY} -c synchronous_standby_names='{names}'"
        self.primary = _Cluster(directory, "primary", 5432, options)
        self.standby = _Cluster(directory, "standby", 5433, f"{OPTIONS} {HASTY}")
        self.url = (
            f"postgres://postgres@/postgres?host={directory},{directory}&port=5432,5433&target_session_attrs=read-write"
        )

    def interrupt_replication(self) -> None:
        """The standby lives and hears nothing more."""
        for pid in self.standby.children("walreceiver"):
            os.kill(pid, signal.SIGSTOP)

    def fail_over(self) -> None:
        """The primary is gone for good, the standby dies with it, comes back and takes its place."""
        self.primary.kill()
        self.standby.kill()
        self.standby.start()
        self.standby.promote()


@contextmanager
def replicated(*, synchronous: bool) -> Iterator[Replicated]:
    with _directory() as directory:
        pair = Replicated(directory, synchronous=synchronous)
        pair.primary.create()
        pair.primary.start()
        try:
            pair.standby.copy_of(pair.primary)
            pair.standby.start()
            yield pair
        finally:
            pair.primary.kill()
            pair.standby.kill()


@dataclass(frozen=True, slots=True)
class _Cluster:
    directory: Path
    name: str
    port: int
    options: str

    @property
    def data(self) -> Path:
        return self.directory / self.name

    def create(self) -> None:
        _run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync")

    def copy_of(self, primary: "_Cluster") -> None:
        where = ("-h", self.directory, "-p", str(primary.port), "-U", "postgres")
        _run("pg_basebackup", *where, "-D", self.data, "-R", "-c", "fast", "--no-sync")

    def start(self) -> None:
        options = f"{self.options} -k {self.directory} -p {self.port}"
        _run("pg_ctl", "start", "-w", "-D", self.data, "-l", self.directory / f"{self.name}.log", "-o", options)

    def promote(self) -> None:
        _run("pg_ctl", "promote", "-w", "-D", self.data)

    def stop(self) -> None:
        _run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self.data)

    def kill(self) -> None:
        """Kill -9 of the whole cluster, if it runs; returns when nothing of it is left."""
        postmaster = self._postmaster()
        if postmaster is None:
            return
        pids = [postmaster, *self.children("")]
        for pid in pids:
            _end(pid)
        until(lambda: not any(map(_alive, pids)), "PostgreSQL lives on", patience_seconds=20, poll_seconds=0.02)
        # Nobody may have waited for the dead yet, and PostgreSQL would take them for alive.
        for left in (self.data / "postmaster.pid", self.directory / f".s.PGSQL.{self.port}.lock"):
            left.unlink(missing_ok=True)

    def children(self, name: str) -> list[int]:
        """The processes of this cluster whose title contains `name`."""
        postmaster = self._postmaster()
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(postmaster or 0)], check=False, capture_output=True, text=True
        )
        return [int(line.split()[0]) for line in listed.stdout.splitlines() if name in line]

    def _postmaster(self) -> int | None:
        file = self.data / "postmaster.pid"
        pid = int(file.read_text().splitlines()[0]) if file.exists() else None
        return pid if pid is not None and _alive(pid) else None


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _alive(pid: int) -> bool:
    """Not a process that ended and was not waited for yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@contextmanager
def _directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres")
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def _run(program: str, *arguments: str | Path) -> None:
    """PostgreSQL refuses to run as root."""
    versions = sorted(INSTALLED.glob("*/bin"))
    if not versions:
        raise PostgresNotInstalledError
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*as_postgres, str(versions[-1] / program), *map(str, arguments)]
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)
