// The browser of rows: the bar of filters, and the list, of which only what is in view exists.
const ROW_HEIGHT = 38;

// Columns of the list; `wide` ones are shown only while no crystal is open.
function listColumns() {
  const c = state.data.columns;
  const length = state.measures.get(state.lengthKey);
  const columns = [
    { key: "id", label: "id", cell: (row) => c.id[row] },
    { key: "formula", label: "formula", cell: (row) => formulaNodes(c.formula[row]) },
    { key: "mineral", label: "mineral", wide: true, cell: (row) => c.mineral[row] ?? h("span", { class: "none" }, "none") },
    { key: "space_group_number", label: "space group", cell: (row) => [
      h("i", { class: `dot sys-${SYSTEMS.indexOf(c.crystal_system[row])}`, title: c.crystal_system[row] }),
      h("span", null, symbolNodes(c.space_group_symbol[row])), h("small", null, ` (${c.space_group_number[row]})`)] },
    { key: "dimensionality", label: "dim.", wide: true, cell: (row) => `${c.dimensionality[row]}D` },
    { key: "n_sites", label: "sites", number: true, cell: (row) => count(c.n_sites[row]) },
    { key: state.lengthKey, label: length.limit ? "tokens" : "words", wide: true, number: true, cell: (row) => {
      const over = length.limit && length.values[row] > length.limit;
      return over ? h("span", { class: "over", title: `over ${length.limit}: truncated` }, count(length.values[row])) : count(length.values[row]);
    } },
  ];
  const name = $("f-property").value;
  const measure = state.measures.get(name);
  if (measure?.property) {
    columns.push({ key: name, label: withUnit(measure.label, measure.unit ? `(${measure.unit})` : ""), number: true, cell: (row) => number(measure.values[row]) });
  }
  return columns;
}

function drawList() {
  const columns = listColumns();
  const head = $("list-head");
  $("list-box").classList.toggle("with-property", columns.length > 7);
  swap(head, columns.map(({ key, label, wide, number: right }) => {
    const on = state.sort.key === key;
    return h("button", {
      type: "button", class: `${wide ? "wide-only " : ""}${right ? "right" : ""}`, title: `sort by ${label}`,
      "aria-sort": on ? (state.sort.down ? "descending" : "ascending") : null,
      onclick: () => { state.sort = { key, down: on && !state.sort.down }; apply(); },
    }, label, on ? (state.sort.down ? " ▾" : " ▴") : "");
  }));
  $("list-space").style.height = `${state.shown.length * ROW_HEIGHT}px`;
  $("list-empty").hidden = state.shown.length > 0;
  drawRows(columns);
}

function drawRows(columns = listColumns()) {
  const list = $("list");
  const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - 6);
  const last = Math.min(state.shown.length, first + Math.ceil(list.clientHeight / ROW_HEIGHT) + 12);
  const rows = [];
  for (let at = first; at < last; at += 1) {
    const row = state.shown[at];
    rows.push(h("div", {
      class: "row", role: "option", id: `row-${row}`, "data-row": row, "aria-selected": String(row === state.selected),
      "aria-posinset": at + 1, "aria-setsize": state.shown.length, css: { top: `${at * ROW_HEIGHT}px` },
    }, columns.map(({ cell, wide, number: right }) =>
      h("span", { class: `${wide ? "wide-only " : ""}${right ? "right" : ""}` }, cell(row)))));
  }
  $("list-space").replaceChildren(...rows);
  if (state.selected !== null) list.setAttribute("aria-activedescendant", `row-${state.selected}`);
  else list.removeAttribute("aria-activedescendant");
}

function scrollToRow(row) {
  const at = state.shown.indexOf(row);
  const list = $("list");
  if (at < 0) return;
  const top = at * ROW_HEIGHT;
  const seen = top >= list.scrollTop && top + ROW_HEIGHT <= list.scrollTop + list.clientHeight;
  if (!seen) list.scrollTop = top - list.clientHeight / 2;
}

function listKeys(event) {
  const page = Math.max(1, Math.floor($("list").clientHeight / ROW_HEIGHT) - 1);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  if (event.key === "Escape") return openCrystal(null);
  if (!(event.key in steps) || !state.shown.length) return null;
  event.preventDefault();
  const here = state.shown.indexOf(state.selected);
  const at = here < 0 ? 0 : Math.min(state.shown.length - 1, Math.max(0, here + steps[event.key]));
  openCrystal(state.shown[at], { quiet: true });
  return scrollToRow(state.shown[at]);
}

