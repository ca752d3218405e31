"""A kept text as safe HTML for the chat page: our own tags, everything else escaped."""

from html import escape

from bot.standin.markup import Entity, Formatted

_PAIRS = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "spoiler": ("<tg-spoiler>", "</tg-spoiler>"),
    "code": ("<code>", "</code>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ('<blockquote class="expandable">', "</blockquote>"),
    "bot_command": ('<span class="command">', "</span>"),
    "mention": ('<span class="mention">', "</span>"),
    "hashtag": ('<span class="hashtag">', "</span>"),
    "cashtag": ('<span class="cashtag">', "</span>"),
    "text_mention": ('<span class="mention">', "</span>"),
    "date_time": ('<span class="time">', "</span>"),
}
_OUTER_FIRST = {"blockquote": 0, "expandable_blockquote": 0, "pre": 1, "code": 2}


def to_html(kept: Formatted) -> str:
    """Entities that cross each other are cut, so that the tags always nest."""
    units = kept.text.encode("utf-16-le", "surrogatepass")
    edges = sorted(
        {0, len(units) // 2, *(e.offset for e in kept.entities), *(e.end for e in kept.entities)}
    )
    output: list[str] = []
    stack: list[Entity] = []
    for start, end in zip(edges, [*edges[1:], edges[-1]], strict=True):
        active = [e for e in kept.entities if e.offset <= start < e.end]
        active.sort(key=lambda e: (e.offset, -e.length, _OUTER_FIRST.get(e.type, 9)))
        shared = 0
        while shared < min(len(stack), len(active)) and stack[shared] is active[shared]:
            shared += 1
        output += [_tags(entity, "")[1] for entity in reversed(stack[shared:])]
        piece = units[2 * start : 2 * end].decode("utf-16-le", "replace")
        output += [_tags(entity, piece)[0] for entity in active[shared:]]
        output.append(escape(piece))
        stack = active
    return "".join(output)


def _tags(entity: Entity, piece: str) -> tuple[str, str]:
    extra = dict(entity.extra)
    if entity.type == "pre":
        language = extra.get("language")
        if language:
            return f'<pre><code class="language-{escape(str(language))}">', "</code></pre>"
        return "<pre>", "</pre>"
    if entity.type in ("text_link", "url"):
        address = str(extra.get("url") or piece)
        return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">', "</a>"
    return _PAIRS.get(entity.type, ("", ""))
