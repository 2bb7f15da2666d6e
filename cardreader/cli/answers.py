"""How the command line answers: one answer on standard output, one sentence of complaint on standard error, an exit code."""

import json
import sys
from collections.abc import Mapping
from enum import IntEnum, unique


@unique
class Exit(IntEnum):
    DONE = 0
    USAGE = 2
    REFUSED = 3
    NO_READER = 4
    NO_CARD = 5
    DIFFERENT = 6


EXITS = (
    "exit codes: 0 done; 2 wrong usage; 3 the card was refused; 4 no working reader; 5 no card that answers; "
    "6 a replay differs from its transcript"
)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(report: Mapping[str, object], *, as_json: bool) -> None:
    """`report` as JSON, or a line for each of its values that says something."""
    if as_json:
        say(json.dumps(report))
    else:
        say(
            "\n".join(
                f"{name.replace('_', ' ')}: {_words(value)}" for name, value in report.items() if value is not None
            )
        )


def complain(code: Exit, sentence: str) -> Exit:
    sys.stderr.write(f"cardreader: {sentence}\n")
    return code


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
