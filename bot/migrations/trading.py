"""Modes of chats, tickets, orders as they were committed, fills, and exits that the bot watches.

Idempotency lives in the keys: a ticket leaves ``open`` once, an order has one row, a fill counts
once for an account.
"""

STATEMENTS = (
    """create table chat_modes (
        chat_id integer primary key,
        mode text not null check (mode in ('paper','live')),
        changed_at text not null
    ) strict""",
    """create table tickets (
        id text primary key,
        kind text not null,
        chat_id integer not null,
        user_id integer not null,
        body text not null,
        created_at text not null,
        expires_at text not null,
        message_id integer,
        state text not null default 'open' check (state in ('open','taken','void'))
    ) strict""",
    "create index tickets_open on tickets (chat_id) where state = 'open'",
    # ``value`` is what limits count, in US dollars. ``ended_value`` replaces it once the order
    # has ended: what was filled. ``order_body`` is the order as the exchange told it last.
    """create table orders (
        client_id text primary key,
        account text not null,
        mode text not null check (mode in ('paper','live')),
        chat_id integer not null,
        user_id integer not null,
        ticket_id text unique,
        symbol text not null,
        side text not null,
        qty text not null,
        value text not null,
        ended_value text,
        intent text not null,
        deadline text not null,
        standing text not null check (
            standing in ('sent','acked','rejected','not_sent','unknown','absent')
        ),
        reason text not null default '',
        card integer,
        order_id text,
        order_body text,
        is_open integer not null check (is_open in (0, 1)),
        created_at text not null,
        updated_at text not null
    ) strict""",
    "create index orders_by_chat on orders (chat_id, created_at)",
    "create index orders_unsettled on orders (standing) where standing in ('sent','unknown')",
    "create index orders_open on orders (account) where is_open = 1",
    "create unique index orders_by_order_id on orders (account, order_id)",
    """create table fills (
        account text not null,
        exec_id text not null,
        order_id text not null,
        client_id text,
        symbol text not null,
        at text not null,
        body text not null,
        primary key (account, exec_id)
    ) strict""",
    "create index fills_by_time on fills (account, at)",
    "create index fills_by_order on fills (account, order_id)",
    # What the fills of an order of ours placed on the other side: its resting stops.
    """create table stops (
        account text not null,
        order_id text not null,
        client_id text not null references orders (client_id),
        body text not null,
        primary key (account, order_id)
    ) strict""",
    "create index stops_by_order on stops (client_id)",
    # A take-profit that the bot watches: of the order ``client_id``. ``taken`` is the quantity
    # that it has sold, or begun to sell; ``round`` counts the sales and names the next one.
    """create table exits (
        client_id text primary key references orders (client_id),
        state text not null check (state in ('watching','closing','ended')),
        round integer not null default 0,
        taken text not null default '0',
        changed_at text not null
    ) strict""",
    "create index exits_waiting on exits (state) where state <> 'ended'",
    # A push may answer a message: the card of its order.
    "alter table outbox add column reply_to integer",
)
