"""Every error under /api/ as an RFC 9457 problem document, also those that never reach a view of ours.

Not in here: which domain error becomes which problem (refusals).
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse

from server.edge import GetResponse

PREFIX = "/api/"
CONTENT_TYPE = "application/problem+json"

_CODES = {
    HTTPStatus.BAD_REQUEST: ("bad_request", "The request cannot be understood."),
    HTTPStatus.UNAUTHORIZED: ("sign_in_required", "Sign in first."),
    HTTPStatus.FORBIDDEN: ("forbidden", "This is not allowed."),
    HTTPStatus.NOT_FOUND: ("not_found", "There is nothing here."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method_not_allowed", "This method is not known here."),
    HTTPStatus.TOO_MANY_REQUESTS: ("too_many_requests", "Too many requests came at once; see Retry-After."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("body_too_large", "The body is larger than 2 MiB."),
}
_FAULT = ("internal_error", "Something went wrong here; try again later.")


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """An answer that is an error. `code` is a stable word for programs, `extra` further members of the document."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        extra: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.extra = extra or {}
        self.headers = headers or {}


def to_response(problem: Problem) -> HttpResponse:
    document = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "code": problem.code,
        **problem.extra,
    }
    return JsonResponse(document, status=problem.status, content_type=CONTENT_TYPE, headers=problem.headers)


def from_status(status: HTTPStatus, headers: dict[str, str] | None = None) -> Problem:
    code, detail = _CODES.get(status, _FAULT)
    return Problem(status, code, detail, headers=headers)


class ProblemsUnderApi:
    """Turns error pages that Django or a library made into problem documents, and keeps answers out of caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if not request.path.startswith(PREFIX):
            return response
        if response.status_code >= HTTPStatus.BAD_REQUEST and response.headers.get("Content-Type") != CONTENT_TYPE:
            response.content = to_response(from_status(HTTPStatus(response.status_code))).content
            response.headers["Content-Type"] = CONTENT_TYPE
            response.headers["Content-Length"] = str(len(response.content))
        response.headers["Cache-Control"] = "no-store"
        return response
