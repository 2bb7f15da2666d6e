"""Django's SQLite backend on a SQLite without the WAL-reset race.

SQLite 3.7.0 to 3.51.2 can lose commits where several connections write in WAL mode, as the server's workers do; Debian 12
has 3.40.1. Django names the standard library's module, so the name is given to sqlcipher3's before Django looks it up.
"""

import sys

import sqlcipher3
import sqlcipher3.dbapi2

sys.modules["sqlite3"] = sqlcipher3
sys.modules["sqlite3.dbapi2"] = sqlcipher3.dbapi2

from django.db.backends.sqlite3.base import DatabaseWrapper  # noqa: E402 - only now is it the right one

__all__ = ["DatabaseWrapper"]
