import pytest

from model.errors import NoCommentsError
from service.pages import iso_time, read_page
from tests.conftest import ROOT

TEXT = """This site is intended for health professionals only

Villages to get a surgery bus

Villages to get a surgery bus

By A Reporter
3 May 2025

The bus will call on Tuesdays.

Please note, only clinicians may comment

Dr. A.-M. O’Neil-2nd 3 May, 2025 9:05 am

First paragraph.
Second line of it.

Second paragraph, of 4 May 2024 and the rest.

neo 99 13 June, 2025 12:14 pm

A bus

Want news like this straight to your inbox?

Related articles
"""


def page(text: str, *, is_html: bool = False):
    return read_page(text, is_html=is_html, where="page")


def test_a_saved_text_page_has_a_headline_and_comments_with_author_time_and_whole_body():
    article = page(TEXT)
    assert article.headline == "Villages to get a surgery bus"
    first, second = article.comments
    assert (first.author, first.time) == ("Dr. A.-M. O’Neil-2nd", "2025-05-03T09:05:00")
    assert first.text == "First paragraph.\nSecond line of it.\n\nSecond paragraph, of 4 May 2024 and the rest."
    assert (second.author, second.time, second.text) == ("neo 99", "2025-06-13T12:14:00", "A bus")


def test_author_and_time_may_stand_on_two_lines():
    article = page(
        "A headline of some words\n\nMaria says:\n2 March 2024 at 14:05\n\nYes.\n\nBo\nMarch 3, 2024, 7:00 pm\nNo.\n"
    )
    assert [(c.author, c.time, c.text) for c in article.comments] == [
        ("Maria", "2024-03-02T14:05:00", "Yes."),
        ("Bo", "2024-03-03T19:00:00", "No."),
    ]


def test_a_page_without_comments_says_so_and_what_was_looked_for():
    with pytest.raises(NoCommentsError, match="no comments were found") as error:
        page("A headline of some words\n\nBy A Reporter\n21 April 2023\n\nThe article.\n")
    assert "13 June, 2024 12:14 pm" in str(error.value)
    assert "A headline of some words" in str(error.value)


WORDPRESS = """<html><head><title>Bus | Site</title></head><body><nav>Home</nav>
<article><h1 class="entry-title">Villages to get a <em>surgery</em> bus</h1><p>The bus.</p></article>
<ol class="comment-list">
<li id="comment-1" class="comment even"><article class="comment-body"><footer class="comment-meta">
<div class="comment-author vcard"><b class="fn">Jo Bloggs-Smith</b> <span class="says">says:</span></div>
<div class="comment-metadata"><a href="#"><time datetime="2025-05-03T09:05:00+01:00">3 May</time></a></div></footer>
<div class="comment-content"><p>One &amp; two.</p><p>Three<br>four.</p></div></article>
<ol class="children"><li id="comment-2" class="comment odd"><article class="comment-body"><footer>
<b class="fn">neo 99</b><time datetime="2025-05-04T10:00:00+01:00">4 May</time></footer>
<div class="comment-content"><p>A reply.</p></div></article></li></ol></li></ol></body></html>"""


def test_wordpress_markup_is_read_with_its_replies():
    article = page(WORDPRESS, is_html=True)
    assert article.headline == "Villages to get a surgery bus"
    assert [(c.author, c.time, c.text) for c in article.comments] == [
        ("Jo Bloggs-Smith", "2025-05-03T09:05:00+01:00", "One & two.\n\nThree\nfour."),
        ("neo 99", "2025-05-04T10:00:00+01:00", "A reply."),
    ]


def test_html_without_comment_markup_is_read_as_its_text():
    html = """<html><body><h1>Villages to get a surgery bus</h1><p>The bus.</p>
    <script>var x = "1 May, 2025 1:00 pm"</script>
    <div><span>Some Bloke</span> <span>3 May, 2025 9:05 am</span></div><div><p>Why?</p><p>When?</p></div>
    <div><strong>J. Roe</strong></div><div>3 May, 2025 9:09 am</div><p>Soon.</p></body></html>"""
    article = page(html, is_html=True)
    assert [(c.author, c.text) for c in article.comments] == [("Some Bloke", "Why?\n\nWhen?"), ("J. Roe", "Soon.")]


def test_html_without_comments_says_so():
    with pytest.raises(NoCommentsError, match="of class “comment”"):
        page("<html><body><h1>Bus</h1><p>By A Reporter, 21 April 2023</p></body></html>", is_html=True)


@pytest.mark.parametrize(
    ("printed", "iso"),
    [
        ("13 June, 2024 12:14 pm", "2024-06-13T12:14:00"),
        ("3rd May 2024, 9.05am", "2024-05-03T09:05:00"),
        ("2024-06-13 12:14", "2024-06-13T12:14:00"),
        ("Sept 3, 2024 at 19:00", "2024-09-03T19:00:00"),
        ("an hour ago", "an hour ago"),
    ],
)
def test_times_become_iso_where_they_can_be_read(printed, iso):
    assert iso_time(printed) == iso


def test_the_example_page_has_eight_comments():
    article = page((ROOT / "data/examples/article.txt").read_text("utf-8"))
    assert article.headline == "Surgeries to move into empty high street shops under £300m plan"
    assert len(article.comments) == 8
    assert "\n\n" in article.comments[4].text
