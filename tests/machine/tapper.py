"""A terminal's storage with a hand at the door: `python -m machine.tapper CONFIG`, told line by line who goes which way.

A line is `in 5` or `out 5`, the number being that of a member of the crowd; each is answered, once the tap returned,
with the word of its outcome. Clock and boot are the machine's, so whoever starts it may give it others.
"""

import sys
from datetime import timedelta
from pathlib import Path

from kiosk import config
from kiosk.clock import SystemClock
from kiosk.storage.database import open_database
from kiosk.storage.visitbook import FeeAsked, Recorded, VisitBook
from machine import crowd
from sync import identity
from visits.decision import Direction, Refused
from visits.event import Revocation


def main(path: str) -> None:
    settings = config.load(Path(path))
    directory = settings.terminal.data_directory
    # What a terminal knows of the others is not asked for: who comes and goes here always does it rightly. No news is
    # fresh enough, not even what came between the moment of the tap and its writing.
    book = VisitBook(
        open_database(directory),
        terminal=identity.load(directory).terminal_id,
        clock=SystemClock(),
        fresh=timedelta.min,
    )
    _say("ready")
    for line in sys.stdin:
        way, number = line.split()
        outcome = book.tap(Direction(way), crowd.card(int(number)), Revocation.NOT_CHECKED)
        match outcome:
            case Recorded():
                _say("recorded")
            case FeeAsked():
                _say("fee_asked")
            case Refused(rule=rule):
                _say(rule.value)


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
