"""Limits of chats, raises that wait, pauses, roles in chats, dead man's switches, the audit log.

A row of ``pauses`` for chat 0 holds for all chats. The audit log can only grow: triggers refuse
every change of a row, and ``autoincrement`` keeps the highest number that was ever given.
"""

STATEMENTS = (
    """create table chat_limits (
        chat_id integer primary key,
        body text not null,
        changed_at text not null
    ) strict""",
    """create table limit_raises (
        chat_id integer not null,
        name text not null,
        value text not null,
        due_at text not null,
        user_id integer not null,
        primary key (chat_id, name)
    ) strict""",
    """create table pauses (
        chat_id integer not null,
        kind text not null,
        user_id integer,
        live_only integer not null check (live_only in (0, 1)),
        since text not null,
        primary key (chat_id, kind)
    ) strict""",
    """create table chat_roles (
        chat_id integer not null,
        user_id integer not null,
        name text not null default '',
        role text not null check (role in ('viewer','trader','chat_owner')),
        most text,
        until text,
        changed_at text not null,
        primary key (chat_id, user_id)
    ) strict""",
    # What a lent key may order at most in a group, beside the group's own limits.
    """create table loans (
        chat_id integer primary key check (chat_id < 0),
        most text not null
    ) strict""",
    """create table deadmen (
        chat_id integer primary key,
        seconds integer not null,
        since text not null
    ) strict""",
    """create table instance (
        name text primary key,
        value text not null
    ) strict""",
    # ``hash`` chains every row to all before it; ``mac`` is over the hash, under the key that
    # ``key_id`` names, and empty where the bot had no master key.
    """create table audit (
        seq integer primary key autoincrement,
        at text not null,
        actor integer,
        chat_id integer,
        action text not null,
        body text not null,
        previous text not null,
        hash text not null,
        key_id text not null,
        mac text not null
    ) strict""",
    "create index audit_by_chat on audit (chat_id, seq)",
    """create trigger audit_is_not_edited before update on audit
        begin select raise(abort, 'the audit log only grows'); end""",
    """create trigger audit_is_not_cut before delete on audit
        begin select raise(abort, 'the audit log only grows'); end""",
)
