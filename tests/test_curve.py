import json

import training.curve
from tests.test_fit import project  # noqa: F401 -- a fixture
from training.corpus import Record
from training.curve import run_curve, share_of


def test_a_share_keeps_pairs_together_and_order():
    records = [Record(id=str(i), text="x", pair=f"p{i // 2}" if i < 20 else "") for i in range(40)]
    half = share_of(records, 0.5, seed=3)
    pairs = [record.pair for record in half if record.pair]
    assert len(half) == len({record.id for record in half})
    assert all(pairs.count(pair) == 2 for pair in pairs)
    assert [int(record.id) for record in half] == sorted(int(record.id) for record in half)
    assert share_of(records, 1.0, seed=3) == records


def test_the_curve_goes_on_where_it_stopped_and_draws_its_chart(project, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(training.curve, "SHARES", (0.5, 1.0))
    says = []
    points = run_curve(project / "run.toml", tmp_path, n_seeds=1, say=says.append)
    assert [(point["share"], point["n_train"]) for point in points] == [(0.5, 24), (1.0, 48)]
    path = tmp_path / "points.jsonl"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    again = run_curve(project / "run.toml", tmp_path, n_seeds=1, say=says.append)
    assert again == points
    assert len(says) == 3
    assert [json.loads(line) for line in path.read_text().splitlines()] == points
    assert "macro-F1 on test" in (tmp_path / "learning-curve.svg").read_text()
