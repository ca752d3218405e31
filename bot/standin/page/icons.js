// The page's icons, drawn on a 24 x 24 grid with round strokes.

const PATHS = {
  back: "M15 5l-7 7 7 7",
  chevron: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v11H9zM5 15V4h10",
  document: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  down: "M12 5v14M6 13l6 6 6-6",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  edit: "M4 20l1-4L16.5 4.5l3 3L8 19zM14 7l3 3",
  forward: "M14 5l6 6-6 6M20 11H10a6 6 0 0 0-6 6v2",
  link: "M8 16L17 7M9 7h8v8",
  menu: "M5 7h14M5 12h14M5 17h9",
  moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v5",
  reply: "M10 5l-6 6 6 6M4 11h10a6 6 0 0 1 6 6v2",
  send: "M4 12l16-8-5 17-4-7zM11 14l9-10",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  users: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.5 2.5-6 6-6s6 2.5 6 6M16 4.5a3.5 3.5 0 0 1 0 6.2M17.5 14.5c2.2.8 3.5 2.9 3.5 5.5",
};

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

// Fills what the document marks with data-icon="name".
export function placeIcons(root) {
  for (const element of root.querySelectorAll("[data-icon]")) {
    element.prepend(icon(element.dataset.icon));
  }
}
