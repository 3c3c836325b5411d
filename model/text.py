"""Headline + comment → token windows.

A comment is checked once, when it is built. One that fits the window is encoded whole, as the pair
(headline, comment); a longer one is split at sentence ends into overlapping windows, each with the headline,
so that no word is ever cut off.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tokenizers import Encoding, Tokenizer

from model.errors import CommentError

MAX_TEXT_CHARS = 100_000
MAX_ARTICLE_CHARS = 2_000

_SENTENCE_END = re.compile(r"""(?<=[.!?…])["'”’)\]]*\s+|\n\s*""")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comment:
    """One reader's comment and the headline it stands under (empty where unknown). Valid once built."""

    text: str
    article: str = ""

    def __post_init__(self) -> None:
        _check("text", self.text, max_chars=MAX_TEXT_CHARS)
        _check("article", self.article, max_chars=MAX_ARTICLE_CHARS)
        if not self.text.strip():
            raise CommentError("text is empty or only white space; give the comment's words, or leave it out")


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder sees at once: token ids and segment ids, both of length n_tokens, no padding; and which
    part of the comment's text it is."""

    ids: tuple[int, ...]
    type_ids: tuple[int, ...]
    n_comment_tokens: int
    span: Span = (0, 0)


Encoded = tuple[Window, ...]
"""A comment as its windows, one or more."""


def _check(field: str, value: str, *, max_chars: int) -> None:
    if not isinstance(value, str):
        raise CommentError(f"{field} is {type(value).__name__}, not text; give a string")
    if len(value) > max_chars:
        raise CommentError(
            f"{field} has {len(value):,} characters; at most {max_chars:,} are taken: split it, or leave it out"
        )
    for position, char in enumerate(value):
        if char == "\0" or "\ud800" <= char <= "\udfff":
            what = "a NUL" if char == "\0" else "half of a surrogate pair"
            raise CommentError(
                f"{field} holds {what} at character {position + 1}: it was decoded wrongly; decode the source anew"
            )


def sentence_spans(text: str) -> list[Span]:
    """Start and end offsets of the sentences of `text`; together they hold all but white space."""
    cuts = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(cuts) if text[a:b].strip()]


class Encoder:
    """Turns comments into windows of at most `window_tokens` tokens, special tokens and headline included."""

    def __init__(self, tokenizer: Tokenizer, *, window_tokens: int) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self.window_tokens = window_tokens

    def encode(self, comment: Comment) -> Encoded:
        """All windows of a comment. Raises CommentError where the headline leaves no room for it."""
        text, article = comment.text, comment.article
        whole = self._pair(article, text)
        if len(whole.ids) <= self.window_tokens:
            return (_window(whole, (0, len(text))),)
        room = self.window_tokens - len(self._pair(article, "").ids)
        if room < self.window_tokens // 4:
            raise CommentError(
                f"article takes {self.window_tokens - room} of the window's {self.window_tokens} tokens and leaves "
                "too few for the comment; give the headline alone"
            )
        return tuple(_window(self._pair(article, text[a:b]), (a, b)) for a, b in self._chunks(text, room))

    def without(self, comment: Comment, window: Window, sentence: Span) -> Window:
        """The window as it would be without a sentence of the comment (or that part of it that it holds)."""
        (start, end), (a, b) = window.span, sentence
        left = comment.text[start : max(start, a)] + comment.text[min(b, end) : end]
        return _window(self._pair(comment.article, left), window.span)

    def _pair(self, article: str, text: str) -> Encoding:
        if article.strip():
            return self._tokenizer.encode(article, text)
        return self._tokenizer.encode(text)

    def _chunks(self, text: str, room: int) -> list[Span]:
        """Runs of whole sentences that fit `room` tokens, each beginning with the last sentence before it."""
        pieces = [(span, n) for span, n in self._pieces(text, room)]
        chunks: list[Span] = []
        first = 0
        while first < len(pieces):
            last, n_tokens = first, pieces[first][1]
            while last + 1 < len(pieces) and n_tokens + pieces[last + 1][1] <= room:
                last += 1
                n_tokens += pieces[last][1]
            chunks.append((pieces[first][0][0], pieces[last][0][1]))
            if last + 1 == len(pieces):
                break
            can_overlap = last > first and pieces[last][1] + pieces[last + 1][1] <= room
            first = last if can_overlap else last + 1
        return chunks

    def _pieces(self, text: str, room: int) -> Iterator[tuple[Span, int]]:
        """Sentences with their token counts; one longer than `room` comes in parts that fit."""
        for start, end in sentence_spans(text):
            offsets = self._tokenizer.encode(text[start:end], add_special_tokens=False).offsets
            if len(offsets) <= room:
                yield (start, end), len(offsets)
                continue
            cuts = [start, *(start + offset for offset in _cuts(text[start:end], offsets, room)), end]
            for a, b in pairwise(cuts):
                yield (a, b), room


def _cuts(sentence: str, offsets: Sequence[Span], room: int) -> Iterator[int]:
    """Where to cut a sentence that has more than `room` tokens: before a word, or where one word alone has more,
    inside it, a little early, since the parts of a cut word can have more tokens than it had."""
    first = 0
    while len(offsets) - first > room:
        starts = [i for i in range(first + 1, first + room + 1) if sentence[offsets[i][0] - 1].isspace()]
        first = starts[-1] if starts else first + max(1, room - 8)
        yield offsets[first][0]


def _window(encoding: Encoding, span: Span) -> Window:
    n_comment = sum(s == encoding.sequence_ids[-2] for s in encoding.sequence_ids) if len(encoding) > 2 else 0
    return Window(tuple(encoding.ids), tuple(encoding.type_ids), max(1, n_comment), span)


def count_tokens(encoded: Sequence[Window]) -> int:
    """Tokens that the encoder reads for a comment, over all its windows."""
    return sum(len(window.ids) for window in encoded)
