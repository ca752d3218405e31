"""What was read of accounts' past, what lots cost, and what messages are about.

An account's past is read page by page, so what was read stays: ``oldest`` and ``newest`` bound a
stretch without gaps, ``read_at`` is when it reached up to the present, and ``is_whole`` says that
nothing is older.
"""

STATEMENTS = (
    """create table past_fills (
        account text not null,
        exec_id text not null,
        at text not null,
        body text not null,
        primary key (account, exec_id)
    ) strict""",
    "create index past_fills_by_time on past_fills (account, at)",
    """create table past_entries (
        account text not null,
        entry_id text not null,
        at text not null,
        body text not null,
        primary key (account, entry_id)
    ) strict""",
    "create index past_entries_by_time on past_entries (account, at)",
    """create table past_marks (
        account text not null,
        kind text not null check (kind in ('fills','entries')),
        oldest text not null,
        newest text not null,
        read_at text not null,
        is_whole integer not null check (is_whole in (0, 1)),
        primary key (account, kind)
    ) strict""",
    # What a person said that something cost that came by deposit.
    """create table lot_costs (
        account text not null,
        entry_id text not null,
        currency text not null,
        cost text not null,
        said_at text not null,
        primary key (account, entry_id, currency)
    ) strict""",
    # So that an answer to a message is understood: which order, or which question it is about.
    """create table message_topics (
        chat_id integer not null,
        message_id integer not null,
        topic text not null,
        payload text not null,
        said_at text not null,
        primary key (chat_id, message_id)
    ) strict""",
)
