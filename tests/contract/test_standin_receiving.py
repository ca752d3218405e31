"""How a bot receives: polls, takeovers, webhooks, and a whole Application of the real library."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Conflict, InvalidToken
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
)

from bot.standin.server import LocalTelegram
from tests.local_telegram import Rig, ptb, rigged

PATIENCE = 10


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as rig:
        yield rig


async def test_a_long_poll_ends_with_the_next_message(rig: Rig) -> None:
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(rig.bot.get_updates(timeout=50))
        await rig.says("/book btc")
    (update,) = poll.result()
    assert update.message is not None
    assert update.message.text == "/book btc"


async def test_a_second_poller_takes_over_and_the_first_hears_409(rig: Rig) -> None:
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:

        async def first() -> str:
            with pytest.raises(Conflict) as refusal:
                await rig.bot.get_updates(offset=1, timeout=50)
            return refusal.value.message

        old = tasks.create_task(first())
        await rig.telegram.state.updates.polling.wait()
        async with ptb(rig.telegram) as thief:
            new = tasks.create_task(thief.get_updates(offset=2, timeout=50))
            message = await old
            await rig.says("/book")
            assert len(await new) == 1
    assert message == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )


async def test_only_wanted_kinds_arrive(rig: Rig) -> None:
    await rig.bot.get_updates(allowed_updates=["callback_query"], timeout=0)
    told = await rig.does("message", user_id=1, chat_id=1, text="x")
    assert told["update_id"] is None
    assert (await rig.bot.get_webhook_info()).allowed_updates == ("callback_query",)


@asynccontextmanager
async def listening(statuses: list[int]) -> AsyncIterator[tuple[str, list[Any]]]:
    """A bot's own web server, which answers with the given statuses, then with 200."""
    received: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        received.append(
            (await request.json(), request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        )
        return web.Response(status=statuses.pop(0) if statuses else 200)

    application = web.Application()
    application.add_routes([web.post("/hook", take)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", received
    finally:
        await runner.cleanup()


async def test_a_webhook_gets_updates_with_its_secret(rig: Rig) -> None:
    await rig.says("before")
    async with listening([]) as (url, received):
        await rig.bot.set_webhook(url, secret_token="s3cret")
        await rig.says("after")
        assert [(u["message"]["text"], s) for u, s in received] == [
            ("before", "s3cret"),
            ("after", "s3cret"),
        ]
        with pytest.raises(Conflict, match="webhook is active"):
            await rig.bot.get_updates()
        info = await rig.bot.get_webhook_info()
        assert (info.url, info.pending_update_count) == (url, 0)
        await rig.bot.delete_webhook()
        assert await rig.bot.get_updates() == ()


async def test_an_update_that_the_webhook_does_not_take_is_sent_again(rig: Rig) -> None:
    async with listening([500]) as (url, received):
        await rig.bot.set_webhook(url)
        await rig.says("one")
        info = await rig.bot.get_webhook_info()
        assert info.pending_update_count == 1
        assert (
            info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
        )
        await rig.says("two")
        assert [u["message"]["text"] for u, _ in received] == ["one", "one", "two"]


async def test_setting_a_webhook_ends_a_waiting_poll(rig: Rig) -> None:
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:

        async def poll() -> None:
            with pytest.raises(Conflict, match="terminated by setWebhook request"):
                await rig.bot.get_updates(timeout=50)

        tasks.create_task(poll())
        await rig.telegram.state.updates.polling.wait()
        async with listening([]) as (url, _):
            await rig.bot.set_webhook(url)
    with pytest.raises(BadRequest, match="only loopback addresses"):
        await rig.bot.set_webhook("https://example.com/hook")


async def test_a_wrong_token_is_no_bot(rig: Rig) -> None:
    for token, status in ((rig.telegram.token[:-1] + "#", 401), ("nonsense", 404)):
        stranger = ptb(rig.telegram, token)
        with pytest.raises(InvalidToken):
            await stranger.initialize()
        await stranger.shutdown()
        address = f"{rig.telegram.api_root}/bot{token.replace('#', '%23')}/getMe"
        async with rig.http.get(address) as answer:
            assert answer.status == status


async def test_an_application_of_the_real_library_runs_on_it(rig: Rig) -> None:
    pressed = asyncio.Event()

    async def book(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        button = InlineKeyboardButton("Refresh", callback_data="v1:book")
        await update.message.reply_text("Book", reply_markup=InlineKeyboardMarkup([[button]]))

    async def refresh(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("Fresh")
        await update.callback_query.edit_message_text("Book 2")
        pressed.set()

    application = _application(rig.telegram)
    application.add_handler(CommandHandler("book", book))
    application.add_handler(CallbackQueryHandler(refresh))
    async with asyncio.timeout(PATIENCE), application:
        assert application.updater is not None
        await application.updater.start_polling(timeout=50)
        await application.start()
        await rig.says("/book btc")
        messages = await rig.chat_of(2)
        await rig.does(
            "tap", user_id=1, chat_id=1, message_id=messages[-1]["message_id"], text="Refresh"
        )
        await pressed.wait()
        await application.updater.stop()
        await application.stop()
    assert (await rig.chat())[1]["text"] == "Book 2"
    assert (await rig.sees("chat?chat_id=1"))["toasts"][0]["text"] == "Fresh"


def _application(telegram: LocalTelegram) -> "Application[Any, Any, Any, Any, Any, Any]":
    root = telegram.api_root
    return (
        ApplicationBuilder()
        .token(telegram.token)
        .base_url(f"{root}/bot")
        .base_file_url(f"{root}/file/bot")
        .build()
    )
