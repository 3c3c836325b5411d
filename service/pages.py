"""Saved article pages as plain text → a headline and its readers' comments.

A comment is found by its head: an author and a date with a time of day, on one line ("Jane Roe 3 May, 2024
9:15 am") or on two, after a blank line. What stands under a head up to the next one is the comment, less the
page's own words at its end.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from model.errors import NoCommentsError, SourceError

LOOKED_FOR = (
    "lines such as “Author name 13 June, 2024 12:14 pm” after a blank line (or the author on one line and the date "
    "with its time on the next), and in HTML elements of class “comment” with an author, a time and a content block"
)

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH = rf"(?:{_MONTHS}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[ap]\.?m\.?|Z|[+-]\d\d:?\d\d)?"
_DATE = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}([/.-])\d{1,2}\1(?:\d{4}|\d{2}))"
)
_WHEN = re.compile(rf"(?<![\w/-]){_DATE},?(?:(?: at| @| -| \|)? |T){_CLOCK}$", re.IGNORECASE)
_WEEKDAY = re.compile(r"[\s,]+(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?$", re.IGNORECASE)
_AFTER_TIME = re.compile(
    r"(?: ?(?:\(edited\)|\(edit\)|edited|edit|reply|report|permalink|bst|gmt|utc))+$", re.IGNORECASE
)
_BYLINE = re.compile(
    r"^(?:by|published|(?:last |first )?updated|posted|edited|created|modified)(?:\s|$)", re.IGNORECASE
)
_SENTENCE = re.compile(r"\b(?:on|at|for|from|by|until|till|since|of|the|dated|before|after|to|and|is|was)$")
_SAYS = re.compile(r"\s+(?:says|wrote|said|commented):?$")
_HEAD_CHARS = 200
_AUTHOR_CHARS = 100

_FURNITURE = re.compile(
    r"^(?:this (?:site|page) is (?:intended )?for\b.*|please note,.*|skip to\b.*|sign in|log in|register|subscribe"
    r"|advertisement|cookies?|home|menu|search|by [A-Z].*)\W*$",
    re.IGNORECASE,
)
_BUTTON = re.compile(
    r"^(?:reply|report(?: comment| abuse)?|share|like|permalink|edit|log in to reply)\W*$", re.IGNORECASE
)
_FOOT = re.compile(
    r"^(?:related (?:articles?|stories|content)|want news like this straight to your inbox"
    r"|leave a (?:reply|comment)\b.{0,40}|your email address will not be published\b.*"
    r"|you must be (?:logged|signed) in to (?:post|leave|add|make) .{0,20}"
    r"|(?:log|sign) in to (?:comment|post a comment)|post a comment"
    r"|most (?:read|popular|commented)|(?:©|copyright ©).*)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PageComment:
    """A comment as the page shows it; `time` is ISO 8601 where it could be read, else as printed. `line` is
    where it stands in a text page, or which comment it is in HTML."""

    author: str
    time: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Article:
    """A saved page: its headline (empty where none was found) and its comments in the page's order."""

    headline: str
    comments: tuple[PageComment, ...]


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a comment's head starts, where its body does (both as indices of lines), and what it says."""

    start: int
    body: int
    author: str
    time: str


def read_page(content: str, *, is_html: bool, where: str) -> Article:
    """The article in a saved page. Raises NoCommentsError, naming what was looked for, where it holds none, and
    SourceError where it cannot be a page."""
    if is_html and "\0" in content:
        line = content[: content.index("\0")].count("\n") + 1
        raise SourceError(f"{where}: holds a NUL on line {line}: it was decoded wrongly; save the page again")
    if is_html:
        from service.html import read_html  # noqa: PLC0415 -- it falls back to this module

        article = read_html(content)
    else:
        article = read_text(content)
    if not article.comments:
        headline = f" (headline: “{article.headline}”)" if article.headline else ""
        raise NoCommentsError(
            f"{where}: no comments were found on this page{headline}; looked for {LOOKED_FOR}. If it has comments in "
            "another layout, save them as CSV or JSONL with a column named text"
        )
    return article


def read_text(content: str, *, headline: str = "") -> Article:
    """The article in a page's text; `headline` where it is known already."""
    lines = [line.strip() for line in content.replace("\r\n", "\n").split("\n")]
    heads = _heads(lines)
    ends = [*(head.start for head in heads[1:]), len(lines)]
    comments = [
        PageComment(h.author, iso_time(h.time), body_of(lines[h.body : end], is_last=h is heads[-1]), line=h.start + 1)
        for h, end in zip(heads, ends, strict=False)
    ]
    before = lines[: heads[0].start] if heads else lines
    return Article(headline or _headline(before), tuple(comments))


