// Writing: drafts per chat, sending, answering and editing, what was sent before.

import { sendMessage } from "./api.js";
import {
  activeCommand, commandsOpen, hideCommands, moveActive, refreshCommands, renewCommands,
  toggleCommands,
} from "./commands.js";
import { $ } from "./dom.js";
import { preview } from "./format.js";
import { icon } from "./icons.js";
import {
  chooseActive, hideInline, inlineOpen, moveInline, refreshInline, whenChosen,
} from "./inline.js";
import { toast } from "./overlay.js";
import {
  asksMe, isOwn, lastMessage, messagesOf, senderName, state, userName,
} from "./state.js";
import { toEnd } from "./timeline.js";

const field = $("text");
const drafts = new Map(); // "user:chat" -> {text, context}
let context = null; // {kind: "reply" | "edit", message}
let shownFor = "";
let recalled = -1; // how far back in what was sent before; -1: not at all
const finePointer = () => matchMedia("(pointer: fine)").matches;

function fit() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 190)}px`;
  $("send").disabled = !field.value.trim();
}

export function setText(text) {
  field.value = text;
  fit();
  refreshCommands();
  refreshInline();
}

// Puts words into a field that holds none yet.
export function suggest(text) {
  if (field.value) return;
  setText(text);
  hideCommands();
  focusField();
}

export function focusField() {
  if (finePointer()) field.focus({ preventScroll: true });
}

function showContext() {
  $("context").hidden = !context;
  if (!context) return;
  const editing = context.kind === "edit";
  $("context-icon").replaceChildren(icon(editing ? "edit" : "reply"));
  $("context-title").textContent = editing
    ? "Edit message" : `Reply to ${senderName(context.message)}`;
  $("context-preview").textContent = preview(context.message);
}

export function replyTo(message) {
  context = { kind: "reply", message };
  showContext();
  field.focus({ preventScroll: true });
}

export function edit(message) {
  context = { kind: "edit", message };
  showContext();
  setText(message.text);
  field.focus({ preventScroll: true });
  field.setSelectionRange(field.value.length, field.value.length);
}

function dropContext() {
  if (context?.kind === "edit") setText("");
  context = null;
  showContext();
}

// Sends as the chosen person into the open chat; true when the server took it.
export async function say(text, extra = {}) {
  try {
    await sendMessage({
      user_id: state.me, user_name: userName(state.me), chat_id: state.chatId, text, ...extra,
    });
    toEnd();
    return true;
  } catch (error) {
    toast(error instanceof TypeError ? "Not sent: the local server does not answer" : error.message);
    return false;
  }
}

async function submit() {
  const text = field.value.trim();
  if (!text) return;
  const kept = { text: field.value, context };
  const extra = {};
  if (context?.kind === "edit") extra.edit_message_id = context.message.message_id;
  if (context?.kind === "reply") extra.reply_to_message_id = context.message.message_id;
  context = null;
  recalled = -1;
  setText("");
  showContext();
  if (await say(text, extra)) return;
  context = kept.context;
  if (!field.value) setText(kept.text);
  showContext();
}

function runCommand(command) {
  hideCommands();
  setText("");
  recalled = -1;
  say(`/${command}`);
  focusField();
}

function recall(step) {
  const sent = messagesOf(state.chatId)
    .filter((message) => isOwn(message) && message.text)
    .map((message) => message.text)
    .filter((text, at, all) => text !== all[at + 1])
    .reverse();
  const next = recalled + step;
  if (next < -1 || next >= sent.length) return;
  recalled = next;
  setText(recalled < 0 ? "" : sent[recalled]);
  hideCommands();
  field.setSelectionRange(field.value.length, field.value.length);
}

const untouched = () => recalled >= 0 || field.value === "";

const LIST_KEYS = {
  ArrowDown: () => moveActive(1),
  ArrowUp: () => moveActive(-1),
  Escape: hideCommands,
  Tab: () => setText(`/${activeCommand()} `),
  Enter: () => runCommand(activeCommand()),
};

const RESULT_KEYS = {
  ArrowDown: () => moveInline(1),
  ArrowUp: () => moveInline(-1),
  Escape: hideInline,
  Enter: chooseActive,
};

const FIELD_KEYS = {
  ArrowUp: () => untouched() && recall(1),
  ArrowDown: () => untouched() && recall(-1),
  Escape: dropContext,
  Enter: submit,
};

function keysNow() {
  if (commandsOpen() && activeCommand()) return LIST_KEYS;
  return inlineOpen() ? RESULT_KEYS : FIELD_KEYS;
}

field.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.shiftKey) return;
  const keys = keysNow();
  const act = keys[event.key];
  if (!act) return;
  if (event.key.startsWith("Arrow") && keys === FIELD_KEYS && !untouched()) return;
  event.preventDefault();
  act();
});
field.addEventListener("input", () => {
  recalled = -1;
  fit();
  refreshCommands();
  refreshInline();
});
field.addEventListener("blur", () => setTimeout(() => {
  if (document.activeElement === field) return;
  if (commandsOpen()) hideCommands();
  hideInline();
}, 120));
$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  focusField();
});
$("menu").addEventListener("mousedown", (event) => event.preventDefault());
$("menu").addEventListener("click", toggleCommands);
$("context-cancel").addEventListener("click", () => {
  dropContext();
  focusField();
});
$("commands").addEventListener("click", (event) => {
  const row = event.target.closest(".command-row");
  if (row) runCommand(row.dataset.command);
});
$("start").addEventListener("click", () => {
  say("/start");
  focusField();
});

whenChosen(() => {
  setText("");
  toEnd();
  focusField();
});

function question() {
  const message = lastMessage(state.chatId);
  return message && asksMe(state.chatId, message) ? { kind: "reply", message } : null;
}

export function showComposer(started) {
  const key = `${state.me}:${state.chatId}`;
  if (key !== shownFor) {
    if (shownFor) drafts.set(shownFor, { text: field.value, context });
    const draft = drafts.get(key) ?? { text: "", context: question() };
    shownFor = key;
    recalled = -1;
    context = draft.context;
    setText(draft.text);
    hideCommands();
    showContext();
  }
  renewCommands();
  $("composer").hidden = !started;
  $("start").hidden = started;
  field.placeholder = state.users.length > 1 ? `Message as ${userName(state.me)}` : "Message";
}
