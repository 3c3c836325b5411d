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

from model.runtime import Floats, padded_length
from model.tagger import Tagger
from model.text import Encoded
from service.problems import QueueFullError, WorkerDeadError


@dataclass(frozen=True, slots=True)
class _Waiting:
    encoded: Encoded
    n_tokens: int
    answer: "asyncio.Future[Floats]"


class Batcher:
    """Runs encoded comments for many callers at once."""

    def __init__(self, tagger: Tagger, *, batch_tokens: int, queue_tokens: int) -> None:
        self._tagger = tagger
        self._batch_tokens = batch_tokens
        self._queue_tokens = queue_tokens
        self._queue: deque[_Waiting] = deque()
        self.n_queued = 0
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

    async def run(self, batch: Sequence[Encoded]) -> list[Floats]:
        """As `Tagger.run`: logits of each comment's windows, in order. Raises QueueFullError, WorkerDeadError, or
        what the model raised."""
        if not self.is_alive:
            raise WorkerDeadError
        waiting = [
            _Waiting(encoded, sum(map(padded_length, encoded)), asyncio.get_running_loop().create_future())
            for encoded in batch
        ]
        n_tokens = sum(item.n_tokens for item in waiting)
        if self.n_queued and self.n_queued + n_tokens > self._queue_tokens:
            raise QueueFullError(n_queued=self.n_queued, limit=self._queue_tokens, retry_after_s=self._drain_s())
        self._queue.extend(waiting)
        self.n_queued += n_tokens
        self._arrived.set()
        try:
            return list(await asyncio.gather(*(item.answer for item in waiting)))
        except BaseException:
            self._drop(waiting)  # nobody waits for the rest of them
            raise

    def _drop(self, unwanted: Sequence[_Waiting]) -> None:
        gone = {id(item) for item in unwanted}
        self.n_queued -= sum(item.n_tokens for item in self._queue if id(item) in gone)
        self._queue = deque(item for item in self._queue if id(item) not in gone)
        for item in unwanted:
            item.answer.cancel()

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
            logits = await loop.run_in_executor(self._thread, self._tagger.run, [item.encoded for item in batch])
        except asyncio.CancelledError:
            _settle(batch, [WorkerDeadError()] * len(batch))
            raise
        except Exception as error:  # whatever the model raises is these callers' answer; the worker goes on
            _settle(batch, [error] * len(batch))
        else:
            _settle(batch, logits)

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        n_tokens = 0
        while self._queue and (not batch or n_tokens + self._queue[0].n_tokens <= self._batch_tokens):
            item = self._queue.popleft()
            self.n_queued -= item.n_tokens
            if not item.answer.done():  # its caller may have gone since
                batch.append(item)
                n_tokens += item.n_tokens
        return batch

    def _drain_s(self) -> int:
        """Whole seconds until what waits now is done, at the measured rate; at least one."""
        return max(1, round(self.n_queued / self._tokens_per_s)) if self._tokens_per_s else 1

    def _fail_waiting(self, error: Exception) -> None:
        _settle(list(self._queue), [error] * len(self._queue))
        self._queue.clear()
        self.n_queued = 0


def _settle(batch: Sequence[_Waiting], answers: Sequence[Floats | Exception]) -> None:
    """Give each waiting caller its answer, unless it has gone."""
    for item, answer in zip(batch, answers, strict=True):
        if item.answer.done():
            continue
        if isinstance(answer, Exception):
            item.answer.set_exception(answer)
        else:
            item.answer.set_result(answer)
