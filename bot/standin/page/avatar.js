// Round pictures of the bot, people and groups.

import { element } from "./dom.js";
import { initial, tone } from "./format.js";
import { icon } from "./icons.js";
import { chatTitle } from "./state.js";

export function botAvatar() {
  return element("span", { class: "avatar", "aria-hidden": "true" },
    element("img", { src: "/page/icon.svg", alt: "" }));
}

export function personAvatar(id, name) {
  return element("span", {
    class: `avatar ${tone(id)}`, "aria-hidden": "true", textContent: initial(name),
  });
}

export function chatAvatar(chat) {
  if (chat.type === "private") return botAvatar();
  return element("span", { class: `avatar ${tone(chat.id + 3)}`, "aria-hidden": "true" },
    chat.title ? initial(chat.title) : icon("users"));
}
