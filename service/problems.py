"""Errors over HTTP: raised anywhere, turned into problem+json (RFC 9457) in one table."""

import re
import secrets
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from model.errors import GpcommentsError
from service.schemas import Problem


class TooLargeError(GpcommentsError):
    """A request body over the size limit."""

    error_type = "too_large"


class TooManyCommentsError(GpcommentsError):
    """More comments in one request than are taken."""

    error_type = "too_many_comments"


class QueueFullError(GpcommentsError):
    """More waits already than the queue takes."""

    error_type = "queue_full"

    def __init__(self, *, n_queued: int, limit: int, retry_after_s: int) -> None:
        super().__init__(f"{n_queued} tokens wait and the queue takes {limit}; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class WorkerDeadError(GpcommentsError):
    """The worker has stopped; the service is about to be restarted."""

    error_type = "worker_dead"

    def __init__(self) -> None:
        super().__init__("the worker has stopped; try another instance")


STATUS: dict[type[Exception], int] = {
    TooLargeError: 413,
    TooManyCommentsError: 413,
    QueueFullError: 503,
    WorkerDeadError: 503,
    GpcommentsError: 500,
}


def install(app: FastAPI) -> None:
    """Answer every error of `app` as problem+json."""
    for kind in STATUS:
        app.add_exception_handler(kind, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def problem(request: Request, status: int, detail: str, error_type: str, **headers: str) -> JSONResponse:
    """A problem+json answer; `headers` use `_` for `-`."""
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        error=detail,
        error_type=error_type,
        request_id=request_id(request),
    )
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse(
        body.model_dump(), status, {"X-Request-ID": body.request_id, **extra}, "application/problem+json"
    )


def request_id(request: Request) -> str:
    """The caller's X-Request-ID where it is short and plain, else one of our own; the same all through a request."""
    if not hasattr(request.state, "request_id"):
        given = request.headers.get("x-request-id", "")
        request.state.request_id = given if re.fullmatch(r"[\w.-]{1,64}", given) else secrets.token_hex(8)
    return str(request.state.request_id)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    error_type = getattr(error, "error_type", "error")
    if isinstance(error, QueueFullError):
        return problem(request, status, str(error), error_type, Retry_After=str(error.retry_after_s))
    return problem(request, status, str(error), error_type)


async def _malformed(request: Request, error: Exception) -> JSONResponse:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": "malformed"}
    place = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
    if first.get("type") == "json_invalid":
        place, first = "body", {"msg": f"not JSON from character {place} on"}
    return problem(request, 422, f"{place}: {first['msg']}; see /openapi.json for the request's form", "malformed")


async def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 400:  # a body that cannot be parsed at all
        return problem(request, 422, "body: not JSON; see /openapi.json for the request's form", "malformed")
    detail = f"{request.method} {request.url.path[:100]}: {HTTPStatus(status).phrase}; see /openapi.json for the routes"
    allow = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return problem(request, status, detail, HTTPStatus(status).phrase.lower().replace(" ", "_"), **allow)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    return problem(request, 500, f"internal error ({type(error).__name__}); report it with the request id", "internal")
