import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.testclient import TestClient

from model.text import Comment
from service.app import create_app
from service.settings import Settings
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def client(tagger):
    settings = Settings(max_body_bytes=500_000, max_comments=5)
    with TestClient(create_app(tagger, settings), raise_server_exceptions=False) as client:
        yield client


def post(client, comments, **more):
    return client.post("/v1/tag", content=json.dumps({"comments": comments, **more}))


def test_an_answer_is_what_the_tagger_says(client, tagger):
    answer = post(client, [{"id": "c1", "text": "Where is the money?", "article": "New surgeries"}]).json()
    expected = tagger.tag([Comment("Where is the money?", article="New surgeries")])[0].as_dict()
    assert answer["results"] == [{"id": "c1", "error": None, **expected}]
    assert answer["model"]["taxonomy"] == tagger.taxonomy.fingerprint


def test_order_and_duplicate_ids_are_kept_and_one_bad_comment_is_an_error_in_its_place(client):
    texts = ["It leaks.", " ", "a\0b", "\ud800", "😀 مرحبا"]
    answer = post(client, [{"id": "same", "text": text} for text in texts])
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [r["id"] for r in results] == ["same"] * 5
    assert [bool(r["error"]) for r in results] == [False, True, True, True, False]
    assert [r["stance"] is None for r in results] == [False, True, True, True, False]


def test_a_text_over_the_limit_is_an_error_in_its_place(client):
    results = post(client, [{"text": "a" * 100_001}, {"text": "fine"}]).json()["results"]
    assert "at most 100,000" in results[0]["error"]
    assert results[1]["error"] is None


def test_explain_adds_evidence(client):
    result = post(client, [{"text": "Nice. Where is the money?"}], explain=True).json()["results"][0]
    assert result["evidence"][0]["label"].startswith("stance/")


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("{", 422, "not JSON"),
        ("[]", 422, "dictionary"),
        ('{"comments": []}', 422, "comments"),
        ('{"comments": [{"text": 5}]}', 422, "comments.0.text"),
        ('{"comments": [{}]}', 422, "comments.0.text"),
        ('{"comments": [{"id": "\\ud800", "text": "x"}]}', 422, "comments.0.id"),
        ('{"comments": [{"id": true, "text": "x"}]}', 422, "comments.0.id"),
        (json.dumps({"comments": [{"text": "x"}] * 6}), 413, "at most 5"),
        ("x" * 500_001, 413, "500,000 bytes"),
        ("[" * 100_000, 422, "not JSON"),
    ],
)
def test_a_bad_request_is_problem_json_that_says_what(client, body, status, says):
    answer = client.post("/v1/tag", content=body, headers={"content-type": "application/json"})
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in problem["detail"]
    assert problem["error"] == problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_a_body_without_a_length_is_counted_as_it_comes(client):
    answer = client.post("/v1/tag", content=(b"x" * 100_000 for _ in range(6)))
    assert answer.status_code == 413


@pytest.mark.parametrize(("given", "kept"), [("abc-1", True), ("x" * 65, False), ("a b\tc", False)])
def test_a_request_id_is_kept_where_it_is_plain(client, given, kept):
    answer = client.get("/nowhere", headers={"x-request-id": given})
    assert answer.status_code == 404
    assert (answer.headers["x-request-id"] == given) is kept


def test_taxonomy_and_health(client, tagger):
    taxonomy = client.get("/v1/taxonomy").json()
    assert [t["id"] for t in taxonomy["themes"]] == list(tagger.taxonomy.theme_ids)
    assert taxonomy["fingerprint"] == tagger.taxonomy.fingerprint
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_not_ready_before_start(tagger):
    client = TestClient(create_app(tagger, Settings()), raise_server_exceptions=False)
    assert client.get("/readyz").status_code == 503
    assert post(client, [{"text": "x"}]).status_code == 503


def test_openapi_shows_an_example_that_works(client):
    document = client.get("/openapi.json").json()
    assert {"/v1/tag", "/v1/taxonomy", "/livez", "/readyz"} <= set(document["paths"])
    (example,) = document["components"]["schemas"]["TagRequest"]["examples"]
    answer = document["paths"]["/v1/tag"]["post"]["responses"]["200"]["content"]["application/json"]["example"]
    (shown,), (given,) = answer["results"], client.post("/v1/tag", json=example).json()["results"]
    assert {name: value for name, value in given.items() if value is not None} == shown
    assert "error" not in shown


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="module")
def server():
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "serve", "--port", str(port)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        env=os.environ,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url, process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_a_real_server_answers_many_clients_alike_and_stops_on_sigterm(server, tagger):
    url, process = server
    texts = [f"Comment {i}: where is the money?" for i in range(40)]
    expected = [tags.as_dict()["stance"] for tags in tagger.tag([Comment(text) for text in texts])]

    def ask(text):
        return httpx.post(f"{url}/v1/tag", json={"comments": [{"text": text}]}, timeout=30).json()["results"][0][
            "stance"
        ]

    with ThreadPoolExecutor(8) as clients:
        assert list(clients.map(ask, texts)) == expected
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=20)
    assert process.returncode in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
    assert b"where is the money" not in log
