"""Balances asked for in a group: who asked reads them in private, and nobody else."""

from pathlib import Path
from typing import Any

from tests.stack import GROUP, OWNER, People, stack
from tests.virtual_time import passes

THIRD = 3
"""Never wrote to the bot in private."""


async def say(them: People, text: str, user: int, where: int) -> dict[str, Any]:
    await them.say(user, text, where)
    await passes(3)
    return (await them.messages(where))[-1]


async def test_a_balance_is_said_to_who_asked_or_how_to_get_it(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        await say(them, f"/role {THIRD} trader", OWNER, GROUP)
        await say(them, f"/role {THIRD} viewer", OWNER, GROUP)
        told = await say(them, "/balance", THIRD, GROUP)
        assert "for viewers whom the owner lets see it" in told["text"]
        shown = await say(them, f"/role {THIRD} viewer balances", OWNER, GROUP)
        assert f"{THIRD}: viewer, sees balances" in shown["text"]
        assert "look but not trade" in (await say(them, "/buy 1usd btc", THIRD, GROUP))["text"]
        for command in ("/balance", "/portfolio", "/pnl"):
            told = await say(them, command, THIRD, GROUP)
            assert "I may not write to you yet." in told["text"], command
        [[button]] = told["buttons"]
        assert button["url"] == "https://t.me/kraken_local_bot?start=hello"

        await say(them, f"/start {button['url'].rpartition('=')[2]}", THIRD, THIRD)
        for command in ("/balance", "/portfolio", "/pnl"):
            told = await say(them, command, THIRD, GROUP)
            assert told["text"] == "🔒 I sent you a message in private.", command
            private = (await them.messages(THIRD))[-1]
            assert "of the group in which you asked" in private["text"], command
            assert private["buttons"] == [], "they would ask about the private chat"
        assert not any("10,000" in message["text"] for message in await them.messages(GROUP)), (
            "no number of it is in the group"
        )

        await them.post("block", user_id=THIRD)
        told = await say(them, "/balance", THIRD, GROUP)
        assert "I may not write to you yet." in told["text"]


async def test_what_is_private_links_into_the_private_chat_and_goes_on_there(
    tmp_path: Path,
) -> None:
    async with stack(tmp_path / "data") as them:
        for command, words in (
            ("/connect", "Keys are entered only in private."),
            ("/live", "Live trading needs a Kraken key."),
        ):
            told = await say(them, command, OWNER, GROUP)
            assert words in told["text"]
            assert told["buttons"][0][0]["text"] == "Open private chat"
            assert told["buttons"][0][0]["url"] == "https://t.me/kraken_local_bot?start=connect"
        told = await say(them, "/export trades", OWNER, GROUP)
        assert told["buttons"][0][0]["url"].endswith("?start=export")
        assert "Connect Kraken (1/3)" in (await say(them, "/start connect", OWNER, OWNER))["text"]
        told = await say(them, "/start connect", OWNER, GROUP)
        assert "Connect Kraken" not in told["text"], "not in a group"


TOLD = ("free", "Holdings", "worth", "10,000", "Now ")
"""Words and numbers with which a balance is told."""


async def test_no_card_in_a_group_tells_what_is_owned(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        key = them.exchange.add_user({"balances": {"USD": "10000", "BTC": "0.5"}})
        await say(them, f"/connect {key['api_key']} {key['api_secret']}", OWNER, OWNER)
        await passes(5)
        await say(them, f"/lend {GROUP}", OWNER, OWNER)
        for mode in ("paper", "live"):
            for command, words in (
                ("/buy", "Amount: choose one below"),
                ("/buy 50usd btc market", "preview, 60 s"),
                ("/buy 20000usd btc market", "Not enough USD.\nThis needs 20,"),
                ("/alert usd < 100000000", "It is so already. Nothing is set yet."),
                ("/alert usd < 1", "USD balance < 1"),
                ("/dca 10usd btc every 1d at 09:00", "Each run max"),
                ("/kill", "0 entries, 0 protective stops open."),
            ):
                told = await say(them, command, OWNER, GROUP)
                assert words in told["text"], command
                assert not [word for word in TOLD if word in told["text"]], told["text"]
                if command.startswith("/buy 20000"):
                    labels = [each["text"] for row in told["buttons"] for each in row]
                    assert not [label for label in labels if label.startswith("Use")]
                await passes(4)
            told = await say(them, "/resume", OWNER, GROUP)
            await them.tap(OWNER, told["message_id"], told["buttons"][0][0]["text"], GROUP)
            await passes(4)
            if mode == "paper":
                told = await say(them, "/live", OWNER, GROUP)
                assert "trade real money here?" in told["text"]
                assert not [word for word in TOLD if word in told["text"]], told["text"]
                assert "LIVE" in (await say(them, "/live live", OWNER, GROUP))["text"]
