"""Practice accounts whole, and until when each account's facts were told."""

STATEMENTS = (
    """create table paper_accounts (
        chat_id integer primary key,
        body text not null,
        saved_at text not null
    ) strict""",
    """create table told_until (
        account text primary key,
        at text not null
    ) strict""",
)
