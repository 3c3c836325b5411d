import re

import pytest

from model.errors import TaxonomyError
from model.taxonomy import Taxonomy
from tests.conftest import ROOT


def codebook_rows() -> dict[str, list[str]]:
    """The rows of the codebook's tables by label: the cells after it."""
    rows = {}
    for line in (ROOT / "data/codebook.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| `"):
            rows[cells[0].strip("`")] = cells[1:]
    return rows


def test_the_codebook_and_the_taxonomy_say_the_same(taxonomy):
    rows = codebook_rows()
    assert list(rows) == [*taxonomy.stance_ids, *taxonomy.theme_ids]
    for stance in taxonomy.stances:
        assert rows[stance.id] == [stance.definition]
    for theme in taxonomy.themes:
        assert rows[theme.id] == [theme.definition, theme.excludes]


def test_the_codebook_and_the_taxonomy_agree_on_which_themes_are_core(taxonomy):
    text = (ROOT / "data/codebook.md").read_text("utf-8")
    core = re.findall(r"^\| `(\w+)`", text[text.index("Core themes") : text.index("Wider themes")], re.MULTILINE)
    assert tuple(core) == taxonomy.core_theme_ids


def test_no_label_name_stands_in_a_python_file(taxonomy):
    names = re.compile(rf"\b({'|'.join([*taxonomy.stance_ids, *taxonomy.theme_ids])})\b", re.IGNORECASE)
    files = [f for part in ("model", "service", "training", "tests") for f in (ROOT / part).rglob("*.py")]
    assert len(files) > 30
    found = [(str(f), m[0]) for f in files for m in names.finditer(f.read_text("utf-8"))]
    assert found == []


def test_labels_are_stances_then_themes(taxonomy):
    assert len(taxonomy.labels) == 14
    assert [label.split("/")[0] for label in taxonomy.labels] == ["stance"] * 4 + ["theme"] * 10


def test_the_fingerprint_changes_with_a_definition(taxonomy):
    raw = taxonomy.model_dump()
    raw["themes"][0]["definition"] += "!"
    assert Taxonomy.from_dict(raw, where="test").fingerprint != taxonomy.fingerprint


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("name = 'x'", "neither"),
        ("name = 'x'\n[[stances]]\nid='a'\ntitle='A'", "one stance"),
        ("name = 'x'\n[[themes]]\nid='a'\ntitle='A'\n[[themes]]\nid='a'\ntitle='B'", "theme given twice: a"),
        ("name = 'x'\n[[themes]]\nid='Not an id'\ntitle='A'", "themes.0.id"),
        ("name = ", "cannot be read"),
    ],
)
def test_an_unusable_taxonomy_is_refused_by_name(tmp_path, toml, says):
    path = tmp_path / "mine.toml"
    path.write_text(toml)
    with pytest.raises(TaxonomyError, match=re.escape(says)) as error:
        Taxonomy.from_toml(path)
    assert str(path) in str(error.value)


def test_themes_alone_are_a_taxonomy(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("name = 'x'\n[[themes]]\nid='a'\ntitle='A'")
    assert Taxonomy.from_toml(path).labels == ("theme/a",)
