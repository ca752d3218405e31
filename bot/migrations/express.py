"""Who may send orders without a preview, until when."""

STATEMENTS = (
    """create table express (
        chat_id integer not null,
        user_id integer not null,
        account text not null,
        most text not null,
        until text not null,
        primary key (chat_id, user_id)
    ) strict""",
)
