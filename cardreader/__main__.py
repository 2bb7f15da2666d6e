"""The command line of the card layer: look at readers, try, record and replay one card, put a simulated one into a reader.

Each command is a module of `cardreader.cli`. Standard output carries the answer, standard error what is wrong.
"""

import argparse
import logging
import sys
from collections.abc import Sequence

from cardreader import traffic
from cardreader.cli import link, probe, read, record, replay, simulate
from cardreader.cli.answers import EXITS, Exit, complain
from cardreader.errors import CardError, ReaderError

_COMMANDS = (
    ("probe", probe.add, "the connected readers, what is on them, and what to do about those that do not work"),
    ("read", read.add, "authenticate one card and print the result as JSON"),
    ("link", link.add, "whether one card could be linked: proven, issued by an installed authority, not revoked"),
    ("record", record.add, "the conversation with one card, scrubbed, into a file"),
    ("replay", replay.add, "play a recorded card to this program, and say where the two first differ"),
    ("simulate", simulate.add, "keep a simulated card in a virtual reader until stopped"),
)


def main(arguments: Sequence[str] | None = None) -> Exit:
    options = _parser().parse_args(arguments)
    if getattr(options, "traffic", False):
        logging.basicConfig(format="%(levelname)s %(message)s")
        traffic.choose()
    try:
        return Exit(options.run(options))
    except ReaderError as error:
        return complain(Exit.NO_READER, str(error))
    except CardError as error:
        return complain(Exit.NO_CARD, str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cardreader", epilog=EXITS)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, add, what in _COMMANDS:
        add(commands.add_parser(name, help=what, description=what, epilog=EXITS))
    return parser


if __name__ == "__main__":
    sys.exit(main())
