"""Choices: a chat's settings, each checked before it is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import available_timezones

from bot.core.args import SettingsArgs
from bot.core.errors import BadArgument
from bot.core.settings import CURRENCIES, ChatSettings
from bot.core.talk import nearest_names
from bot.desk.prices import find_pair
from bot.desk.services import Services
from kraken.core.types import Asset, Instrument

MAJORS = ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA")
"""The bases that are offered as a chat's pair."""

_YES = frozenset({"on", "yes", "1", "true"})
_NO = frozenset({"off", "no", "0", "false"})


@dataclass(frozen=True, slots=True)
class Change:
    """New settings, and which of them was chosen."""

    settings: ChatSettings
    what: str
    value: str
    new_pair: str = ""
    """Set when the pair had to follow a new currency."""


Chooser = Callable[[Services, ChatSettings, str], Change]


async def choose(services: Services, chat_id: int, args: SettingsArgs) -> Change:
    """Check one choice and keep it.

    Raises:
        BadArgument: there is no such setting or no such value; nothing was changed.
        UnknownInstrument: no such pair; nothing was changed.
    """
    chooser = _CHOOSERS.get(args.what)
    if chooser is None:
        near = nearest_names(args.what, _CHOOSERS)
        suggestions = tuple(f"/settings {name}" for name in near)
        names = " ".join(NAMES)
        raise BadArgument(
            "setting", args.what, "/settings pair eth/eur", hint=names, suggestions=suggestions
        )
    change = chooser(services, await services.store.chat_settings(chat_id), args.value)
    await services.store.save_chat_settings(chat_id, change.settings)
    return change


def pairs_to_choose(services: Services, settings: ChatSettings) -> list[str]:
    """Well-known pairs in the chat's currency, as far as Kraken has them."""
    symbols = {instrument.symbol for instrument in services.market.instruments()}
    offered = [f"{base}/{settings.currency}" for base in MAJORS]
    return [symbol for symbol in offered if symbol in symbols]


def _currency(services: Services, settings: ChatSettings, value: str) -> Change:
    quotes = {instrument.quote for instrument in services.market.instruments()}
    chosen = Asset(value.upper()) if value else _next(CURRENCIES, settings.currency)
    if chosen not in quotes:
        near = nearest_names(chosen, [quote.lower() for quote in quotes])
        raise BadArgument(
            "currency",
            value,
            "/settings currency eur",
            hint=" ".join(sorted(quotes)),
            suggestions=tuple(f"/settings currency {name}" for name in near),
        )
    base = settings.pair.partition("/")[0]
    follows = _pair_of(services, base, chosen)
    pair = str(follows.symbol if follows else settings.pair)
    changed = replace(settings, currency=str(chosen), pair=pair)
    new_pair = pair if pair != settings.pair else ""
    return Change(changed, "currency", str(chosen), new_pair)


def _pair(services: Services, settings: ChatSettings, value: str) -> Change:
    instrument = find_pair(services, settings, value.replace(" ", "/") or None)
    chosen = str(instrument.symbol)
    return Change(replace(settings, pair=chosen), "pair", chosen)


def _zone(services: Services, settings: ChatSettings, value: str) -> Change:
    known = {name.lower(): name for name in available_timezones()}
    said = value.strip().replace(" ", "_").lower()
    zone = known.get(said) or _by_city(said, known)
    if zone is None:
        near = nearest_names(said, known) or _like_city(said, known)
        raise BadArgument(
            "time zone",
            value,
            "/settings zone Europe/Berlin",
            suggestions=tuple(f"/settings zone {known[name]}" for name in near),
        )
    return Change(replace(settings, time_zone=zone), "time zone", zone)


def _numbers(services: Services, settings: ChatSettings, value: str) -> Change:
    grouping = not settings.grouping if not value else "," in value or value.lower() in _YES
    words = "1,234.5" if grouping else "1234.5"
    if value and not grouping and value.lower() not in (_NO | {"1234.5", "plain"}):
        raise BadArgument(
            "number style",
            value,
            "/settings numbers 1,234.5",
            suggestions=("/settings numbers 1,234.5", "/settings numbers 1234.5"),
        )
    return Change(replace(settings, grouping=grouping), "numbers", words)


def _plain(services: Services, settings: ChatSettings, value: str) -> Change:
    said = value.lower()
    if said and said not in _YES | _NO:
        raise BadArgument(
            "choice",
            value,
            "/settings plain on",
            suggestions=("/settings plain on", "/settings plain off"),
        )
    plain = said in _YES if said else not settings.plain_text
    return Change(replace(settings, plain_text=plain), "plain text", "on" if plain else "off")


NAMES = (
    "currency",
    "pair",
    "zone",
    "numbers",
    "plain",
    "presets",
    "protection",
    "renew",
    "confirm",
    "limits",
    "notifications",
    "quiet",
)

_CHOOSERS: Mapping[str, Chooser] = {
    "currency": _currency,
    "pair": _pair,
    "zone": _zone,
    "numbers": _numbers,
    "plain": _plain,
}


def _pair_of(services: Services, base: str, quote: str) -> Instrument | None:
    return next(
        (
            instrument
            for instrument in services.market.instruments()
            if instrument.base == base and instrument.quote == quote
        ),
        None,
    )


def _next(values: tuple[str, ...], now: str) -> Asset:
    index = values.index(now) if now in values else -1
    return Asset(values[(index + 1) % len(values)])


def _by_city(said: str, known: Mapping[str, str]) -> str | None:
    """``berlin`` is Europe/Berlin, when only one zone ends so."""
    found = [name for lower, name in known.items() if lower.rpartition("/")[2] == said]
    return found[0] if len(found) == 1 else None


def _like_city(said: str, known: Mapping[str, str]) -> list[str]:
    cities = {lower.rpartition("/")[2]: lower for lower in known}
    return [cities[city] for city in nearest_names(said, cities)]
