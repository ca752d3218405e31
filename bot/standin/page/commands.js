// The list of the bot's commands over the field: filtered by what is typed, or opened whole
// with the menu button.

import { $, element } from "./dom.js";
import { commandsHere } from "./state.js";

const list = $("commands");
const field = $("text");
let rows = [];
let active = 0;
let opened = false; // with the menu button, whatever stands in the field
let dismissed = ""; // the text for which the person closed the list

const typedCommand = () => field.value.match(/^\/(\w*)$/)?.[1].toLowerCase();

function fitting(typed) {
  const all = commandsHere();
  const starting = all.filter(({ command }) => command.startsWith(typed));
  if (starting.length || !typed) return starting;
  return all.filter(({ command }) => command.includes(typed));
}

function row({ command, description }, typed, at) {
  const from = command.indexOf(typed);
  return element("button", {
    class: "command-row", type: "button", role: "option", id: `command-${at}`, tabIndex: -1,
    "aria-selected": String(at === active), "data-command": command,
  },
  element("b", {}, "/", command.slice(0, from),
    element("mark", { textContent: command.slice(from, from + typed.length) }),
    command.slice(from + typed.length)),
  element("span", { textContent: description }));
}

const key = (name) => element("kbd", { textContent: name });

function hint() {
  return element("p", { class: "commands-hint", "aria-hidden": "true" },
    key("Enter"), " runs it, ", key("Tab"), " lets you add words, ", key("Esc"), " closes");
}

export const commandsOpen = () => !list.hidden;

export function hideCommands() {
  opened = false;
  dismissed = field.value;
  refreshCommands();
}

export function refreshCommands() {
  if (field.value !== dismissed) dismissed = "";
  const typed = opened ? "" : typedCommand();
  const known = commandsHere().length > 0;
  const wanted = opened || (typed !== undefined && field.value !== dismissed);
  const found = wanted ? fitting(typed) : [];
  if (found.length !== rows.length || found.some((each, at) => each.command !== rows[at].command)) {
    active = 0;
  }
  rows = found;
  list.hidden = !rows.length && !(opened && !known);
  $("menu").setAttribute("aria-expanded", String(opened && !list.hidden));
  if (list.hidden) field.removeAttribute("aria-activedescendant");
  else draw(typed);
}

function draw(typed) {
  if (!rows.length) {
    list.replaceChildren(element("p", {
      class: "commands-empty", textContent: "The bot has not told its commands yet.",
    }));
    return;
  }
  list.replaceChildren(...rows.map((each, at) => row(each, typed, at)), hint());
  field.setAttribute("aria-activedescendant", `command-${active}`);
  list.children[active].scrollIntoView({ block: "nearest" });
}

let told = "";

// The bot may tell its commands while somebody is typing one. What is drawn stays untouched
// otherwise: a list that is drawn anew under a finger loses its press.
export function renewCommands() {
  const now = JSON.stringify(commandsHere());
  if (now === told) return;
  told = now;
  if (document.activeElement === field) refreshCommands();
}

export function toggleCommands() {
  opened = list.hidden;
  if (!opened) return hideCommands();
  active = 0;
  refreshCommands();
  return field.focus({ preventScroll: true });
}

export function moveActive(step) {
  if (!rows.length) return;
  active = (active + step + rows.length) % rows.length;
  refreshCommands();
}

export const activeCommand = () => (commandsOpen() ? rows[active]?.command : undefined);

list.addEventListener("pointermove", (event) => {
  const at = [...list.children].indexOf(event.target.closest(".command-row"));
  if (at < 0 || at === active) return;
  active = at;
  list.querySelectorAll(".command-row").forEach((child, index) => {
    child.setAttribute("aria-selected", String(index === active));
  });
  field.setAttribute("aria-activedescendant", `command-${active}`);
});
list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps focus
