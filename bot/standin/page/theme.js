// Runs before the first paint, so that a remembered theme never flashes in the other colours.
(() => {
  const remembered = localStorage.getItem("theme");
  const dark = remembered ? remembered === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
