"""Alerts: what each chat waits for, how far it is judged, and what of it was told.

That an alert has happened is written in one transaction with the message about it; that it is
done, by a trigger, in the one that notes that Telegram has accepted the message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from sqlite_utils import Database

from bot.core.alerts.syntax import TooManyAlerts
from bot.core.alerts.words import PER_CHAT, Alert, Newest, Progress, State, Wish
from bot.core.trade.news import News
from bot.store.file import StoreFile, time_text
from bot.store.outbox import insert_news
from kraken.core.types import Symbol

_HOUR = timedelta(hours=1)
PER_HOUR = 20
"""Messages about alerts in one chat; beyond it they come in a summary."""
_KEPT = timedelta(days=30)

_COLUMNS = (
    "id, chat_id, number, user_id, symbol, wish, progress, state, created_at, until, rests_until, "
    "told_at, times, unsaid, nag_at, nags"
)
_INSERT = (
    "insert into alerts (chat_id, number, user_id, symbol, wish, progress, state, created_at, "  # noqa: S608 - our own column names
    f"until) values (?, ?, ?, ?, ?, ?, 'armed', ?, ?) returning {_COLUMNS}"
)
MOVES_OF_ALERTS = (
    "update or ignore alerts set chat_id = :new where chat_id = :old",
    "delete from alerts where chat_id = :old",
    "update or ignore alert_numbers set chat_id = :new where chat_id = :old",
    "delete from alert_numbers where chat_id = :old",
    "update alert_messages set chat_id = :new where chat_id = :old",
)
"""What follows a group that gets another id."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Up to which trade the alerts of a pair were judged."""

    trade: Newest
    heard_at: datetime
    """When we were last known to have all trades."""


class Alerts(StoreFile):
    """Questions about alerts."""

    async def add_alert(
        self,
        chat_id: int,
        user_id: int,
        symbol: Symbol,
        wish: Wish,
        progress: Progress,
        *,
        until: datetime | None,
        now: datetime,
        seen: Seen | None = None,
    ) -> Alert:
        """Keep a new one under the chat's next number, and how far its pair was judged.

        Raises:
            TooManyAlerts: the chat has as many as it may; nothing was kept.
        """

        def write(db: Database) -> Alert:
            (count,) = db.execute(
                "select count(*) from alerts where chat_id = ? and state != 'done'", [chat_id]
            ).fetchone()
            if count >= PER_CHAT:
                raise TooManyAlerts("alerts", str(count), "/alerts", hint=str(PER_CHAT))
            (number,) = db.execute(
                "insert into alert_numbers (chat_id, last) values (?, 1) "
                "on conflict (chat_id) do update set last = last + 1 returning last",
                [chat_id],
            ).fetchone()
            found = db.execute(
                _INSERT,
                [
                    chat_id,
                    number,
                    user_id,
                    symbol,
                    _json(wish),
                    _json(progress),
                    time_text(now),
                    _time(until),
                ],
            )
            alert = _alert(found.fetchone())
            _note_seen(db, {} if seen is None else {symbol: seen})
            return alert

        return await self.run(write)

    async def alerts(self, chat_id: int | None = None) -> Sequence[Alert]:
        """Those of one chat, or all, that are not done; oldest first."""

        def read(db: Database) -> list[Alert]:
            rows = db.execute(
                f"select {_COLUMNS} from alerts where state != 'done' "  # noqa: S608 - our own column names
                "and (? is null or chat_id = ?) order by id",
                [chat_id, chat_id],
            )
            return [_alert(row) for row in rows.fetchall()]

        return await self.run(read)

    async def alert(self, chat_id: int, number: int) -> Alert | None:
        """One of a chat, also when it is done."""

        def read(db: Database) -> Alert | None:
            row = db.execute(
                f"select {_COLUMNS} from alerts where chat_id = ? and number = ?",  # noqa: S608 - our own column names
                [chat_id, number],
            ).fetchone()
            return _alert(row) if row else None

        return await self.run(read)

    async def save_alerts(
        self, changed: Sequence[Alert], seen: Mapping[Symbol, Seen] | None = None
    ) -> None:
        """How they are now, and how far their pairs were judged, in one transaction."""

        def write(db: Database) -> None:
            for alert in changed:
                _update(db, alert)
            _note_seen(db, seen or {})

        await self.run(write)

    async def tell_alerts(
        self,
        changed: Sequence[Alert],
        news: News | None,
        *,
        now: datetime,
        counts: bool = True,
    ) -> bool:
        """They have happened, all in one chat; False if the chat has heard enough this hour.

        Then they are kept as not said, for the next summary. With ``counts`` off the message is
        such a summary itself, and never too much. Without ``news`` nothing was to be said.
        """

        def write(db: Database) -> bool:
            chat_id = changed[0].chat_id
            is_said = news is None or not counts or _has_room(db, chat_id, now)
            for alert in changed:
                unsaid = 0 if is_said else alert.unsaid + 1
                key = news.event_key if news is not None and is_said else ""
                _update(db, alert, unsaid=unsaid, told_key=key)
            if news is not None and is_said:
                insert_news(db, news, time_text(now))
            return is_said

        return await self.run(write)

    async def remove_alerts(self, chat_id: int, numbers: Sequence[int]) -> int:
        """Forget them; how many there were."""

        def write(db: Database) -> int:
            return sum(
                db.execute(
                    "delete from alerts where chat_id = ? and number = ?", [chat_id, number]
                ).rowcount
                for number in numbers
            )

        return await self.run(write)

    async def seen_trades(self) -> Mapping[Symbol, Seen]:
        """How far each pair was judged."""

        def read(db: Database) -> dict[Symbol, Seen]:
            rows = db.execute("select symbol, trade_id, price, at, heard_at from alert_cursors")
            return {
                Symbol(symbol): Seen(
                    Newest(trade_id, Decimal(price), datetime.fromisoformat(at)),
                    datetime.fromisoformat(heard_at),
                )
                for symbol, trade_id, price, at, heard_at in rows.fetchall()
            }

        return await self.run(read)

    async def forget_alerts(self, now: datetime) -> None:
        """Drop what happened long ago; the numbers stay used."""
        limit = time_text(now - _KEPT)

        def write(db: Database) -> None:
            db.execute("delete from alerts where state = 'done' and told_at < ?", [limit])
            db.execute("delete from alert_messages where at < ?", [time_text(now - _HOUR)])

        await self.run(write)


