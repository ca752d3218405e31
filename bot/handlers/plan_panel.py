"""The panel of a recurring buy; it cannot start a plan."""

from bot.core.plans.panel import DcaPanel, read_panel
from bot.core.texts.plans_panel import dca_pair_page, dca_panel_page
from bot.desk import panel as desk
from bot.desk.dca import first_panel, panel_wish
from bot.handlers.ask import Ask


async def open_panel(ask: Ask) -> None:
    """A new panel, with the chat's own pair."""
    await ask.services.market.ready()
    settings = await ask.services.store.chat_settings(ask.chat_id)
    await _show(ask, first_panel(ask.services, settings), None)


async def turn(ask: Ask) -> None:
    """A button of the panel."""
    panel = read_panel(ask.payload)
    if ask.payload.get("view") == "pair":
        settings = await ask.services.store.chat_settings(ask.chat_id)
        await ask.edit(dca_pair_page(panel, desk.pairs_of_panel(ask.services, settings)))
    else:
        await _show(ask, panel, ask.message_id)


async def _show(ask: Ask, panel: DcaPanel, message_id: int | None) -> None:
    services = ask.services
    settings = await services.store.chat_settings(ask.chat_id)
    _, facts = await desk.read_panel(services, settings, ask.chat_id, panel_wish(panel))
    plans = len(await services.plans.plans_of(ask.chat_id))
    page = dca_panel_page(panel, facts, settings, plans=plans)
    await (ask.reply(page) if message_id is None else ask.edit(page))
