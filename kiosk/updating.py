"""The exchange of the program: for as long as the operator's command for it runs, the screen says so.

Told by a lock, which the kernel takes back from whoever dies: no terminal goes on saying it when nobody is at work. Not
in here: what an update does, which is the command's, and who looks (kiosk.storage.lookout).
"""

import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Final

FILE: Final = "updating"
"""In the data directory. Empty; whether it is there says nothing."""

_PASSED_ON = {signal.SIGTERM, signal.SIGHUP}
_HEARD = {signal.SIGINT, signal.SIGCHLD, *_PASSED_ON}
_SIGNALLED = 128


class AlreadyUpdating(Exception):  # noqa: N818 - named for what happened
    """Another update of this terminal has not ended."""


@contextmanager
def hold(directory: Path) -> Iterator[None]:
    """Mostly root's: the file is one that the service's account can open too. Raises AlreadyUpdating, OSError."""
    descriptor = os.open(directory / FILE, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        if not os.fstat(descriptor).st_mode & stat.S_IROTH:  # taken away by the umask
            os.fchmod(descriptor, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # beside a look, but not beside another update
        except BlockingIOError as error:
            raise AlreadyUpdating from error
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_running(directory: Path) -> bool:
    """What cannot be looked at keeps nobody out."""
    try:
        descriptor = os.open(directory / FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def carry_out(directory: Path, command: tuple[str, ...]) -> int:
    """The command's exit code; 128 and the number of the signal that ended it. Raises AlreadyUpdating, OSError.

    Without a data directory there is no terminal to tell. Signals of this process are the command's from now on; Ctrl-C
    reaches it without us. They wait from before it begins, so that none comes between.
    """
    told = hold(directory) if directory.is_dir() else nullcontext()
    with told:
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        child = os.posix_spawnp(command[0], command, os.environ, setsigmask=(), setsigdef=(signal.SIGPIPE,))
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
            number = signal.sigwait(_HEARD)
            if number in _PASSED_ON:
                os.kill(child, number)
    code = os.waitstatus_to_exitcode(ended[1])
    return code if code >= 0 else _SIGNALLED - code
