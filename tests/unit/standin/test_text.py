"""What a chat keeps of a text, and what the page shows of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.standin.markup import Entity, Formatted, utf16_length
from bot.standin.refusals import Refusal
from bot.standin.render import to_html
from bot.standin.text import caption_text, message_text, person_text


def refusal_of(raw: str, parse_mode: str = "HTML", entities: object = None) -> str:
    with pytest.raises(Refusal) as refusal:
        message_text(raw, parse_mode, entities)
    assert refusal.value.status == 400
    return refusal.value.description


def test_the_length_counts_after_parsing_and_in_utf16() -> None:
    markup = "<b>" + "&amp;" * 4096 + "</b>"
    assert len(message_text(markup, "HTML", None).text) == 4096
    assert refusal_of("&amp;" * 4097) == "Bad Request: message is too long"
    assert utf16_length(message_text("\U0001f600" * 2048, "", None).text) == 4096
    assert refusal_of("\U0001f600" * 2049) == "Bad Request: message is too long"


def test_a_caption_may_be_empty_but_not_longer_than_1024() -> None:
    assert caption_text("", "HTML", None).text == ""
    assert len(caption_text("x" * 1024, "", None).text) == 1024
    with pytest.raises(Refusal, match="Bad Request: message caption is too long"):
        caption_text("x" * 1025, "", None)


@pytest.mark.parametrize(
    ("raw", "parse_mode", "description"),
    [
        ("", "", "Bad Request: message text is empty"),
        (" \n ", "", "Bad Request: text must be non-empty"),
        ("<b> </b>", "HTML", "Bad Request: text must be non-empty"),
        ("*x*", "MarkdownV2", "Bad Request: unsupported parse_mode"),
        ("x", "tex", "Bad Request: unsupported parse_mode"),
        ("a\ud800", "", "Bad Request: strings must be encoded in UTF-8"),
        ("x" * 40_000, "", "Bad Request: text is too long"),
        (
            "<x>",
            "html",
            'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0',
        ),
    ],
)
def test_what_cannot_be_kept_is_refused(raw: str, parse_mode: str, description: str) -> None:
    assert refusal_of(raw, parse_mode) == description


def test_the_ends_are_trimmed_and_entities_follow() -> None:
    kept = message_text(" \n <b>a</b> \r\n<i> b </i>  ", "HTML", None)
    assert kept == Formatted("a \n b", (Entity("bold", 0, 1), Entity("italic", 3, 2)))


def test_blanks_at_the_start_of_an_entity_stay() -> None:
    assert message_text(" <pre>  a</pre>", "HTML", None) == Formatted(
        "  a", (Entity("pre", 0, 3),)
    )


def test_entities_can_be_counted_by_the_sender() -> None:
    listed = [
        {"type": "bold", "offset": 2, "length": 99},
        {"type": "text_link", "offset": 0, "length": 2, "url": "https://a.b/"},
        {"type": "url", "offset": 0, "length": 1},
    ]
    kept = message_text("\U0001f600 ab", "", listed)
    assert kept.entities == (
        Entity("text_link", 0, 2, (("url", "https://a.b/"),)),
        Entity("bold", 2, 3),
    )
    assert "Unsupported type" in refusal_of("x", "", [{"type": "x", "offset": 0, "length": 1}])


def test_commands_addresses_and_names_are_found() -> None:
    kept = person_text(
        "/buy@kraken_local_bot 1 #btc $BTC @you see https://a.b/c?d, not a/b or /x/"
    )
    found = [(e.type, kept.text[e.offset : e.end]) for e in kept.entities]
    assert found == [
        ("bot_command", "/buy@kraken_local_bot"),
        ("hashtag", "#btc"),
        ("cashtag", "$BTC"),
        ("mention", "@you"),
        ("url", "https://a.b/c?d"),
    ]


def test_nothing_is_found_inside_code() -> None:
    assert message_text("<pre>/help @you</pre>", "HTML", None).entities == (Entity("pre", 0, 10),)


@given(st.text(max_size=80))
def test_plain_text_is_shown_escaped(text: str) -> None:
    shown = to_html(Formatted(text))
    assert not re.search("[<>\"']", shown)


@given(
    st.text("ab<&\U0001f600", min_size=1, max_size=12),
    st.lists(
        st.tuples(
            st.sampled_from(["bold", "italic", "code", "spoiler", "blockquote"]),
            st.integers(0, 12),
            st.integers(1, 12),
        ),
        max_size=6,
    ),
)
def test_tags_always_nest_even_where_entities_cross(
    text: str, spans: list[tuple[str, int, int]]
) -> None:
    entities = tuple(Entity(kind, start, length) for kind, start, length in spans)
    stack: list[str] = []
    for slash, tag in re.findall(r"<(/?)([a-z-]+)>", to_html(Formatted(text, entities))):
        if slash:
            assert stack.pop() == tag
        else:
            stack.append(tag)
    assert stack == []


def test_links_and_languages_are_shown() -> None:
    kept = message_text(
        '<a href="https://a.b/?x=&quot;&gt;">l</a><pre><code class="language-py">c</code></pre>',
        "HTML",
        None,
    )
    assert to_html(kept) == (
        '<a href="https://a.b/?x=&quot;&gt;" target="_blank" rel="noopener noreferrer">l</a>'
        '<pre><code class="language-py">c</code></pre>'
    )
