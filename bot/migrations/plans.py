"""Plans and what became of each of their times.

``runs`` has one row for a slot of a plan: whoever inserts it does it, whoever cannot leaves it.
"""

STATEMENTS = (
    """create table plans (
        id integer primary key autoincrement,
        chat_id integer not null,
        number integer not null,
        user_id integer not null,
        kind text not null check (kind in ('command','order','dca','slices')),
        body text not null,
        cadence text not null,
        zone text not null,
        state text not null check (state in ('active','paused','ended')),
        why text not null default '',
        slot text,
        due_at text,
        created_at text not null,
        changed_at text not null,
        unique (chat_id, number)
    ) strict""",
    "create index plans_due on plans (due_at) where state = 'active'",
    # ``qty``, ``cost`` and ``fee`` are what the run came to; ``attempt`` names its order.
    """create table runs (
        plan_id integer not null references plans (id),
        slot text not null,
        number integer not null,
        due_at text not null,
        state text not null check (state in ('begun','done','skipped','missed','waiting')),
        attempt integer not null default 0,
        qty text not null default '0',
        cost text not null default '0',
        fee text not null default '0',
        note text not null default '',
        changed_at text not null,
        primary key (plan_id, slot)
    ) strict""",
    "create index runs_begun on runs (plan_id) where state = 'begun'",
)
