"""Leagues of groups, and who plays in them with a ledger of their own."""

STATEMENTS = (
    """create table leagues (
        id integer primary key,
        chat_id integer not null,
        currency text not null,
        money text not null,
        starts_at text not null,
        ends_at text not null,
        started_by integer not null,
        told_days integer not null default 0,
        ended_at text
    ) strict""",
    "create unique index leagues_running on leagues (chat_id) where ended_at is null",
    # ``plays`` is whether the member's private chat trades in the league rather than on its own
    # practice money; of all leagues of a person at most one.
    """create table league_members (
        league_id integer not null references leagues (id),
        user_id integer not null,
        name text not null,
        account text not null unique,
        joined_at text not null,
        left_at text,
        plays integer not null default 0 check (plays in (0, 1)),
        primary key (league_id, user_id)
    ) strict""",
    "create unique index league_players on league_members (user_id) where plays = 1",
)
