"""Whether anyone wrote to the database since the last look, for microseconds a look and without a lock."""

from sqlalchemy import Engine, PoolProxiedConnection


class News:
    """Holds one connection of `engine`, which never writes; for one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: PoolProxiedConnection | None = None
        self._version: object = None

    def came(self) -> bool:
        """True at the first look, and whenever a commit of any other connection lies between two looks.

        SQLite's data_version (sqlite.org/pragma.html) tells, without reading a page or beginning a transaction.
        """
        before, self._version = self._version, None
        self._version = self._look()
        return self._version != before

    def _look(self) -> object:
        if self._held is None:
            self._held = self._engine.raw_connection()
        try:
            cursor = self._held.cursor()
            cursor.execute("PRAGMA data_version")
            return cursor.fetchone()
        except Exception:
            self._held.invalidate()
            self._held = None
            raise
