"""Practice accounts whole, and until when each account's facts were told."""

STATEMENTS = (
    # The account keeps its name when its chat gets another id, because its orders have it; one of
    # a league has no chat here.
    """create table paper_accounts (
        account text primary key,
        chat_id integer unique,
        body text not null,
        saved_at text not null
    ) strict""",
    """create table told_until (
        account text primary key,
        at text not null
    ) strict""",
)
