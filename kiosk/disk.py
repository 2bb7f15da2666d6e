"""How full the disk is, and what gives way first: log lines, never visits. Not in here: making room."""

import logging
import os
from enum import Enum, unique
from pathlib import Path

MEBIBYTE = 2**20
LOW_BYTES = 256 * MEBIBYTE
CRITICAL_BYTES = 32 * MEBIBYTE


@unique
class Level(Enum):
    """The values are what status says."""

    OK = "ok"
    LOW = "low"
    CRITICAL = "critical"


def level(directory: Path) -> Level:
    """By what this user may still write in the file system of `directory`."""
    found = os.statvfs(directory)
    free = found.f_bavail * found.f_frsize
    if free < CRITICAL_BYTES:
        return Level.CRITICAL
    return Level.LOW if free < LOW_BYTES else Level.OK


_LEAST = {Level.OK: logging.NOTSET, Level.LOW: logging.WARNING, Level.CRITICAL: logging.ERROR}


class Shedding(logging.Filter):
    """For a log's handler: warnings and errors alone where the disk is low, errors alone where it is nearly full."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._directory = directory

    def filter(self, record: logging.LogRecord) -> bool:
        """What is raised in here would come out of every call that logs: a disk that fails must not end the terminal."""
        try:
            return record.levelno >= _LEAST[level(self._directory)]
        except OSError:
            return True
