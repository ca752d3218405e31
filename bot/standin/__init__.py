"""A local Telegram: Bot API and chat page on loopback. It knows Telegram's rules, not our bot.

server.py               the whole on one address; start and close
api.py  calls.py  parameters.py    /bot<token>/<method>: in, carried out, out
methods_*.py            the methods, by topic
text.py  markup.py  keyboards.py  commands.py  files.py    Telegram's rules: what is taken
refusals.py             how it says no
state.py  conversation.py          people, chats, messages, and what happens to them
updates.py  webhook.py  how the bot hears of it
control.py              /sim/*: the person's side
people.py  relations.py  guises.py what people do
events.py  shapes.py  render.py  assets.py    what the page shows
faults.py  guard.py     what goes wrong on demand; who may talk to it at all
demo.py                 who is there at the start
"""
