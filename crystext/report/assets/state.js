// The rows, what can be measured of them, the filters, and which rows pass: one state for all.
const SYSTEMS = ["triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal", "cubic"];
const FIRST_GROUP = [1, 3, 16, 75, 143, 168, 195]; // of each crystal system, in the same order
const KINDS = ["exact", "-like", "-derived", "none"];
const NO_FILTERS = () => ({
  words: "", system: null, dimensionality: null, group: null, mineral: null, kind: null, many: null,
  truncated: null, elements: new Set(), ranges: new Map(),
});

const state = {
  data: null, rows: 0, filters: NO_FILTERS(), shown: [], isShown: new Uint8Array(0),
  sort: { key: "match", down: false }, selected: null, listeners: [], haystack: null,
};

const modelName = (tokenizer) => ({ minilm: "MiniLM", matscibert: "MatSciBERT" })[tokenizer] ?? tokenizer;
const mineralKind = (name) =>
  !name ? "none" : name.endsWith("-like") ? "-like" : name.endsWith("-derived") ? "-derived" : "exact";
const wordCount = (text) => (text ? text.split(" ").length : 0);
const textOf = (row) =>
  [state.data.columns.global_text[row], state.data.columns.local_text[row]].filter(Boolean).join(" ");

// What a function gives, worked out when it is first asked for.
function once(work) {
  let value = null;
  return () => (value ??= work());
}

// Everything numeric that charts, filters and the list can use, by key.
function measuresOf(data) {
  const { columns, statistics } = data;
  const measures = new Map();
  const add = (key, label, unit, values, spread, more = {}) => {
    const measure = { key, label, unit, spread, ...more };
    if (typeof values === "function") Object.defineProperty(measure, "values", { get: once(values) });
    else measure.values = values;
    measures.set(key, measure);
  };
  add("n_sites", "Sites in the cell", "sites", columns.n_sites, statistics.sites, { log: true, whole: true });
  const names = { text: "whole text", global_text: "global section", local_text: "local section", fields_text: "fields" };
  const lengths = (section, length) => () =>
    columns.id.map((_, row) => length(section === "text" ? textOf(row) : columns[section][row]));
  for (const [section, name] of Object.entries(names)) {
    for (const tokenizer of data.tokenizers) {
      const key = `${section}_tokens_${tokenizer}`;
      add(key, `Length of the ${name}`, `${modelName(tokenizer)} tokens`, columns[key], statistics.lengths[section][`${tokenizer} tokens`], { whole: true, section, limit: data.token_limit });
    }
    add(`${section}_words`, `Length of the ${name}`, "words", lengths(section, wordCount), statistics.lengths[section].words, { whole: true, section });
    add(`${section}_characters`, `Length of the ${name}`, "characters", lengths(section, (text) => [...text].length), statistics.lengths[section].characters, { whole: true, section });
  }
  if (columns.seconds) add("seconds", "Time to describe", "s", columns.seconds, statistics.seconds, { log: true });
  for (const property of data.properties) {
    if (!property.numeric) continue;
    add(property.name, property.name.replaceAll("_", " "), property.unit, columns[property.name], statistics.properties.find((one) => one.name === property.name), { property: true, description: property.description });
  }
  return measures;
}

function prepare(data) {
  state.data = data;
  state.rows = data.columns.id.length;
  data.columns.elements = data.columns.elements.map((symbols) => symbols.map(zOf).filter(Boolean));
  state.measures = measuresOf(data);
  state.kinds = data.columns.mineral.map(mineralKind);
  state.lengthKey = data.tokenizers.length ? `text_tokens_${data.tokenizers[0]}` : "text_words";
  state.rowOf = new Map(data.columns.id.map((id, row) => [id, row]));
  apply();
}

// Lower-case text to search in, built at the first search.
function haystack() {
  const { id, formula, mineral } = state.data.columns;
  state.haystack ??= id.map((_, row) =>
    `${id[row]}\n${formula[row]}\n${mineral[row] ?? ""}\n${textOf(row)}`.toLowerCase());
  return state.haystack;
}

// "quoted words" stay together, all others stand alone; every one must occur.
const searchTerms = () =>
  [...state.filters.words.toLowerCase().matchAll(/"([^"]+)"?|(\S+)/g)].map((m) => (m[1] ?? m[2]).trim()).filter(Boolean);

