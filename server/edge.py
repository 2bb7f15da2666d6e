"""What happens to every request on its way in and out: one log line, and the browser's orders for our pages.

Not in here: authentication, and the error documents of the API. Nothing here writes what a person typed or is called:
searches at the desk are in query strings, and database errors quote the row they refuse.
"""

import logging
import time
import traceback
from collections.abc import Callable
from types import TracebackType

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

_POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

log = logging.getLogger(__name__)


class NamelessFormatter(logging.Formatter):
    """Tells where an exception came from and its type, never its words."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, _, where = ei
        frames = "".join(
            f"  {frame.filename}:{frame.lineno} in {frame.name}\n" for frame in traceback.extract_tb(where)
        )
        return f"{frames}{kind.__name__ if kind else ''}"


class RequestLog:
    """Method, route pattern, status and duration of every request."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.monotonic()
        response = self._get_response(request)
        route = request.resolver_match.route if request.resolver_match else "-"
        milliseconds = (time.monotonic() - begun) * 1000
        log.info("%s /%s %d %.0fms", request.method, route, response.status_code, milliseconds)
        return response


class ContentSecurityPolicy:
    """No script, style or form target but our own (Django 5.2 does not set this itself)."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers["Content-Security-Policy"] = _POLICY
        return response
