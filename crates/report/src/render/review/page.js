"use strict";
(() => {
  const get = (id) => document.getElementById(id);
  const cards = [...document.querySelectorAll(".card")];
  const filters = get("filters");
  const choices = ["rule", "owner", "repository", "applicability"];
  const store = "bbsweep-review:" + document.body.dataset.review;

  // A browser may keep nothing for files: then marks last as long as the page.
  let reviewed = new Set();
  try {
    reviewed = new Set(JSON.parse(localStorage.getItem(store) || "[]"));
  } catch {}
  const keep = () => {
    try {
      localStorage.setItem(store, JSON.stringify([...reviewed]));
    } catch {}
  };

  // One id may stand at several places: the place counts too.
  const key = (card) => card.dataset.id + " " + card.querySelector(".place").textContent;
  const matches = (card) => {
    const fits = choices.every((name) => {
      const wanted = get(name).value;
      return !wanted || card.dataset[name].split("\n").includes(wanted);
    });
    const text = get("text").value.trim().toLowerCase();
    return (
      fits &&
      (!text || card.textContent.toLowerCase().includes(text)) &&
      !(get("open").checked && reviewed.has(key(card)))
    );
  };
  const visible = () => cards.filter((card) => !card.hidden);
  const show = () => {
    for (const card of cards) {
      card.hidden = !matches(card);
      card.classList.toggle("reviewed", reviewed.has(key(card)));
    }
    const marked = cards.filter((card) => reviewed.has(key(card))).length;
    get("nothing").hidden = visible().length > 0;
    get("count").textContent =
      visible().length + " of " + cards.length + " shown, " + marked + " reviewed";
  };

  let current = null;
  const go = (card) => {
    if (!card) return;
    current = card;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "start" });
  };
  const move = (by) => {
    const all = visible();
    const at = all.indexOf(current);
    if (at >= 0) return go(all[at + by]);
    // The one that was left was filtered away: on from where it stood.
    const from = cards.indexOf(current);
    const next = all.findIndex((card) => cards.indexOf(card) > from);
    go(by > 0 ? all[next < 0 ? all.length - 1 : next] : all[(next < 0 ? all.length : next) - 1] || all[0]);
  };
  const mark = () => {
    if (!current || current.hidden) return;
    const name = key(current);
    if (!reviewed.delete(name)) reviewed.add(name);
    keep();
    const after = current;
    show();
    if (after.hidden) move(1);
  };
  const clear = () => {
    filters.reset();
    show();
    if (document.activeElement) document.activeElement.blur();
  };

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    r: mark,
    "/": () => get("text").focus(),
    "?": () => get("help").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || get("help").open) return;
    if (event.key === "Escape") return clear();
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox") return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  for (const card of cards) {
    card.addEventListener("focusin", () => (current = card));
    card.addEventListener("click", () => (current = card));
  }
  filters.addEventListener("input", show);
  filters.addEventListener("submit", (event) => event.preventDefault());
  get("keys").addEventListener("click", () => get("help").showModal());
  filters.hidden = false;
  show();
})();
