"""When to ask the server again and how much to send: what each outcome of a request means for the next one. Pure.

Time and randomness are arguments; pauses are meant for the monotonic clock, which no one can set back. Nothing here,
and no status the server can answer, ever takes a record out of the queue. Not in here: requests, waiting, the queue.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, unique

from sync.outcome import Refused, TimedOut, Undelivered, UnreadableAnswer, Untrusted


@unique
class Trouble(Enum):
    """Why delivery does not flow, for staff; the gravest first."""

    REVOKED = "revoked"
    UNKNOWN = "unknown"
    LOST = "lost"
    BROKEN = "broken"
    TLS = "tls"
    CLOCK = "clock"
    STALLED = "stalled"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    BUSY = "busy"
    UNREACHABLE = "unreachable"


OUTCAST = (Trouble.REVOKED, Trouble.UNKNOWN)
"""The server does not want this terminal; only staff can end it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What there was to do is done, were it nothing; after `rest` there may be more."""

    rest: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Stalled:
    """A batch was answered, but not even its first record was acknowledged."""


@dataclass(frozen=True, slots=True)
class RecordsLost:
    """The server no longer holds records that this terminal has pruned: they are to be declared."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Something on this terminal failed, such as its database."""


Outcome = Delivered | Stalled | RecordsLost | Broken | Undelivered


@dataclass(frozen=True, slots=True)
class Policy:
    """`shortest` and `longest` bound the pause after a failure; `obedience` the longest Retry-After that is obeyed.

    A terminal the server does not want asks first after `outcast`, and less and less often, up to `longest`.
    """

    shortest: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)
    obedience: timedelta = timedelta(hours=1)
    outcast: timedelta = timedelta(minutes=1)
    batch: int = 500


@dataclass(frozen=True, slots=True)
class State:
    """`batch` is how many records to send next, `failures` how many requests failed since one succeeded."""

    batch: int
    failures: int = 0
    clock_corrected: bool = False
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What holds from now on, and how long not to ask."""

    state: State
    pause: timedelta


def after(policy: Policy, state: State, outcome: Outcome, random: Callable[[], float]) -> Step:
    """`random` gives numbers in [0, 1)."""
    match outcome:
        case Delivered():
            return Step(State(batch=min(policy.batch, state.batch * 2)), outcome.rest)
        case Refused():
            return _after_refusal(policy, state, outcome, random)
        case TimedOut():
            return _back_off(policy, _halved(state), Trouble.UNREACHABLE, random)
        case _:
            return _back_off(policy, state, _trouble(outcome), random)


def _trouble(outcome: Stalled | RecordsLost | Broken | Undelivered) -> Trouble:
    match outcome:
        case Stalled():
            return Trouble.STALLED
        case RecordsLost():
            return Trouble.LOST
        case Broken():
            return Trouble.BROKEN
        case UnreadableAnswer():
            return Trouble.UNREADABLE
        case Untrusted():
            return Trouble.TLS
        case Undelivered():
            return Trouble.UNREACHABLE


def _after_refusal(policy: Policy, state: State, refused: Refused, random: Callable[[], float]) -> Step:
    trouble = Trouble.REFUSED
    match refused:
        case Refused(code="terminal_revoked"):
            return _cast_out(policy, state, Trouble.REVOKED, random)
        case Refused(code="unknown_terminal"):
            return _cast_out(policy, state, Trouble.UNKNOWN, random)
        case Refused(code="clock_skew") if not state.clock_corrected:
            return Step(replace(state, clock_corrected=True), timedelta(0))
        case Refused(code="clock_skew"):
            trouble = Trouble.CLOCK
        case Refused(status=413) if state.batch > 1:
            return Step(_halved(state), timedelta(0))
        case Refused(status=429 | 503):
            return _when_told(policy, state, refused.retry_after, random)
        case Refused(status=400 | 422):
            # One record may spoil a whole body: smaller batches carry the good ones in front of it.
            state = _halved(state)
    return _back_off(policy, state, trouble, random)


def _when_told(policy: Policy, state: State, told: timedelta | None, random: Callable[[], float]) -> Step:
    """Not before the moment the server named, and not with every other terminal in the very same moment."""
    if told is None:
        return _back_off(policy, state, Trouble.BUSY, random)
    return Step(_failed(state, Trouble.BUSY), min(told, policy.obedience) + policy.shortest * random())


def _cast_out(policy: Policy, state: State, trouble: Trouble, random: Callable[[], float]) -> Step:
    """Only staff can end it: seldom, and less and less often. What failed for another reason before does not count."""
    before = state.failures if state.trouble is trouble else 0
    pause = min(policy.longest, policy.outcast * 2 ** min(before, 32))
    return Step(State(state.batch, before + 1, trouble=trouble), pause + policy.shortest * random())


def _back_off(policy: Policy, state: State, trouble: Trouble, random: Callable[[], float]) -> Step:
    """Full jitter between the shortest pause and a ceiling that doubles with every failure up to the longest."""
    doublings = min(state.failures + 1, 32)
    ceiling = min(policy.longest, policy.shortest * 2**doublings)
    return Step(_failed(state, trouble), policy.shortest + (ceiling - policy.shortest) * random())


def _failed(state: State, trouble: Trouble) -> State:
    return replace(state, failures=state.failures + 1, trouble=trouble)


def _halved(state: State) -> State:
    return replace(state, batch=max(1, state.batch // 2))
