"""What came without a sound, to be summed up after quiet hours."""

STATEMENTS = (
    "alter table outbox add column title text not null default ''",
    "create index outbox_titles on outbox (chat_id, created_at) where title <> ''",
)
