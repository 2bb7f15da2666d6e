"""Why no secure connection came about, in one sentence for the log. Not in here: making connections."""

import re
import ssl

_ABOUT_US = re.compile("ALERT.*(CERT|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED)")
"""Alerts by which a server turns away whoever shows no certificate, or one it does not believe (RFC 8446, 6.2)."""


def why(error: BaseException) -> str:
    """One sentence for the log, from the innermost thing TLS had to say."""
    cause: BaseException | None = error
    while cause is not None:
        match cause:
            case ssl.SSLCertVerificationError():
                return f"the server's certificate is not believed: {cause.verify_message}"
            case ssl.SSLError(reason=str(reason)) if _ABOUT_US.search(reason):
                return f"the server wants a certificate of this terminal and got none it believes: {reason}"
            case ssl.SSLEOFError():
                return "the secure connection was cut off while it began; the server may want a certificate of this terminal"
            case Exception() if str(cause).startswith("Fingerprint"):
                return "the server's certificate is not the one of server.fingerprint"
            case ssl.SSLError(reason=str(reason)):
                return f"no secure connection: {reason}"
        cause = _inner(cause)
    return "no secure connection"


def _inner(error: BaseException) -> BaseException | None:
    """What urllib3 wraps: as cause, as context, as `reason`, or as an argument."""
    wrapped = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
    return next((each for each in wrapped if isinstance(each, BaseException)), None)
