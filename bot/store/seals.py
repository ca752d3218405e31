"""The key of the audit log, where SQL can use it and nobody can read it back."""

from sqlite_utils import Database

from bot.core.audit import Seal


def seal_with(db: Database, seal: Seal | None) -> None:
    """From here on rows that this connection adds are sealed with this key, or with none."""
    db.conn.create_function("audit_key_id", 0, lambda: seal.id if seal else "")
    db.conn.create_function("audit_mac", 1, lambda text: seal.mac(text) if seal else "")
