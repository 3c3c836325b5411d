import pytest

from model.errors import NoCommentsError, SourceError
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


@pytest.mark.parametrize("joint", [" ", "</span></div><div><span>"])
def test_html_without_comment_markup_is_read_as_its_text(joint):
    html = f"""<html><body><h1>Villages to get a surgery bus</h1><p>The bus.</p>
    <script>var x = "1 May, 2025 1:00 pm"</script>
    <div><span>Some Bloke{joint}3 May, 2025 9:05 am</span></div><div><p>Why?</p><p>When?</p></div>
    <p></p><div><span>J. Roe{joint}3 May, 2025 9:09 am</span></div><p>Soon.</p></body></html>"""
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


def texts(article) -> list[str]:
    return [comment.text for comment in article.comments]


HEAD = "A headline of some words\n\nThe article.\n\n"


@pytest.mark.parametrize(
    "byline",
    [
        "By Jess Hacker\n21 April 2023 10:15 am",
        "Last updated on 21 April 2023 at 10:15",
        "Published 21 April 2023, 10:15",
        "Clinics open again.\nThe first is booked for 3 May 2024 at 9.15am\nand the next in June.",
        "The first clinic is booked for 3 May 2024 at 9.15am",
    ],
)
def test_a_byline_or_a_sentence_with_a_time_is_no_comment(byline):
    with pytest.raises(NoCommentsError):
        page(f"A headline of some words\n\n{byline}\n\nThe article goes on here.\n")


def test_a_sentence_with_a_time_inside_a_comment_stays_in_it():
    article = page(f"{HEAD}Jo 3 May, 2025 9:05 am\n\nI was booked for 4 May 2025 at 9.15am\n\nand nobody came.\n")
    assert texts(article) == ["I was booked for 4 May 2025 at 9.15am\n\nand nobody came."]


def test_real_last_lines_that_look_like_buttons_or_feet_are_kept():
    bodies = ["Reply\n\nthat was all I got.", "You must be logged in to three systems to see one patient.", "Reply"]
    text = HEAD + "\n\n".join(f"Jo {i} 3 May, 2025 9:0{i} am\n\n{body}" for i, body in enumerate(bodies))
    assert texts(page(text)) == bodies


@pytest.mark.parametrize(
    "foot",
    [
        "Want news like this straight to your inbox?\n\nRelated articles",
        "Leave a Reply Cancel reply\n\nYour email address will not be published.\n\nComment *",
        "© 2025 The Paper Ltd",
        "You must be logged in to post a comment.",
        "Most read\n\nAnother story",
    ],
)
def test_the_page_s_foot_is_not_part_of_the_last_comment(foot):
    assert texts(page(f"{HEAD}Jo 3 May, 2025 9:05 am\n\nYes.\n\nReply\n\n{foot}\n")) == ["Yes."]


def test_buttons_and_edit_marks_beside_heads_do_not_hide_a_comment():
    article = page(f"{HEAD}Jo 3 May, 2025 9:05 am\nYes.\nReply\nneo 99 13 June, 2025 12:52 pm (edited)\nNo.\nReply\n")
    assert [(c.author, c.text) for c in article.comments] == [("Jo", "Yes."), ("neo 99", "No.")]


def test_a_comment_without_words_is_kept_to_be_rejected():
    assert texts(page(f"{HEAD}Jo 3 May, 2025 9:05 am\n\nBo 3 May, 2025 9:06 am\n\nYes.\n")) == ["", "Yes."]


def test_a_headline_may_begin_like_furniture():
    assert page("Registered nurses to lead practices\n\nIt is so.\n\nJo 3 May, 2025 9:05 am\n\nYes.\n").headline == (
        "Registered nurses to lead practices"
    )


def test_a_line_of_many_spaces_takes_no_time():
    page(f"{HEAD}{'x ' * 90}{' ' * 50_000}y\n\nJo 3 May, 2025 9:05 am\n\nYes.\n")


def test_lines_are_counted_as_an_editor_counts_them():
    article = page("A headline of\u2028some words here\n\nJo 3 May, 2025 9:05 am\n\nYes.\n")
    assert article.comments[0].line == 3


def test_html_keeps_words_that_look_like_a_foot_and_pictures_that_speak():
    html = WORDPRESS.replace("<p>A reply.</p>", '<p>Report</p><p>Reply <img alt="😀" src="x"></p>')
    assert texts(page(html, is_html=True))[1] == "Report\n\nReply 😀"


def test_a_parent_without_an_author_does_not_take_its_reply_s():
    html = WORDPRESS.replace('<b class="fn">Jo Bloggs-Smith</b> <span class="says">says:</span>', "")
    html = html.replace('<div class="comment-author vcard"> </div>', "").replace(
        '<time datetime="2025-05-03T09:05:00+01:00">3 May</time>', ""
    )
    first, second = page(html, is_html=True).comments
    assert (first.author, second.author) == ("", "neo 99")


