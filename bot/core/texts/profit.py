"""Profit and loss: the table, what is not known, and the question for a cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.core.page import Button, Page, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.figures import gain, money, name, row, short_qty
from bot.core.texts.labels import badge, chosen, icon
from bot.core.texts.markup import code, esc, paragraphs, table
from bot.core.trade.profit import Lot, Method, Profit, Result
from bot.core.trade.types import Mode
from kraken.core.trading import EXACT
from kraken.core.types import Asset

_SPANS = (("Today", "today"), ("7d", "7d"), ("30d", "30d"))
LOTS_MOST = 3
"""Lots of unknown cost that are listed with a button each."""


@dataclass(frozen=True, slots=True)
class ProfitReport:
    """A profit and what it was asked for."""

    mode: Mode
    currency: str
    span: str
    """As a title: ``7 days``, ``today``, ``2026``."""
    asked: str
    """As an argument, so that a button asks the same again."""
    pair: str
    method: Method
    profit: Profit
    is_complete: bool = True
    """False: the history reaches back further than was read."""


def profit_page(report: ProfitReport, settings: ChatSettings) -> Page:
    """Realised, fees, unrealised and net, with what is missing in them said under the table."""
    head = f"{badge(report.mode)} · P&amp;L {esc(report.span, 24)}"
    cells = _cells(report, settings)
    if settings.plain_text:
        body = "\n".join(f"{esc(left)}: {esc(right)}" for left, right in cells)
    else:
        title = row(f"P&L {report.span}"[:22], report.currency)
        body = table([*title, *(line for cell in cells for line in row(*cell))])
    about = "Average cost" if report.method is Method.AVERAGE else "First in, first out"
    pair = f"{esc(report.pair, 20)}, " if report.pair else ""
    html = paragraphs(head, body, f"{pair}{about}, in {esc(report.currency, 8)}.", *_notes(report))
    return Page(html, (*_lot_buttons(report, settings), *_buttons(report, settings)))


def ask_cost_page(
    mode: Mode, asset: str, qty: Decimal, currency: str, settings: ChatSettings
) -> Page:
    """The question; its answer is one number."""
    amount = f"{esc(short_qty(qty, settings))} {esc(asset, 12)}"
    html = paragraphs(
        f"{badge(mode)} · what did it cost you?",
        f"It came by deposit or reward: {amount}.",
        f"Answer with one number in {esc(currency, 8)} for all of it, for example {code('1500')}.",
    )
    return Page(html, force_reply=True)


def cost_kept_page(
    mode: Mode, asset: str, cost: Decimal, currency: str, settings: ChatSettings
) -> Page:
    """Written down; from now on it counts."""
    paid = f"{money(cost, settings, currency)} {esc(currency, 8)}"
    html = paragraphs(
        f"{badge(mode)} · noted",
        f"{esc(asset, 12)} for {paid}: P&amp;L counts with it from now on.",
    )
    button = Button("P&L", "pnl", {"span": "all", "pair": "", "method": "fifo"})
    return Page(html, ((button,),))


def _cells(report: ProfitReport, settings: ChatSettings) -> list[tuple[str, str]]:
    found, currency = report.profit, report.currency
    share = f" ({found.won * 100 // found.trades} %)" if found.trades else ""
    return [
        ("Realised", gain(found.realised, settings, currency)),
        ("Fees", gain(-found.fees, settings, currency)),
        ("Unrealised", gain(found.unrealised, settings, currency)),
        ("Net", gain(found.net, settings, currency)),
        (f"Sales {found.trades}", f"won {found.won}{share}" if found.trades else ""),
        *_result("Best", found.best, settings, currency),
        *_result("Worst", found.worst, settings, currency),
    ]


def _result(
    word: str, result: Result | None, settings: ChatSettings, currency: str
) -> list[tuple[str, str]]:
    if result is None:
        return []
    return [(f"{word.ljust(5)} {name(result.asset, 12)}", gain(result.gain, settings, currency))]


def _notes(report: ProfitReport) -> list[str]:
    found, currency = report.profit, esc(report.currency, 8)
    notes = []
    if not report.is_complete:
        notes.append("Older fills were not read yet: ask again, I go on where I stopped.")
    if found.unknown_sold:
        notes.append(f"Not counted, cost unknown: sold {_amounts(found.unknown_sold)}.")
    if found.unknown_lots:
        held: dict[Asset, Decimal] = {}
        for lot in found.unknown_lots:
            held[lot.asset] = EXACT.add(held.get(lot.asset, Decimal(0)), lot.qty)
        notes.append(f"Came by deposit or reward, cost unknown: {_amounts(held)}.")
    if found.unpriced:
        names = ", ".join(esc(asset, 12) for asset in found.unpriced[:5])
        notes.append(f"No price in {currency}, so not in it: {names}.")
    if found.unknown_fees:
        notes.append(f"{found.unknown_fees} fees are not in it: no rate to {currency}.")
    return notes


def _amounts(amounts: Mapping[Asset, Decimal]) -> str:
    plain = ChatSettings()
    said = [f"{esc(short_qty(qty, plain))} {esc(asset, 12)}" for asset, qty in amounts.items()]
    return ", ".join(said[:4]) + (" and more" if len(said) > 4 else "")


def _lot_buttons(report: ProfitReport, settings: ChatSettings) -> Rows:
    """The largest lots of unknown cost; the rest after those have one."""
    lots: Sequence[Lot] = sorted(report.profit.unknown_lots, key=lambda lot: -lot.qty)
    return tuple(
        (
            Button(
                f"Set cost of {short_qty(lot.qty, settings)} {lot.asset}"[:32],
                "set_cost",
                {
                    "entry": lot.reference,
                    "asset": lot.asset,
                    "qty": f"{lot.qty:f}",
                    "currency": report.currency,
                },
            ),
        )
        for lot in lots[:LOTS_MOST]
    )


def _buttons(report: ProfitReport, settings: ChatSettings) -> Rows:
    def turn(label: str, span: str, method: Method) -> Button:
        payload = {"span": span, "pair": report.pair, "method": method.value}
        return Button(label, "pnl", payload)

    spans = tuple(
        turn(chosen(label, span == report.asked), span, report.method) for label, span in _SPANS
    )
    other = Method.FIFO if report.method is Method.AVERAGE else Method.AVERAGE
    word = "FIFO" if other is Method.FIFO else "Average"
    refresh = icon("🔄", "Refresh", plain=settings.plain_text)
    return spans, (
        turn(word, report.asked, other),
        turn(refresh, report.asked, report.method),
    )
