"""How long to wait before trying again.

Full jitter: a uniformly random part of a limit that doubles, so that a thousand clients that lost
the same server do not come back in the same second, at the cap neither.
"""

FIRST_LIMIT = 0.5
LONGEST = 60.0


def delay(attempt: int, unit: float) -> float:
    """Seconds before try number ``attempt`` (from 0): ``unit``, a random number from 0 to 1, of
    min(60, 0.5 * 2^attempt).
    """
    return unit * min(LONGEST, FIRST_LIMIT * (1 << min(attempt, 10)))
