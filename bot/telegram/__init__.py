"""The Telegram edge: updates in, letters out, and the gate in between.

The only package beside ``bot.app`` that knows python-telegram-bot. Updates are kept in the inbox
before Telegram is told that they arrived; one gate decides about every message and every tap;
handlers see an ``Ask`` and raise what goes wrong; one place words it.
"""

import os

# The library then gives times as timedelta, as its next version does, instead of warning about
# every 429 that the number of seconds is deprecated.
os.environ.setdefault("PTB_TIMEDELTA", "1")
