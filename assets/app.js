// Hands on keys, and quotes that light up. Nothing here is needed for deciding: every page works without it.
(() => {
  "use strict";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const pages = { i: "inbox", r: "requests", c: "cases", p: "processes" };

  // Quotes: a field and its evidence light up together.
  const names = (element) => (element.dataset.field || "").split(" ").filter(Boolean);

  function light(element, on) {
    const wanted = names(element);
    const related = all("[data-field]").filter((other) => names(other).some((name) => wanted.includes(name)));
    for (const other of related) other.classList.toggle("lit", on);
    const quote = related.find((other) => other.tagName === "MARK");
    if (on && quote && element.tagName !== "MARK") reveal(quote);
  }

  // Scrolls the document's own pane, never the page.
  function reveal(quote) {
    const pane = quote.closest("pre");
    if (!pane) return;
    const [inner, outer] = [quote.getBoundingClientRect(), pane.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      pane.scrollTop += inner.top - outer.top - pane.clientHeight / 3;
    }
  }

  for (const [enter, leave] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    const lit = (on) => (event) => {
      const element = event.target.closest?.("[data-field]");
      if (element) light(element, on);
    };
    document.addEventListener(enter, lit(true));
    document.addEventListener(leave, lit(false));
  }

  // j and k walk through the rows of a page.
  function walk(step) {
    const rows = all("[data-row]").filter((row) => row.offsetParent !== null);
    if (!rows.length) return;
    const active = rows.indexOf(document.activeElement);
    const current = active >= 0 ? active : rows.findIndex((row) => row.hasAttribute("aria-current"));
    const next = Math.min(Math.max(current + step, 0), rows.length - 1);
    rows[next].focus();
  }

  // A letter leads to its button. Signing itself takes a second key, Enter, so that nobody signs by a slip.
  function act(key) {
    const element = one(`[data-key="${key}"]`);
    if (!element) return false;
    if (element.tagName === "SUMMARY") {
      element.parentElement.open = true;
      (one("input:not([type=hidden]), textarea, select", element.parentElement) || element).focus();
    } else {
      element.focus();
    }
    element.scrollIntoView({ block: "nearest" });
    return true;
  }

  // The palette lists every page, row and button that can be reached from here.
  const palette = one("#palette");

  function choices() {
    const found = all("header nav a, [data-row], [data-key], .filters a, .links a").filter((e) => e.offsetParent !== null);
    return found.map((element) => ({ element, label: element.textContent.replace(/\s+/g, " ").trim() }));
  }

  function fill() {
    const list = one("#palette-list");
    const words = one("input", palette).value.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = choices().filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
    list.replaceChildren(...fitting.slice(0, 12).map(({ element, label }, index) => {
      const item = document.createElement("li");
      item.id = `choice-${index}`;
      item.role = "option";
      item.textContent = label;
      item.addEventListener("click", () => choose(element));
      item.choice = element;
      return item;
    }));
    select(0);
  }

  function select(index) {
    const items = all("#palette-list li");
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === index)));
    one("input", palette).setAttribute("aria-activedescendant", items[index]?.id || "");
    items[index]?.scrollIntoView({ block: "nearest" });
  }

  function choose(element) {
    palette.close();
    if (element.dataset.key) act(element.dataset.key);
    else element.click();
  }

  if (palette) {
    one("input", palette).addEventListener("input", fill);
    palette.addEventListener("keydown", (event) => {
      const items = all("#palette-list li");
      const current = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown") select(Math.min(current + 1, items.length - 1));
      else if (event.key === "ArrowUp") select(Math.max(current - 1, 0));
      else if (event.key === "Enter" && items[current]) choose(items[current].choice);
      else return;
      event.preventDefault();
    });
  }

  function openPalette() {
    if (!palette || palette.open) return;
    one("input", palette).value = "";
    palette.showModal();
    fill();
  }

  // Keys.
  let prefix = false;

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    const typing = event.target.closest?.("input, textarea, select, dialog");
    if (event.key === "Escape" && typing) event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (prefix) {
      prefix = false;
      if (pages[event.key]) location.assign(document.documentElement.dataset.root + pages[event.key]);
      return;
    }
    if (press(event.key)) event.preventDefault();
  });

  function press(key) {
    switch (key) {
      case "j": walk(1); return true;
      case "k": walk(-1); return true;
      case "g": prefix = true; return true;
      case "?": one("#keys")?.showModal(); return true;
      case "/": one("#search")?.focus(); return Boolean(one("#search"));
      case "Escape": for (const way of all("details[name=way][open]")) way.open = false; return false;
      default: return /^[aeqr]$/.test(key) && act(key);
    }
  }

  // An error summary takes the focus, so that it is read out first. The next task starts at its top.
  one(".problems")?.focus();
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  // Sending twice by a double click would only be answered from the first result; the button says so by resting.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && !event.defaultPrevented) setTimeout(() => { button.disabled = true; }, 0);
    // What takes its time says so, and its button rests until the next page comes.
    const wait = event.target.dataset?.wait;
    const status = wait && event.target.querySelector("[role=status]");
    if (status) status.textContent = wait;
    else setTimeout(() => { if (button) button.disabled = false; }, 4000);
  });
})();
