"""What can be wrong with a plan beyond its words."""

from bot.core.errors import UserError


class TooManyPlans(UserError):
    """The chat has as many as it may."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class NotScheduled(UserError):
    """A command that is not run at a time: it asks something, or changes who may do what."""

    def __init__(self, command: str, usable: tuple[str, ...]) -> None:
        super().__init__(command)
        self.command = command
        self.usable = usable
        """What can be."""
