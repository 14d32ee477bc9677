// The overview: which charts stand in which cards. Every chart is drawn anew when filters change.
const view = { section: "text", unit: null, property: null };

function card(title, note, ...content) {
  return h("section", { class: "card" }, h("header", null, h("h2", null, title), note ? h("p", { class: "note" }, note) : null), content);
}
function choice(label, options, value, change) {
  return h("label", { class: "choice" }, h("span", { class: "sr" }, label),
    h("select", { onchange: (event) => change(event.target.value) },
      options.map(([key, words]) => h("option", { value: key, selected: key === value }, words))));
}
function tallyOf(keys) {
  const all = new Map();
  const now = new Map();
  keys.forEach((key, row) => {
    if (key === null) return;
    all.set(key, (all.get(key) ?? 0) + 1);
    if (state.isShown[row]) now.set(key, (now.get(key) ?? 0) + 1);
  });
  return { all, now };
}
const byKey = (filter, tally) => ({
  tally, choose: (key) => toggleFilter(filter, key), active: (key) => state.filters[filter] === key,
  whole: state.shown.length,
});

const CARDS = {
  "chart-elements": periodicTable,
  "chart-groups": groupStrip,
  "chart-systems": (host) => {
    const { all, now } = tallyOf(state.data.columns.crystal_system);
    const items = SYSTEMS.map((name, i) => ({ label: name, key: name, value: all.get(name) ?? 0, colour: `var(--sys-${i})` })).reverse();
    swap(host, barRows(items, byKey("system", now)));
  },
  "chart-dimensions": (host) => {
    const { all, now } = tallyOf(state.data.columns.dimensionality);
    const words = ["0D molecules", "1D chains", "2D sheets", "3D frameworks"];
    const items = [3, 2, 1, 0].map((n) => ({ label: words[n], key: n, value: all.get(n) ?? 0 }));
    swap(host, barRows(items, byKey("dimensionality", now)));
  },
  "chart-many": (host) => {
    const { all, now } = tallyOf(state.data.columns.elements.map((list) => list.length));
    const items = [...all.keys()].sort((a, b) => a - b).map((n) => ({ label: plural(n, "element"), key: n, value: all.get(n) }));
    swap(host, barRows(items, byKey("many", now)));
  },
  "chart-sites": (host) => histogram(host, state.measures.get("n_sites")),
  "chart-lengths": (host) => histogram(host, lengthMeasure()),
  "chart-minerals": minerals,
  "chart-property": (host) => {
    const measure = state.measures.get(view.property);
    if (measure) histogram(host, measure);
    else swap(host, h("p", { class: "empty" }, "The source gives no numeric properties."));
  },
  "chart-time": (host) => {
    const measure = state.measures.get("seconds");
    if (measure) histogram(host, measure);
    else swap(host, h("p", { class: "empty" }, "This corpus carries no timings."));
  },
  "chart-failures": failureBars,
};

const lengthMeasure = () => state.measures.get(`${view.section}_${view.unit}`);
function lengthNote() {
  const measure = lengthMeasure();
  const { median, p95, over_limit: over, count: many } = measure.spread;
  const middle = `Median ${count(Math.round(median))}, 95 % within ${count(Math.round(p95))}`;
  if (!measure.limit) return `${middle}.`;
  return `${middle}; ${plural(over, "crystal")} (${percent(over, many)}) over the ${measure.limit} that BERT models read.`;
}
function propertyNote() {
  const measure = state.measures.get(view.property);
  if (!measure) return "";
  const { count: many, median } = measure.spread;
  return `${measure.description ? `${sentence(measure.description)}. ` : ""}${plural(many, "crystal has", "crystals have")} it; median ${withUnit(number(median), measure.unit)}.`;
}
const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1).replace(/\.$/, "");
function timeNote() {
  const measure = state.measures.get("seconds");
  if (!measure) return "";
  const { median, p95, total } = measure.spread;
  return `Median ${duration(median)}, 95 % within ${duration(p95)}; ${duration(total)} in all.`;
}
function duration(seconds) {
  if (seconds < 90) return `${number(seconds, 2)} s`;
  return seconds < 5400 ? `${number(seconds / 60, 2)} min` : `${number(seconds / 3600, 2)} h`;
}

