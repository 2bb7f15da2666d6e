"""How loud the terminal may be at a moment. Pure; not in here: the machine's own volume."""

from datetime import datetime

from kiosk.daytime import lies_between
from kiosk.settings import Sound


def volume_at(sound: Sound, at: datetime) -> float:
    """0 to 1, for birds and speech alike. Quiet hours only ever lower it."""
    if lies_between(at, sound.quiet_from, sound.quiet_until):
        return min(sound.volume, sound.quiet_volume)
    return sound.volume
