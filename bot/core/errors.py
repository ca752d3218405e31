"""What can go wrong between a person and the bot, cut by what the person may conclude.

::

    UserError                 the person's input or timing; nothing happened
    ├── BadArgument           one part was not understood: which one, what was said, an example
    ├── NotFound              what was asked for does not exist (any more)
    ├── NotAllowed            this person may not do this here
    ├── Expired               the button or card is finished; ask again
    ├── AlreadySent           it was done before: the second tap, the repeated message
    ├── TooFast               asked more often than the bot answers; says when to go on
    ├── LimitReached          a limit or a pause forbids the order; says which
    ├── NotConnected          live trading needs a key that works; practice does not
    ├── Unsettled             an order from before a restart is still being found out
    ├── TooStale              the message was written too long ago to be acted on
    └── NotReady              what is needed is being fetched; ask again in a moment

Every leaf has a sentence in ``bot.core.texts``. Whatever else is raised is a fault of the bot:
the person gets a reference number and the log has the traceback under it.
"""

from datetime import timedelta

from bot.core.access import Access


class UserError(Exception):
    """The person's input or timing; nothing happened and the answer says what to do."""


class BadArgument(UserError):
    """One part of a command was not understood."""

    def __init__(
        self,
        what: str,
        said: str,
        example: str = "",
        *,
        hint: str = "",
        suggestions: tuple[str, ...] = (),
    ) -> None:
        super().__init__(what, said)
        self.what = what
        """The part, as the help names it: ``pair``, ``depth``, ``time zone``."""
        self.said = said
        """What the person typed there; untrusted."""
        self.example = example
        """A whole command that works."""
        self.hint = hint
        """What would be right, if the example does not say it."""
        self.suggestions = suggestions
        """Whole commands that the person may have meant; each becomes a button."""


class NotFound(UserError):
    """What was asked for does not exist, or not any more."""

    def __init__(self, what: str, said: str = "") -> None:
        super().__init__(what, said)
        self.what = what
        self.said = said


class NotAllowed(UserError):
    """This person may not do this here."""

    def __init__(self, needs: Access, what: str = "") -> None:
        super().__init__(needs, what)
        self.needs = needs
        self.what = what
        """What was refused, as the help names it."""


class Expired(UserError):
    """The button or card is finished; asking again makes a new one."""

    def __init__(self, what: str = "") -> None:
        super().__init__(what)
        self.what = what


class AlreadySent(UserError):
    """It was done before; this was the second tap or the repeated message."""


class TooFast(UserError):
    """Asked more often than the bot answers one person."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait
        """When the next message is answered again."""


class TooStale(UserError):
    """Written too long ago to be acted on, because the bot was away."""

    def __init__(self, age: timedelta) -> None:
        super().__init__(age)
        self.age = age


class LimitReached(UserError):
    """A limit or a pause forbids the order; nothing was sent."""

    def __init__(self, limit: str, most: str = "", asked: str = "") -> None:
        super().__init__(limit, most, asked)
        self.limit = limit
        """Which one: a value of ``bot.core.trade.limits.Limit``."""
        self.most = most
        """What it allows, as a number; the kind of the pause if the limit is ``paused``."""
        self.asked = asked
        """What it would have come to."""


class NotConnected(UserError):
    """Live trading needs a key, and this chat has none that works."""


class Unsettled(UserError):
    """What became of an order from before a restart is still being found out; wait for it."""


class NotReady(UserError):
    """What is needed is being fetched; asking again in a moment works."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
        """What is missing, as the person knows it: ``the BTC/USD book``."""
