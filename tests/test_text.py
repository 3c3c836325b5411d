import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from model.checkpoint import SHIPPED
from model.errors import CommentError
from model.text import MAX_TEXT_CHARS, Comment, Encoder, sentence_spans

TOKENIZER = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
SMALL = Encoder(Tokenizer.from_file(str(SHIPPED / "tokenizer.json")), window_tokens=32)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \n\t\u00a0 ", "empty"),
        ("a\0b", "a NUL at character 2"),
        ("ab\ud800", "half of a surrogate pair at character 3"),
        ("x" * (MAX_TEXT_CHARS + 1), "at most 100,000"),
        (None, "not text"),
    ],
)
def test_a_comment_that_cannot_be_tagged_says_why(text, says):
    with pytest.raises(CommentError, match=says):
        Comment(text)


def test_an_error_never_repeats_the_comment():
    with pytest.raises(CommentError) as error:
        Comment("secret\0words")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("text", ["😀😀", "مرحبا بالعالم", "a\u200db\ufeff", "x"])
def test_any_other_unicode_is_a_comment(text):
    assert Comment(text).text == text


def test_a_short_comment_is_one_window_with_its_headline():
    (window,) = SMALL.encode(Comment("It leaks.", article="New roof"))
    alone = SMALL.encode(Comment("It leaks."))[0]
    assert set(window.type_ids) == {0, 1}
    assert set(alone.type_ids) == {0}
    assert len(window.ids) > len(alone.ids)
    assert window.n_comment_tokens == alone.n_comment_tokens


def words_of(encoded, tokenizer):
    return [tokenizer.decode(list(window.ids)) for window in encoded]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_every_word_of_a_long_comment_is_in_some_window(sentence_lengths):
    words = [f"w{i}q" for i in range(sum(sentence_lengths))]
    sentences, rest = [], iter(words)
    for n in sentence_lengths:
        sentences.append(" ".join(next(rest) for _ in range(n)) + ".")
    encoded = SMALL.encode(Comment(" ".join(sentences), article="A headline"))
    assert all(len(window.ids) <= 32 for window in encoded)
    seen = " ".join(words_of(encoded, TOKENIZER))
    assert [w for w in words if w not in seen] == []


def test_windows_overlap_by_a_sentence():
    text = " ".join(f"sentence number {i} here." for i in range(12))
    first, second, *_ = words_of(SMALL.encode(Comment(text)), TOKENIZER)
    assert any(f"number {i} " in first and f"number {i} " in second for i in range(12))


def test_a_text_without_spaces_or_stops_is_cut_into_windows_that_fit():
    encoded = SMALL.encode(Comment("super-cali/fragilistic-" * 40))
    assert len(encoded) > 1
    assert all(len(window.ids) <= 32 for window in encoded)


def test_a_headline_that_fills_the_window_is_refused():
    with pytest.raises(CommentError, match="give the headline alone"):
        SMALL.encode(Comment("word " * 30, article="very long headline " * 12))


def test_sentences_keep_every_character_but_white_space():
    text = "One. Two! “Three?” four…\nfive  "
    spans = sentence_spans(text)
    assert [text[a:b].strip() for a, b in spans] == ["One.", "Two!", "“Three?”", "four…", "five"]
