"""Alerts, how far each pair was judged, and how often each chat was told lately."""

STATEMENTS = (
    # ``wish`` is what was asked, ``progress`` how far its judging is: both as JSON.
    """create table alerts (
        id integer primary key autoincrement,
        chat_id integer not null,
        number integer not null,
        user_id integer not null,
        symbol text not null,
        wish text not null,
        progress text not null,
        state text not null check (state in ('armed','fired','done','paused')),
        created_at text not null,
        until text,
        rests_until text,
        told_at text,
        times integer not null default 0,
        unsaid integer not null default 0,
        nag_at text,
        nags integer not null default 0,
        told_key text not null default '',
        unique (chat_id, number)
    ) strict""",
    "create index alerts_told on alerts (told_key) where state = 'fired'",
    # A number is never used for another alert.
    """create table alert_numbers (
        chat_id integer primary key,
        last integer not null
    ) strict""",
    # The newest trade that all alerts of a pair were judged by, and when we were last known to
    # have all of them.
    """create table alert_cursors (
        symbol text primary key,
        trade_id integer not null,
        price text not null,
        at text not null,
        heard_at text not null
    ) strict""",
    """create table alert_messages (
        chat_id integer not null,
        at text not null
    ) strict""",
    "create index alert_messages_by_chat on alert_messages (chat_id, at)",
    # An alert is done when Telegram has accepted what it had to say, in the same transaction.
    """create trigger alert_was_told after update of state on outbox
        when new.state = 'sent' and new.event_key like 'alert:%'
        begin
            update alerts set state = 'done' where told_key = new.event_key and state = 'fired';
        end""",
    """create trigger alert_cannot_be_told after update of state on outbox
        when new.state = 'dropped' and new.event_key like 'alert:%'
        begin
            update alerts set state = 'paused' where told_key = new.event_key and state = 'fired';
        end""",
)
