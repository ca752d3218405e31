"""Any text at all, from anybody: a page or an error that has a sentence, never anything else."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.errors import UserError
from bot.core.texts.errors import error_page
from bot.handlers import COMMANDS_BY_NAME, TAPS, free_text, unknown_command
from kraken.core.errors import KrakenError
from tests.fake_bot import Chat
from tests.page_rules import check_page

WORDS = (
    "btc eth/eur doge xbt BTC-USD nosuch 5 25 10 0.5 0,5 group live every for 5s 2h 15m 1d 7m "
    "text csv ema pair zone currency numbers plain on off berlin eur book help pair_BTC-EUR "
    "buy sell @ 60000 market post ioc gtd=4h 50usd 25% max stop=58000 trail=2% sl=-3% tp=+6% "
    'show=0.01 note="x" check \u202eevil <b>& 💰 1e9'
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(WORDS.split()), max_size=6).map(" ".join), st.text(max_size=300)
)
PATIENT = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def answered(handler, ask) -> None:
    """Run it as the edge does; FakeAsk checks every page."""
    try:
        await handler(ask)
    except (UserError, KrakenError) as error:
        page = error_page(error, command=ask.command, args=ask.args)
        assert page is not None, f"{type(error)} has no sentence"
        check_page(page)
        for button in page.buttons():
            assert button.verb in TAPS
    finally:
        ask.chat.tasks.close()


@pytest.mark.parametrize("command", sorted(COMMANDS_BY_NAME))
@PATIENT
@given(args=TEXTS)
async def test_any_words_after_a_command_are_answered(command: str, args: str) -> None:
    ask = Chat().ask(command=command, args=args, text=f"/{command} {args}")
    await answered(COMMANDS_BY_NAME[command].handler, ask)


@PATIENT
@given(text=TEXTS, kind=st.sampled_from(["private", "group"]))
async def test_any_free_text_is_answered(text: str, kind: str) -> None:
    chat = Chat(kind=kind)
    await answered(free_text, chat.ask(text=text))
    command, _, args = text.partition(" ")
    await answered(unknown_command, chat.ask(command=command.lower(), args=args, text=text))
