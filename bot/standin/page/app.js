// Puts the page together: events from the server into the state, the state onto the screen,
// presses back to the server.

import { fetchChat, fetchState, listen } from "./api.js";
import { botAvatar, chatAvatar } from "./avatar.js";
import { focusField, replyTo, showComposer } from "./composer.js";
import { $, element } from "./dom.js";
import { preview } from "./format.js";
import { icon, placeIcons } from "./icons.js";
import { inlineAnswered } from "./inline.js";
import { alertBox, toast } from "./overlay.js";
import "./presses.js";
import { showSidebar } from "./sidebar.js";
import * as store from "./state.js";
import { find, showTimeline } from "./timeline.js";

const { state } = store;

// --- what comes from the server -------------------------------------------------------------

const HANDLERS = {
  message({ chat_id: chatId, message }) {
    store.applyMessage(chatId, message);
    if (chatId === state.chatId && store.asksMe(chatId, message)) replyTo(message);
  },
  deleted: ({ chat_id: chatId, message_ids: ids }) => store.applyDeleted(chatId, ids),
  pinned: ({ chat_id: chatId, message_id: id }) => store.applyPinned(chatId, id),
  reaction: ({ chat_id: chatId, message_id: id, emoji }) => store.applyReaction(chatId, id, emoji),
  action: ({ chat_id: chatId, action }) => store.applyAction(chatId, action),
  toast({ chat_id: chatId, user_id: userId, message_id: id, text, alert }) {
    if (userId !== state.me) return;
    store.applyAnswer(chatId, id);
    if (!text) return;
    if (alert) alertBox(text);
    else toast(text);
  },
  inline: inlineAnswered,
  reset: () => catchUp(),
  commands: () => catchUp(),
  chats: () => catchUp(),
};

const RETRY_MS = 1000;

let waitingEvents = null; // events that arrive while the whole is being fetched
let fetchAgain = false;

function received(event) {
  if (waitingEvents) waitingEvents.push(event);
  else HANDLERS[event.type]?.(event);
}

async function fetchAll() {
  store.applyState(await fetchState());
  const answers = await Promise.all(state.chats.map((chat) => fetchChat(chat.id)));
  state.chats.forEach((chat, at) => store.applyHistory(chat.id, answers[at].messages));
  state.chats.forEach((chat, at) => store.applyPinned(chat.id, answers[at].pinned ?? null));
}

// Events are held back while the whole is fetched and played after it: none is lost, and an
// older answer never stands over a newer event.
async function catchUp() {
  fetchAgain = true;
  if (waitingEvents) return; // the fetch under way takes another turn
  waitingEvents = [];
  while (fetchAgain) {
    fetchAgain = false;
    try {
      await fetchAll();
    } catch {
      store.setConnected(false);
      fetchAgain = true;
      await new Promise((wake) => setTimeout(wake, RETRY_MS));
    }
  }
  state.loaded = true;
  store.setConnected(true);
  const late = waitingEvents;
  waitingEvents = null;
  show(); // what the late events open must not be taken for a draft of the chat shown before
  late.forEach(received);
}

// --- onto the screen ------------------------------------------------------------------------

const ACTION_WORDS = {
  upload_photo: "sending a photo", upload_document: "sending a file",
  record_voice: "recording", choose_sticker: "choosing a sticker",
};

function statusOf(chat) {
  const action = store.typingIn(chat.id);
  if (action) return ACTION_WORDS[action] ?? "typing";
  if (chat.type === "private") return "bot";
  const count = (chat.members ?? []).length;
  return `${count} member${count === 1 ? "" : "s"} and ${state.bot.first_name}`;
}

function showHead(chat) {
  $("chat-name").textContent = store.chatTitle(chat);
  const avatar = chatAvatar(chat);
  if ($("chat-avatar").outerHTML !== avatar.outerHTML) {
    avatar.id = "chat-avatar";
    $("chat-avatar").replaceWith(avatar);
  }
  const line = $("chat-status");
  const text = statusOf(chat);
  const typing = Boolean(store.typingIn(chat.id));
  line.classList.toggle("is-typing", typing);
  if (line.dataset.text !== text) {
    line.dataset.text = text;
    line.replaceChildren(text);
    if (typing) {
      line.append(element("span", { class: "typing-dots", "aria-hidden": "true" },
        element("i"), element("i"), element("i")));
    }
  }
  $("writing-as").textContent = store.userName(state.me);
  $("writing-as").title = `You are writing as ${store.userName(state.me)}`;
}

