"""Which topic of a group is told what, and which channels are fed from where."""

STATEMENTS = (
    """create table topics (
        chat_id integer not null,
        told text not null check (told in ('fills','alerts')),
        topic integer not null,
        primary key (chat_id, told)
    ) strict""",
    # Viewers of a group who see its balances, too.
    """create table seeing (
        chat_id integer not null,
        user_id integer not null,
        primary key (chat_id, user_id)
    ) strict""",
    # ``user_id`` made the bot a channel's administrator and decides what is posted there;
    # ``chat_id`` is the chat whose closed trades and alerts that is, and null while there is none.
    """create table feeds (
        channel_id integer primary key,
        title text not null,
        user_id integer not null,
        chat_id integer,
        trades integer not null default 0 check (trades in (0, 1)),
        alerts integer not null default 0 check (alerts in (0, 1)),
        sizes integer not null default 0 check (sizes in (0, 1))
    ) strict""",
    "create index feeds_by_chat on feeds (chat_id)",
)
