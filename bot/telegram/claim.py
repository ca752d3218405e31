"""The claim code: whoever can read the console of the server becomes the owner, nobody else."""

import hmac
import secrets
from datetime import datetime, timedelta

from bot.core.limits import Bucket

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH = 8


class Claim:
    """One code, good for one owner; wrong tries are limited, per person and in all."""

    def __init__(self) -> None:
        letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        self.code = f"{letters[:4]}-{letters[4:]}"
        self._overall = Bucket(timedelta(minutes=2), 30)
        self._by_user: dict[int, Bucket] = {}

    def is_try(self, text: str) -> bool:
        """Whether this looks like somebody's attempt at the code."""
        return len(_said(text)) == _LENGTH

    def accepts(self, text: str, user_id: int, now: datetime) -> bool:
        """Whether this is the code, said by somebody who has not guessed too often."""
        bucket = self._by_user.setdefault(user_id, Bucket(timedelta(minutes=12), 5))
        if bucket.free_at(now) > now or self._overall.free_at(now) > now:
            return False
        bucket.take(now)
        self._overall.take(now)
        self._by_user = {
            user: tries for user, tries in self._by_user.items() if not tries.is_full(now)
        }
        expected = self.code.replace("-", "")
        return hmac.compare_digest(_said(text).encode(), expected.encode())


def _said(text: str) -> str:
    words = text.removeprefix("/start").split()
    return words[0].replace("-", "").upper() if len(words) == 1 else ""
