"""Express: who may send orders without a preview, judged again where an order is committed."""

from datetime import datetime
from decimal import Decimal

from sqlite_utils import Database

from bot.core.audit import Action
from bot.core.errors import Expired
from bot.core.trade.express import Express
from bot.core.trade.types import AccountId, Intent
from bot.store.audit import append
from bot.store.file import StoreFile, time_text


class Expresses(StoreFile):
    """Questions about express."""

    async def allow_express(self, express: Express, now: datetime) -> None:
        """Let this person send at once, and write down that they wanted it."""

        def write(db: Database) -> None:
            db.execute(
                "insert or replace into express (chat_id, user_id, account, most, until) "
                "values (?, ?, ?, ?, ?)",
                [
                    express.chat_id,
                    express.user_id,
                    express.account,
                    f"{express.most:f}",
                    time_text(express.until),
                ],
            )
            _note(db, express.chat_id, express.user_id, f"{express.most:f} USD", now)

        await self.run(write)

    async def express_of(self, chat_id: int, user_id: int, now: datetime) -> Express | None:
        """What this person may send at once here; None if it is off, or over."""
        return await self.run(lambda db: _express(db, chat_id, user_id, now))

    async def end_express(self, chat_id: int, user_id: int, now: datetime) -> bool:
        """Preview everything again; False if it was so already."""

        def write(db: Database) -> bool:
            was_on = _express(db, chat_id, user_id, now) is not None
            db.execute("delete from express where chat_id = ? and user_id = ?", [chat_id, user_id])
            if was_on:
                _note(db, chat_id, user_id, "off", now)
            return was_on

        return await self.run(write)


def end_express_of(db: Database, chat_id: int | None) -> None:
    """End it for everybody in this chat, or in all, inside any transaction."""
    db.execute("delete from express where ?1 is null or chat_id = ?1", [chat_id])


def end_express_for(db: Database, user_id: int) -> None:
    """End it for one person in every chat, inside any transaction."""
    db.execute("delete from express where user_id = ?", [user_id])


def guard_express(db: Database, intent: Intent, now: datetime) -> None:
    """Let an order pass that was previewed, or that express still covers.

    Raises:
        Expired: it is off by now, or the order is too large for it; roll everything back.
    """
    if intent.express_until is None:
        return
    found = _express(db, intent.chat_id, intent.user_id, now)
    if found is None or found.account != intent.account or intent.value > found.most:
        raise Expired("express")


def _express(db: Database, chat_id: int, user_id: int, now: datetime) -> Express | None:
    row = db.execute(
        "select account, most, until from express where chat_id = ? and user_id = ? and until > ?",
        [chat_id, user_id, time_text(now)],
    ).fetchone()
    if row is None:
        return None
    account, most, until = row
    return Express(
        chat_id, user_id, AccountId(account), Decimal(most), datetime.fromisoformat(until)
    )


def _note(db: Database, chat_id: int, user_id: int, what: str, now: datetime) -> None:
    detail = {"setting": "express", "after": what}
    append(db, Action.SETTING, now=now, actor=user_id, chat_id=chat_id, detail=detail)
