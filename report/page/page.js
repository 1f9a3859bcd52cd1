// The page is complete without this script. It adds the filter, the toggle
// between light and dark, copying, and opening what a link leads to. It reads
// the page's text and attributes and never writes markup.
(() => {
  "use strict";
  const id = (name) => document.getElementById(name);
  const items = [...document.querySelectorAll(".item")];
  const haystack = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));

  function matches(item, want) {
    const d = item.dataset;
    const outcome = !want.outcome || d.outcome === want.outcome || (want.outcome === "open" && d.holds === "no");
    return outcome && (!want.gate || d.gate === want.gate) && (!want.section || d.section === want.section) &&
      want.words.every((word) => haystack.get(item).includes(word));
  }

  function filter() {
    const want = {
      outcome: id("by-outcome").value, gate: id("by-gate").value, section: id("by-section").value,
      words: id("by-text").value.toLowerCase().split(/\s+/).filter(Boolean),
    };
    let shown = 0;
    for (const item of items) {
      item.hidden = !matches(item, want);
      if (!item.hidden) shown++;
    }
    for (const part of document.querySelectorAll(".rest, .group")) {
      part.hidden = !part.querySelector(".item:not([hidden])");
    }
    if (want.outcome === "unjudged") setOpen(".rest:not([hidden])", true);
    id("none").hidden = shown > 0;
    id("shown").textContent = `${shown} of ${items.length} requirements`;
  }

  function setOpen(selector, open) {
    for (const part of document.querySelectorAll(selector)) part.open = open;
  }

  // reveal opens the requirement that the address names, and shows it even
  // if the filter had hidden it.
  function reveal() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    const item = name && id(name);
    if (!item || !item.classList.contains("item")) return;
    if (item.hidden) { id("filter").reset(); filter(); }
    for (let part = item; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    item.scrollIntoView();
  }

  async function copy(button) {
    const code = button.parentElement.querySelector("pre");
    try {
      await navigator.clipboard.writeText(code.textContent.trimEnd());
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  function dark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function nameTheme() { id("theme").textContent = dark() ? "Light" : "Dark"; }

  function remember(theme) { try { localStorage.setItem("golive-theme", theme); } catch { /* a page from a file may have no storage */ } }

  function recall() { try { return localStorage.getItem("golive-theme"); } catch { return null; } }

  const theme = recall();
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  id("theme").addEventListener("click", () => {
    const next = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    remember(next);
    nameTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
  nameTheme();

  id("filter").addEventListener("input", filter);
  id("filter").addEventListener("submit", (event) => event.preventDefault());
  id("unfold").addEventListener("click", () => setOpen(".result:not([hidden]), .rest:not([hidden])", true));
  id("fold").addEventListener("click", () => setOpen(".result, .rest", false));
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const part of closed) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of closed) part.open = false; });

  id("theme").hidden = id("filter").hidden = false;
  addEventListener("hashchange", reveal);
  filter();
  reveal();
})();
