// Presses inside the conversation: buttons, pictures, replies, spoilers, and the actions that
// a right click or a held finger opens.

import { deleteMessage, pressButton } from "./api.js";
import { edit, replyTo, say, suggest } from "./composer.js";
import { $ } from "./dom.js";
import { copy, showActions, showPhoto, toast } from "./overlay.js";
import { complain, openPrivate, privateStart } from "./private-chat.js";
import { showSpoiler, toggleQuote } from "./richtext.js";
import { isOwn, setWaiting, state, waitingKey } from "./state.js";
import { find, messageAt } from "./timeline.js";

const ANSWER_MS = 15_000; // a bot that never answers a press leaves the button usable again
const HOLD_MS = 450;
const HOLD_SLACK = 10; // px a finger may tremble while it holds

async function press(message, button) {
  const start = privateStart(button.url);
  if (start !== null) return openPrivate(start);
  if (button.url) return window.open(button.url, "_blank", "noopener");
  if (button.copy_text) return copy(button.copy_text.text ?? button.copy_text);
  const chatId = state.chatId;
  const key = waitingKey(chatId, message.message_id, button.data);
  if (state.waiting.has(key)) return undefined;
  setWaiting(key, true);
  setTimeout(() => setWaiting(key, false), ANSWER_MS);
  try {
    await pressButton({
      user_id: state.me, chat_id: chatId, message_id: message.message_id, data: button.data,
    });
  } catch (error) {
    setWaiting(key, false);
    complain(error);
  }
  return undefined;
}

function openActions(message, x, y, from) {
  const actions = [{ label: "Reply", icon: "reply", run: () => replyTo(message) }];
  if (isOwn(message)) actions.push({ label: "Edit", icon: "edit", run: () => edit(message) });
  if (message.text) {
    actions.push({ label: "Copy text", icon: "copy", run: () => copy(message.text) });
    actions.push({
      label: "Forward here", icon: "forward", run: () => say(message.text, { forward: true }),
    });
  }
  if (isOwn(message)) {
    actions.push({
      label: "Delete", icon: "trash",
      run: () => deleteMessage(state.chatId, message.message_id).catch(complain),
    });
  }
  showActions(actions, x, y, from);
}

// Monospaced text is copied, as everywhere in Telegram; a command is also put into the field.
function take(text) {
  copy(text);
  if (text.startsWith("/")) suggest(text);
}

const PRESSES = {
  ".key": (key, message) => press(message, key.button),
  ".photo": (photo, message) => showPhoto(message.photo, message.text || "Photo"),
  ".reply": (reply) => find(Number(reply.dataset.target)),
  ".command": (command) => say(command.dataset.command),
  ".spoiler:not(.is-shown)": showSpoiler,
  ".html code": (code) => code.closest("pre") === null && take(code.textContent),
  ".more": (more, message) => {
    const { left, bottom } = more.getBoundingClientRect();
    openActions(message, left, bottom + 4, more);
  },
};

const timeline = $("timeline");

timeline.addEventListener("click", (event) => {
  if (getSelection().toString()) return;
  const message = messageAt(event.target);
  if (!message) return;
  for (const [selector, act] of Object.entries(PRESSES)) {
    const found = event.target.closest(selector);
    if (found) {
      act(found, message);
      return;
    }
  }
  const quote = event.target.closest(".can-open");
  if (quote && !event.target.closest("a")) toggleQuote(quote);
});
timeline.addEventListener("keydown", (event) => {
  const spoiler = event.target.closest(".spoiler:not(.is-shown)");
  if (!spoiler || !["Enter", " "].includes(event.key)) return;
  event.preventDefault();
  showSpoiler(spoiler);
});

function actionsAt(event) {
  const message = messageAt(event.target);
  if (!message || !event.target.closest(".bubble") || event.target.closest("a")) return false;
  openActions(message, event.clientX, event.clientY);
  return true;
}

timeline.addEventListener("contextmenu", (event) => {
  if (actionsAt(event)) event.preventDefault();
});

// Some phones have no context menu event: a held finger is timed here.
let hold = null; // {timer, x, y}
let held = false;

const letGo = () => {
  clearTimeout(hold?.timer);
  hold = null;
};

timeline.addEventListener("pointerdown", (event) => {
  held = false;
  if (event.pointerType !== "touch") return;
  hold = {
    x: event.clientX,
    y: event.clientY,
    timer: setTimeout(() => {
      held = actionsAt(event);
    }, HOLD_MS),
  };
});
timeline.addEventListener("pointermove", (event) => {
  if (hold && Math.hypot(event.clientX - hold.x, event.clientY - hold.y) > HOLD_SLACK) letGo();
});
for (const end of ["pointerup", "pointercancel", "contextmenu"]) timeline.addEventListener(end, letGo);
timeline.addEventListener("click", (event) => {
  if (held) event.stopImmediatePropagation();
  held = false;
}, true);
