// The editor of the studio: saves by itself, marks what was understood, offers what can follow. Without it the same
// page works by its buttons.
(() => {
  "use strict";

  const form = document.getElementById("draft-form");
  if (!form) return;
  const part = (name) => document.getElementById(`studio-${name}`);
  const [area, layer, list, told, panel] = ["text", "marks", "completions", "told", "panel"].map(part);
  const words = form.dataset;
  const SAVE_AFTER = 900, RETRY_AFTER = 5000, LOOK_EVERY = 8000, OFFER_AFTER = 140;

  // The marks lie under the text: the same words in the same places, in stretches that each have a class.
  let stretches = [];

  function readMarks() {
    stretches = [...layer.childNodes].map((node) => (
      { text: node.textContent, class: node.className || "", sentence: node.dataset?.sentence }
    ));
    const last = stretches.at(-1);
    if (last && last.text.endsWith("\n")) last.text = last.text.slice(0, -1);
  }

  function showMarks() {
    const nodes = stretches.filter((one) => one.text).map((one) => {
      if (!one.class && !one.sentence) return document.createTextNode(one.text);
      const span = document.createElement("span");
      if (one.class) span.className = one.class;
      if (one.sentence) span.dataset.sentence = one.sentence;
      span.textContent = one.text;
      return span;
    });
    layer.replaceChildren(...nodes, document.createTextNode("\n"));
  }

  function cut(start, end) {
    const found = [];
    let at = 0;
    for (const one of stretches) {
      const text = one.text.slice(Math.max(start - at, 0), Math.max(end - at, 0));
      if (text) found.push({ ...one, text });
      at += one.text.length;
    }
    return found;
  }

  // What is the same at both ends of two texts.
  function ends(one, other) {
    const most = Math.min(one.length, other.length);
    let head = 0, tail = 0;
    while (head < most && one[head] === other[head]) head += 1;
    while (tail < most - head && one.at(-1 - tail) === other.at(-1 - tail)) tail += 1;
    return [head, tail];
  }

  // Until the text is checked again the marks move along with their words.
  function follow() {
    const before = stretches.map((one) => one.text).join("");
    const [head, tail] = ends(before, area.value);
    const fresh = area.value.slice(head, area.value.length - tail);
    const [left, right] = [cut(0, head), cut(before.length - tail, before.length)];
    const [one, other] = [left.at(-1), right[0]];
    const inside = one && other && one.class === other.class && one.sentence === other.sentence;
    stretches = [...left, inside ? { ...one, text: fresh } : { text: fresh, class: "" }, ...right];
    showMarks();
  }

  function placeOf(at) {
    const walker = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    let rest = at;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (rest <= node.length) {
        range.setStart(node, rest);
        range.setEnd(node, Math.min(rest + 1, node.length));
        return range.getBoundingClientRect();
      }
      rest -= node.length;
    }
    return layer.getBoundingClientRect();
  }

  // Replaces the least of the text, in a way that the browser can undo while the text has the focus.
  function replace(start, end, text) {
    if (document.activeElement === area) {
      area.setSelectionRange(start, end);
      const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
      if (done) return;
    }
    const [from, to] = [area.selectionStart, area.selectionEnd];
    const moved = (at) => (at <= start ? at : at >= end ? at + text.length - (end - start) : start + text.length);
    area.setRangeText(text, start, end);
    area.setSelectionRange(moved(from), moved(to));
  }

  let quiet = false;

  function become(text) {
    const [head, tail] = ends(area.value, text);
    const [start, end] = [head, area.value.length - tail];
    const fresh = text.slice(head, text.length - tail);
    if (start === end && !fresh) return;
    const [from, to] = [area.selectionStart, area.selectionEnd];
    const moved = (at) => (at <= start ? at : at >= end ? at + fresh.length - (end - start) : start + fresh.length);
    quiet = true;
    replace(start, end, fresh);
    quiet = false;
    area.setSelectionRange(moved(from), moved(to));
  }

  // Saving.
  let dirty = false, busy = false, queued = null, timer = 0;

  function later(wait = SAVE_AFTER) {
    clearTimeout(timer);
    timer = setTimeout(() => send(), wait);
  }

  function body(extra) {
    const data = new URLSearchParams(new FormData(form));
    if (extra) data.append(extra.name, extra.value);
    return data;
  }

  async function post(address, data) {
    const answer = await fetch(address, { method: "POST", body: data, headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async function send(extra) {
    clearTimeout(timer);
    if (busy) {
      queued = extra || queued || {};
      return;
    }
    busy = true;
    const sent = area.value;
    if (dirty) part("saved").textContent = words.saving;
    try {
      take(await post(form.action, body(extra?.name ? extra : null)), sent, extra);
    } catch {
      part("saved").textContent = words.failed;
      later(RETRY_AFTER);
    }
    busy = false;
    if (queued) {
      const next = queued;
      queued = null;
      send(next);
    }
  }

  function take(answer, sent, extra) {
    part("alert").innerHTML = answer.alert;
    part("saved").innerHTML = answer.saved;
    part("others").textContent = answer.others;
    form.elements.aside.value = answer.aside ?? "";
    if (answer.text === null) {
      dirty = area.value !== sent;
      return;
    }
    if (area.value !== sent) {
      form.elements.revision.value = answer.own;
      later();
      return;
    }
    become(answer.text);
    form.elements.revision.value = answer.revision;
    dirty = false;
    layer.innerHTML = answer.marks;
    readMarks();
    part("opening").textContent = answer.opening;
    const had = panel.contains(document.activeElement) || extra?.name === "fix" || extra?.name === "accept";
    if (panel.innerHTML !== answer.panel) {
      const pane = panel.querySelector(".drawing");
      const at = pane && [pane.scrollLeft, pane.scrollTop];
      panel.innerHTML = answer.panel;
      document.dispatchEvent(new Event("drawn"));
      if (at) panel.querySelector(".drawing")?.scrollTo(...at);
    }
    if (had) (panel.querySelector(".fixes button") || area).focus();
    if (extra) told.textContent = answer.opening;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    send(button?.name ? { name: button.name, value: button.value } : { name: "" });
  });

  // Offers what can follow.
  let offered = null, active = -1, offerTimer = 0;

  function close() {
    clearTimeout(offerTimer);
    offered = null;
    active = -1;
    if (!list.hidden) told.textContent = "";
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  }

  async function offer(asked) {
    if (!words.completions || area.selectionStart !== area.selectionEnd) return;
    const [text, at] = [area.value, area.selectionStart];
    const rest = text.slice(at).split("\n", 1)[0];
    const before = text.slice(0, at).split("\n").pop();
    if (!asked && (rest.trim() || !before.trim() || /[.!?:]["\u201d]?$/.test(before))) return close();
    try {
      const data = new URLSearchParams({ _csrf: form.elements._csrf.value, text, at });
      const answer = await post(words.completions, data);
      if (area.value !== text || area.selectionStart !== at || document.activeElement !== area) return;
      show(answer, asked);
    } catch {
      close();
    }
  }

  function show(answer, asked) {
    if (!answer.items.length) {
      close();
      if (asked) told.textContent = words.nothing;
      return;
    }
    offered = answer;
    list.replaceChildren(...answer.items.map((item, index) => {
      const line = document.createElement("li");
      line.id = `completion-${index}`;
      line.role = "option";
      const label = document.createElement("span");
      label.textContent = item.label;
      const detail = document.createElement("span");
      detail.className = "quiet";
      detail.textContent = item.detail || "";
      line.append(label, detail);
      line.addEventListener("pointerdown", (event) => event.preventDefault());
      line.addEventListener("click", () => choose(index));
      return line;
    }));
    list.hidden = false;
    const [caret, frame] = [placeOf(area.selectionStart), area.parentElement.getBoundingClientRect()];
    list.style.top = `${caret.bottom - frame.top + 4}px`;
    list.style.left = `${Math.max(0, Math.min(caret.left - frame.left, frame.width - list.offsetWidth))}px`;
    mark(asked ? 0 : -1);
    list.scrollIntoView({ block: "nearest" });
    told.textContent = words.offered.replace("{}", answer.items.length);
  }

  function mark(index) {
    active = index;
    [...list.children].forEach((line, place) => line.setAttribute("aria-selected", String(place === index)));
    const line = list.children[index];
    if (line) area.setAttribute("aria-activedescendant", line.id);
    else area.removeAttribute("aria-activedescendant");
    line?.scrollIntoView({ block: "nearest" });
  }

  function choose(index) {
    const { replace: [start, end], items } = offered;
    close();
    area.focus();
    replace(start, end, items[index].insert);
    offerTimer = setTimeout(() => offer(false), OFFER_AFTER);
  }

  area.addEventListener("input", () => {
    follow();
    if (quiet) return;
    dirty = true;
    later();
    clearTimeout(offerTimer);
    if (list.hidden === false) close();
    offerTimer = setTimeout(() => offer(false), OFFER_AFTER);
  });

  area.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === " ") {
      event.preventDefault();
      offer(true);
    } else if (event.key === "F8") {
      event.preventDefault();
      next();
    } else if (offered) {
      const count = offered.items.length;
      if (event.key === "ArrowDown") mark((active + 1) % count);
      else if (event.key === "ArrowUp") mark((active + count) % (count + 1) - 1);
      else if (event.key === "Enter" && active >= 0) choose(active);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }
  });

  area.addEventListener("blur", close);

  // Problems and drawn steps lead to their words.
  function lead(start, end) {
    area.focus({ preventScroll: true });
    area.setSelectionRange(start, end);
    const place = placeOf(start);
    if (place.top < 60 || place.bottom > innerHeight - 60) scrollBy({ top: place.top - innerHeight / 3 });
  }

  function leadTo(item) {
    lead(Number(item.dataset.start), Number(item.dataset.end));
    told.textContent = item.querySelector("strong")?.textContent || "";
  }

  function leadToSentence(number) {
    let at = 0, start = -1, end = -1;
    for (const one of stretches) {
      if (one.sentence === number) {
        if (start < 0) start = at;
        end = at + one.text.length;
      }
      at += one.text.length;
    }
    if (start >= 0) lead(start, end);
  }

  // The step of the sentence that the caret stands in is lit on the drawing.
  function lightStep() {
    if (document.activeElement !== area) return;
    let at = 0;
    const here = stretches.find((one) => (at += one.text.length) > area.selectionStart)?.sentence;
    for (const step of document.querySelectorAll("#studio-drawing [data-sentence]")) {
      step.classList.toggle("lit", here !== undefined && step.dataset.sentence.split(" ").includes(here));
    }
  }

  document.addEventListener("selectionchange", lightStep);

  function next() {
    const items = [...panel.querySelectorAll(".found [data-start]")];
    const after = items.filter((item) => Number(item.dataset.start) > area.selectionStart);
    const item = after[0] || items[0];
    if (item) leadTo(item);
    else told.textContent = part("opening").textContent;
  }

  panel.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const address = link?.getAttribute("href") || "";
    const item = address === "#studio-text" && link.closest("[data-start]");
    if (!item && !address.startsWith("#sentence-")) return;
    event.preventDefault();
    if (item) leadTo(item);
    else leadToSentence(address.slice("#sentence-".length));
  });

  // Who else is there, and whether they saved.
  async function look() {
    if (document.hidden || busy) return;
    try {
      const here = await post(words.presence, new URLSearchParams({ _csrf: form.elements._csrf.value }));
      part("others").textContent = here.others;
      if (here.revision > Number(form.elements.revision.value) && !form.elements.aside.value) send();
    } catch {
      // The next save says that the server cannot be reached.
    }
  }

  setInterval(look, LOOK_EVERY);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && dirty && !busy) send();
    else look();
  });
  addEventListener("pagehide", () => {
    if (dirty) fetch(form.action, { method: "POST", body: body(), keepalive: true });
  });

  readMarks();
  document.documentElement.classList.add("with-script");
})();
