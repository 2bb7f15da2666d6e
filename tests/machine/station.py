"""One terminal as it stands at a door: its own display, loudspeaker, processes, and a member before it."""

import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kiosk.settings import Settings
from kiosk.stage import Stage, Terminal
from machine.display import VirtualDisplay
from machine.listening import Heard, from_pcm, which_sounds
from machine.member import CHANNELS, RATE, Member, Recording
from machine.waiting import until


@dataclass(frozen=True, slots=True)
class Station:
    """`screen` is the process of `kiosk run`."""

    terminal: Terminal
    display: VirtualDisplay
    recording: Recording
    member: Member
    screen: subprocess.Popen[bytes]

    def comes_to_rest(self, part: tuple[int, int, int, int]) -> bytes:
        """What that part of the display shows: a scene is told before the last of its parts has its place."""
        pictures = [b"", b"."]

        def rests() -> bool:
            pictures.append(self.display.photograph().crop(part).tobytes())
            return pictures[-1] == pictures[-2] == pictures[-3]

        until(rests, "the screen does not come to rest", patience_seconds=20, poll_seconds=0.1)
        return pictures[-1]

    def heard(self, wav: Path) -> tuple[Heard, ...]:
        """What was played so far, in order; the recording is left at `wav`."""
        return which_sounds(from_pcm(self.recording.save(wav), CHANNELS), RATE)


def set_up(
    parts: ExitStack, stage: Stage, name: str, settings: Settings, *, pictures: Path, loudspeaker: bool = True
) -> Station:
    """Enrolled and running, on a display of the settings' size; `parts` ends it."""
    display = parts.enter_context(VirtualDisplay(settings.screen.width, settings.screen.height))
    recording = Recording(stage.folder / f"{name}.pcm")
    sound = recording.environment if loudspeaker else {"SDL_AUDIODRIVER": "none"}
    terminal = stage.enrol(name, settings, {**display.environment, **sound})
    return Station(terminal, display, recording, Member(terminal, display, pictures), stage.run(terminal))
