"""Saved article pages as HTML: the usual comment markup (WordPress and its kin), else the page's text.

A comment is an element of class `comment` that holds, outside any other comment, a content block; its author and
time are looked for in the same part.
"""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from service.pages import Article, PageComment, iso_time, read_text, without_buttons

_ITEM = (
    "li.comment, article.comment, div.comment, [id^='comment-'], [itemprop='comment'], .comment-item, .comments__item"
)
_CONTENT = (
    ".comment-content", ".comment-text", ".comment-body__text", "[itemprop='text']", ".comment__body",
    ".comment-message", ".comment-body",
)  # fmt: skip
_AUTHOR = (
    ".fn",
    "[itemprop='name']",
    "[itemprop='author']",
    ".comment-author",
    ".comment__author",
    ".author",
    "cite",
)
_TIME = ("time", ".comment-date", ".comment-time", ".comment__date", ".comment-metadata", ".comment-meta", ".date")
_NOT_CONTENT = ".comment-author, .comment-meta, .comment-metadata, .reply, footer, header, script, style"
_NOT_PAGE = "script, style, noscript, head, form, nav, aside, footer, #respond"
_HEADLINES = ("h1.entry-title", "article h1", "h1[itemprop='headline']", "meta[property='og:title']", "h1", "title")


def read_html(content: str) -> Article:
    """The article in an HTML page."""
    tree = LexborHTMLParser(content)
    headline = next((text for selector in _HEADLINES if (text := _headline(tree, selector))), "")
    comments = tuple(_comments(tree))
    if comments:
        return Article(headline, comments)
    for node in tree.css(_NOT_PAGE):
        node.decompose()
    return read_text(text_of(tree.body, is_spaced=True) if tree.body else "", headline=headline)


def _headline(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    if node is None:
        return ""
    text = node.attributes.get("content") or "" if node.tag == "meta" else text_of(node)
    return " ".join(text.split())


def _comments(tree: LexborHTMLParser) -> Iterator[PageComment]:
    items = {node.mem_id: node for node in tree.css(_ITEM) if re.match(r"(?:comment-\d+)?$", _plain_id(node))}
    number = 0
    for item in items.values():
        if set((item.attributes.get("class") or "").split()) & {"pingback", "trackback"}:
            continue
        author, time = _own(item, _AUTHOR, items), _own(item, _TIME, items)
        body = _own(item, _CONTENT, items) or (item if author is not None and time is not None else None)
        if body is None:
            continue
        number += 1
        skipped = {node.mem_id for node in (*body.css(_NOT_CONTENT), author, time) if node is not None}
        skipped |= {mem_id for mem_id in items if mem_id != item.mem_id}
        when = (time.attributes.get("datetime") or without_buttons(text_of(time))) if time is not None else ""
        name = re.sub(r"\s*(says|wrote|said):?$", "", text_of(author)) if author is not None else ""
        yield PageComment(name.strip(), iso_time(when.strip()), text_of(body, skipped), line=number)


def _plain_id(node: LexborNode) -> str:
    """The element's id where that is what makes it a comment, else nothing."""
    known_class = set((node.attributes.get("class") or "").split()) & {"comment", "comment-item", "comments__item"}
    return "" if known_class or node.attributes.get("itemprop") == "comment" else str(node.attributes.get("id") or "")


def _own(item: LexborNode, selectors: tuple[str, ...], items: dict[int, LexborNode]) -> LexborNode | None:
    """The element inside `item`, and inside no other comment, that the earliest selector finds."""
    for selector in selectors:
        for node in item.css(selector):
            owner = node if node.mem_id in items and node.mem_id != item.mem_id else node.parent
            while owner is not None and owner.mem_id not in items:
                owner = owner.parent
            if node.mem_id != item.mem_id and owner is not None and owner.mem_id == item.mem_id:
                return node
    return None


_BLOCKS = {
    "p", "div", "li", "ul", "ol", "article", "section", "header", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "tr",
    "table", "blockquote", "main", "aside", "nav", "figure", "dl", "dt", "dd", "form", "pre",
}  # fmt: skip


def text_of(root: LexborNode, skipped: set[int] | frozenset[int] = frozenset(), *, is_spaced: bool = False) -> str:
    """The node's text with a line a block and a blank line between paragraphs, without the `skipped` nodes.

    With `is_spaced`, elements that touch each other are a space apart, as a page's style shows names and dates.
    """
    parts: list[str] = []
    todo: list[LexborNode | str] = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            parts.append(node)
        elif node.tag == "-text":
            parts.append(re.sub(r"\s+", " ", node.text_content or ""))
        elif node.tag == "br":
            parts.append("\n")
        elif node.tag == "img":
            parts.append(node.attributes.get("alt") or "")
        elif node.tag not in ("script", "style", "-comment") and node.mem_id not in skipped:
            edge = "\n\n" if node.tag == "p" else "\n" if node.tag in _BLOCKS else ""
            todo += [edge, *reversed(_children(node, is_spaced=is_spaced)), edge]
    lines = [" ".join(line.split()) for line in "".join(parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _children(node: LexborNode, *, is_spaced: bool) -> list[LexborNode | str]:
    children: list[LexborNode | str] = []
    child = node.child
    while child is not None:
        if is_spaced and children and child.tag != "-text" and child.prev is not None and child.prev.tag != "-text":
            children.append(" ")
        children.append(child)
        child = child.next
    return children
