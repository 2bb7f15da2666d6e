"""`kiosk run` with two ears more: when the card gave its last answer and when a sound was asked for. Used by bench/terminal.py.

usage: python -m bench.instrumented LOG [arguments of kiosk]. Lines of LOG: `answer SECONDS` and `sound NAME SECONDS`, monotonic.
"""

import sys
import time
from pathlib import Path

from cardreader.simulated.jpki_card import JpkiCard
from kiosk.__main__ import run
from kiosk.conversation import Conversation
from kiosk.flow.events import Effect, Play


def main(log: Path, arguments: list[str]) -> int:
    """Kivy's own import comes late in a terminal, so the sounds are listened to where they are asked for: Conversation."""
    transmit, carry_out = JpkiCard.transmit, Conversation._carry_out

    def noting_transmit(card: JpkiCard, command: bytes | bytearray) -> bytes:
        answer = transmit(card, command)
        _note(log, f"answer {time.monotonic()}")
        return answer

    def noting_carry_out(conversation: Conversation, effect: Effect) -> None:
        if isinstance(effect, Play):
            _note(log, f"sound {effect.cue.value} {time.monotonic()}")
        carry_out(conversation, effect)

    setattr(JpkiCard, "transmit", noting_transmit)  # noqa: B010
    setattr(Conversation, "_carry_out", noting_carry_out)  # noqa: B010
    return run(arguments)


def _note(log: Path, line: str) -> None:
    with log.open("a") as file:
        file.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
