"""README shows what the code does: its made parts are as the code makes them, its examples run."""

import re
import subprocess
import sys

import pytest

from model.checkpoint import Checkpoint
from model.taxonomy import Taxonomy
from tests.made import README, README_PARTS, ROOT


@pytest.mark.parametrize("name", README_PARTS)
def test_a_made_part_is_as_the_code_makes_it(name):
    assert f"<!-- {name} -->\n{README_PARTS[name]()}\n" in README.read_text("utf-8"), "run python -m tests.made"


def test_the_python_example_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip()


def test_every_command_and_option_that_readme_names_exists():
    text = README.read_text("utf-8")
    helps = ""
    for command in (["service", "tag"], ["service", "serve"], ["training", "fit"], ["training", "evaluate"]):
        done = subprocess.run(
            [sys.executable, "-m", *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        helps += done.stdout
        assert "Example:" in done.stdout
    gpcomments = "\n".join(line for line in text.splitlines() if "pip" not in line and "ruff" not in line)
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", gpcomments)) - {"--quiet", "--editable", "--check"}:
        assert option in helps, option


def test_every_link_and_path_leads_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_the_shipped_model_was_trained_on_the_corpus_that_is_here():
    from training.corpus import fingerprint, load_corpus

    tagger = Checkpoint.open().tagger
    assert tagger.data_fingerprint == fingerprint(load_corpus(ROOT / "data/comments", tagger.taxonomy))
    assert tagger.taxonomy == Taxonomy.from_toml()
