// Times, sizes, names and one-line previews as a person reads them.

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SHORT_DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const LONG_DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
const WHOLE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export const when = (message) =>
  new Date(typeof message.date === "number" ? message.date * 1000 : message.date);

export const time = (date) => TIME.format(date);
export const whole = (date) => WHOLE.format(date);
export const dayKey = (date) => date.toDateString();

function daysAgo(date) {
  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  return Math.round((midnight(new Date()) - midnight(date)) / 86_400_000);
}

export function day(date) {
  const ago = daysAgo(date);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  return LONG_DAY.format(date);
}

export const timeOrDay = (date) => (daysAgo(date) === 0 ? time(date) : SHORT_DAY.format(date));

export function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export const initial = (name) => (name.trim()[0] ?? "?").toUpperCase();

// The colours of a person or group: the same each time, whoever looks.
export const tone = (id) => `tone-${Math.abs(id) % 6}`;

export function preview(message) {
  if (message.service) return message.service;
  const text = (message.text ?? "").replace(/\s+/g, " ").trim().slice(0, 160);
  if (text) return text;
  if (message.photo) return "Photo";
  if (message.document) return message.document.name ?? "File";
  return "Message";
}