def test_classic_wordpress_markup_is_read():
    html = """<h1 class="site-title">The Paper</h1><article><h1 class="entry-title">Bus for villages</h1></article>
    <ol class="commentlist"><li class="comment" id="comment-7"><div id="div-comment-7" class="comment-body">
    <div class="comment-author vcard"><cite class="fn">Jo</cite> <span class="says">says:</span></div>
    <div class="comment-meta"><a href="#">3 May 2025 at 9:05 am</a> <a href="#">(Edit)</a></div>
    <p>One.</p><p>Two.</p><div class="reply"><a>Reply</a></div></div></li></ol>"""
    article = page(html, is_html=True)
    assert article.headline == "Bus for villages"
    assert [(c.author, c.text) for c in article.comments] == [("Jo", "One.\n\nTwo.")]


def test_deeply_nested_html_is_read():
    html = "<div>" * 3000 + "<h1>Bus</h1><p>Jo 3 May, 2025 9:05 am</p><p>Yes.</p>" + "</div>" * 3000
    assert texts(page(html, is_html=True)) == ["Yes."]


def test_a_nul_in_html_is_refused_with_its_line():
    with pytest.raises(SourceError, match="NUL on line 2"):
        page("<h1>Bus</h1>\n<p>a\0b</p>", is_html=True)


def test_the_text_of_a_form_or_a_footer_is_no_comment():
    html = """<h1>Bus</h1><p>Jo 3 May, 2025 9:05 am</p><p>Yes.</p><form>Name Email Comment</form>
    <footer>About us. Terms.</footer>"""
    assert texts(page(html, is_html=True)) == ["Yes."]


def test_comments_with_no_blank_line_between_them_are_told_apart():
    tight = "Jane Roe 3 May, 2024 9:15 am\nFirst.\nJohn Doe 3 May, 2024 9:20 am\nSecond.\n"
    tight += "Ann O'Neil 3 May 2024 9:30 am\nThird."
    assert texts(page(HEAD + tight)) == ["First.", "Second.", "Third."]
    two = "Jane Roe\n3 May, 2024 9:15 am\nFirst.\nJohn Doe\n3 May, 2024 9:20 am\nSecond."
    assert texts(page(HEAD + two)) == ["First.", "Second."]


@pytest.mark.parametrize("name", ["neo 99", "Bob", "Dr. X."])
@pytest.mark.parametrize("tags", [("b", "i"), ("span", "span"), ("a", "time")])
def test_a_name_and_a_date_may_touch_in_html(name, tags):
    one, two = tags
    html = f"<h1>Bus</h1><div><{one}>{name}</{one}><{two}>13 June, 2024 12:14 pm</{two}><p>Body</p></div>"
    (comment,) = page(html, is_html=True).comments
    assert (comment.author, comment.text) == (name, "Body")


@pytest.mark.parametrize(
    ("when", "iso"),
    [
        ("2024-05-03T09:15:33Z", "2024-05-03T09:15:33+00:00"),
        ("2024-05-03T09:15:33+01:00", "2024-05-03T09:15:33+01:00"),
        ("03-05-2024 9:15", "2024-05-03T09:15:00"),
        ("3/5/24 9:15", "2024-05-03T09:15:00"),
        ("Friday, 3 May, 2024 9:15 am", "2024-05-03T09:15:00"),
    ],
)
def test_other_forms_of_date_are_heads_too(when, iso):
    (comment,) = page(f"{HEAD}Joe {when}\n\nYes.\n").comments
    assert (comment.author, comment.time, comment.text) == ("Joe", iso, "Yes.")


def test_names_that_begin_like_a_byline_are_names_after_the_first_comment():
    names = ["Jo", "By George", "by-passed GP", "Published Author"]
    text = HEAD + "\n\n".join(f"{name} 3 May, 2025 9:0{i} am\n\nYes {i}." for i, name in enumerate(names))
    assert [c.author for c in page(text).comments] == names


def test_a_one_line_reference_to_minutes_is_no_head():
    (comment,) = page(f"{HEAD}Jo 3 May, 2025 9:05 am\n\nYes.\n\nSee the minutes: 4 May 2024 10:00\n").comments
    assert comment.text.endswith("10:00")


def test_odd_comment_markup_is_read_without_loss():
    html = """<h1>Bus</h1><ol>
    <li id="comment-1" class="comment"><b class="fn">A</b><time>3 May 2025 at 9:05 am (Edit)</time>
    <div id="comment-1-text" class="comment-text"><p>One.</p></div></li>
    <li id="comment-2" class="comment"><cite class="fn">B</cite><time>3 May 2025 9:06 am</time><p>Two.</p></li>
    <li id="comment-3" class="pingback"><div class="comment-body">Pingback: elsewhere</div></li>
    <li id="comment-4" class="comment"><div class="comment-body"><cite class="fn">C</cite><p>Three.</p></div></li>
    </ol>"""
    found = [(c.author, c.time, c.text) for c in page(html, is_html=True).comments]
    assert found == [("A", "2025-05-03T09:05:00", "One."), ("B", "2025-05-03T09:06:00", "Two."), ("C", "", "Three.")]
