// What lies over the conversation: toasts, alerts, the photo at full size, message actions.

import { $, element } from "./dom.js";
import { icon } from "./icons.js";

const TOAST_MS = 3200;
const MOST_TOASTS = 3;

export function toast(text) {
  const shown = element("div", { class: "toast", textContent: text });
  const stack = $("toasts");
  stack.append(shown);
  while (stack.children.length > MOST_TOASTS) stack.firstElementChild.remove();
  setTimeout(() => {
    shown.classList.add("is-leaving");
    setTimeout(() => shown.remove(), 220);
  }, TOAST_MS + text.length * 25);
}

export function alertBox(text) {
  $("alert-text").textContent = text;
  if (!$("alert").open) $("alert").showModal();
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast("The browser did not allow copying");
  }
}

export function showPhoto(url, alt) {
  const box = $("lightbox");
  $("lightbox-photo").src = url;
  $("lightbox-photo").alt = alt;
  $("lightbox-save").href = url;
  box.classList.remove("is-full");
  box.showModal();
}

$("lightbox").addEventListener("click", (event) => {
  if (event.target === $("lightbox-photo")) $("lightbox").classList.toggle("is-full");
  else if (!event.target.closest("#lightbox-save")) $("lightbox").close();
});
$("alert").addEventListener("click", (event) => {
  if (event.target === $("alert")) $("alert").close();
});

const menu = $("actions");
let opener = null;

export function hideActions() {
  if (menu.hidden) return;
  const hadFocus = menu.contains(document.activeElement);
  menu.hidden = true;
  opener?.setAttribute("aria-expanded", "false");
  if (hadFocus) opener?.focus();
  opener = null;
}

function put(x, y) {
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
}

// `actions`: [{label, icon, run}]. Opens beside the pointer, stays inside the window.
export function showActions(actions, x, y, from = null) {
  hideActions();
  menu.replaceChildren(...actions.map((action) => {
    const row = element("button", {
      class: "action", type: "button", role: "menuitem",
    }, icon(action.icon), action.label);
    row.addEventListener("click", () => {
      hideActions();
      action.run();
    });
    return row;
  }));
  opener = from;
  opener?.setAttribute("aria-expanded", "true");
  menu.hidden = false;
  put(x, y);
  menu.firstElementChild.focus({ preventScroll: true });
}

menu.addEventListener("keydown", (event) => {
  const rows = [...menu.children];
  const at = rows.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) rows[(at + step + rows.length) % rows.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") hideActions();
  else return;
  event.preventDefault();
});
addEventListener("pointerdown", (event) => {
  if (!menu.contains(event.target)) hideActions();
}, true);
addEventListener("resize", hideActions);
$("scroller").addEventListener("scroll", hideActions, { passive: true });
