from hypothesis import given, settings
from hypothesis import strategies as st

from model.checkpoint import SHIPPED
from model.runtime import run_comments, torch_runtime
from model.tagger import Tagger
from model.text import Comment
from tests.conftest import ROOT
from training.corpus import load_corpus, of_split

TAGGER = Tagger.load(device="cpu")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=400)
COMMENTS = st.builds(
    lambda text, article: Comment(f"x{text}", article=article), TEXTS, st.sampled_from(["", "Surgeries to close"])
)


@settings(max_examples=25, deadline=None)
@given(st.lists(COMMENTS, min_size=1, max_size=6), st.randoms())
def test_alone_batched_and_in_any_order_a_comment_gets_the_same_tags(comments, random):
    alone = [TAGGER.tag([comment])[0] for comment in comments]
    assert TAGGER.tag(comments) == alone
    order = list(range(len(comments)))
    random.shuffle(order)
    assert TAGGER.tag([comments[i] for i in order]) == [alone[i] for i in order]


def test_real_comments_get_the_same_tags_alone_and_batched(taxonomy):
    comments = [r.comment for r in of_split(load_corpus(ROOT / "data/comments", taxonomy), "test")][:40]
    assert TAGGER.tag(comments) == [TAGGER.tag([comment])[0] for comment in comments]


def test_the_cpu_runtime_agrees_with_stock_transformers_on_the_test_split(taxonomy, record_property):
    """At most 1.5 % of labels may differ; the figures are printed, and stand in the model card."""
    comments = [r.comment for r in of_split(load_corpus(ROOT / "data/comments", taxonomy), "test")]
    batch = [TAGGER.encode(comment) for comment in comments]
    stock = run_comments(torch_runtime(SHIPPED, "cpu"), batch, n_labels=len(taxonomy.labels))
    theirs = [TAGGER.decode(*pair) for pair in zip(stock, batch, strict=True)]
    ours = TAGGER.tag(comments)
    n_stances = sum(a.stance != b.stance for a, b in zip(ours, theirs, strict=True))
    n_themes = sum(len(set(a.themes) ^ set(b.themes)) for a, b in zip(ours, theirs, strict=True))
    largest = max(
        abs(p[label] - q[label])
        for a, b in zip(ours, theirs, strict=True)
        for p, q in ((a.stance_probabilities, b.stance_probabilities), (a.theme_probabilities, b.theme_probabilities))
        for label in p
    )
    n = len(comments)
    says = f"{n_stances} of {n} stances, {n_themes} of {n * 10} theme calls; largest difference {largest:.4f}"
    record_property("differences", says)
    print(says)  # noqa: T201 -- seen with pytest -rP
    assert n_stances <= 0.015 * n, says
    assert n_themes <= 0.015 * n * len(taxonomy.themes), says


def test_stock_transformers_reads_the_labels_from_the_checkpoint(taxonomy):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(SHIPPED)
    assert tuple(model.config.id2label[i] for i in range(14)) == taxonomy.labels
    encoded = AutoTokenizer.from_pretrained(SHIPPED)("A headline", "A comment.")
    assert tuple(encoded["input_ids"]) == TAGGER.encode(Comment("A comment.", article="A headline"))[0].ids


def test_a_comment_of_many_windows_is_tagged_whole():
    text = "The lease is the problem and nobody will sign it. " * 300
    (tags,) = TAGGER.tag([Comment(text, article="Surgeries to move into shops")])
    assert tags.n_windows > 10
    assert tags.n_tokens > 3000


def test_no_comments_get_no_tags():
    assert TAGGER.tag([]) == []


def test_evidence_names_a_sentence_of_the_comment_for_each_label():
    text = "Nice weather today. Where is the money coming from? I parked badly."
    (tags,) = TAGGER.tag([Comment(text, article="New surgeries announced")], explain=True)
    assert [e.label for e in tags.evidence] == [f"stance/{tags.stance}", *(f"theme/{t}" for t in tags.themes)]
    assert all(text[e.start : e.end] == e.sentence for e in tags.evidence)
    assert len(tags.themes) >= 1
    assert all(e.sentence == "Where is the money coming from?" for e in tags.evidence[1:])
