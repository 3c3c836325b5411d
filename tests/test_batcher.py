import asyncio
import threading
import time

import pytest

from model.text import Comment
from service.batcher import Batcher
from service.problems import QueueFullError, WorkerDeadError


class Recorder:
    """The real tagger, and how many comments each of its runs was given."""

    def __init__(self, tagger):
        self.tagger = tagger
        self.sizes = []

    def run(self, batch):
        self.sizes.append(len(batch))
        return self.tagger.run(batch)


def encoded(tagger, n):
    return [tagger.encode(Comment(f"Comment number {i} of some.")) for i in range(n)]


def test_requests_that_wait_share_a_batch_and_get_their_own_logits(tagger):
    recorder = Recorder(tagger)
    items = encoded(tagger, 10)

    async def run():
        async with Batcher(recorder, batch_tokens=4096, queue_tokens=10_000) as batcher:
            return await asyncio.gather(*(batcher.run([item]) for item in items))

    answers = asyncio.run(run())
    assert [a[0].tolist() for a in answers] == [logits.tolist() for logits in tagger.run(items)]
    assert len(recorder.sizes) <= 2


def test_a_batch_is_closed_by_its_padded_tokens(tagger):
    recorder = Recorder(tagger)

    async def run():
        async with Batcher(recorder, batch_tokens=64, queue_tokens=10_000) as batcher:
            await batcher.run(encoded(tagger, 9))

    asyncio.run(run())
    assert sum(recorder.sizes) == 9
    assert max(recorder.sizes) <= 64 // 8


def test_what_does_not_fit_the_queue_is_refused_with_when_to_come_back(tagger):
    async def run():
        async with Batcher(Recorder(tagger), batch_tokens=64, queue_tokens=100) as batcher:
            first = asyncio.create_task(batcher.run(encoded(tagger, 20)))
            await asyncio.sleep(0)
            with pytest.raises(QueueFullError) as refused:
                await batcher.run(encoded(tagger, 1))
            assert refused.value.retry_after_s >= 1
            assert len(await first) == 20

    asyncio.run(run())


def test_who_has_gone_is_not_run(tagger):
    recorder = Recorder(tagger)

    async def run():
        async with Batcher(recorder, batch_tokens=4096, queue_tokens=10_000) as batcher:
            gone = asyncio.create_task(batcher.run(encoded(tagger, 5)))
            await asyncio.sleep(0)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            assert batcher.n_queued == 0
            await batcher.run(encoded(tagger, 1))

    asyncio.run(run())
    assert sum(recorder.sizes) == 1


def test_an_error_of_the_model_reaches_its_callers_and_the_worker_goes_on(tagger):
    recorder = Recorder(tagger)
    real = recorder.run

    def fail(batch):
        recorder.run = real
        raise ValueError("boom")

    recorder.run = fail

    async def run():
        async with Batcher(recorder, batch_tokens=4096, queue_tokens=10_000) as batcher:
            with pytest.raises(ValueError, match="boom"):
                await batcher.run(encoded(tagger, 1))
            assert len(await batcher.run(encoded(tagger, 2))) == 2

    asyncio.run(run())


def test_a_stopped_batcher_refuses(tagger):
    async def run():
        async with Batcher(Recorder(tagger), batch_tokens=64, queue_tokens=100) as batcher:
            pass
        assert not batcher.is_alive
        with pytest.raises(WorkerDeadError):
            await batcher.run(encoded(tagger, 1))

    asyncio.run(run())


def test_who_waits_when_the_batcher_stops_is_told_so(tagger):
    started = threading.Event()
    recorder = Recorder(tagger)
    real = recorder.run

    def slow(batch):
        started.set()
        time.sleep(0.04)
        return real(batch)

    recorder.run = slow

    async def run():
        async with Batcher(recorder, batch_tokens=16, queue_tokens=10_000) as batcher:
            waiting = [asyncio.create_task(batcher.run(encoded(tagger, 1))) for _ in range(3)]
            await asyncio.to_thread(started.wait)
        return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 2)

    assert [type(answer) for answer in asyncio.run(run())] == [WorkerDeadError] * 3
