"""A PostgreSQL of Debian's in a directory of its own, reachable over a Unix socket only, gone when it is closed.

Not in here: databases and tables; whoever uses it makes them.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

INSTALLED = Path("/usr/lib/postgresql")
OPTIONS = "-c listen_addresses=''"
# Where nothing outlives the test, nothing needs to reach the disk.
HASTY = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"


class PostgresNotInstalledError(Exception):
    def __init__(self) -> None:
        super().__init__("Debian's postgresql is not installed; script/bootstrap installs it")


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A database URL for as long as the cluster runs."""
    options = OPTIONS if durable else f"{OPTIONS} {HASTY}"
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres")
    data = directory / "data"
    try:
        _run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync")
        _run("pg_ctl", "start", "-w", "-D", data, "-l", directory / "log", "-o", f"{options} -k {directory}")
        try:
            yield f"postgres://postgres@{quote(str(directory), safe='')}/postgres"
        finally:
            _run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
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
