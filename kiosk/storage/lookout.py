"""What the screen must know of other processes' doings, looked at every second for next to nothing.

While delivery has committed nothing, what was read last still holds. Not in here: who looks when, and the screens.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from kiosk import updating
from kiosk.storage.outside import ask
from kiosk.storage.rules import read
from sync.news import News
from visits.event import ServerOffset
from visits.rulebook import Rulebook

_SEEN = """
SELECT
    revoked_at IS NOT NULL, EXISTS (SELECT 1 FROM roster), CASE boot WHEN ? THEN offset_ms END, error_ms,
    (SELECT document FROM rules)
FROM link
"""


@dataclass(frozen=True, slots=True)
class Sight:
    """`has_roster`: a roster was pulled, be it empty. `offset` is the server's for this boot, None while untold.

    `updating`: the program is being exchanged.
    """

    revoked: bool
    has_roster: bool
    offset: ServerOffset | None
    rulebook: Rulebook = field(default_factory=Rulebook)
    updating: bool = False


class Lookout:
    """`look` may be called from one thread at a time, `seen` be read from any. Raises sqlcipher3's errors."""

    def __init__(self, engine: Engine, boot: UUID, directory: Path) -> None:
        self._engine = engine
        self._directory = directory
        self._boot = boot
        self._news = News(engine)
        self.seen = self.look()

    def look(self) -> Sight:
        """Raises sqlcipher3's errors; the next look then reads anew."""
        if self._news.came():
            try:
                self.seen = self._read()
            except Exception:
                self._news = News(self._engine)
                raise
        running = updating.is_running(self._directory)
        if running != self.seen.updating:
            self.seen = replace(self.seen, updating=running)
        return self.seen

    def _read(self) -> Sight:
        ((revoked, has_roster, offset_ms, error_ms, rules),) = ask(self._engine, _SEEN, (str(self._boot),))
        offset = None if offset_ms is None else ServerOffset(offset_ms, error_ms)
        return Sight(bool(revoked), bool(has_roster), offset, Rulebook() if rules is None else read(rules))
