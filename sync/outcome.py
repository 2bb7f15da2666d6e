"""Everything that can come of a request other than a readable answer. Not in here: what to do about it."""

from datetime import timedelta


class Undelivered(Exception):  # noqa: N818 - named for what happened
    """A request that brought no usable answer. The server may have acted on it all the same."""


class Unreachable(Undelivered):
    """No connection, or the connection broke before the answer was whole."""


class Untrusted(Undelivered):
    """No connection, because who answered could not be trusted, or did not trust this terminal: `why` is a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class TimedOut(Undelivered):
    """The server was reached, but its answer did not come in time."""


class Refused(Undelivered):
    """An answer with a status outside 200-299. `code` is the problem document's word, "" where there was none."""

    def __init__(self, status: int, code: str, retry_after: timedelta | None) -> None:
        super().__init__(f"{status} {code}".rstrip())
        self.status = status
        self.code = code
        self.retry_after = retry_after


class UnreadableAnswer(Undelivered):
    """An answer that is not what was agreed: `field` and what is wrong with it. Never carries the field's value."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
