"""A ticket is its author's: another trader gets the order only by a preview of their own."""

from pathlib import Path
from typing import Any

from bot.core.texts.preview import NOT_YOURS
from tests.stack import FRIEND, GROUP, OWNER, People, stack
from tests.virtual_time import passes


async def tap(them: People, user: int, message: dict[str, Any], begins: str) -> dict[str, Any]:
    """Press the button whose label begins so; the message afterwards."""
    labels = [button["text"] for row in message["buttons"] for button in row]
    label = next(each for each in labels if each.startswith(begins))
    await them.tap(user, message["message_id"], label, GROUP)
    await passes(4)
    shown = {each["message_id"]: each for each in await them.messages(GROUP)}
    return shown[message["message_id"]]


async def toasts(them: People) -> list[str]:
    async with them.http.get(f"{them.telegram.url}/sim/chat?chat_id={GROUP}") as answer:
        return [str(toast["text"]) for toast in (await answer.json())["toasts"] if toast["text"]]


async def test_another_trader_takes_an_order_over_by_a_new_preview_only(tmp_path: Path) -> None:
    async with stack(tmp_path / "data") as them:
        await them.say(OWNER, f"/role {FRIEND} trader", GROUP)
        await passes(3)
        await them.say(FRIEND, "/buy 0.01 btc @ -5%", GROUP)
        await passes(4)
        card = (await them.messages(GROUP))[-1]
        for begins in ("✅", "✖"):
            assert "preview, 60 s" in (await tap(them, OWNER, card, begins))["text"]
        assert await toasts(them) == [NOT_YOURS, NOT_YOURS]

        await passes(61)
        shown = {each["message_id"]: each for each in await them.messages(GROUP)}
        expired = shown[card["message_id"]]
        assert "Expired. Nothing was sent." in expired["text"]
        taken = await tap(them, OWNER, expired, "New preview")
        assert "preview, 60 s" in taken["text"]
        assert "preview, 60 s" in (await tap(them, FRIEND, taken, "✅"))["text"], "not theirs now"
        assert (await toasts(them))[2:] == [NOT_YOURS]
        assert "Open" in (await tap(them, OWNER, taken, "✅"))["text"]
