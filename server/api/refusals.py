"""Which problem document answers which refusal. The codes are part of the wire.

Not in here: why something is refused (terminals, ledger).
"""

from http import HTTPStatus

from server.api.problems import Problem
from server.ledger.batch import BadHeadError
from server.terminals import enrolment, lifecycle, signature
from visits.event import to_instant

Refusal = (
    signature.RequestRefusedError | enrolment.EnrolmentRefusedError | lifecycle.LifecycleRefusedError | BadHeadError
)

_PROBLEMS: dict[type[Exception], tuple[HTTPStatus, str, str]] = {
    signature.BadSignatureError: (HTTPStatus.UNAUTHORIZED, "bad_signature", "The signature is missing or wrong."),
    signature.UnknownTerminalError: (HTTPStatus.UNAUTHORIZED, "unknown_terminal", "No such terminal is enrolled."),
    signature.TerminalRevokedError: (HTTPStatus.FORBIDDEN, "terminal_revoked", "This terminal has been revoked."),
    signature.ReplayedError: (HTTPStatus.CONFLICT, "replayed", "This very request was made before."),
    signature.ClockSkewError: (
        HTTPStatus.UNAUTHORIZED,
        "clock_skew",
        "The request was signed too long ago or in the future; see server_time.",
    ),
    enrolment.CodeUnknownError: (HTTPStatus.NOT_FOUND, "code_unknown", "There is no such enrolment code."),
    enrolment.CodeUsedOrExpiredError: (
        HTTPStatus.GONE,
        "code_used_or_expired",
        "This code has been used or is too old; ask for a new one.",
    ),
    enrolment.KeyInUseError: (HTTPStatus.CONFLICT, "key_in_use", "Another terminal has this key."),
    enrolment.TooManyAttemptsError: (
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_many_attempts",
        "Too many wrong codes came from this address; see Retry-After.",
    ),
    lifecycle.BadProofError: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "bad_proof",
        "The new key did not sign what it is to be used for.",
    ),
    lifecycle.KeyTakenError: (HTTPStatus.CONFLICT, "key_in_use", "Another terminal has this key."),
    lifecycle.IdTakenError: (HTTPStatus.CONFLICT, "id_in_use", "There is another terminal with this id."),
    BadHeadError: (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "bad_head",
        "The head is not that of the last event, or is not signed by this terminal. Nothing was applied.",
    ),
}


def to_problem(refusal: Refusal) -> Problem:
    status, code, detail = _PROBLEMS[type(refusal)]
    match refusal:
        case signature.ClockSkewError(server_time=server_time):
            return Problem(status, code, detail, extra={"server_time": to_instant(server_time)})
        case enrolment.TooManyAttemptsError(retry_after=wait):
            return Problem(status, code, detail, headers={"Retry-After": str(int(wait.total_seconds()))})
        case _:
            return Problem(status, code, detail)
