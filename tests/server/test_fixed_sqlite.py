"""The server's SQLite file is written by a SQLite that does not lose commits of several writers in WAL mode."""

import subprocess
import sys

FIXED_IN = (3, 51, 3)
"""sqlite.org, release notes: the WAL-reset race of 3.7.0 to 3.51.2."""

_ASK = (
    "import server.fixed_sqlite.base as backend; from django.db.backends.sqlite3 import base;"
    "assert backend.DatabaseWrapper.Database is base.Database;"
    "print(*base.Database.sqlite_version_info)"
)


def test_django_is_given_a_sqlite_with_the_race_mended() -> None:
    answer = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True)
    assert tuple(map(int, answer.stdout.split())) >= FIXED_IN
