// The left column: the people one can write as, and that person's chats with what is new.

import { chatAvatar, personAvatar } from "./avatar.js";
import { $, element } from "./dom.js";
import { preview, timeOrDay, when } from "./format.js";
import {
  chatTitle, chatsOf, chooseChat, chooseUser, isOwn, lastMessage, senderName, state, typingIn,
  unreadIn, unreadOf,
} from "./state.js";

const count = (number) => (number > 99 ? "99+" : String(number));

function badge(number) {
  if (!number) return null;
  return element("span", { class: "badge", "aria-label": `${number} unread`, textContent: count(number) });
}

function personButton(user) {
  const chosen = user.id === state.me;
  const button = element("button", {
    class: "person", type: "button", role: "radio", "aria-checked": String(chosen),
    "data-user": String(user.id), tabIndex: chosen ? 0 : -1,
  },
  personAvatar(user.id, user.name),
  element("span", { class: "person-name", textContent: user.name }),
  chosen ? null : badge(unreadOf(user.id)));
  button.title = `Write as ${user.name}`;
  return button;
}

function previewLine(chat, message) {
  const line = element("span", { class: "chat-row-preview" });
  if (typingIn(chat.id)) {
    line.classList.add("is-typing");
    line.textContent = "typing…";
  } else if (message) {
    const named = isOwn(message) || chat.type !== "private";
    if (named) line.append(element("b", { textContent: `${senderName(message)}: ` }));
    line.append(preview(message));
  } else line.textContent = "No messages yet";
  return line;
}

function chatRow(chat) {
  const message = lastMessage(chat.id);
  return element("button", {
    class: "chat-row", type: "button", "data-chat": String(chat.id),
    "aria-current": String(chat.id === state.chatId),
  },
  chatAvatar(chat),
  element("span", { class: "chat-row-name", textContent: chatTitle(chat) }),
  element("span", {
    class: "chat-row-time", textContent: message ? timeOrDay(when(message)) : "",
  }),
  previewLine(chat, message),
  badge(unreadIn(state.me, chat.id)));
}

// Rebuilding a row under the pointer would lose a press: only rows that differ are replaced.
function replaceDifferent(parent, wanted) {
  wanted.forEach((node, at) => {
    const old = parent.children[at];
    if (!old) parent.append(node);
    else if (old.outerHTML !== node.outerHTML) {
      const focused = old === document.activeElement;
      old.replaceWith(node);
      if (focused) node.focus();
    }
  });
  while (parent.children.length > wanted.length) parent.lastElementChild.remove();
}

export function showSidebar() {
  replaceDifferent($("people"), state.users.map(personButton));
  replaceDifferent($("chats"), chatsOf(state.me).map(chatRow));
  const elsewhere = chatsOf(state.me)
    .filter((chat) => chat.id !== state.chatId)
    .reduce((sum, chat) => sum + unreadIn(state.me, chat.id), 0);
  $("back-badge").hidden = elsewhere === 0;
  $("back-badge").textContent = count(elsewhere);
}

// A press may end on a row that was renewed since it began, so the column listens, not the row.
$("people").addEventListener("click", (event) => {
  const button = event.target.closest(".person");
  if (button) chooseUser(Number(button.dataset.user));
});
$("people").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const ids = state.users.map((user) => user.id);
  const next = ids[(ids.indexOf(state.me) + step + ids.length) % ids.length];
  chooseUser(next);
  queueMicrotask(() => $("people").querySelector("[aria-checked=true]")?.focus());
});
$("chats").addEventListener("click", (event) => {
  const row = event.target.closest(".chat-row");
  if (row) chooseChat(Number(row.dataset.chat));
});
