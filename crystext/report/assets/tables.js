// The periodic table of the corpus, and the strip of the 230 space groups.

// Pale to deep by the logarithm of the number of crystals.
const heat = (value, top) => (value ? 0.1 + 0.9 * (Math.log(value) / Math.log(Math.max(top, 2))) ** 1.7 : 0);

function periodicTable(host) {
  const all = new Uint32Array(119);
  const now = new Uint32Array(119);
  state.data.columns.elements.forEach((list, row) => {
    for (const z of list) {
      all[z] += 1;
      now[z] += state.isShown[row];
    }
  });
  const top = Math.max(...all);
  const cells = ELEMENTS.map((item) => {
    const chosen = state.filters.elements.has(item.z);
    const share = heat(now[item.z], top);
    const words = now[item.z] === all[item.z] ? plural(all[item.z], "crystal") : `${count(now[item.z])} of ${plural(all[item.z], "crystal")}`;
    const show = (x, y) => tooltip.show([`${item.name} (${item.z})`, words], x, y);
    return h("button", {
      type: "button", class: "cell heat", tabindex: -1, disabled: !all[item.z],
      "data-z": item.z, "aria-pressed": String(chosen), "aria-label": `${item.name}: ${words}`,
      css: { "grid-row": item.row, "grid-column": item.column, "--heat": `${(100 * share).toFixed(1)}%` },
      onclick: () => toggleElement(item.z),
      onpointermove: (event) => show(event.clientX, event.clientY), onpointerleave: tooltip.hide,
      onfocus: (event) => { const box = event.target.getBoundingClientRect(); show(box.right, box.top); },
      onblur: tooltip.hide,
    }, h("b", null, item.symbol), h("small", null, all[item.z] ? short(now[item.z]) : ""));
  });
  const usable = cells.filter((cell) => !cell.disabled);
  if (usable.length) usable[0].tabIndex = 0;
  const legend = h("div", { class: "heat-legend", "aria-hidden": "true" },
    h("span", null, "1"), h("i"), h("span", null, count(top)), h("small", null, "crystals with the element (log colour)"));
  swap(host, h("div", { class: "periodic", role: "group", "aria-label": "Elements; arrow keys move, Enter filters", onkeydown: walk }, cells, legend));
}
const short = (value) => (value < 10000 ? count(value) : `${Math.round(value / 1000)}k`);

function walk(event) {
  const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
  const here = ELEMENTS[Number(event.target.dataset.z) - 1];
  if (!way || !here) return;
  event.preventDefault();
  let best = null;
  for (const cell of event.currentTarget.querySelectorAll(".cell:not(:disabled)")) {
    const { row, column } = ELEMENTS[Number(cell.dataset.z) - 1];
    const [along, across] = [(column - here.column) * way[0] + (row - here.row) * way[1], way[0] ? row - here.row : column - here.column];
    if (along <= 0) continue;
    const cost = along + 3 * Math.abs(across);
    if (!best || cost < best.cost) best = { cell, cost };
  }
  if (!best) return;
  event.target.tabIndex = -1;
  best.cell.tabIndex = 0;
  best.cell.focus();
}

function groupStrip(host) {
  const { space_group_number: numbers, space_group_symbol: symbols } = state.data.columns;
  const all = new Uint32Array(231);
  const now = new Uint32Array(231);
  const names = new Map();
  numbers.forEach((group, row) => {
    all[group] += 1;
    now[group] += state.isShown[row];
    if (!names.has(group)) names.set(group, symbols[row]);
  });
  const width = Math.max(320, host.clientWidth);
  const [height, left, right, base] = [186, 44, 8, 134];
  const step = (width - left - right) / 230;
  const x = (group) => left + (group - 1) * step;
  const top = Math.max(...all, 2);
  const tall = (value) => (value ? (112 * (Math.log10(value) + 0.18)) / (Math.log10(top) + 0.18) : 0);
  const parts = [];
  for (let power = 1; power <= top; power *= 10) {
    parts.push(svg("line", { class: "grid", x1: left, x2: width - right, y1: base - tall(power), y2: base - tall(power) }),
      svg("text", { class: "tick", x: left - 6, y: base - tall(power) + 4, "text-anchor": "end" }, count(power)));
  }
  FIRST_GROUP.forEach((first, i) => {
    const end = FIRST_GROUP[i + 1] ?? 231;
    parts.push(svg("rect", { class: `band sys-${i}`, x: x(first), y: base + 3, width: x(end) - x(first) - 1, height: 16, rx: 2 }));
    const named = [SYSTEMS[i], `${SYSTEMS[i].slice(0, 4)}.`].find((name) => x(end) - x(first) > 7 * name.length + 4);
    if (named) parts.push(svg("text", { class: "band", x: (x(first) + x(end)) / 2, y: base + 15, "text-anchor": "middle" }, named));
    if (first !== 3) parts.push(svg("text", { class: "tick", x: x(first) + step / 2, y: base + 33, "text-anchor": "middle" }, first));
  });
  parts.push(svg("text", { class: "tick", x: x(230), y: base + 33, "text-anchor": "end" }, "230"),
    svg("text", { class: "axis", x: (left + width) / 2, y: height - 4, "text-anchor": "middle" }, "Space group number"),
    svg("text", { class: "axis", x: 0, y: 11 }, "crystals (log scale)"));
  const items = [...names.keys()].sort((a, b) => a - b).map((group) => ({
    at: [x(group) + step / 2, base - tall(all[group])],
    lines: [`${names.get(group)} (${group})`, systemOf(group), now[group] === all[group] ? plural(all[group], "crystal") : `${count(now[group])} of ${plural(all[group], "crystal")}`],
    choose: () => toggleFilter("group", group),
    node: svg("g", { class: `column sys-${SYSTEMS.indexOf(systemOf(group))}` },
      svg("rect", { class: "hit", x: x(group), y: 8, width: step, height: base - 8 }),
      svg("rect", { class: "all", x: x(group) + 0.5, y: base - tall(all[group]), width: Math.max(1, step - 1), height: tall(all[group]) }),
      now[group] ? svg("rect", { class: "now", x: x(group) + 0.5, y: base - tall(now[group]), width: Math.max(1, step - 1), height: tall(now[group]) }) : null),
  }));
  const common = [...names.keys()].sort((a, b) => all[b] - all[a] || a - b).slice(0, 8);
  swap(host,
    plot("Crystals by space group", width, height, [...parts, ...items.map((item) => item.node)], items),
    h("div", { class: "common" }, h("span", null, "Most common:"), common.map((group) => h("button", {
      type: "button", class: "pill", "aria-pressed": String(state.filters.group === group), onclick: () => toggleFilter("group", group),
    }, h("span", null, symbolNodes(names.get(group))), ` (${group}) `, h("small", null, plural(now[group], "crystal"))))));
}
const systemOf = (group) => SYSTEMS[FIRST_GROUP.findLastIndex((first) => group >= first)];
