"""The rules of the house as the delivery process stores them and a tap is judged by; `sync.rules.RulesSink` on the database.

Not in here: fetching them (sync.rules), and what they say (visits).
"""

import json
import logging
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.sqlite import insert as upsert

from kiosk.clock import Moment, corrected
from kiosk.storage.schema import rules
from sync.document import Document
from sync.outcome import UnreadableAnswer
from visits.event import ServerOffset
from visits.rulebook import Rulebook, RulebookError, parse_rulebook

log = logging.getLogger(__name__)


class RulesStore:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def number(self) -> int:
        with self._engine.begin() as connection:
            return number_of(connection)

    def keep(self, number: int, rulebook: Document) -> None:
        try:
            parse_rulebook(rulebook)
        except RulebookError as error:
            raise UnreadableAnswer(error.place, error.problem) from error
        values = {"number": number, "document": json.dumps(rulebook)}
        statement = upsert(rules).values(only=1, **values)
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["only"], set_=values))


def number_of(connection: Connection) -> int:
    """0 before any were kept."""
    return int(connection.scalar(select(rules.c.number)) or 0)


def rulebook_of(connection: Connection) -> Rulebook:
    """Empty before any were kept."""
    document = connection.scalar(select(rules.c.document))
    return Rulebook() if document is None else read(document)


@lru_cache(maxsize=1)
def read(document: str) -> Rulebook:
    """As `keep` wrote it. Read once: every tap and every look asks for the same.

    Empty where another version of this program kept it and this one does not understand it: a visit must be written,
    and nobody be kept from leaving, whatever is wrong with the hours.
    """
    try:
        return parse_rulebook(json.loads(document))
    except RulebookError as error:
        log.warning("the rules of the house are not understood: %s", error)
        return Rulebook()


def vouched_for(moment: Moment, offset: ServerOffset | None) -> datetime | None:
    """The time by which the house may be called closed: the server's, else a synchronised clock's, else none."""
    return corrected(moment, offset) if moment.synchronised or offset else None
