// Turns a message's HTML (made and cleaned by the server) into living text: spoilers and long
// quotes open on a tap, /commands are sent by one.

import { element } from "./dom.js";
import { icon } from "./icons.js";

const FOLDED_FROM = 4; // lines; Telegram shows three of a folded quote

// A line break beside a block is the block's own edge, not an empty line.
function dropEdgeBreaks(root) {
  for (const block of root.querySelectorAll("pre, blockquote")) {
    const before = block.previousSibling;
    const after = block.nextSibling;
    if (before?.nodeType === Node.TEXT_NODE) before.data = before.data.replace(/\n$/, "");
    if (after?.nodeType === Node.TEXT_NODE) after.data = after.data.replace(/^\n/, "");
  }
}

function prepareCommands(root) {
  for (const command of root.querySelectorAll("span.command")) {
    command.replaceWith(element("button", {
      class: "command", type: "button", textContent: command.textContent,
      "data-command": command.textContent,
    }));
  }
}

function prepareLinks(root) {
  for (const link of root.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
}

export function showSpoiler(spoiler) {
  spoiler.classList.add("is-shown");
  for (const name of ["role", "tabindex", "aria-label"]) spoiler.removeAttribute(name);
}

function prepareSpoilers(root, shown) {
  root.querySelectorAll("tg-spoiler, .tg-spoiler").forEach((spoiler, index) => {
    spoiler.classList.add("spoiler");
    if (shown.has(index)) return showSpoiler(spoiler);
    spoiler.setAttribute("role", "button");
    spoiler.setAttribute("tabindex", "0");
    spoiler.setAttribute("aria-label", "Hidden text, press to show it");
    return undefined;
  });
}

export function toggleQuote(quote) {
  const open = quote.classList.toggle("is-open");
  const toggle = quote.querySelector(".quote-toggle");
  toggle.setAttribute("aria-expanded", String(open));
  toggle.setAttribute("aria-label", open ? "Show less" : "Show all");
}

function prepareQuotes(root, open) {
  root.querySelectorAll("blockquote.expandable").forEach((quote, index) => {
    const lines = quote.textContent.split("\n").length;
    if (lines < FOLDED_FROM && quote.textContent.length < 150) return;
    const quoted = element("div", { class: "quoted" }, ...quote.childNodes);
    const toggle = element("button", {
      class: "quote-toggle", type: "button", "aria-label": "Show all", "aria-expanded": "false",
    }, icon("chevron"));
    quote.replaceChildren(quoted, toggle);
    quote.classList.add("can-open");
    if (open.has(index)) toggleQuote(quote);
  });
}

function indexesOf(root, all, some) {
  const kept = new Set();
  root.querySelectorAll(all).forEach((found, index) => found.matches(some) && kept.add(index));
  return kept;
}

function endsWithBlock(root) {
  const last = [...root.childNodes].filter((node) => node.textContent.trim()).at(-1);
  return last?.nodeName === "PRE" || last?.nodeName === "BLOCKQUOTE";
}

// Fills `root`; what the person opened in the text before stays open.
export function fillRich(root, html) {
  const shown = indexesOf(root, ".spoiler", ".is-shown");
  const open = indexesOf(root, "blockquote.expandable", ".is-open");
  root.innerHTML = html;
  dropEdgeBreaks(root);
  prepareCommands(root);
  prepareLinks(root);
  prepareSpoilers(root, shown);
  prepareQuotes(root, open);
  root.classList.toggle("ends-with-block", endsWithBlock(root));
}
