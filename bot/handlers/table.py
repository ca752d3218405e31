"""The one list of commands and of what buttons do."""

from collections.abc import Mapping

from bot.core.access import Access
from bot.core.texts.catalogue import about, keys, market, people
from bot.core.texts.catalogue import account as accounts
from bot.core.texts.catalogue import admin as owning
from bot.core.texts.catalogue import alerts as alerting
from bot.core.texts.catalogue import express as sending
from bot.core.texts.catalogue import league as leagues
from bot.core.texts.catalogue import paper as practising
from bot.core.texts.catalogue import plans as planned
from bot.core.texts.catalogue import protect as protection
from bot.core.texts.catalogue import safety as stops
from bot.core.texts.catalogue import trade as trading
from bot.handlers import (
    account,
    admin,
    alerts,
    amend,
    answers,
    audit,
    book,
    candles,
    cards,
    connect,
    export,
    express,
    feeds,
    invitations,
    later,
    league,
    links,
    modes,
    orders,
    panel,
    paper,
    plan_panel,
    plans,
    prices,
    protect,
    roles,
    safety,
    settings,
    status,
    talk,
    topics,
    trade,
    typed,
    watch,
)
from bot.handlers.command import Command, Tap
from bot.handlers.patient import patient
from bot.handlers.run import runner

COMMANDS: tuple[Command, ...] = (
    Command(trading.BUY, patient(trade.buy)),
    Command(trading.SELL, patient(trade.sell)),
    Command(protection.PROTECT, protect.protect),
    Command(accounts.ORDERS, patient(orders.orders)),
    Command(accounts.CANCEL, patient(orders.cancel)),
    Command(accounts.CANCEL_ALL, patient(orders.cancel_all)),
    Command(accounts.AMEND, patient(amend.amend)),
    Command(accounts.BALANCE, patient(account.balance)),
    Command(market.TICKER, prices.ticker),
    Command(market.BOOK, book.book),
    Command(market.CANDLES, candles.candles),
    Command(market.WATCH, watch.watch),
    Command(market.PRICE, prices.price),
    Command(alerting.ALERT, alerts.alert),
    Command(alerting.ALERTS, alerts.alerts),
    Command(accounts.PNL, patient(account.pnl)),
    Command(accounts.PORTFOLIO, patient(account.portfolio)),
    Command(accounts.TRADES, patient(account.trades)),
    Command(accounts.FEES, patient(account.fees)),
    Command(accounts.EXPORT, export.export),
    Command(planned.DCA, plans.dca),
    Command(planned.SCHEDULE, plans.schedule),
    Command(keys.CONNECT, connect.connect),
    Command(keys.DISCONNECT, connect.disconnect),
    Command(about.STATUS, status.status),
    Command(stops.KILL, safety.kill),
    Command(about.SETTINGS, settings.settings),
    Command(leagues.LEAGUE, league.league),
    Command(practising.PAPER, patient(paper.paper)),
    Command(stops.LIVE, modes.live),
    Command(stops.LIMITS, settings.limits_alone),
    Command(stops.RESUME, safety.resume),
    Command(stops.DEADMAN, safety.deadman),
    Command(sending.EXPRESS, express.express),
    Command(people.ROLE, roles.role),
    Command(people.SETUP, roles.setup),
    Command(people.FEED, feeds.feed),
    Command(people.HERE, topics.here),
    Command(people.LEND, roles.lend),
    Command(people.UNLEND, roles.unlend),
    Command(people.AUDIT, audit.audit),
    Command(people.USERS, admin.alone(roles.users)),
    Command(people.APPROVE, roles.approve),
    Command(people.INVITE, invitations.invite),
    Command(people.BLOCK, roles.block),
    Command(owning.BROADCAST, admin.alone(admin.broadcast)),
    Command(owning.BACKUP, admin.alone(admin.backup)),
    Command(owning.ROTATE, admin.alone(admin.rotate)),
    Command(owning.ERRORS, admin.alone(admin.errors)),
    Command(owning.VERSION, admin.version),
    Command(about.HELP, talk.help_),
    Command(about.START, links.start),
)
"""In the order of the menus."""

COMMANDS_BY_NAME: Mapping[str, Command] = {
    name: command for command in COMMANDS for name in (command.name, *command.aliases)
}
"""By name and by alias."""

