// One message on the screen. `update` changes what differs and leaves the rest in place, so that
// a message edited every second keeps its focus, its opened quotes and a press under way.

import { botAvatar, personAvatar } from "./avatar.js";
import { element } from "./dom.js";
import { preview, size, time, tone, when, whole } from "./format.js";
import { icon } from "./icons.js";
import { keyboardView } from "./keyboard-view.js";
import { fillRich } from "./richtext.js";
import { isOwn, senderName, state } from "./state.js";

const samePlace = (one, other) => one && other
  && one.first === other.first && one.last === other.last && one.group === other.group;

function senderLine(message) {
  const kind = message.from_bot ? "is-bot" : tone(message.from?.id ?? 0);
  return element("div", { class: `sender ${kind}`, textContent: senderName(message) });
}

function forwardedLine(name) {
  return element("div", { class: "forwarded" }, icon("forward"), `Forwarded from ${name}`);
}

function topicLine(name) {
  return element("div", { class: "topic", title: "Topic" }, `# ${name}`);
}

function replyLine(chatId, message) {
  const original = state.messages.get(chatId)?.get(message.reply_to);
  const told = message.reply_preview;
  const text = original ? preview(original) : told?.text ?? "Deleted message";
  const name = original ? senderName(original) : told?.from ?? "Reply";
  return element("button", {
    class: "reply", type: "button", "data-target": String(message.reply_to),
    "aria-label": `Go to the answered message: ${text}`,
  }, element("b", { textContent: name }), element("span", { textContent: text }));
}

function documentLine({ url, name, size: bytes }) {
  return element("a", { class: "document", href: url, download: name ?? "" },
    element("span", { class: "document-icon" }, icon("document"), icon("download")),
    element("span", { class: "document-text" },
      element("b", { textContent: name ?? "File" }),
      element("span", { textContent: size(bytes) || "Download" })));
}

function photoButton({ photo: url, photo_size: pixels, text: alt }) {
  const image = element("img", { alt: alt || "Photo", decoding: "async" });
  const button = element("button", {
    class: "photo", type: "button", "aria-label": "Show the photo at full size",
  }, image);
  // The place is kept before the picture is there, so that nothing jumps.
  if (pixels) button.style.setProperty("--ratio", `${pixels.width} / ${pixels.height}`);
  else image.addEventListener("load", () => {
    button.style.setProperty("--ratio", `${image.naturalWidth} / ${image.naturalHeight}`);
  });
  image.src = url;
  return button;
}

export class MessageView {
  constructor(chatId, message) {
    this.chatId = chatId;
    this.message = null;
    this.place = null;
    this.head = element("div", { class: "head" });
    this.html = element("span", { class: "html" });
    this.meta = element("span", { class: "meta" });
    this.body = element("div", { class: "body" }, this.html, this.meta);
    this.bubble = element("div", { class: "bubble" }, this.head, this.body);
    this.stack = element("div", { class: "stack" }, this.bubble);
    this.keyboard = keyboardView(chatId, message.message_id);
    this.more = element("button", {
      class: "more", type: "button", "aria-label": "Message actions", "aria-haspopup": "menu",
      "aria-expanded": "false",
    }, icon("more"));
    this.root = element("article", {
      class: "message", "data-id": String(message.message_id),
    }, this.stack, this.more);
  }

  // `place`: {first, last, group}: where the message stands among its sender's neighbours.
  update(message, place) {
    const pressed = state.waiting.size > 0;
    if (message !== this.message || pressed || this.wasPressed) this.showKeys(message.buttons);
    this.wasPressed = pressed;
    if (message !== this.message || !samePlace(place, this.place)) {
      const before = this.message ?? {};
      this.message = message;
      this.place = place;
      this.showPlace();
      this.showHead();
      if (before.html !== message.html || before.text !== message.text) this.showText();
      if (before.photo !== message.photo) this.showPhoto();
      this.showMeta();
      this.showReaction();
    } else if (message.reply_to) {
      this.showHead(); // what it answers may read otherwise by now
    }
  }

  showKeys(keys = []) {
    this.keyboard.update(keys);
    this.stack.classList.toggle("has-keyboard", keys.length > 0);
    if (!keys.length) this.keyboard.root.remove();
    else if (!this.keyboard.root.isConnected) this.stack.append(this.keyboard.root);
  }

  showPlace() {
    const { first, last, group } = this.place;
    const own = isOwn(this.message);
    this.root.classList.toggle("is-service", Boolean(this.message.service));
    this.root.classList.toggle("is-out", own);
    this.root.classList.toggle("is-first", first);
    this.root.classList.toggle("is-last", last);
    this.root.setAttribute("aria-label",
      `${senderName(this.message)}, ${time(when(this.message))}`);
    if (!group || own || this.avatar) return;
    const { from_bot: fromBot, from } = this.message;
    this.avatar = fromBot ? botAvatar() : personAvatar(from?.id ?? 0, from?.name ?? "?");
    this.root.prepend(this.avatar);
  }

  showHead() {
    const { message, place } = this;
    const lines = [
      place.group && place.first && !isOwn(message) ? senderLine(message) : null,
      message.topic ? topicLine(message.topic) : null,
      message.forwarded ? forwardedLine(message.forwarded) : null,
      message.reply_to ? replyLine(this.chatId, message) : null,
      message.document ? documentLine(message.document) : null,
    ].filter(Boolean);
    const signature = lines.map((line) => line.outerHTML).join("");
    if (signature === this.headSignature) return;
    this.headSignature = signature;
    this.head.replaceChildren(...lines);
  }

  showText() {
    const { html, text, service } = this.message;
    if (service) this.html.textContent = service;
    else if (html) fillRich(this.html, html);
    else this.html.textContent = text ?? "";
  }

  // The next picture replaces the one before only when it is there: a chart never blinks.
  showPhoto() {
    const url = this.message.photo;
    const image = this.photo?.querySelector("img");
    this.bubble.classList.toggle("has-photo", Boolean(url));
    if (!url) {
      this.photo?.remove();
      this.photo = null;
    } else if (image) {
      const next = new Image();
      next.addEventListener("load", () => {
        if (this.message.photo === url) image.src = url;
      });
      next.src = url;
    } else {
      this.photo = photoButton(this.message);
      this.head.after(this.photo);
    }
  }

  showMeta() {
    const { message } = this;
    const moment = when(message);
    const clock = element("time", {
      dateTime: moment.toISOString(), title: whole(moment), textContent: time(moment),
    });
    this.meta.replaceChildren(...[
      message.pinned ? icon("pin") : null,
      message.edited ? element("span", { class: "edited", textContent: "edited" }) : null,
      clock,
    ].filter(Boolean));
    const alone = Boolean(message.photo) && !message.text;
    this.photo?.classList.toggle("is-alone", alone);
    this.meta.classList.toggle("on-photo", alone);
  }

  showReaction() {
    const emoji = this.message.reaction;
    if (emoji === this.emoji) return;
    this.emoji = emoji;
    this.reactions?.remove();
    if (!emoji) return;
    this.reactions = element("div", { class: "reactions" },
      element("span", { class: "reaction", textContent: emoji }));
    this.bubble.append(this.reactions);
  }
}
