"""Requests share batches, without a timer: what waits while the model runs is the next batch.

One worker task takes comments in order of arrival until their padded tokens reach the budget, and runs them in
one thread. The queue is bounded in tokens; what does not fit is refused at once.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from model.decode import Tags
from model.runtime import padded_length
from model.tagger import Tagger
from model.text import Encoded
from service.problems import QueueFullError, WorkerDeadError


@dataclass(frozen=True, slots=True)
class _Waiting:
    encoded: Encoded
    n_tokens: int
    answer: "asyncio.Future[Tags]"


class Batcher:
    """Tags encoded comments for many callers at once. `run` is its worker; answers come through `tag`."""

    def __init__(self, tagger: Tagger, *, batch_tokens: int, queue_tokens: int) -> None:
        self._tagger = tagger
        self._batch_tokens = batch_tokens
        self._queue_tokens = queue_tokens
        self._queue: deque[_Waiting] = deque()
        self._n_queued = 0
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "tagger")
        self._worker: asyncio.Task[None] | None = None
        self._tokens_per_s = 0.0

    async def __aenter__(self) -> "Batcher":
        self._worker = asyncio.create_task(self._run(), name="batcher")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        self._fail_waiting(WorkerDeadError())
        self._thread.shutdown(wait=False)

    @property
    def is_alive(self) -> bool:
        """Whether the worker is there to answer."""
        return self._worker is not None and not self._worker.done()

    async def tag(self, batch: Sequence[Encoded]) -> list[Tags]:
        """Tags of each encoded comment, in order. Raises QueueFullError, or WorkerDeadError."""
        if not self.is_alive:
            raise WorkerDeadError
        waiting = [
            _Waiting(encoded, sum(map(padded_length, encoded)), asyncio.get_running_loop().create_future())
            for encoded in batch
        ]
        n_tokens = sum(item.n_tokens for item in waiting)
        if self._n_queued and self._n_queued + n_tokens > self._queue_tokens:
            raise QueueFullError(n_queued=self._n_queued, limit=self._queue_tokens, retry_after_s=self._drain_s())
        self._queue.extend(waiting)
        self._n_queued += n_tokens
        self._arrived.set()
        try:
            return list(await asyncio.gather(*(item.answer for item in waiting)))
        except asyncio.CancelledError:
            for item in waiting:
                item.answer.cancel()  # nobody waits for them: the worker passes them over
            raise

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._arrived.wait()
                while batch := self._next_batch():
                    began = time.monotonic()
                    await self._answer(batch, loop)
                    rate = sum(item.n_tokens for item in batch) / max(time.monotonic() - began, 1e-6)
                    self._tokens_per_s = 0.8 * self._tokens_per_s + 0.2 * rate if self._tokens_per_s else rate
                self._arrived.clear()
        finally:
            self._fail_waiting(WorkerDeadError())

    async def _answer(self, batch: list[_Waiting], loop: asyncio.AbstractEventLoop) -> None:
        try:
            tags = await loop.run_in_executor(self._thread, self._tag_now, [item.encoded for item in batch])
        except Exception as error:  # whatever the model raises is these callers' answer; the worker goes on
            for item in batch:
                if not item.answer.done():
                    item.answer.set_exception(error)
            return
        for item, t in zip(batch, tags, strict=True):
            if not item.answer.done():
                item.answer.set_result(t)

    def _tag_now(self, batch: list[Encoded]) -> list[Tags]:
        return [self._tagger.decode(*pair) for pair in zip(self._tagger.run(batch), batch, strict=True)]

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        n_tokens = 0
        while self._queue and (not batch or n_tokens + self._queue[0].n_tokens <= self._batch_tokens):
            item = self._queue.popleft()
            self._n_queued -= item.n_tokens
            if not item.answer.done():
                batch.append(item)
                n_tokens += item.n_tokens
        return batch

    def _drain_s(self) -> int:
        """Whole seconds until what waits now is done, at the measured rate; at least one."""
        return max(1, round(self._n_queued / self._tokens_per_s)) if self._tokens_per_s else 1

    def _fail_waiting(self, error: Exception) -> None:
        while self._queue:
            item = self._queue.popleft()
            if not item.answer.done():
                item.answer.set_exception(error)
        self._n_queued = 0
