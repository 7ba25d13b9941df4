// A step and its sentences light up together, both ways. The page reads the same without this.
(() => {
  "use strict";

  const all = (selector) => [...document.querySelectorAll(selector)];
  const numbers = (element) => (element.dataset.sentence || "").split(" ").filter(Boolean);
  const drawn = (element) => Boolean(element.closest("svg"));
  let kept = null;

  function related(element) {
    const path = element.dataset.path;
    const wanted = numbers(element);
    return all("[data-sentence]").filter((other) => {
      if (drawn(other) === drawn(element)) return other === element;
      return (path && other.dataset.path === path) || numbers(other).some((number) => wanted.includes(number));
    });
  }

  function light(element, on) {
    for (const other of related(element)) other.classList.toggle("lit", on);
  }

  // Scrolls the pane that the other half stands in, and the page only where there is no pane.
  function reveal(element) {
    const other = related(element).find((one) => drawn(one) !== drawn(element));
    const pane = other?.closest(".drawing, .pane");
    if (!other || !pane) return;
    const [inner, outer] = [other.getBoundingClientRect(), pane.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      pane.scrollTop += inner.top - outer.top - pane.clientHeight / 3;
    }
    if (inner.left < outer.left || inner.right > outer.right) pane.scrollLeft += inner.left - outer.left - 16;
  }

  for (const [enter, leave] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    const lit = (on) => (event) => {
      const element = event.target.closest?.("[data-sentence]");
      if (!element) return;
      light(element, on);
      if (kept && !on) light(kept, true);
      if (on) reveal(element);
    };
    document.addEventListener(enter, lit(true));
    document.addEventListener(leave, lit(false));
  }

  // A drawing wider than its pane begins with its first step in the middle, says so, and keeps the names of its
  // stages in sight. The size that its reader chose stays when it is drawn anew.
  let size = null;

  function name(pane) {
    const svg = pane.querySelector("svg");
    const scale = svg.clientWidth / svg.viewBox.baseVal.width || 1;
    for (const one of pane.querySelectorAll(".stage-name")) {
      one.setAttribute("transform", `translate(${pane.scrollLeft / scale} 0)`);
    }
  }

  function fit(pane) {
    const wide = pane.scrollWidth > pane.clientWidth + 1;
    const hint = pane.parentElement.querySelector(".sideways");
    if (hint) hint.hidden = !wide;
    name(pane);
    return wide;
  }

  function settle() {
    for (const pane of all(".drawing")) {
      const first = pane.querySelector(".chosen, .step");
      const chosen = size && pane.parentElement.querySelector(`[name="drawing-size"][value="${size}"]`);
      if (chosen) chosen.checked = true;
      pane.addEventListener("scroll", () => name(pane));
      if (!first || !fit(pane)) continue;
      const [inner, outer] = [first.getBoundingClientRect(), pane.getBoundingClientRect()];
      pane.scrollLeft += inner.left + inner.width / 2 - outer.left - pane.clientWidth / 2;
    }
  }

  settle();
  document.addEventListener("drawn", settle);
  addEventListener("resize", () => all(".drawing").forEach(fit));
  document.addEventListener("change", (event) => {
    if (event.target.name !== "drawing-size") return;
    size = event.target.value;
    all(".drawing").forEach(fit);
  });

  // A click keeps the light on until the next one.
  document.addEventListener("click", (event) => {
    const element = event.target.closest?.("[data-sentence]");
    if (kept) light(kept, false);
    kept = element && element !== kept ? element : null;
    if (kept) light(kept, true);
  });
})();
