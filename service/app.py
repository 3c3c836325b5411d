"""The HTTP service: a few short routes over one Tagger and one Batcher."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request, Response

from model.decode import Tags
from model.errors import CommentError
from model.explain import leave_out
from model.runtime import Floats
from model.tagger import Tagger
from model.text import Comment, Encoded
from service import problems
from service.batcher import Batcher
from service.limits import BodyLimit
from service.schemas import EXAMPLE, CommentIn, Health, ModelOut, Problem, TagRequest, TagResponse, TagResult
from service.settings import Settings

_ERRORS: dict[int | str, dict[str, Any]] = {
    413: {"model": Problem, "description": "too large"},
    422: {"model": Problem, "description": "malformed"},
    503: {"model": Problem, "description": "queue full, or stopping"},
}


def create_app(tagger: Tagger, settings: Settings) -> FastAPI:
    """The service over a loaded tagger. Ready from its start-up on, not ready once it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Batcher(tagger, batch_tokens=settings.batch_tokens, queue_tokens=settings.queue_tokens) as batcher:
            app.state.batcher = batcher
            yield
            app.state.batcher = None

    app = FastAPI(
        title="gpcomments",
        version=version("gpcomments"),
        summary="Stance and theme of clinicians' comments on health policy, with calibrated probabilities",
        lifespan=lifespan,
        strict_content_type=False,
        docs_url=None,  # their pages load scripts from elsewhere, and stay blank without a network
        redoc_url=None,
    )
    app.state.batcher = None
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    problems.install(app)
    file = tagger.checkpoint.tagger
    model = ModelOut(name=file.name, version=file.version, taxonomy=file.taxonomy_fingerprint)

    @app.post("/v1/tag", responses=_ERRORS | {200: _example(tagger, model)})
    async def tag(body: TagRequest, request: Request, response: Response) -> TagResponse:
        """Tag comments. One that cannot be tagged gets an `error` in its place."""
        if len(body.comments) > settings.max_comments:
            raise problems.TooManyCommentsError(
                f"{len(body.comments)} comments; at most {settings.max_comments} are taken: send them in parts"
            )
        response.headers["X-Request-ID"] = problems.request_id(request)
        results = await _tag(body, tagger, _batcher(request))
        return TagResponse(model=model, results=results)

    @app.get("/v1/taxonomy")
    async def taxonomy() -> dict[str, Any]:
        """The stances and themes, their definitions, and the taxonomy's fingerprint."""
        return {**tagger.taxonomy.model_dump(), "fingerprint": tagger.taxonomy.fingerprint}

    @app.get("/livez", responses={503: {"model": Health}})
    async def livez(request: Request, response: Response) -> Health:
        """200 while the worker lives; 503 once it is dead and the process should be restarted."""
        batcher: Batcher | None = request.app.state.batcher
        is_dead = batcher is not None and not batcher.is_alive
        response.status_code = 503 if is_dead else 200
        return Health(status="dead" if is_dead else "alive")

    @app.get("/readyz", responses={503: {"model": Health}})
    async def readyz(request: Request, response: Response) -> Health:
        """200 while comments are taken, 503 otherwise."""
        batcher: Batcher | None = request.app.state.batcher
        is_ready = batcher is not None and batcher.is_alive
        response.status_code = 200 if is_ready else 503
        return Health(status="ready" if is_ready else "not ready")

    return app


def _example(tagger: Tagger, model: ModelOut) -> dict[str, Any]:
    """What this model answers to the example request, for the OpenAPI document; it also warms the model up."""
    results = []
    for item in EXAMPLE["comments"]:
        (tags,) = tagger.tag([Comment(item["text"], article=item["article"])])
        results.append(TagResult(id=item["id"], **tags.as_dict()))
    answer = TagResponse(model=model, results=results).model_dump()
    return {"description": "tagged, in order", "content": {"application/json": {"example": answer}}}


def _batcher(request: Request) -> Batcher:
    batcher: Batcher | None = request.app.state.batcher
    if batcher is None:
        raise problems.WorkerDeadError
    return batcher


async def _tag(body: TagRequest, tagger: Tagger, batcher: Batcher) -> list[TagResult]:
    """Encode off the event loop, run in shared batches, and put errors where their comments were."""
    encoded = await asyncio.to_thread(lambda: [_encode(item, tagger) for item in body.comments])
    logits = iter(await batcher.run([pair[1] for pair in encoded if not isinstance(pair, CommentError)]))
    results = []
    for item, pair in zip(body.comments, encoded, strict=True):
        if isinstance(pair, CommentError):
            results.append(TagResult(id=item.id, error=str(pair)))
            continue
        comment, windows = pair
        its_logits = next(logits)
        if body.explain:
            tags = await _explain(comment, (its_logits, windows), tagger, batcher)
        else:
            tags = tagger.decode(its_logits, windows)
        results.append(TagResult(id=item.id, **tags.as_dict()))
    return results


async def _explain(comment: Comment, whole: tuple[Floats, Encoded], tagger: Tagger, batcher: Batcher) -> Tags:
    left_out = await asyncio.to_thread(leave_out, comment, whole[1], tagger.encoder)
    logits = await batcher.run([(left.changed,) for left in left_out])
    return tagger.decode_explained(comment, whole, list(zip(left_out, logits, strict=True)))


def _encode(item: CommentIn, tagger: Tagger) -> tuple[Comment, Encoded] | CommentError:
    try:
        comment = Comment(item.text, article=item.article)
        return comment, tagger.encode(comment)
    except CommentError as error:
        return error
