"""Updates, people, groups, buttons, chat choices, live messages, and what is to be said."""

STATEMENTS = (
    # What Telegram handed out, kept before it is confirmed. ``digest`` tells a repeated update
    # from another one under the same number. The body is emptied when the work is done.
    """create table inbox (
        update_id integer primary key,
        digest text not null,
        body text not null,
        received_at text not null,
        tries integer not null default 0,
        done_at text
    ) strict""",
    "create index inbox_waiting on inbox (update_id) where done_at is null",
    """create table people (
        user_id integer primary key,
        name text not null,
        role text not null check (role in ('blocked','stranger','viewer','trader','owner')),
        asked_at text,
        answered_on text,
        changed_at text not null
    ) strict""",
    "create unique index one_owner on people (role) where role = 'owner'",
    """create table groups (
        chat_id integer primary key,
        title text not null,
        open integer not null check (open in (0, 1)),
        changed_at text not null
    ) strict""",
    """create table buttons (
        token text primary key,
        chat_id integer not null,
        user_id integer,
        verb text not null,
        payload text not null,
        expires_at text not null
    ) strict""",
    "create index buttons_by_meaning on buttons (chat_id, verb, payload)",
    "create index buttons_by_expiry on buttons (expires_at)",
    """create table chat_settings (
        chat_id integer primary key,
        body text not null
    ) strict""",
    """create table live_messages (
        chat_id integer not null,
        message_id integer not null,
        kind text not null,
        payload text not null,
        ends_at text not null,
        primary key (chat_id, message_id)
    ) strict""",
    # ``maybe_sent`` is set before Telegram is asked and tells after a crash or a lost answer
    # that the message may have arrived already.
    """create table outbox (
        id integer primary key,
        event_key text not null unique,
        chat_id integer not null,
        priority integer not null,
        page text not null,
        created_at text not null,
        maybe_sent integer not null default 0 check (maybe_sent in (0, 1)),
        state text not null default 'waiting' check (state in ('waiting','sent','dropped')),
        message_id integer,
        ended_at text
    ) strict""",
    "create index outbox_waiting on outbox (priority, id) where state = 'waiting'",
    """create table muted_chats (
        chat_id integer primary key,
        reason text not null,
        since text not null
    ) strict""",
)