function passes(row, terms, texts) {
  const { filters, data } = state;
  const c = data.columns;
  if (filters.system !== null && c.crystal_system[row] !== filters.system) return false;
  if (filters.dimensionality !== null && c.dimensionality[row] !== filters.dimensionality) return false;
  if (filters.group !== null && c.space_group_number[row] !== filters.group) return false;
  if (filters.mineral !== null && c.mineral[row] !== filters.mineral) return false;
  if (filters.kind !== null && state.kinds[row] !== filters.kind) return false;
  if (filters.many !== null && c.elements[row].length !== filters.many) return false;
  if (filters.truncated !== null && c[`truncated_${data.tokenizers[0]}`][row] !== filters.truncated) return false;
  for (const z of filters.elements) if (!c.elements[row].includes(z)) return false;
  for (const [key, [low, high]] of filters.ranges) {
    const value = state.measures.get(key).values[row];
    if (value === null || value === undefined || value < low || value > high) return false;
  }
  return terms.every((term) => texts[row].includes(term));
}

// 0 for the id or formula itself, 1 for its beginning, 2 for a mineral, 3 for a word of the text.
function matchRank(row, terms) {
  const { id, formula, mineral } = state.data.columns;
  const names = [id[row].toLowerCase(), formula[row].toLowerCase()];
  const name = (mineral[row] ?? "").toLowerCase();
  return terms.reduce((sum, term) => {
    if (names.includes(term)) return sum;
    if (names.some((one) => one.startsWith(term))) return sum + 1;
    return sum + (name.includes(term) ? 2 : 3);
  }, 0);
}

function sortedBy(rows, terms) {
  const { key, down } = state.sort;
  const c = state.data.columns;
  let value;
  if (key === "match") {
    if (!terms.length) return rows;
    const ranks = new Map(rows.map((row) => [row, matchRank(row, terms)]));
    value = (row) => ranks.get(row);
  } else if (key === "id") value = (row) => row; // the order of the corpus
  else if (state.measures.has(key)) value = (row) => state.measures.get(key).values[row] ?? null;
  else value = (row) => c[key][row];
  const order = new Intl.Collator("en", { numeric: true });
  const sign = down ? -1 : 1;
  return rows.sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return (x === null) - (y === null) || a - b; // empty ones last
    const by = typeof x === "string" ? order.compare(x, y) : x - y;
    return sign * by || a - b;
  });
}

function apply() {
  const terms = searchTerms();
  const texts = terms.length ? haystack() : null;
  const rows = [];
  state.isShown = new Uint8Array(state.rows);
  for (let row = 0; row < state.rows; row += 1) {
    if (!passes(row, terms, texts)) continue;
    rows.push(row);
    state.isShown[row] = 1;
  }
  state.shown = sortedBy(rows, terms);
  for (const listener of state.listeners) listener();
}

function setFilter(name, value) {
  state.filters[name] = value;
  apply();
}
const toggleFilter = (name, value) => setFilter(name, state.filters[name] === value ? null : value);
function toggleElement(z) {
  if (!state.filters.elements.delete(z)) state.filters.elements.add(z);
  apply();
}
function setRange(key, low, high) {
  if (low === null) state.filters.ranges.delete(key);
  else state.filters.ranges.set(key, [low, high]);
  apply();
}
function clearFilters() {
  state.filters = NO_FILTERS();
  apply();
}

// The filters that are on, each with its words and how to take it off.
function activeFilters() {
  const f = state.filters;
  const list = [];
  const off = (name) => () => setFilter(name, name === "words" ? "" : null);
  if (f.words.trim()) list.push([`“${f.words.trim()}”`, off("words")]);
  if (f.system) list.push([f.system, off("system")]);
  if (f.dimensionality !== null) list.push([`${f.dimensionality}D`, off("dimensionality")]);
  if (f.group) list.push([`space group ${f.group}`, off("group")]);
  if (f.mineral) list.push([f.mineral, off("mineral")]);
  if (f.kind) list.push([f.kind === "none" ? "no mineral" : `mineral: ${f.kind}`, off("kind")]);
  if (f.many) list.push([plural(f.many, "element"), off("many")]);
  if (f.truncated !== null) list.push([f.truncated ? "truncated" : "not truncated", off("truncated")]);
  for (const z of f.elements) list.push([`has ${element(z).symbol}`, () => toggleElement(z)]);
  for (const [key, [low, high]] of f.ranges) {
    list.push([rangeWords(state.measures.get(key), low, high), () => setRange(key, null)]);
  }
  return list;
}
function rangeWords(measure, low, high) {
  const named = measure.property ? measure.label : measure.label.toLowerCase();
  if (low === -Infinity && high === Infinity) return `has ${named}`;
  if (low === -Infinity) return withUnit(`${named} ≤ ${number(high)}`, measure.unit);
  if (high === Infinity) return withUnit(`${named} ≥ ${number(low)}`, measure.unit);
  return withUnit(`${named} ${number(low)} to ${number(high)}`, measure.unit);
}
