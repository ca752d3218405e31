"""Links with which the owner lets somebody in."""

STATEMENTS = (
    # ``id`` is the SHA-256 of the token; the token itself is in the link only.
    """create table invitations (
        id text primary key,
        role text not null check (role in ('trader','viewer')),
        made_by integer not null,
        expires_at text not null,
        used_by integer,
        used_at text
    ) strict""",
)
