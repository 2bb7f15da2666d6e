"""What the terminal keeps of its dealings with the server beside the queue and the roster.

Not in here: where it is kept.
"""

from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from sync.clock import Measured
from sync.envelope import BootOffset


class Notes(Protocol):
    """Every function works inside the caller's transaction, so that one answer is one commit."""

    def offset(self, connection: Connection) -> BootOffset | None:
        """Of the present boot; None where the server has told none in it."""

    def keep_offset(self, connection: Connection, measured: Measured) -> None:
        """Measured in the present boot."""

    def set_trouble(self, connection: Connection, word: str | None) -> None: ...

    def revoked(self, connection: Connection) -> bool: ...

    def lock(self, connection: Connection, at: datetime) -> None:
        """The server has revoked this terminal: it forgets the roster and keeps the queue. Again: changes nothing."""

    def unlock(self, connection: Connection) -> None: ...
