// One crystal opened: its picture, facts, both sections side by side, and properties with units.
function fact(label, ...value) {
  return [h("dt", null, label), h("dd", null, value)];
}

function sectionBox(title, section, row, text) {
  const sizes = [];
  for (const tokenizer of state.data.tokenizers) {
    const tokens = state.data.columns[`${section}_tokens_${tokenizer}`][row];
    sizes.push(h("span", { class: tokens > state.data.token_limit ? "over" : null }, `${count(tokens)} ${modelName(tokenizer)} tokens`));
  }
  sizes.push(h("span", null, plural(wordCount(text), "word")));
  return h("article", { class: "section-box" },
    h("header", null, h("h3", null, title), h("p", { class: "note" }, sizes.flatMap((size, i) => (i ? [" · ", size] : [size])))),
    text ? h("p", { class: "text", lang: "en" }, marked(text, searchTerms())) : h("p", { class: "empty" }, "This section is empty."));
}

function propertyTable(row) {
  const { properties, columns } = state.data;
  if (!properties.length) return null;
  const rows = properties.filter((p) => columns[p.name][row] !== null);
  const missing = properties.length - rows.length;
  return h("article", null, h("h3", null, "Properties"),
    rows.length ? h("table", null, h("tbody", null, rows.map((p) => h("tr", { title: p.description || null },
      h("th", { scope: "row" }, p.name.replaceAll("_", " ")),
      h("td", { class: "right" }, p.numeric ? number(columns[p.name][row]) : String(columns[p.name][row])),
      h("td", null, unitText(p.unit)))))) : null,
    missing ? h("p", { class: "note" }, `${plural(missing, "property", "properties")} not given for this crystal.`) : null);
}

function detailOf(row) {
  const c = state.data.columns;
  const system = c.crystal_system[row];
  const [picture, controls, legend, note] = crystalPicture(row);
  const at = state.shown.indexOf(row);
  const step = (by) => at < 0 || !(at + by in state.shown) ? null : () => { openCrystal(state.shown[at + by]); scrollToRow(state.shown[at + by]); };
  const nav = (words, sign, by) => h("button", { type: "button", class: "icon", title: words, "aria-label": words, disabled: !step(by), onclick: step(by) }, sign);
  const link = h("button", { type: "button", class: "icon wide", onclick: () => copyLink(row, link) }, "Copy link");
  return [
    h("header", { class: "detail-head" },
      h("div", null, h("h2", { id: "detail-title", tabindex: -1 }, formulaNodes(c.formula[row])),
        h("p", { class: "note" }, h("code", null, c.id[row]), " ", c.mineral[row] ? h("span", { class: "pill flat" }, c.mineral[row]) : null)),
      h("nav", { "aria-label": "Crystal" }, link, nav("previous in the list", "‹", -1), nav("next in the list", "›", 1),
        h("button", { type: "button", class: "icon", title: "close (Esc)", "aria-label": "close", onclick: () => openCrystal(null) }, "×"))),
    h("div", { class: "detail-top" },
      h("figure", null, picture, controls, legend, h("figcaption", { class: "note" }, note)),
      h("div", null,
        h("dl", { class: "facts" },
          fact("crystal system", h("i", { class: `dot sys-${SYSTEMS.indexOf(system)}` }), system),
          fact("space group", h("span", null, symbolNodes(c.space_group_symbol[row])), ` (${c.space_group_number[row]})`),
          fact("dimensionality", `${c.dimensionality[row]}D`),
          fact("sites as given", count(c.n_sites[row])),
          fact("components", count(c.n_components[row]), c.n_different_components[row] > 1 ? `, ${count(c.n_different_components[row])} different` : ""),
          fact("cell", cellWords(row)),
          fact("symmetry tolerance", `${number(c.symprec[row])} Å`),
          c.seconds && c.seconds[row] !== null ? fact("time to describe", duration(c.seconds[row])) : null,
          fact("structure hash", h("code", { title: "first 12 digits" }, `${c.structure_hash[row]}…`))),
        propertyTable(row))),
    h("div", { class: "sections" }, sectionBox("Global section", "global_text", row, c.global_text[row]), sectionBox("Local section", "local_text", row, c.local_text[row])),
    h("div", { class: "sections one" }, sectionBox("Fields", "fields_text", row, c.fields_text[row])),
    c.notes[row].length ? h("article", { class: "notes" }, h("h3", null, "Notes on the input"), h("ul", null, c.notes[row].map((words) => h("li", null, words)))) : null,
  ];
}

function cellWords(row) {
  const cell = state.data.columns.cell[row];
  if (!cell) return "–";
  const fixed = (value, places) => value.toFixed(places);
  return [h("span", { class: "nowrap" }, `${cell.slice(0, 3).map((v) => fixed(v, 3)).join(", ")} Å`), h("br"),
    h("span", { class: "nowrap" }, `${cell.slice(3).map((v) => `${fixed(v, 2)}°`).join(", ")}`)];
}

async function copyLink(row, button) {
  const url = `${location.href.split("#")[0]}#${encodeURIComponent(state.data.columns.id[row])}`;
  try {
    await navigator.clipboard.writeText(url);
    button.textContent = "Copied";
  } catch {
    button.textContent = "See address bar"; // browsers refuse the clipboard to some local files
  }
  setTimeout(() => { button.textContent = "Copy link"; }, 1600);
}

// Opens one crystal, or closes the one that is open; `quiet` leaves the focus in the list.
function openCrystal(row, { quiet = false, history: record = true } = {}) {
  state.selected = row;
  const open = row !== null;
  $("crystals").classList.toggle("open", open);
  $("detail").hidden = !open;
  if (open) {
    if ($("crystals").hidden) showTab("crystals");
    $("detail").replaceChildren(...detailOf(row).filter(Boolean));
    $("detail").scrollTop = 0;
    $("detail").querySelector("canvas").dispatchEvent(new Event("shown"));
  } else {
    $("detail").replaceChildren();
    $("list").focus();
  }
  if (record) {
    const hash = open ? `#${encodeURIComponent(state.data.columns.id[row])}` : "#";
    if (quiet || !open) history.replaceState(null, "", hash);
    else if (location.hash !== hash) history.pushState(null, "", hash);
  }
  drawList();
  if (open) scrollToRow(row);
}
