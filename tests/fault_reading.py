"""What a person of the fault runs has in hand, and what the oracle objects to."""

from tests.fault_oracle import judge
from tests.fault_stage import Person, Stage


def statuses(me: Person) -> list[str]:
    """Where each order of this person stands at the exchange."""
    return [row["status"] for row in me.orders()]


def told(me: Person, words: str) -> int:
    """How many messages to this person have these words."""
    return sum(words in each.body.text for each in me.messages())


def texts(stage: Stage, chat: int) -> list[str]:
    """What the bot said in this chat."""
    state = stage.telegram.state
    said = state.chats[chat].messages.values()
    return [each.body.text for each in said if each.sender_id == state.bot.id]


def unexpected(stage: Stage) -> list[str]:
    """What the oracle objects to, apart from the log: a database that fails is told there."""
    return [line for line in judge(stage).complaints if not line.startswith("log:")]
