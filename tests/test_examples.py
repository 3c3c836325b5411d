"""What a user does first: whole commands as real processes."""

import json
import os
import pty
import subprocess
import sys

from tests.conftest import ROOT


def test_all_examples_are_tagged_in_one_command():
    sources = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "data/examples").iterdir())
    done = subprocess.run(
        [sys.executable, "-m", "service", "tag", *sources], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 17
    assert "17 rows = 17 tagged + 0 rejected" in done.stderr
    assert "tagging" not in done.stderr


def test_on_a_terminal_there_is_text_and_progress():
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "service", "tag", "data/examples/comments.jsonl"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=terminal, stderr=terminal, env={**os.environ, "TERM": "xterm"})
    os.close(terminal)
    shown = b""
    while True:
        try:
            chunk = os.read(controller, 4096)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    assert process.wait() == 0
    os.close(controller)
    assert "→" in shown.decode()
    assert "tagging" in shown.decode()
