"""Names that nobody had before, made of the seed: orders, fills, ledger rows, keys, tokens."""

from base64 import b64encode
from random import Random

from kraken.core.types import ExecId, OrderId

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

KEY_LENGTH = 56
SECRET_BYTES = 64
TOKEN_BYTES = 32


class Names:
    """A stream of names; the same seed gives the same ones."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice

    def _triple(self, letter: str) -> str:
        text = "".join(self._dice.choices(_LETTERS, k=15))
        return f"{letter}{text[:5]}-{text[5:10]}-{text[10:]}{self._dice.choice(_LETTERS)}"

    def order_id(self) -> OrderId:
        """``OVN7VD-7VYHS-APBKHA``."""
        return OrderId(self._triple("O"))

    def exec_id(self) -> ExecId:
        """``T...``; amends have such names too."""
        return ExecId(self._triple("T"))

    def ledger_id(self) -> str:
        """``L...``."""
        return self._triple("L")

    def api_key(self) -> str:
        """56 characters."""
        return "".join(self._dice.choices(_KEY_LETTERS, k=KEY_LENGTH))

    def api_secret(self) -> str:
        """64 bytes in base64."""
        return b64encode(self._dice.randbytes(SECRET_BYTES)).decode()

    def token(self) -> str:
        """43 characters, as of a WebSocket session."""
        return b64encode(self._dice.randbytes(TOKEN_BYTES)).decode().rstrip("=")