function showPinned(chat) {
  const message = store.pinnedMessage(chat.id);
  $("pinned").hidden = !message;
  if (!message) return;
  $("pinned").dataset.target = String(message.message_id);
  const text = preview(message);
  if ($("pinned-preview").textContent !== text) $("pinned-preview").textContent = text;
}

function showWelcome(chat, empty) {
  const section = $("welcome");
  section.hidden = !empty;
  if (!empty) return;
  const bot = chat.type === "private";
  const text = bot ? state.bot.description || state.bot.short_description
    : `Nobody has written here yet. ${state.bot.first_name} answers to commands.`;
  section.replaceChildren(bot ? botAvatar() : chatAvatar(chat),
    element("h3", { textContent: bot ? "What can this bot do?" : store.chatTitle(chat) }),
    element("p", { textContent: text || "Press START to begin." }));
}

function showTitle() {
  const unread = store.chatsOf(state.me)
    .reduce((sum, chat) => sum + store.unreadIn(state.me, chat.id), 0);
  document.title = `${unread ? `(${unread}) ` : ""}${state.bot.first_name} · Local Telegram`;
}

function showConnection() {
  $("lost").hidden = state.connected;
  $("lost-text").textContent = state.loaded
    ? "Connection lost. Reconnecting…" : "Connecting to the local server…";
}

function show() {
  showConnection();
  const chat = store.currentChat();
  if (!chat || !state.loaded) return;
  $("app").dataset.screen = state.screen;
  const empty = !store.lastMessage(chat.id);
  showSidebar();
  showHead(chat);
  showPinned(chat);
  showWelcome(chat, empty);
  showTimeline();
  showComposer(!empty || chat.type !== "private");
  showTitle();
  rememberPlace();
}

// --- which chat, in the address: a reload and the phone's back button keep their meaning ------

function rememberPlace() {
  const place = `#${state.me}/${state.screen === "list" ? "" : state.chatId}`;
  if (location.hash === place) return;
  const deeper = location.hash === `#${state.me}/` && state.screen === "chat";
  history[deeper ? "pushState" : "replaceState"](null, "", place);
}

function recallPlace() {
  const place = location.hash.match(/^#(\d+)\/(-?\d+)?$/);
  if (!place) return;
  state.me = Number(place[1]);
  if (place[2]) state.chatId = Number(place[2]);
  state.screen = place[2] ? "chat" : "list";
  store.changed();
}

// --- moving about ---------------------------------------------------------------------------

$("pinned").addEventListener("click", () => find(Number($("pinned").dataset.target)));
$("back").addEventListener("click", () => store.showList());
addEventListener("hashchange", recallPlace);

// Typing anywhere goes into the field.
addEventListener("keydown", (event) => {
  const free = [document.body, $("scroller")].includes(document.activeElement);
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  if (free && !modified && event.key.length === 1 && event.key !== " ") focusField();
});

// --- theme ----------------------------------------------------------------------------------

function showTheme() {
  const dark = document.documentElement.dataset.theme === "dark";
  for (const button of document.querySelectorAll(".theme-toggle")) {
    button.replaceChildren(icon(dark ? "sun" : "moon"));
    button.setAttribute("aria-label", dark ? "Light colours" : "Dark colours");
    button.title = button.getAttribute("aria-label");
  }
}

for (const button of document.querySelectorAll(".theme-toggle")) {
  button.addEventListener("click", () => {
    const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
    showTheme();
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ({ matches }) => {
  if (localStorage.getItem("theme")) return;
  document.documentElement.dataset.theme = matches ? "dark" : "light";
  showTheme();
});

// --- go -------------------------------------------------------------------------------------

placeIcons(document);
showTheme();
recallPlace();
store.onChange(show);
listen({ opened: catchUp, received, lost: () => store.setConnected(false) });
focusField();
