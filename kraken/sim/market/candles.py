"""Candles and statistics of one pair: the past before the start, and the tape since, as one."""

from kraken.sim.market.history import PairPast
from kraken.sim.market.tape import Tape
from kraken.sim.market.types import CandleRow, Stats, TradePrint, merge

_ROWS = 721
_DAY_S = 86_400


class Candles:
    """Answers that change only with the tape and the time."""

    def __init__(self, past: PairPast, tape: Tape) -> None:
        self._past = past
        self._tape = tape
        self._opened_s = past.end * 60
        self._past_rows: dict[int, list[CandleRow]] = {}
        self._windows: dict[str, tuple[int, int, CandleRow]] = {}
        self._last: TradePrint | None = None

    def rows(self, minutes: int, now_s: int, since_s: int | None) -> list[CandleRow]:
        """At most 721 rows, oldest first; empty intervals are rows too."""
        length = minutes * 60
        running = now_s - now_s % length
        first = running - (_ROWS - 1) * length
        if since_s is not None:
            first = max(first, since_s - since_s % length + length)
        past = self._rows_before(minutes)
        found = [row for row in past if row.begin_s >= first]
        live = {row.begin_s: row for row in self._tape.rows(minutes, first)}
        if found and found[-1].begin_s + length > self._opened_s:
            cut = found.pop()
            later = [live[cut.begin_s]] if cut.begin_s in live else []
            found.append(merge(cut.begin_s, [cut, *later], cut.close))
        close = found[-1].close if found else self._close_before(minutes, first)
        begin = found[-1].begin_s + length if found else first
        for begin_s in range(begin, running + length, length):
            row = live.get(begin_s) or CandleRow(begin_s, close, close, close, close, 0, 0, 0)
            close = row.close
            found.append(row)
        return found

    def running(self, minutes: int, now_s: int) -> CandleRow:
        """The candle of this moment."""
        length = minutes * 60
        begin_s = now_s - now_s % length
        parts = self._tape.rows(minutes, begin_s)
        if begin_s < self._opened_s:
            parts.insert(0, self._rows_before(minutes)[-1])
        return merge(begin_s, parts, self.last().ticks)

    def stats(self, now_s: int) -> Stats:
        """Today and the last 24 hours, to the minute."""
        minute_s = now_s - now_s % 60
        today = self._window("today", now_s - now_s % _DAY_S, minute_s)
        day = self._window("day", minute_s - _DAY_S + 60, minute_s)
        return Stats(today, day, self.last())

    def last(self) -> TradePrint:
        """The newest trade."""
        if self._tape.prints:
            return self._tape.prints[-1]
        if self._last is None:
            self._last = self._past.last_trades(1)[-1]
        return self._last

    def _window(self, name: str, first_s: int, minute_s: int) -> CandleRow:
        """From that second to now; all but the running minute is remembered."""
        known = self._windows.get(name)
        if known is None or known[:2] != (first_s, minute_s):
            parts: list[CandleRow] = []
            close = self.last().ticks
            if first_s < self._opened_s:
                parts = [self._past.range(first_s // 60, self._past.end)]
                close = parts[0].close
            parts += [row for row in self._tape.rows(1, first_s) if row.begin_s < minute_s]
            known = (first_s, minute_s, merge(first_s, parts, close))
            self._windows[name] = known
        row = known[2]
        return merge(first_s, [row, *self._tape.rows(1, minute_s)], row.close)

    def _rows_before(self, minutes: int) -> list[CandleRow]:
        """Rows that begin before the market opened; the last one may be cut short."""
        known = self._past_rows.get(minutes)
        if known is None:
            length = minutes * 60
            last = self._opened_s - 60 - (self._opened_s - 60) % length
            first = last - (_ROWS - 1) * length
            oldest = self._past.oldest * 60
            if first < oldest:
                first += (oldest - first + length - 1) // length * length
            known = self._past.rows(minutes, first // 60)
            self._past_rows[minutes] = known
        return known

    def _close_before(self, minutes: int, first_s: int) -> int:
        earlier = [row for row in self._tape.rows(minutes, 0) if row.begin_s < first_s]
        return earlier[-1].close if earlier else self._rows_before(minutes)[-1].close
