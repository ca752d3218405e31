"""When a practice account was given its money, so that nothing before it counts."""

STATEMENTS = ("alter table paper_accounts add column began_at text",)
