"""What was added to open orders, and when: a day's limit counts it from then on."""

STATEMENTS = (
    """create table order_raises (
        chat_id integer not null,
        account text not null,
        order_id text not null,
        at text not null,
        value text not null
    ) strict""",
    "create index order_raises_by_chat on order_raises (chat_id, at)",
)
