"""Help: topics, commands, and what to answer when nothing was understood."""

from collections.abc import Sequence

from bot.core.page import Button, Page, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.catalogue.entry import CommandHelp
from bot.core.texts.commands import BY_NAME, CATALOGUE
from bot.core.texts.labels import in_rows, run, run_text, with_icon
from bot.core.texts.markup import bold, code, esc, paragraphs

_TITLES = {
    "prices": "Prices",
    "trade": "Trade",
    "account": "Account",
    "alerting": "Alerts",
    "plans": "Plans",
    "safety": "Safety",
    "bot": "The bot",
}
TOPICS = {
    topic: title
    for topic, title in _TITLES.items()
    if any(entry.topic == topic for entry in CATALOGUE)
}
"""The topics that have commands, and their titles, in order."""

NOT_YET = "Margin and webhooks are not part of this version."


def help_page(settings: ChatSettings) -> Page:
    """The first screen: all commands by topic."""
    lines = [f"{bold(title)}  {_names(topic)}" for topic, title in TOPICS.items()]
    html = paragraphs(
        "What I can do", *lines, "", f"Names like {code('btc')}, {code('eth/eur')} work.", NOT_YET
    )
    buttons = tuple(_open(title, topic) for topic, title in TOPICS.items())
    return Page(html, in_rows(buttons))


def topic_page(topic: str, settings: ChatSettings) -> Page:
    """One line a command."""
    entries = [entry for entry in CATALOGUE if entry.topic == topic]
    html = paragraphs(
        bold(TOPICS[topic]), *(f"/{entry.name} – {esc(entry.summary)}" for entry in entries)
    )
    return Page(html, (*in_rows(tuple(_open(f"/{e.name}", e.name) for e in entries)), _back("")))


def command_page(entry: CommandHelp, settings: ChatSettings) -> Page:
    """Syntax, four examples as buttons, options, limits."""
    aliases = ", ".join(f"/{alias}" for alias in entry.aliases)
    html = paragraphs(
        bold(entry.summary),
        code(entry.syntax),
        f"Also {esc(aliases)}" if aliases else "",
        *(f"• {code(name)} {esc(meaning, 128)}" for name, meaning in entry.options),
        *(f"– {esc(limit, 128)}" for limit in entry.limits),
        "Try one:",
    )
    examples = in_rows(tuple(run_text(example) for example in entry.examples), 2)
    return Page(html, (*examples, _back(entry.topic)))


def no_such_help_page(said: str, near: Sequence[str], settings: ChatSettings) -> Page:
    """``/help`` of something that does not exist."""
    html = paragraphs(
        f"I have no help on {code(said, 16)}",
        "Did you mean one of these?" if near else "These are the topics:",
    )
    names = near or list(TOPICS)
    return Page(html, in_rows(tuple(_open(TOPICS.get(name, f"/{name}"), name) for name in names)))


def unknown_command_page(said: str, near: Sequence[str], args: str) -> Page:
    """A slash command that does not exist; the nearest ones are buttons that run it."""
    one = "Did you mean this?" if len(near) == 1 else "Did you mean one of these?"
    did_you_mean = one if near else "All commands are in /help."
    rows: Rows = in_rows(tuple(run(f"/{name}", name, args) for name in near))
    none = f"There is no command {code('/' + said, 16)}" if said else "That is no command."
    html = paragraphs(none, did_you_mean)
    return Page(html, (*rows, (run("Help", "help"),)))


def planned_page(said: str) -> Page:
    """A command that people expect of a trading bot and that does not exist yet."""
    html = paragraphs(
        f"{code('/' + said, 16)} does not work yet.", f"{NOT_YET} Nothing was sent anywhere."
    )
    return Page(html, in_rows(tuple(_open(title, topic) for topic, title in TOPICS.items())))


def slash_page(name: str) -> Page:
    """Free text that begins like a command: it works with a slash only."""
    html = paragraphs("Commands begin with a slash.", "Nothing was done. You may mean:")
    return Page(html, ((run_text(f"/{name}"),),))


def amount_page(said: str) -> Page:
    """A number alone, which is no pair."""
    html = paragraphs(
        f"{code(said, 16)} is an amount. Buy or sell?",
        "A preview comes first. Nothing was sent.",
    )
    return Page(html, ((run(f"▲ Buy {said}", "buy", said), run(f"▼ Sell {said}", "sell", said)),))


def hint_page(settings: ChatSettings) -> Page:
    """Free text that means nothing to us."""
    html = paragraphs(
        "I did not understand that.",
        f"Write a pair like {code('btc')} for its price, or pick something:",
    )
    return Page(html, _first_steps(settings))


def thanks_page() -> Page:
    """Politeness costs nothing."""
    return Page("You are welcome.\n/help shows what I can do.")


def too_long_hint_page() -> Page:
    """A message nobody types; it was not read."""
    return Page("That message is too long for me.\nWrite a pair like <code>btc</code>, or /help.")


def _first_steps(settings: ChatSettings) -> Rows:
    plain = settings.plain_text
    return (
        (
            run(with_icon("📈", settings.pair, plain=plain), "ticker", settings.pair),
            run(with_icon("📖", "Book", plain=plain), "book", settings.pair),
            run(with_icon("🕯", "Chart", plain=plain), "candles", settings.pair),
        ),
        (
            run(with_icon("📌", "Watch", plain=plain), "watch", settings.pair),
            run(with_icon("⚙️", "Settings", plain=plain), "settings"),
            run(with_icon("❓", "Help", plain=plain), "help"),
        ),
    )


def first_steps(settings: ChatSettings) -> Rows:
    """The buttons under a welcome and under a hint."""
    return _first_steps(settings)


def known_name(said: str) -> str:
    """A command's or topic's name as ``/help`` takes it; empty when there is none."""
    name = said.lower().removeprefix("/")
    return name if name in TOPICS or name in BY_NAME else ""


def _names(topic: str) -> str:
    return " ".join(f"/{entry.name}" for entry in CATALOGUE if entry.topic == topic)


def _open(label: str, name: str) -> Button:
    return Button(label, "help", {"name": name})


def _back(name: str) -> tuple[Button, ...]:
    return (Button("‹ Back", "help", {"name": name}),)
