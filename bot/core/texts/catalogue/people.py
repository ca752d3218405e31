"""Who may do what: roles, groups, lent keys, the log of it."""

from bot.core.access import Access
from bot.core.texts.catalogue.entry import CommandHelp

ROLE = CommandHelp(
    name="role",
    summary="Say who may trade: /role trader",
    topic="safety",
    syntax="/role [id] [trader|viewer [balances]|owner|none] [max=100eur] [until 7d]",
    examples=("/role",),
    options=(
        ("trader", "as a reply to somebody’s message, or with the number in front"),
        ("viewer balances", "they may ask for balances, too, and read them in private"),
        ("max=100eur", "what one live order of theirs may come to"),
        ("until 7d", "afterwards they look on again"),
    ),
    limits=("by number, never by name", "in private only the owner of this bot"),
    scopes=("group_admin",),
    access=Access.CHAT_OWNER,
)
SETUP = CommandHelp(
    name="setup",
    summary="Set up this group",
    topic="safety",
    syntax="/setup",
    examples=("/setup",),
    limits=("shows mode, roles and the group’s id",),
    scopes=("group_admin",),
    access=Access.CHAT_OWNER,
)
HERE = CommandHelp(
    name="here",
    summary="Have fills or alerts come to this topic",
    topic="safety",
    syntax="/here [fills|alerts] [off]",
    examples=("/here fills", "/here alerts", "/here fills off"),
    limits=("in a group with topics", "answers stay in the topic of the question"),
    scopes=("group_admin",),
    access=Access.CHAT_OWNER,
)
FEED = CommandHelp(
    name="feed",
    summary="Post trades and alerts to a channel",
    topic="safety",
    syntax="/feed",
    examples=("/feed",),
    limits=(
        "for a channel that you made me an administrator of",
        "what an order came to is left out, unless you show it",
    ),
    scopes=(),
    access=Access.CHAT_OWNER,
)
LEND = CommandHelp(
    name="lend",
    summary="Let a group trade with your key",
    topic="safety",
    syntax="/lend <group id> [max=100eur]",
    examples=("/lend -1001234567890 max=100eur",),
    options=(("max=100eur", "what one order there may come to"),),
    limits=("in private; you must own that group", "/setup there shows its id"),
    scopes=(),
    access=Access.CHAT_OWNER,
)
UNLEND = CommandHelp(
    name="unlend",
    summary="Take your key back from all groups",
    topic="safety",
    syntax="/unlend",
    examples=("/unlend",),
    limits=("at once; those groups practise then",),
    scopes=(),
    access=Access.CHAT_OWNER,
)
AUDIT = CommandHelp(
    name="audit",
    summary="See who did what: /audit 20",
    topic="safety",
    syntax="/audit [count]",
    examples=("/audit", "/audit 20"),
    limits=("of this chat; the owner of this bot sees all in private", "up to 20 lines a page"),
    scopes=(),
    access=Access.CHAT_OWNER,
)
USERS = CommandHelp(
    name="users",
    summary="See who uses this bot",
    topic="bot",
    syntax="/users",
    examples=("/users",),
    scopes=("owner",),
    access=Access.OWNER,
)
APPROVE = CommandHelp(
    name="approve",
    summary="Let somebody in: /approve 123456789",
    topic="bot",
    syntax="/approve <id> [trader|viewer]",
    examples=("/approve 123456789 viewer",),
    limits=("without a word as trader",),
    scopes=(),
    access=Access.OWNER,
)
INVITE = CommandHelp(
    name="invite",
    summary="Let somebody in with a link",
    topic="bot",
    syntax="/invite [trader|viewer] [7d]",
    examples=("/invite", "/invite trader", "/invite viewer 12h"),
    options=(("7d", "how long the link works; at most 30d"),),
    limits=("works once, for whoever opens it first", "in private; you are told who came"),
    scopes=(),
    access=Access.OWNER,
)
BLOCK = CommandHelp(
    name="block",
    summary="Block somebody: /block 123456789",
    topic="bot",
    syntax="/block <id>",
    examples=("/block 987654321",),
    limits=("never answered again, in no chat",),
    scopes=(),
    access=Access.OWNER,
)
