"""The signature check as ninja's authentication: `request.auth` is the terminal.

Not in here: the check itself (terminals.signature).
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import Throttled
from ninja.security.base import AuthBase

from server.api.problems import Problem
from server.api.rates import PER_ADDRESS, WINDOW_SECONDS
from server.terminals.models import Terminal
from server.terminals.signature import RequestRefusedError, SignedRequest, identify


class TerminalSignature(AuthBase):
    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = "Signature"
    openapi_description = (
        "RFC 9421 with Ed25519: label terminal, tag checkin-terminal, keyid the terminal's id, created, nonce of 32 hex "
        'digits, covering exactly "@method" "@path" "@query" "content-digest" (RFC 9530, sha-256, also of no body).'
    )

    def __init__(self, identify: Callable[[SignedRequest, datetime], Terminal] = identify) -> None:
        super().__init__()
        self._identify = identify

    def __call__(self, request: HttpRequest) -> Terminal:
        try:
            return self._identify(signed_request(request), timezone.now())
        except RequestRefusedError:
            if not PER_ADDRESS.allow_request(request):
                raise Throttled(WINDOW_SECONDS) from None
            raise


def signed_request(request: HttpRequest) -> SignedRequest:
    """The host is not covered by the signature, so that any will do here."""
    return SignedRequest(
        method=request.method or "",
        url=f"http://localhost{request.get_full_path()}",
        headers=request.headers,
        body=request.body,
    )


def signer(request: HttpRequest) -> Terminal:
    """The terminal that signed a request to an operation with TerminalSignature."""
    terminal: Terminal = request.auth  # type: ignore[attr-defined] # set by ninja
    return terminal


def signer_of_its_own(request: HttpRequest, terminal_id: UUID) -> Terminal:
    """The same, where the path names a terminal: no terminal may ask for another."""
    terminal = signer(request)
    if terminal.pk != terminal_id:
        raise Problem(HTTPStatus.FORBIDDEN, "not_your_terminal", "A terminal asks only for itself.")
    return terminal
