// The list of messages: keeps one view per message, the days between them and the place where
// the person is reading.

import { $, element, reducedMotion } from "./dom.js";
import { day, dayKey, when } from "./format.js";
import { MessageView } from "./message-view.js";
import {
  currentChat, markRead, messagesOf, setWatching, state, unreadIn,
} from "./state.js";

const NEAR_END = 60; // px from the end that still count as being there
const SAME_BREATH = 5 * 60_000; // messages of one sender within this time stand together

const scroller = $("scroller");
const timeline = $("timeline");
const jump = $("jump");
const views = new Map();
let shownFor = "";
let atEnd = true;

const onScreen = () => !document.hidden && (innerWidth > 720 || state.screen === "chat");
setWatching(() => atEnd && onScreen());

const distance = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;

export function toEnd(smooth = false) {
  atEnd = true;
  const behavior = smooth && !reducedMotion() ? "smooth" : "instant";
  scroller.scrollTo({ top: scroller.scrollHeight, behavior });
}

function together(one, other) {
  return one && other && one.from_bot === other.from_bot && one.from?.id === other.from?.id
    && Math.abs(when(one) - when(other)) < SAME_BREATH
    && dayKey(when(one)) === dayKey(when(other));
}

const dayLines = new Map();

function dayLine(date) {
  const key = dayKey(date);
  if (!dayLines.has(key)) dayLines.set(key, element("div", { class: "day" }));
  const line = dayLines.get(key);
  const label = day(date);
  if (line.textContent !== label) line.textContent = label;
  return line;
}

function viewOf(message, fresh) {
  const id = message.message_id;
  if (!views.has(id)) {
    const view = new MessageView(state.chatId, message);
    view.root.classList.toggle("is-new", fresh);
    views.set(id, view);
  }
  return views.get(id);
}

function wantedNodes(messages, fresh) {
  const group = currentChat()?.type !== "private";
  const nodes = [];
  messages.forEach((message, at) => {
    const previous = messages[at - 1];
    const date = when(message);
    if (!previous || dayKey(when(previous)) !== dayKey(date)) nodes.push(dayLine(date));
    const view = viewOf(message, fresh);
    view.update(message, {
      first: !together(previous, message), last: !together(message, messages[at + 1]), group,
    });
    nodes.push(view.root);
  });
  return nodes;
}

function place(nodes) {
  let cursor = timeline.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else timeline.insertBefore(node, cursor);
  }
  while (cursor) {
    const next = cursor.nextSibling;
    cursor.remove();
    cursor = next;
  }
}

// The first message in view stays where it is, whatever grows or shrinks above it. (Browsers'
// own scroll anchoring differs, and Safari has none.)
function keepingPlace(change) {
  if (atEnd) {
    change();
    return;
  }
  const top = scroller.getBoundingClientRect().top;
  const anchor = [...timeline.children].find((node) => node.getBoundingClientRect().bottom > top);
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
}

export function showTimeline() {
  const shown = `${state.me}:${state.chatId}`;
  const switched = shown !== shownFor;
  if (switched) {
    views.clear();
    dayLines.clear();
    timeline.replaceChildren();
    shownFor = shown;
    atEnd = true;
  }
  timeline.setAttribute("aria-busy", String(switched));
  const messages = messagesOf(state.chatId);
  const known = new Set(messages.map((message) => message.message_id));
  for (const id of views.keys()) if (!known.has(id)) views.delete(id);
  const ownLast = messages.at(-1);
  const fresh = !switched && state.loaded;
  const wrote = fresh && ownLast && !views.has(ownLast.message_id)
    && !ownLast.from_bot && ownLast.from?.id === state.me;
  keepingPlace(() => place(wantedNodes(messages, fresh)));
  if (wrote || atEnd || switched) toEnd();
  if (atEnd && onScreen()) markRead();
  showJump();
}

function showJump() {
  const count = unreadIn(state.me, state.chatId);
  jump.hidden = atEnd;
  jump.classList.toggle("has-new", count > 0);
  $("jump-label").textContent = count > 0 ? `${count} new message${count > 1 ? "s" : ""}` : "";
  jump.setAttribute("aria-label", count > 0 ? `Show ${count} new` : "To the newest message");
}

export function find(messageId) {
  const view = views.get(messageId);
  if (!view) return;
  const [box, frame] = [view.root.getBoundingClientRect(), scroller.getBoundingClientRect()];
  if (box.top < frame.top || box.bottom > frame.bottom) {
    atEnd = false;
    const behavior = reducedMotion() ? "instant" : "smooth";
    view.root.scrollIntoView({ block: box.height > frame.height ? "start" : "center", behavior });
  }
  view.root.classList.remove("is-found");
  void view.root.offsetWidth; // restarts the animation when the same message is found twice
  view.root.classList.add("is-found");
}

export const messageAt = (target) => {
  const root = target.closest?.(".message");
  return root ? views.get(Number(root.dataset.id))?.message : undefined;
};

let lastTop = 0;

scroller.addEventListener("scroll", () => {
  const up = scroller.scrollTop < lastTop;
  lastTop = scroller.scrollTop;
  if (distance() < NEAR_END) atEnd = true;
  else if (up) atEnd = false;
  if (atEnd && onScreen()) markRead();
  showJump();
}, { passive: true });

// Pictures that arrive, a growing text field or a turned phone must not push the end away.
const observer = new ResizeObserver(() => {
  if (atEnd) toEnd();
});
observer.observe(timeline);
observer.observe(scroller);

timeline.addEventListener("animationend", (event) => {
  event.target.classList.remove("is-new");
  event.target.closest(".message")?.classList.remove("is-found");
});
jump.addEventListener("click", () => {
  toEnd(true);
  showJump();
});
document.addEventListener("visibilitychange", () => {
  if (atEnd && onScreen()) markRead();
});
