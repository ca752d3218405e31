"""Telegram's HTML: what is taken, where entities lie, and the words of each refusal."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.standin.markup import Entity, MarkupError, parse_html, utf16_length

texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60)


@given(texts)
def test_an_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert parse_html(escape(text)).text == text
    assert parse_html(escape(text, quote=False)).entities == ()


@given(texts, texts.filter(bool), texts)
def test_an_entity_lies_where_its_text_lies_in_utf16(before: str, inside: str, after: str) -> None:
    parsed = parse_html(f"{escape(before)}<b>{escape(inside)}</b>{escape(after)}")
    (entity,) = parsed.entities
    units = parsed.text.encode("utf-16-le")
    assert units[2 * entity.offset : 2 * entity.end].decode("utf-16-le") == inside
    assert entity.offset == utf16_length(before)


@given(texts)
def test_an_error_names_the_byte_where_the_tag_begins(before: str) -> None:
    at = len(escape(before).encode())
    with pytest.raises(MarkupError, match=f'Unsupported start tag "blink" at byte offset {at}$'):
        parse_html(f"{escape(before)}<blink>x</blink>")


@given(st.text("<>/&;=\"'ab #x1 \U0001f600", max_size=40))
def test_any_text_is_either_parsed_or_refused(text: str) -> None:
    try:
        parsed = parse_html(text)
    except MarkupError:
        return
    assert all(0 <= e.offset < e.end <= utf16_length(parsed.text) for e in parsed.entities)


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ("<x>", 'Unsupported start tag "x" at byte offset 0'),
        ("€<x", "Unclosed start tag at byte offset 3"),
        ("a<b", "Unclosed start tag at byte offset 1"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        (
            "<b x>y</b>",
            'Expected equal sign in declaration of an attribute of the tag "b" at byte offset 0',
        ),
        ("<a href=a:b>x</a>", "Unexpected end of name token at byte offset 8"),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified"),
        (
            "&#xd800;",
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units",
        ),
    ],
)
def test_what_is_no_markup_is_refused_in_telegrams_words(html: str, complaint: str) -> None:
    with pytest.raises(MarkupError) as refusal:
        parse_html(html)
    assert str(refusal.value) == complaint


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("b", "bold"),
        ("STRONG", "bold"),
        ("i", "italic"),
        ("em", "italic"),
        ("u", "underline"),
        ("ins", "underline"),
        ("s", "strikethrough"),
        ("strike", "strikethrough"),
        ("del", "strikethrough"),
        ("tg-spoiler", "spoiler"),
        ("code", "code"),
        ("pre", "pre"),
        ("blockquote", "blockquote"),
    ],
)
def test_each_tag_is_an_entity(tag: str, kind: str) -> None:
    assert parse_html(f"<{tag}>x</{tag}>").entities == (Entity(kind, 0, 1),)


@pytest.mark.parametrize(
    ("html", "entity"),
    [
        ("<blockquote expandable>x</blockquote>", Entity("expandable_blockquote", 0, 1)),
        ('<span class="tg-spoiler">x</span>', Entity("spoiler", 0, 1)),
        ("<a href='tg://user?id=7'>x</a>", Entity("text_mention", 0, 1, (("user_id", 7),))),
        (
            '<a href="https://a.b/c?d=1&amp;e">x</a>',
            Entity("text_link", 0, 1, (("url", "https://a.b/c?d=1&e"),)),
        ),
        ("<a>a.b</a>", Entity("text_link", 0, 3, (("url", "http://a.b/"),))),
        (
            '<pre><code class="language-python">x</code></pre>',
            Entity("pre", 0, 1, (("language", "python"),)),
        ),
        (
            '<tg-emoji emoji-id="5368324170671202286">x</tg-emoji>',
            Entity("custom_emoji", 0, 1, (("custom_emoji_id", "5368324170671202286"),)),
        ),
        (
            '<tg-time unix="1647531900" format="wDT">x</tg-time>',
            Entity("date_time", 0, 1, (("unix_time", 1647531900), ("date_time_format", "wDT"))),
        ),
    ],
)
def test_tags_carry_what_their_attributes_say(html: str, entity: Entity) -> None:
    assert parse_html(html).entities == (entity,)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("&lt;&gt;&amp;&quot;", '<>&"'),
        ("&lt&amp", "<&"),
        ("&#128512;&#x1F600", "\U0001f600\U0001f600"),
        ("&nbsp; &apos; & &", "&nbsp; &apos; & &"),
        ("&#0;", "&#0;"),
    ],
)
def test_only_telegrams_references_are_decoded(html: str, text: str) -> None:
    assert parse_html(html).text == text


def test_an_address_that_is_none_loses_the_link_and_an_empty_tag_is_nothing() -> None:
    parsed = parse_html('<a href="nowhere">x</a><b></b><a href="javascript:alert(1)">y</a>')
    assert (parsed.text, parsed.entities) == ("xy", ())
