"""Files: what stands in them, how far they are, and where they are given out."""

from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts.labels import badge, open_private, run_text
from bot.core.texts.markup import esc, paragraphs
from bot.core.trade.account_args import ExportArgs
from bot.core.trade.types import Mode


def file_page(
    args: ExportArgs,
    mode: Mode,
    rows: int,
    currency: str,
    document: bytes,
    *,
    is_complete: bool = True,
) -> Page:
    """The file with what has to be known to read it."""
    noun = "row" if rows == 1 else "rows"
    html = paragraphs(
        f"{badge(mode)} · {_what(args)}, {rows} {noun}",
        f"Time: {_span(args)}",
        "Times are UTC. Empty means not known.",
        f"Values are in {esc(currency, 8)}, at the rate of their day.",
        "Costs and proceeds are before fees." if args.what == "pnl" else "",
        "This is not all: older history was not read." if not is_complete else "",
    )
    return Page(html, document=document, filename=file_name(args, mode))


def file_name(args: ExportArgs, mode: Mode) -> str:
    """``kraken_live_trades_2026.csv``."""
    span = args.span.name.replace(" ", "").replace("..", "_to_") or "all"
    tax = "_tax" if args.tax else ""
    return f"kraken_{mode.value}_{args.what}{tax}_{span}.{args.form}"


def empty_page(args: ExportArgs, mode: Mode) -> Page:
    """Nothing in that time: no empty file."""
    html = paragraphs(
        f"{badge(mode)} · no {_what(args)} in that time.",
        f"Time: {_span(args)}. Nothing, so there is no file.",
    )
    return Page(html, ((run_text(f"/export {args.what} all"),),))


def private_only_page(settings: ChatSettings) -> Page:
    """Asked for in a group."""
    return Page(
        "Files are for private chats only.\nNothing was sent here: write to me directly.",
        ((open_private("export"),),),
    )


def progress_page(args: ExportArgs, mode: Mode, done: int) -> Page:
    """Edited while a long history is read."""
    slow = "Kraken hands out its history slowly. " if mode is Mode.LIVE else ""
    html = paragraphs(
        f"{badge(mode)} · collecting {_what(args)}: {done} so far",
        f"{slow}The file comes by itself.",
    )
    return Page(html, silent=True)


def finished_page(args: ExportArgs, mode: Mode, rows: int) -> Page:
    """What the progress message says in the end."""
    return Page(f"{badge(mode)} · {_what(args)}: {rows} in the file.", silent=True)


def given_up_page(args: ExportArgs) -> Page:
    """It was ended before it was done."""
    text = f"/export {args.what} {args.span.name.replace(' days', 'd')} {args.form}"
    html = paragraphs(
        f"Stopped collecting {_what(args)}.",
        "A newer request took its place, or I was restarted. Ask again if you want it.",
    )
    return Page(html, ((run_text(text),),), silent=True)


def _what(args: ExportArgs) -> str:
    return "P&amp;L" if args.what == "pnl" else esc(args.what)


def _span(args: ExportArgs) -> str:
    return "all there is" if args.span.name == "all" else esc(args.span.name, 24)
