"""`replay`: plays a recorded card to the conversation of today and says where it first differs from the recorded one."""

import argparse
import secrets
from datetime import UTC, datetime
from pathlib import Path

from cardreader.cli import card_options
from cardreader.cli.answers import Exit, complain, tell
from cardreader.transcripts.form import Transcript, UnreadableTranscript
from cardreader.transcripts.replaying import replay
from cardreader.trial import CHALLENGE_BYTES


def add(parser: argparse.ArgumentParser) -> None:
    card_options.add_json(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="a transcript made by `record`")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Exit:
    try:
        transcript = Transcript.parse(options.file.read_text(encoding="utf-8"))
    except UnreadableTranscript as error:
        return complain(Exit.USAGE, f"{options.file}: {error}")
    except (OSError, UnicodeDecodeError) as error:
        return complain(Exit.USAGE, str(error))
    played = replay(transcript, challenge=secrets.token_bytes(CHALLENGE_BYTES), now=datetime.now(UTC))
    report = {
        "exchanges": played.exchanges,
        "outcome": played.outcome,
        "recorded_outcome": transcript.outcome,
        "expected": played.expected,
        "sent": played.sent,
    }
    tell(report, as_json=options.json)
    return Exit.DONE if played.follows(transcript) else Exit.DIFFERENT
