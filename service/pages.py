"""Saved article pages, HTML or plain text → a headline and its readers' comments.

A comment is found by its head: an author and a date with a time of day, on one line ("Jane Roe 3 May, 2024
9:15 am") or on two. HTML is first searched for the usual comment markup (WordPress and its kin: a `comment`
element that holds an author, a `time` and a content block); where there is none, its text is read like a
plain page.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from model.errors import NoCommentsError

LOOKED_FOR = (
    "lines such as “Author name 13 June, 2024 12:14 pm” (or the author on one line and the date with its time on the "
    "next), and in HTML elements of class “comment” with an author, a time and a content block"
)

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH = rf"(?:{_MONTHS}|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s*[ap]\.?m\.?)?"
_WHEN = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?\s+\d{{4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}"
    rf"|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}/\d{{1,2}}/\d{{4}}),?(?:\s+(?:at|@|-|\|))?[T\s]\s*{_CLOCK}"
)
_HEAD = re.compile(rf"^\s*(?P<author>\S.{{0,118}}?)[\s,|·–—-]*?\s+(?:on\s+)?(?P<time>{_WHEN})\s*$", re.IGNORECASE)
_TIME_LINE = re.compile(rf"^\s*(?:on\s+)?(?P<time>{_WHEN})\s*$", re.IGNORECASE)
_FURNITURE = re.compile(
    r"^(this site is intended|please note,|skip to|sign in|log in|register|subscribe|advertis|cookie|home$"
    r"|menu$|search$|by [A-Z])",
    re.IGNORECASE,
)
_FOOT = re.compile(
    r"^(related (articles?|stories)|want news like this.*|leave a (reply|comment)|post a comment|reply"
    r"|add your comment|you must be logged in.*|log in to comment.*|report( comment)?|share( this)?|most popular"
    r"|read more)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PageComment:
    """A comment as the page shows it; `time` is ISO 8601 where it could be read, else as printed."""

    author: str
    time: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Article:
    """A saved page: its headline (empty where none was found) and its comments in the page's order."""

    headline: str
    comments: tuple[PageComment, ...]


def read_page(content: str, *, is_html: bool, where: str) -> Article:
    """The article in a saved page. Raises NoCommentsError, naming what was looked for, where it holds none."""
    article = _from_html(content) if is_html else _from_text(content)
    if not article.comments:
        headline = f" (headline: “{article.headline}”)" if article.headline else ""
        raise NoCommentsError(
            f"{where}: no comments were found on this page{headline}; looked for {LOOKED_FOR}. If it has comments in "
            "another layout, save them as CSV or JSONL with a column named text"
        )
    return article


def _from_text(content: str, headline: str = "") -> Article:
    lines = content.splitlines()
    heads = list(_heads(lines))
    first = heads[0][0] if heads else len(lines)
    comments = []
    for (_, body, author, time), following in zip(heads, [*(h[0] for h in heads[1:]), len(lines)], strict=False):
        text = _body(lines[body:following])
        comments.append(PageComment(author, iso_time(time), text, line=body))
    return Article(headline or _headline(lines[:first]), tuple(comments))


def _heads(lines: list[str]) -> Iterator[tuple[int, int, str, str]]:
    """(line where a comment's head starts, line where its body starts, author, time)."""
    for i, line in enumerate(lines):
        time_only = _TIME_LINE.match(line)
        if time_only:
            above = next((j for j in range(i - 1, max(-1, i - 3), -1) if lines[j].strip()), None)
            if above is not None and len(lines[above]) <= 120:
                author = re.sub(r"\s+(says|wrote|said):?$", "", lines[above].strip())
                yield above, i + 1, author, time_only["time"]
        elif one_line := _HEAD.match(line):
            author = re.sub(r"\s+(says|wrote|said):?$", "", one_line["author"].strip())
            yield i, i + 1, author, one_line["time"]


def _body(lines: list[str]) -> str:
    """The lines up to the page's foot, paragraphs kept."""
    foot = next((i for i, line in enumerate(lines) if _FOOT.match(line.strip())), len(lines))
    text = "\n".join(line.strip() for line in lines[:foot]).strip()
    return re.sub(r"\n{3,}", "\n\n", text)


def _headline(lines: list[str]) -> str:
    """The first line that the page shows twice, as sites do with a headline; else the first that reads like one."""
    likely = [line.strip() for line in lines if len(line.split()) >= 3 and len(line) <= 250]
    likely = [line for line in likely if not _FURNITURE.match(line)]
    counts = Counter(likely)
    return next((line for line in likely if counts[line] > 1), likely[0] if likely else "")


