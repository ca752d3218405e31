// The private chat with the bot, opened by a link or a button as Telegram does: with Start pressed.

import { sendMessage } from "./api.js";
import { toast } from "./overlay.js";
import { chooseChat, state } from "./state.js";

export const complain = (error) => toast(
  error instanceof TypeError ? "The local server does not answer" : error.message);

// The start word of a link to the bot itself; null for any other address.
export function privateStart(url) {
  const name = state.bot?.username;
  const found = name && url?.match(/^https:\/\/t\.me\/(\w+)\?start=([\w-]{1,64})$/);
  return found && found[1] === name ? found[2] : null;
}

export async function openPrivate(start) {
  try {
    await sendMessage({ user_id: state.me, chat_id: state.me, text: `/start ${start}` });
    chooseChat(state.me);
  } catch (error) {
    complain(error);
  }
}
