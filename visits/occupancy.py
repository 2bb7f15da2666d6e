"""What is known about where a member is. Not in here: how it became known."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Inside:
    since: datetime


@dataclass(frozen=True, slots=True)
class Outside:
    pass


@dataclass(frozen=True, slots=True)
class Unknown:
    """No recent word from the other terminals: the member may have passed one of them since."""


Presence = Inside | Outside | Unknown