TAPS: Mapping[str, Tap] = {
    "run": Tap(runner(COMMANDS_BY_NAME)),
    "price": Tap(prices.refresh_price),
    "ticker": Tap(prices.refresh_ticker),
    "book": Tap(book.refresh_book),
    "book_live": Tap(book.follow_book),
    "book_stop": Tap(book.stop_book),
    "candles": Tap(candles.other_candles),
    "connect_intro": Tap(connect.turn_intro, Access.TRADER),
    "connect_key": Tap(connect.ask_key, Access.TRADER),
    "connect_again": Tap(connect.check_again, Access.TRADER),
    "connect_cancel": Tap(connect.cancel, Access.TRADER),
    "watch_pause": Tap(watch.pause),
    "watch_stop": Tap(watch.stop),
    "watch_go_on": Tap(watch.go_on),
    "help": Tap(talk.turn_help),
    "settings": Tap(settings.turn_settings),
    "broadcast_go": Tap(admin.send_broadcast, Access.OWNER),
    "feed": Tap(feeds.turn_feed, Access.CHAT_OWNER),
    "invitation_end": Tap(invitations.withdraw, Access.OWNER),
    "revoke_key": Tap(roles.revoke, Access.OWNER),
    "status": Tap(status.refresh_status),
    "audit": Tap(audit.turn_audit, Access.CHAT_OWNER),
    "status_test": Tap(status.test_message),
    "status_report": Tap(status.report),
    "kill": Tap(safety.tap_kill, Access.TRADER),
    "kill_back": Tap(safety.back, Access.TRADER),
    "kill_entries": Tap(safety.cancel_entries, Access.TRADER),
    "kill_all": Tap(safety.cancel_all, Access.TRADER),
    "kill_sell": Tap(safety.sell, Access.CHAT_OWNER),
    "resume": Tap(safety.tap_resume, Access.CHAT_OWNER),
    "deadman_on": Tap(safety.tap_deadman, Access.CHAT_OWNER),
    "first_limits": Tap(modes.first_limits, Access.CHAT_OWNER),
    "ticket_send": Tap(trade.send, Access.TRADER),
    "ticket_later": Tap(later.send_then, Access.TRADER),
    "preview_later": Tap(later.preview_later, Access.TRADER),
    "ticket_change": Tap(trade.change, Access.TRADER),
    "ticket_drop": Tap(trade.put_away, Access.TRADER),
    "preview_again": Tap(patient(trade.again), Access.TRADER),
    "panel": Tap(panel.turn, Access.TRADER),
    "panel_preview": Tap(patient(trade.preview_panel), Access.TRADER),
    "panel_close": Tap(panel.close, Access.TRADER),
    "orders": Tap(patient(orders.turn_orders), Access.TRADER),
    "order": Tap(patient(orders.open_order), Access.TRADER),
    "list_cancel": Tap(patient(orders.tap_cancel), Access.TRADER),
    "cancel_all": Tap(patient(orders.tap_cancel_all), Access.TRADER),
    "cancel_all_go": Tap(orders.sweep, Access.TRADER),
    "amend": Tap(patient(amend.tap_amend), Access.TRADER),
    "amend_go": Tap(amend.send, Access.TRADER),
    "amend_replace": Tap(amend.replace, Access.TRADER),
    "balance": Tap(patient(account.turn_balance), Access.BALANCES),
    "trades": Tap(patient(account.turn_trades), Access.TRADER),
    "fees": Tap(patient(account.turn_fees), Access.TRADER),
    "pnl": Tap(patient(account.turn_pnl), Access.BALANCES),
    "portfolio": Tap(patient(account.turn_portfolio), Access.BALANCES),
    "set_cost": Tap(account.set_cost, Access.TRADER),
    "paper_reset": Tap(paper.take_reset, Access.CHAT_OWNER),
    "league_join": Tap(league.tap_join),
    "league_table": Tap(league.tap_table),
    "league_play": Tap(league.tap_play, Access.TRADER),
    "why": Tap(paper.why, Access.TRADER),
    "why_again": Tap(paper.why_again, Access.TRADER),
    "dca": Tap(plan_panel.turn, Access.TRADER),
    "dca_preview": Tap(plans.preview_panel, Access.TRADER),
    "plans": Tap(plans.turn_plans, Access.TRADER),
    "plan_go": Tap(plans.confirm, Access.TRADER),
    "plan_drop": Tap(plans.put_away, Access.TRADER),
    "plan_act": Tap(plans.tap_act, Access.TRADER),
    "plan_missed": Tap(plans.answer_missed, Access.TRADER),
    "alert_next": Tap(alerts.tap_next),
    "alert_set": Tap(alerts.set_option),
    "alert_show": Tap(alerts.show),
    "alert_ends": Tap(alerts.ends),
    "alert_again": Tap(alerts.again),
    "alert_sleep": Tap(alerts.sleep),
    "alert_seen": Tap(alerts.seen),
    "alert_off": Tap(alerts.off),
    "alerts": Tap(alerts.turn_list),
    "alerts_clear": Tap(alerts.tap_clear),
    "order_check": Tap(cards.check, Access.TRADER),
    "order_cancel": Tap(cards.cancel, Access.TRADER),
    "exit_end": Tap(cards.end_take_profit, Access.TRADER),
    "stops_end": Tap(patient(orders.end_stops), Access.TRADER),
    "list_exit_end": Tap(patient(orders.end_part), Access.TRADER),
}
"""By the verb of the button."""

unknown_command = talk.unknown_command
free_text = typed.before(
    connect.before(answers.before(plans.before(trade.before(talk.free_text))))
)

KEY_TEXTS = connect.KEY_TEXTS
"""What is done with a message that may hold a key."""
