"""Who is there at the start of the demo: an owner, a friend, and a group of both."""

from bot.standin.state import State

OWNER_ID = 1
FRIEND_ID = 2
GROUP_ID = -100


def furnish(state: State) -> None:
    """Both have started the bot, so that it may write to them."""
    for user_id, name in ((OWNER_ID, "You"), (FRIEND_ID, "Friend")):
        state.add_private_chat(state.add_user(user_id, name, started=True))
    state.add_group(GROUP_ID, "Desk", {OWNER_ID, FRIEND_ID})