def _heads(lines: Sequence[str]) -> list[_Head]:
    """All heads of the form, one line or two, that the page uses most."""
    one_line, two_lines = [], []
    for i, line in enumerate(lines):
        found = _time_at_end(line)
        if found is None:
            continue
        author, time = found
        if author:
            if not _SENTENCE.search(author) and not author.endswith(":"):
                one_line.append(_Head(i, i + 1, _SAYS.sub("", author), time))
            continue
        above = next((j for j in (i - 1, i - 2) if j >= 0 and lines[j]), None)
        if above is not None and len(lines[above]) <= _AUTHOR_CHARS:
            two_lines.append(_Head(above, i + 1, _SAYS.sub("", lines[above]), time))
    candidates = (_accepted(lines, heads) for heads in (one_line, two_lines))
    return max(candidates, key=len)


def _accepted(lines: Sequence[str], heads: Sequence[_Head]) -> list[_Head]:
    """The heads that stand after a blank line; on a page that leaves none, where the first head's comment begins
    on the very next line, also those after other words that look like a name. Bylines come before any head."""
    accepted: list[_Head] = []
    is_tight = False
    for head in heads:
        if not accepted and _BYLINE.match(head.author):
            continue
        after_words = head.start > 0 and bool(lines[head.start - 1]) and not _BUTTON.match(lines[head.start - 1])
        if after_words and not (is_tight and _is_name(head.author)):
            continue
        if not accepted:
            is_tight = head.body < len(lines) and bool(lines[head.body])
        accepted.append(head)
    return accepted


def _is_name(author: str) -> bool:
    return len(author.split()) <= 8 and not re.search(r"[.!?:]$", author)


def _time_at_end(line: str) -> tuple[str, str] | None:
    """The line's words before a date and time that end it, and those; None where none do."""
    if len(line) > _HEAD_CHARS:
        return None
    flat = without_buttons(line)
    when = _WHEN.search(flat)
    if when is None:
        return None
    author = re.sub(r"[\s,|·–—-]+(?:on)?$|^on$", "", _WEEKDAY.sub("", flat[: when.start()].rstrip(" ,"))).strip()
    return None if len(author) > _AUTHOR_CHARS else (author, when[0])


def without_buttons(line: str) -> str:
    """The line with single spaces, without the marks and buttons that sites put after a time."""
    return _AFTER_TIME.sub("", " ".join(line.split()))


def body_of(lines: Sequence[str], *, is_last: bool) -> str:
    """A comment's lines, paragraphs kept, without the buttons under it and, for the last, without the page's foot."""
    lines = list(lines)
    if is_last:
        foot = next((i for i, line in enumerate(lines) if i and not lines[i - 1] and _FOOT.match(line)), len(lines))
        lines = lines[:foot]
    while lines and (not lines[-1] or _BUTTON.match(lines[-1])) and any(lines[:-1]):
        lines.pop()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip())


def _headline(lines: Sequence[str]) -> str:
    """The first line that the page shows twice running, as sites do with a headline; else the first that it shows
    twice; else the first that reads like one."""
    likely = [line for line in lines if len(line.split()) >= 3 and len(line) <= 250 and not _FURNITURE.match(line)]
    running = [a for a, b in pairwise(likely) if a == b]
    twice = [line for line in likely if likely.count(line) > 1] if len(likely) < 2000 else []
    return next(iter([*running, *twice, *likely]), "")


def iso_time(printed: str) -> str:
    """`13 June, 2024 12:14 pm` → `2024-06-13T12:14:00`; what cannot be read is returned as printed."""
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", printed.strip())
    text = re.sub(r"\b(at|@)\s+", "", text.replace(",", " ").replace("|", " "))
    text = re.sub(r"^(\d{1,2})[-.](\d{1,2})[-.](\d{2,4})\b", r"\1/\2/\3", text)
    text = re.sub(r"([ap])\.?m\.?$", r"\1m", text, flags=re.IGNORECASE)
    text = re.sub(r"(\d)\.(\d\d)", r"\1:\2", text)
    text = re.sub(r"(\d)\s*([ap]m)$", r"\1 \2", text, flags=re.IGNORECASE)
    text = " ".join(text.replace("Sept ", "Sep ").split())
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        pass
    for date in ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d/%m/%Y", "%d/%m/%y"):
        for clock in ("%I:%M %p", "%H:%M", "%H:%M:%S", "%I:%M:%S %p"):
            try:
                return datetime.strptime(text, f"{date} {clock}").isoformat()
            except ValueError:
                continue
    return printed.strip()
