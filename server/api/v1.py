"""Version 1 of the API: its routes, its errors, and its description.

Not in here: the routes' work.
"""

from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema

from server.api import feed_routes, lifecycle_routes, open_routes, problems, rules_routes, terminal_routes
from server.api.body import StrictJson
from server.api.problems import Problem, from_status, to_response
from server.api.refusals import Refusal, to_problem
from server.ledger.batch import BadHeadError
from server.terminals.enrolment import EnrolmentRefusedError
from server.terminals.lifecycle import LifecycleRefusedError
from server.terminals.signature import RequestRefusedError


class Described(NinjaAPI):
    """ninja describes every answer as application/json, anew each time; errors are problem documents."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Made once, because anybody may ask for it and making it takes long; this API is in one place only."""
        del path_prefix, path_params
        return self._description

    @cached_property
    def _description(self) -> OpenAPISchema:
        schema = super().get_openapi_schema()
        for operation in (operation for path in schema["paths"].values() for operation in path.values()):
            for status, answer in operation["responses"].items():
                if status >= HTTPStatus.BAD_REQUEST:
                    answer["content"] = {problems.CONTENT_TYPE: answer["content"].popitem()[1]}
        return schema


api = Described(
    title="Check-in server",
    version="1.0.0",
    description="Visits from self-service check-in terminals, and the roster they decide by.",
    docs_url=None,
    parser=StrictJson(),
)
api.add_router("", open_routes.router)
api.add_router("", lifecycle_routes.router)
api.add_router("", terminal_routes.router)
api.add_router("", feed_routes.router)
api.add_router("", rules_routes.router)


@api.exception_handler(Problem)
def _problem(_: HttpRequest, problem: Problem) -> HttpResponse:
    return to_response(problem)


@api.exception_handler(RequestRefusedError)
@api.exception_handler(EnrolmentRefusedError)
@api.exception_handler(LifecycleRefusedError)
@api.exception_handler(BadHeadError)
def _refusal(_: HttpRequest, refusal: Refusal) -> HttpResponse:
    return to_response(to_problem(refusal))


@api.exception_handler(ValidationError)
def _wrong_shape(_: HttpRequest, error: ValidationError) -> HttpResponse:
    """Names the places that are wrong, never what was there."""
    places = sorted({".".join(str(step) for step in fault["loc"]) for fault in error.errors})
    detail = f"Missing or wrong: {', '.join(places[:10])}."
    return to_response(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_shape", detail))


@api.exception_handler(RequestDataTooBig)
def _too_big(_: HttpRequest, __: RequestDataTooBig) -> HttpResponse:
    return to_response(from_status(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))


@api.exception_handler(UnreadablePostError)
def _cut_off(_: HttpRequest, __: UnreadablePostError) -> HttpResponse:
    """The connection ended within the body: nobody reads this answer, and it is no fault of the server."""
    return to_response(from_status(HTTPStatus.BAD_REQUEST))


@api.exception_handler(HttpError)
def _http_error(_: HttpRequest, error: HttpError) -> HttpResponse:
    """400 is ninja's word for a body that StrictJson would not read."""
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return to_response(Problem(HTTPStatus.BAD_REQUEST, "not_json", "The body is not JSON that can be kept."))
    if isinstance(error, Throttled):
        return to_response(from_status(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(error.wait)}))
    return to_response(from_status(HTTPStatus(error.status_code)))


@api.exception_handler(Http404)
def _not_found(_: HttpRequest, __: Http404) -> HttpResponse:
    return to_response(from_status(HTTPStatus.NOT_FOUND))
