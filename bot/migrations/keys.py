"""Sealed Kraken keys, whom they are lent to, and how far their nonces went.

``fingerprint`` is a keyed hash of the API key: it tells whether two keys are the same, and nothing
else. ``sealed_by`` names the master key and says nothing about it. The mark of the nonces outlives
its key, because the same key may come back. Keys are held by people, so by private chats; a group
has none of its own.
"""

STATEMENTS = (
    """create table vault (
        id integer primary key check (id = 1),
        sealed text not null,
        sealed_by text not null,
        created_at text not null
    ) strict""",
    """create table api_keys (
        id text primary key,
        chat_id integer not null unique check (chat_id > 0),
        user_id integer not null,
        label text not null,
        fingerprint text not null unique,
        tail text not null,
        sealed_key text not null,
        sealed_secret text not null,
        sealed_by text not null,
        permissions text not null,
        reads_only integer not null check (reads_only in (0, 1)),
        has_address_limit integer not null check (has_address_limit in (0, 1)),
        valid_until text,
        created_at text not null,
        checked_at text not null,
        state text not null default 'ok' check (state in ('ok','refused','locked')),
        reason text not null default ''
    ) strict""",
    """create table nonce_marks (
        fingerprint text primary key,
        mark text not null
    ) strict""",
    """create table lent_keys (
        chat_id integer primary key check (chat_id < 0),
        key_id text not null references api_keys (id) on delete cascade,
        lent_at text not null
    ) strict""",
    "create index lent_keys_by_key on lent_keys (key_id)",
    # A key on its way from the command line to the bot that is running: sealed, and destroyed as
    # soon as it was taken. ``answer`` is what the command line prints.
    """create table handed_keys (
        id text primary key,
        chat_id integer not null,
        sealed_key text not null,
        sealed_secret text not null,
        handed_at text not null,
        answer text,
        taken integer not null default 0 check (taken in (0, 1)),
        connected integer not null default 0 check (connected in (0, 1))
    ) strict""",
)
