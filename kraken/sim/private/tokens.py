"""WebSocket tokens: good for 15 minutes, and for as long as a connection holds a subscription.

A token inherits the permissions of the key that asked for it
(docs: REST, GetWebSocketsToken; WS v2, authentication).
"""

from collections.abc import Callable
from dataclasses import dataclass

from kraken.sim.market.types import SECOND
from kraken.sim.private.keys import Key
from kraken.sim.private.names import Names

LIFE_S = 900


@dataclass(slots=True)
class Token:
    """One token."""

    key: Key
    until_ns: int
    is_revoked: bool = False


class Tokens:
    """Every token that was given out."""

    def __init__(self, names: Names, now_ns: Callable[[], int]) -> None:
        self._names = names
        self._now_ns = now_ns
        self._tokens: dict[str, Token] = {}

    def issue(self, key: Key) -> str:
        """A new token for this key."""
        now_ns = self._now_ns()
        self._tokens = {text: each for text, each in self._tokens.items() if self._is_kept(each)}
        text = self._names.token()
        self._tokens[text] = Token(key, now_ns + LIFE_S * SECOND)
        return text

    def _is_kept(self, token: Token) -> bool:
        # A connection may live on a token for long after it ended for everybody else.
        return not token.is_revoked and self._now_ns() < token.until_ns + 96 * LIFE_S * SECOND

    def find(self, text: str, *, established: bool) -> Key | None:
        """The key behind a token; an old one counts only where it is ``established``."""
        token = self._tokens.get(text)
        if token is None or token.is_revoked or token.key.is_revoked:
            return None
        if not established and self._now_ns() >= token.until_ns:
            return None
        return token.key

    def revoke_all(self) -> None:
        """End every token, also those that connections live on."""
        for token in self._tokens.values():
            token.is_revoked = True
