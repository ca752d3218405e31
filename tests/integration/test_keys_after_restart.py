"""Keys after a restart: which are connected first, what the doctor says of them, whose nonce."""

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from bot.cli.doctor import key_line
from bot.core.keys import KeyState
from bot.core.texts.errors import error_page
from bot.core.trade.types import AccountId, Standing
from bot.desk.doors import ChatKey
from bot.desk.makers import Makers
from bot.store import Store
from bot.store.handed import BesideTheBot, StoredKey
from kraken.core.errors import AuthError
from kraken.core.types import Credentials
from tests.fake_accounts import FakeAccount
from tests.fakes import NOON, FakeClock
from tests.fakes_keys import API_KEY
from tests.integration.test_keys_stored import add, ring
from tests.intents import intent
from tests.memory_store import MemoryStore
from tests.page_rules import words_of


async def expects_orders(store: MemoryStore) -> bool:
    given: list[Any] = []

    async def make_live(*told: Any) -> Any:
        given.extend(told)

    key = ChatKey("1", 1, Credentials("key", "secret"))
    await Makers(store, cast(Any, None), make_live).live(key)
    return bool(given[3])


async def test_a_key_with_open_orders_is_connected_first() -> None:
    store = MemoryStore(FakeClock())
    assert not await expects_orders(store)
    made = intent(account=AccountId("live:1"))
    await store.commit_intent(made, ticket_id=None, now=NOON)
    assert await expects_orders(store), "nobody knows yet what became of it"
    order = FakeAccount(FakeClock()).add(made.request)
    await store.note_standing(made.client_id, Standing.ACKED, order=order, now=NOON)
    assert await expects_orders(store)


async def test_a_key_whose_orders_came_to_nothing_expects_none() -> None:
    store = MemoryStore(FakeClock())
    made = intent(account=AccountId("live:1"))
    await store.commit_intent(made, ticket_id=None, now=NOON)
    await store.note_standing(made.client_id, Standing.REJECTED, reason="no", now=NOON)
    assert not await expects_orders(store)


async def test_the_doctor_reads_the_keys_beside_the_bot(tmp_path: Path) -> None:
    async with Store(tmp_path, FakeClock().now) as store:
        assert BesideTheBot(tmp_path).keys() == []
        record = await add(await ring(store))
        (found,) = BesideTheBot(tmp_path).keys()
        assert found == StoredKey(API_KEY[-4:], KeyState.OK, "", None)
        why = "EAPI:Invalid key"
        await store.note_key(record.id, state=KeyState.REFUSED, reason=why, checked_at=NOON)
        (found,) = BesideTheBot(tmp_path).keys()
        assert not found.is_usable
        assert key_line(found, NOON).endswith("refused (EAPI:Invalid key), no expiry")


def test_the_doctor_says_when_a_key_ends() -> None:
    def line(days: float) -> str:
        return key_line(StoredKey("ZJWF", KeyState.OK, "", NOON + timedelta(days=days)), now=NOON)

    assert line(12.5) == "…ZJWF ok, expires in 12 days"
    assert line(-0.1) == "…ZJWF ok, expired"


def test_a_nonce_that_was_refused_is_somebody_elses_program() -> None:
    page = error_page(AuthError("EAPI:Invalid nonce"), command="balance")
    assert page is not None
    said = words_of(page)
    assert said.startswith("Another program uses this key, or the clock is off.")
    assert "Nothing was placed." in said
    other = error_page(AuthError("EAPI:Invalid key"), command="balance")
    assert other is not None
    assert words_of(other).startswith("Kraken refused this.")