function minerals(host) {
  const { all, now } = tallyOf(state.data.columns.mineral);
  const kinds = tallyOf(state.kinds);
  const words = { exact: "exact prototype", "-like": "-like", "-derived": "-derived", none: "no known prototype" };
  const stack = h("div", { class: "stack", role: "group", "aria-label": "Share of crystals by kind of mineral name" },
    KINDS.filter((kind) => kinds.all.get(kind)).map((kind) => h("button", {
      type: "button", class: `kind kind-${KINDS.indexOf(kind)}`, "aria-pressed": String(state.filters.kind === kind),
      css: { "flex-grow": String(kinds.all.get(kind)) }, onclick: () => toggleFilter("kind", kind),
      title: `${words[kind]}: ${count(kinds.all.get(kind))}`, "aria-label": `${words[kind]}: ${count(kinds.all.get(kind))}`,
    })));
  const legend = h("div", { class: "legend" }, KINDS.filter((kind) => kinds.all.get(kind)).map((kind) =>
    h("span", null, h("i", { class: `kind-${KINDS.indexOf(kind)}` }), `${words[kind]} `, h("small", null, percent(kinds.now.get(kind) ?? 0, state.shown.length)))));
  const items = [...all].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 9)
    .map(([name, value]) => ({ label: name, name, key: name, value }));
  swap(host, stack, legend, barRows(items, byKey("mineral", now)));
}

function failureBars(host) {
  const { failures } = state.data;
  if (!failures.length) {
    swap(host, h("p", { class: "empty good" }, "Every input was described."));
    return;
  }
  const tally = new Map();
  for (const { code } of failures) tally.set(code, (tally.get(code) ?? 0) + 1);
  const items = [...tally].sort((a, b) => b[1] - a[1]).map(([code, value]) => ({ label: code, key: code, value, colour: "var(--bad)" }));
  swap(host, barRows(items, {
    tally, active: () => false, whole: failures.length,
    choose: (code) => { $("failure-words").value = code; showTab("failures"); listFailures(); },
  }));
}

function buildOverview() {
  const numeric = state.data.properties.filter((property) => property.numeric);
  view.property ??= numeric[0]?.name ?? null;
  const units = [...state.data.tokenizers.map((t) => [`tokens_${t}`, `${modelName(t)} tokens`]), ["words", "words"], ["characters", "characters"]];
  view.unit ??= units[0][0];
  const redraw = (id, note, words) => () => { $(id).replaceChildren(words()); CARDS[note]($(note)); };
  const lengths = redraw("note-lengths", "chart-lengths", lengthNote);
  const property = redraw("note-property", "chart-property", propertyNote);
  const failed = state.data.failures.length;
  const host = (id, name = "chart") => h("div", { id, class: name });
  const noted = (id, words) => h("span", { id }, words());
  $("overview").replaceChildren(
    h("div", { class: "grid" },
      h("div", { class: "wide" }, card("Elements", "Choose one or several to see the crystals that hold them all.", host("chart-elements"))),
      h("div", { class: "pile" },
        card("Crystal systems", null, host("chart-systems")),
        card("Dimensionality", "Highest of a crystal's components.", host("chart-dimensions"))),
      h("div", { class: "full" }, card("Space groups", null, host("chart-groups"))),
      card("Text length", noted("note-lengths", lengthNote),
        h("div", { class: "choices" },
          choice("section", [["text", "whole text"], ["global_text", "global section"], ["local_text", "local section"], ["fields_text", "fields"]], view.section, (v) => { view.section = v; lengths(); }),
          choice("unit", units, view.unit, (v) => { view.unit = v; lengths(); })),
        host("chart-lengths")),
      card("Properties", noted("note-property", propertyNote),
        numeric.length ? h("div", { class: "choices" }, choice("property", numeric.map((p) => [p.name, withUnit(p.name.replaceAll("_", " "), p.unit ? `(${p.unit})` : "")]), view.property, (v) => { view.property = v; property(); })) : null,
        host("chart-property")),
      card("Cell sizes", `Sites of the cell as given; median ${number(state.data.statistics.sites.median)}.`, h("div", { class: "push" }), host("chart-sites")),
      card("Minerals", "Structure prototypes that the texts name.", host("chart-minerals")),
      h("div", { class: "pile" },
        card("Time to describe", timeNote(), host("chart-time"))),
      h("div", { class: "pile" },
        card("Composition", null, host("chart-many")),
        card("Failures", failed ? `${plural(failed, "input has", "inputs have")} no description.` : null, host("chart-failures")))));
  const drawAll = () => {
    if ($("overview").hidden) return;
    for (const [id, draw] of Object.entries(CARDS)) if ($(id)) draw($(id));
  };
  state.listeners.push(drawAll);
  let timer = 0;
  addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(drawAll, 120); });
  return drawAll;
}
