// The inline keyboard under a message. Buttons are kept and relabelled when the message is
// edited, so that a press is not lost because the label moved at the same moment.

import { element } from "./dom.js";
import { icon } from "./icons.js";
import { state, waitingKey } from "./state.js";

const STYLES = new Set(["success", "danger", "primary"]);

function makeKey() {
  return element("button", { type: "button" },
    element("span", { class: "key-label" }), element("span", { class: "spinner" }));
}

function markOf(button) {
  if (button.url) return "link";
  return button.copy_text ? "copy" : null;
}

function showKey(key, button, loading) {
  key.button = button;
  key.className = "key";
  if (STYLES.has(button.style)) key.classList.add(`is-${button.style}`);
  key.classList.toggle("is-loading", loading);
  key.setAttribute("aria-busy", String(loading));
  const label = key.querySelector(".key-label");
  if (label.textContent !== button.text) label.textContent = button.text;
  const mark = markOf(button);
  if (key.dataset.mark === String(mark)) return;
  key.dataset.mark = String(mark);
  key.querySelector(".icon")?.remove();
  if (mark) key.append(icon(mark));
}

function fitChildren(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) parent.append(make());
}

export function keyboardView(chatId, messageId) {
  const root = element("div", { class: "keyboard", role: "group", "aria-label": "Buttons" });
  return {
    root,
    update(rows) {
      fitChildren(root, rows.length, () => element("div", { class: "keyboard-row" }));
      rows.forEach((buttons, at) => {
        const row = root.children[at];
        fitChildren(row, buttons.length, makeKey);
        buttons.forEach((button, column) => {
          const key = waitingKey(chatId, messageId, button.data);
          showKey(row.children[column], button, state.waiting.has(key));
        });
      });
    },
  };
}