// What the bar says is kept equal to the filters, whichever chart or link changed them.
function syncBar() {
  const f = state.filters;
  if (document.activeElement !== $("f-words")) $("f-words").value = f.words;
  $("f-system").value = f.system ?? "";
  $("f-dimensionality").value = f.dimensionality ?? "";
  $("f-truncated").value = f.truncated === null ? "" : String(f.truncated);
  if (document.activeElement !== $("f-mineral")) $("f-mineral").value = f.mineral ?? "";
  if (document.activeElement !== $("f-elements")) $("f-elements").value = [...f.elements].map((z) => element(z).symbol).join(" ");
  $("f-property").value = [...f.ranges.keys()].find((key) => state.measures.get(key).property) ?? "";
  const range = f.ranges.get($("f-property").value);
  for (const [id, at] of [["f-min", 0], ["f-max", 1]]) {
    if (document.activeElement !== $(id)) $(id).value = range && Number.isFinite(range[at]) ? Number(range[at].toPrecision(6)) : "";
    $(id).disabled = !$("f-property").value;
  }
  const active = activeFilters();
  $("chips").hidden = !active.length;
  $("chips").replaceChildren(...active.map(([words, off]) => h("button", { type: "button", class: "chip", "aria-label": `remove filter ${words}`, onclick: off }, words, h("span", { "aria-hidden": "true" }, " ×"))),
    h("button", { type: "button", class: "clear", onclick: clearFilters }, "Clear all"));
  const total = plural(state.rows, "crystal");
  $("matching").replaceChildren(...(active.length ? [h("b", null, count(state.shown.length)), ` of ${total}`] : [h("b", null, count(state.rows)), " crystals"]));
  $("tab-crystals-count").textContent = count(state.shown.length);
}

function readRange() {
  const key = $("f-property").value;
  const [low, high] = ["f-min", "f-max"].map((id) => $(id).value.trim().replace("−", "-"));
  for (const name of state.filters.ranges.keys()) if (state.measures.get(name).property) state.filters.ranges.delete(name);
  if (key) {
    const value = (text, none) => (text === "" || Number.isNaN(Number(text)) ? none : Number(text));
    state.filters.ranges.set(key, [value(low, -Infinity), value(high, Infinity)]);
  }
  apply();
}

function buildBar() {
  const options = (id, list) => $(id).append(...list.map(([value, words]) => h("option", { value }, words)));
  options("f-system", SYSTEMS.map((name) => [name, name]));
  options("f-dimensionality", [3, 2, 1, 0].map((n) => [n, `${n}D`]));
  options("f-property", state.data.properties.filter((p) => p.numeric).map((p) => [p.name, withUnit(p.name.replaceAll("_", " "), p.unit ? `(${p.unit})` : "")]));
  $("f-truncated").hidden = !state.data.tokenizers.length;
  const names = [...new Set(state.data.columns.mineral.filter(Boolean))].sort();
  $("minerals").append(...names.map((value) => h("option", { value })));
  const typed = (id, work) => { // when typing pauses, or at once when the field is left
    let timer = 0;
    $(id).addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { timer = 0; work(); }, 120); });
    $(id).addEventListener("change", () => {
      if (timer) work();
      clearTimeout(timer);
      timer = 0;
    });
  };
  typed("f-words", () => {
    if (state.sort.key !== "match") state.sort = { key: "match", down: false };
    if ($("f-words").value.trim() && $("crystals").hidden) showTab("crystals");
    setFilter("words", $("f-words").value);
  });
  const select = (id, name, read) => $(id).addEventListener("change", (e) => setFilter(name, e.target.value === "" ? null : read(e.target.value)));
  select("f-system", "system", String);
  select("f-dimensionality", "dimensionality", Number);
  select("f-truncated", "truncated", (value) => value === "true");
  $("f-mineral").addEventListener("change", (e) => setFilter("mineral", names.find((n) => n.toLowerCase() === e.target.value.trim().toLowerCase()) ?? null));
  typed("f-elements", () => {
    const symbols = $("f-elements").value.match(/[A-Za-z]+/g) ?? [];
    const known = symbols.map((s) => Z_OF.get(s[0].toUpperCase() + s.slice(1).toLowerCase())).filter(Boolean);
    setFilter("elements", new Set(known));
  });
  $("f-property").addEventListener("change", () => { $("f-min").value = $("f-max").value = ""; readRange(); });
  for (const id of ["f-min", "f-max"]) typed(id, readRange);
  const list = $("list");
  let asked = false;
  list.addEventListener("scroll", () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; drawRows(); });
  });
  list.addEventListener("keydown", listKeys);
  list.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row) openCrystal(Number(row.dataset.row));
  });
  new ResizeObserver(() => { if (!$("crystals").hidden) drawRows(); }).observe(list);
  state.listeners.push(syncBar, () => {
    if ($("crystals").hidden) return;
    $("list").scrollTop = 0;
    drawList();
  });
}