def _has_room(db: Database, chat_id: int, now: datetime) -> bool:
    (count,) = db.execute(
        "select count(*) from alert_messages where chat_id = ? and at > ?",
        [chat_id, time_text(now - _HOUR)],
    ).fetchone()
    if count >= PER_HOUR:
        return False
    db.execute("insert into alert_messages (chat_id, at) values (?, ?)", [chat_id, time_text(now)])
    return True


def _update(
    db: Database, alert: Alert, *, unsaid: int | None = None, told_key: str | None = None
) -> None:
    db.execute(
        "update alerts set wish = ?, progress = ?, "
        # Whoever knows it as fired may not have heard yet that it was told.
        "state = iif(state = 'done' and ? = 'fired', 'done', ?), until = ?, rests_until = ?, "
        "told_at = ?, times = ?, unsaid = ?, nag_at = ?, nags = ?, "
        "told_key = coalesce(?, told_key) where id = ?",
        [
            _json(alert.wish),
            _json(alert.progress),
            alert.state.value,
            alert.state.value,
            _time(alert.until),
            _time(alert.rests_until),
            _time(alert.told_at),
            alert.times,
            alert.unsaid if unsaid is None else unsaid,
            _time(alert.nag_at),
            alert.nags,
            told_key,
            alert.id,
        ],
    )


def _note_seen(db: Database, seen: Mapping[Symbol, Seen]) -> None:
    for symbol, one in seen.items():
        db.execute(
            "insert or replace into alert_cursors (symbol, trade_id, price, at, heard_at) "
            "values (?, ?, ?, ?, ?)",
            [
                symbol,
                one.trade.trade_id,
                str(one.trade.price),
                time_text(one.trade.at),
                time_text(one.heard_at),
            ],
        )


def _alert(row: Sequence[object]) -> Alert:
    (id_, chat_id, number, user_id, symbol, wish, progress, state, created, *rest) = row
    until, rests, told, times, unsaid, nag_at, nags = rest
    return Alert(
        id=_int(id_),
        chat_id=_int(chat_id),
        number=_int(number),
        user_id=_int(user_id),
        symbol=Symbol(str(symbol)),
        wish=msgspec.json.decode(str(wish), type=Wish),
        progress=msgspec.json.decode(str(progress), type=Progress),
        state=State(str(state)),
        created_at=datetime.fromisoformat(str(created)),
        until=_read_time(until),
        rests_until=_read_time(rests),
        told_at=_read_time(told),
        times=_int(times),
        unsaid=_int(unsaid),
        nag_at=_read_time(nag_at),
        nags=_int(nags),
    )


def _int(value: object) -> int:
    assert isinstance(value, int), "the tables are strict"
    return value


def _json(value: Wish | Progress) -> str:
    return msgspec.json.encode(value).decode()


def _time(at: datetime | None) -> str | None:
    return None if at is None else time_text(at)


def _read_time(text: object) -> datetime | None:
    return None if text is None else datetime.fromisoformat(str(text))
