"""A rotation of the master key that dies in its middle, run as its own process.

Arguments: the data folder, how many keys are sealed anew before it dies, the master keys.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot.core.keys import KeyRecord
from bot.desk.keyring import rotate
from bot.store import SealedKey, Store
from bot.store.keys import Reseal
from kraken.clock import SystemClock


class DyingStore(Store):
    """Dies in the transaction, after so many keys."""

    left = 0

    async def reseal_keys(
        self, sealed: str, sealed_by: str, reseal: Reseal, by: int | None = None
    ) -> int:
        def dying(key: KeyRecord, old: SealedKey) -> SealedKey:
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1
            return reseal(key, old)

        return await super().reseal_keys(sealed, sealed_by, dying, by)


async def main(folder: Path, after: int, masters: list[str]) -> None:
    async with DyingStore(folder, SystemClock().now) as store:
        store.left = after
        await rotate(store, masters)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
