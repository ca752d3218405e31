"""Which topic of a group is told what, and which channels are fed from where."""

STATEMENTS = (
    """create table topics (
        chat_id integer not null,
        told text not null check (told in ('fills','alerts')),
        topic integer not null,
        primary key (chat_id, told)
    ) strict""",
)
