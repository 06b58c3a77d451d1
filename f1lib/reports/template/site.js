"use strict";
(() => {
  const form = document.getElementById("filters");
  const count = document.getElementById("count");
  const sections = [...document.querySelectorAll("section[data-weekend]")].map((section) => ({
    section,
    folded: section.querySelector("details"),
    entries: [...section.querySelectorAll(".entry")].map((entry) => ({
      entry,
      text: `${section.dataset.weekend} ${entry.textContent}`.toLowerCase().replace(/\s+/g, " "),
      worlds: entry.dataset.world.split(" "),
    })),
  }));
  const total = sections.reduce((sum, each) => sum + each.entries.length, 0);
  const value = (name) => document.getElementById(name).value;

  function show() {
    const words = value("words").toLowerCase().split(/\s+/).filter(Boolean);
    const [notebook, status, weekend, world] = ["notebook", "status", "weekend", "world"].map(value);
    const chosen = words.length || notebook || status || weekend || world;
    let shown = 0;
    for (const { section, folded, entries } of sections) {
      let here = 0;
      let inside = 0;
      for (const { entry, text, worlds } of entries) {
        const fits = section.dataset.weekend.startsWith(weekend)
          && (!notebook || entry.dataset.notebook === notebook)
          && (!status || entry.dataset.status === status)
          && (!world || worlds.includes(world))
          && words.every((word) => text.includes(word));
        entry.hidden = !fits;
        here += fits;
        inside += fits && Boolean(folded) && folded.contains(entry);
      }
      section.hidden = !here;
      if (folded) {
        folded.hidden = !inside;
        folded.open = Boolean(chosen && inside);
      }
      shown += here;
    }
    count.textContent = `${shown} of ${total} ${total === 1 ? "run" : "runs"} shown.`;
  }

  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  addEventListener("pageshow", show);
})();
