"""Which nonces a key still takes: each must be above the last one.

A key with a window also takes one that is less than the window below the highest, once: requests
that raced each other arrive in the wrong order (docs: spot REST authentication, nonce window).
"""

HIGHEST = (1 << 64) - 1


class Nonces:
    """What one key has seen."""

    def __init__(self, window: int = 0) -> None:
        self.window = window
        self.last = 0
        self._seen: set[int] = set()

    def accept(self, text: str) -> bool:
        """Take this nonce, unless it cannot be taken."""
        if not (text.isascii() and text.isdigit()) or len(text) > 20:
            return False
        nonce = int(text)
        late = nonce <= self.last
        if nonce > HIGHEST or (late and not self._is_open(nonce)):
            return False
        self.last = max(self.last, nonce)
        if self.window:
            self._seen.add(nonce)
            if len(self._seen) > 2 * self.window:
                self._seen = {old for old in self._seen if old > self.last - self.window}
        return True

    def _is_open(self, nonce: int) -> bool:
        return nonce > self.last - self.window and nonce not in self._seen
