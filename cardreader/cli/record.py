"""`record`: what passes between a terminal and one card, without PIN, serial number, holder, key and signature, in a file.

The file can be looked through, sent to someone, and replayed. It is written even where the card was refused.
"""

import argparse
import secrets
from datetime import UTC, datetime
from pathlib import Path

from cardreader.cli import card_options
from cardreader.cli.answers import Exit, complain, tell
from cardreader.transcripts.conversation import AUTHENTICATED, converse
from cardreader.transcripts.form import Transcript
from cardreader.transcripts.recording import RecordingCard
from cardreader.transcripts.scrubbing import scrub
from cardreader.trial import CHALLENGE_BYTES, held_card


def add(parser: argparse.ArgumentParser) -> None:
    card_options.add(parser)
    card_options.add_json(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="a new one: none is overwritten")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Exit:
    try:
        if options.file.exists():
            raise FileExistsError(f"{options.file} is already there")
        transcript = _recorded(options)
        with options.file.open("x", encoding="utf-8") as file:
            file.write(str(transcript))
    except (OSError, ValueError) as error:
        return complain(Exit.USAGE, str(error))
    report = {"file": str(options.file), "outcome": transcript.outcome, "exchanges": len(transcript.exchanges)}
    tell(report, as_json=options.json)
    return Exit.DONE


def _recorded(options: argparse.Namespace) -> Transcript:
    with (
        card_options.typed_pin() as pin,
        card_options.opened_reader(options) as reader,
        held_card(reader, options.wait) as held,
    ):
        card, now = RecordingCard(held), datetime.now(UTC)
        outcome = converse(card, pin, challenge=secrets.token_bytes(CHALLENGE_BYTES), now=now)
        exchanges = scrub(card.passed, now=now, proven=outcome == AUTHENTICATED)
        return Transcript(options.driver, reader.name, card.atr, outcome, exchanges)