def iso_time(printed: str) -> str:
    """`13 June, 2024 12:14 pm` → `2024-06-13T12:14:00`; what cannot be read is returned as printed."""
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", printed.strip())
    text = re.sub(r"\b(at|@)\s+", "", text.replace(",", " ").replace("|", " "))
    text = re.sub(r"([ap])\.?m\.?$", r"\1m", text, flags=re.IGNORECASE)
    text = re.sub(r"(\d)\.(\d\d)", r"\1:\2", text)
    text = re.sub(r"(\d)\s*([ap]m)$", r"\1 \2", text, flags=re.IGNORECASE)
    text = " ".join(text.replace("Sept ", "Sep ").split())
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        pass
    for date in ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d/%m/%Y"):
        for clock in ("%I:%M %p", "%H:%M", "%H:%M:%S", "%I:%M:%S %p"):
            try:
                return datetime.strptime(text, f"{date} {clock}").isoformat()
            except ValueError:
                continue
    return printed.strip()


_ITEM = (
    "li.comment, article.comment, div.comment, [id^='comment-'], [itemprop='comment'], .comment-item, .comments__item"
)
_CONTENT = ".comment-content, .comment-text, .comment-body__text, [itemprop='text'], .comment__body, .comment-message"
_AUTHOR = ".fn, [itemprop='name'], .comment-author, [itemprop='author'], .comment__author, .author, cite"
_TIME = "time, .comment-date, .comment-time, .comment-metadata, .comment__date, .date"


def _from_html(content: str) -> Article:
    tree = LexborHTMLParser(content)
    headline = _html_headline(tree)
    comments = []
    for number, item in enumerate(_items(tree), 1):
        body, author, time = (_first(item, selectors) for selectors in (_CONTENT, _AUTHOR, _TIME))
        if body is not None and (text := _body(_text(body).splitlines())):
            when = (time.attributes.get("datetime") or _text(time)) if time is not None else ""
            name = re.sub(r"\s*(says|wrote|said):?$", "", _text(author)) if author is not None else ""
            comments.append(PageComment(name.strip(), iso_time(when.strip()), text, line=number))
    if comments:
        return Article(headline, tuple(comments))
    for node in tree.css("script, style, noscript, head"):
        node.decompose()
    return _from_text(_text(tree.body) if tree.body else "", headline)


def _first(item: LexborNode, selectors: str) -> LexborNode | None:
    """The element that the earliest of the selectors finds."""
    return next((node for s in selectors.split(", ") if (node := item.css_first(s)) is not None), None)


def _items(tree: LexborHTMLParser) -> list[LexborNode]:
    """The elements that are each one comment: those that match and hold a content block of their own."""
    items: list[LexborNode] = []
    seen: set[int] = set()
    for item in tree.css(_ITEM):
        body = _first(item, _CONTENT)
        if body is not None and body.mem_id not in seen:
            seen.add(body.mem_id)
            items.append(item)
    return items


def _html_headline(tree: LexborHTMLParser) -> str:
    h1 = tree.css_first("article h1, h1.entry-title, h1")
    meta = tree.css_first("meta[property='og:title']")
    for text in (_text(h1) if h1 else "", (meta.attributes.get("content") or "") if meta else ""):
        if text.strip():
            return " ".join(text.split())
    title = tree.css_first("title")
    return " ".join(title.text().split()) if title else ""


_BLOCKS = {
    "p", "div", "li", "ul", "ol", "article", "section", "header", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "tr",
    "table", "blockquote", "main", "aside", "nav", "figure", "dl", "dt", "dd", "form", "pre",
}  # fmt: skip


def _text(node: LexborNode) -> str:
    """The node's text with a line a block and a blank line between paragraphs."""
    parts: list[str] = []
    _gather(node, parts)
    lines = [" ".join(line.split()) for line in "".join(parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _gather(node: LexborNode, parts: list[str]) -> None:
    child = node.child
    while child is not None:
        if child.tag == "-text":
            parts.append(re.sub(r"\s+", " ", child.text(deep=False) or child.text_content or ""))
        elif child.tag == "br":
            parts.append("\n")
        elif child.tag in _BLOCKS:
            parts.append("\n\n" if child.tag == "p" else "\n")
            _gather(child, parts)
            parts.append("\n\n" if child.tag == "p" else "\n")
        elif child.tag not in ("script", "style", "-comment"):
            _gather(child, parts)
        child = child.next
