// The bot asked from the field: "@bot btc" shows what it offers over the field, in any chat, and
// a press posts it there.

import { askInline, chooseInline, fetchInline } from "./api.js";
import { $, element } from "./dom.js";
import { complain, openPrivate } from "./private-chat.js";
import { state } from "./state.js";

const REST_MS = 150; // a bot need not hear of every letter

const list = $("inline");
const field = $("text");
let wanted = ""; // who asks, where, and what; "" when nothing is asked
let asked = null; // the id of the question that the answer is waited for
let offered = []; // what is shown: results, perhaps a button above them
let active = 0;
let timer = 0;

function query() {
  const found = field.value.match(/^@(\w+)[^\S\n](.*)$/);
  const name = state.bot.username.toLowerCase();
  return found && name && found[1].toLowerCase() === name ? found[2].trim() : null;
}

export const inlineOpen = () => !list.hidden;

export function hideInline() {
  offered = [];
  list.hidden = true;
  list.replaceChildren();
}

export function refreshInline() {
  const text = query();
  const key = text === null ? "" : `${state.me}:${state.chatId}:${text}`;
  if (key === wanted) return;
  wanted = key;
  asked = null;
  clearTimeout(timer);
  if (key) timer = setTimeout(() => ask(key, text), REST_MS);
  else hideInline();
}

async function ask(key, text) {
  try {
    const told = await askInline({ user_id: state.me, chat_id: state.chatId, query: text });
    if (key !== wanted) return;
    asked = told.inline_query_id;
    await look(asked);
  } catch (error) {
    complain(error);
  }
}

async function look(id) {
  const answer = await fetchInline(id);
  if (id !== asked || !answer.answered) return;
  offered = [
    ...(answer.button ? [{ ...answer.button, title: answer.button.text }] : []),
    ...answer.results,
  ];
  active = 0;
  if (offered.length) draw();
  else hideInline();
}

// The server says that the bot has answered.
export function inlineAnswered({ inline_query_id: id }) {
  if (id === asked) look(id).catch(complain);
}

function draw() {
  list.hidden = false;
  list.replaceChildren(...offered.map((each, at) => element("button", {
    class: "command-row inline-row", type: "button", role: "option", id: `inline-${at}`,
    tabIndex: -1, "aria-selected": String(at === active), "data-at": String(at),
  },
  element("b", { textContent: each.title }),
  element("span", { textContent: each.description ?? "" }))));
  list.children[active].scrollIntoView({ block: "nearest" });
}

export function moveInline(step) {
  active = (active + step + offered.length) % offered.length;
  draw();
}

let finished = () => undefined;

// Called when something was chosen: the field is done with.
export function whenChosen(act) {
  finished = act;
}

export async function chooseActive() {
  const chosen = offered[active];
  const id = asked;
  if (!chosen || !id) return;
  finished();
  if (chosen.start_parameter) {
    await openPrivate(chosen.start_parameter);
    return;
  }
  try {
    await chooseInline({
      user_id: state.me, chat_id: state.chatId, inline_query_id: id, result_id: chosen.id,
    });
  } catch (error) {
    complain(error);
  }
}

list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps focus
list.addEventListener("click", (event) => {
  const row = event.target.closest(".inline-row");
  if (!row) return;
  active = Number(row.dataset.at);
  chooseActive();
});
