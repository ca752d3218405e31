// Small helpers for building elements; text always goes in as text.

export const $ = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("data-") || name.startsWith("aria-") || name === "role") {
      made.setAttribute(name, value);
    } else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
