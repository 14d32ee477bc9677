// Small helpers: elements, numbers, formulas, symbols and the tooltip. Text of the corpus reaches
// the page through text nodes alone, never as HTML.
const SVG_SPACE = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "css") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}
const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);
const svg = (tag, properties, ...children) =>
  fill(document.createElementNS(SVG_SPACE, tag), properties, children);

// Reads the embedded data: base64, then gzip, which browsers unpack themselves since 2023.
async function unpack(base64) {
  if (typeof DecompressionStream !== "function") {
    throw new Error("this browser cannot unpack it; open the page in one of 2023 or later");
  }
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

const GROUPED = new Intl.NumberFormat("en-US");
const count = (value) => GROUPED.format(value);
const plural = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;
const percent = (part, whole) => {
  if (!whole) return "0 %";
  const share = (100 * part) / whole;
  return `${share > 0 && share < 10 ? share.toFixed(1) : share.toFixed(0)} %`;
};

// Four significant digits with thousands separators, a true minus, powers of ten where needed.
function number(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  let text;
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) text = value.toExponential(digits - 1);
  else {
    const places = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
    text = value.toLocaleString("en-US", { maximumFractionDigits: Math.min(places, 8) });
  }
  return text.replace("-", "−");
}
// How many times as much: 0.80, 2.70, 290.
const ratio = (value) => (value === null ? "–" : value.toFixed(value < 100 ? 2 : 0));
const withUnit = (text, unit) => (unit ? `${text} ${unitText(unit)}` : text);
const unitText = (unit) => (unit === "angstrom" ? "Å" : unit);

// A formula with its amounts set low: digits behind a letter or a closing bracket.
function formulaNodes(formula) {
  const nodes = [];
  let rest = 0;
  for (const match of formula.matchAll(/(?<=[A-Za-z)\]])\d+(?:\.\d+)?/g)) {
    nodes.push(formula.slice(rest, match.index), h("sub", null, match[0]));
    rest = match.index + match[0].length;
  }
  return [...nodes, formula.slice(rest)];
}

// A Hermann-Mauguin symbol: -3 with its bar above, screw axes set low. The minus is there to be copied
// and read aloud, without a size: R3m is another group than R-3m.
function symbolNodes(symbol) {
  const nodes = [];
  let rest = 0;
  for (const match of symbol.matchAll(/-(\d)|_(\d)/g)) {
    nodes.push(symbol.slice(rest, match.index));
    nodes.push(match[1] ? h("span", { class: "bar-over" }, h("span", null, "-"), match[1]) : h("sub", null, match[2]));
    rest = match.index + match[0].length;
  }
  return [...nodes, symbol.slice(rest)];
}

// Text with every occurrence of the searched terms marked.
function marked(text, terms) {
  const wanted = terms.filter((term) => term.length > 1);
  if (!wanted.length) return [text];
  const lower = text.toLowerCase();
  const hits = [];
  for (const term of wanted) {
    for (let at = lower.indexOf(term); at >= 0; at = lower.indexOf(term, at + term.length)) {
      hits.push([at, at + term.length]);
    }
  }
  hits.sort((a, b) => a[0] - b[0]);
  const nodes = [];
  let rest = 0;
  for (const [from, to] of hits) {
    if (to <= rest) continue;
    nodes.push(text.slice(rest, Math.max(from, rest)));
    nodes.push(h("mark", null, text.slice(Math.max(from, rest), to)));
    rest = to;
  }
  return [...nodes, text.slice(rest)];
}

// One tooltip for the whole page, placed beside the pointer or above the focused thing.
const tooltip = {
  show(lines, x, y) {
    const node = $("tooltip");
    node.replaceChildren(...lines.map((line, i) => h(i ? "div" : "strong", null, line)));
    node.hidden = false;
    const { width, height } = node.getBoundingClientRect();
    const left = Math.min(Math.max(8, x + 14), innerWidth - width - 8);
    const top = y - height - 12 < 8 ? y + 18 : y - height - 12;
    node.style.left = `${left}px`;
    node.style.top = `${top}px`;
  },
  hide() {
    $("tooltip").hidden = true;
  },
};

function quantile(sorted, share) {
  if (!sorted.length) return null;
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

// Draws a host anew; what had the focus in it has it again.
function swap(host, ...nodes) {
  const reachable = () => [...host.querySelectorAll("button, select, svg[tabindex]")];
  const held = host.contains(document.activeElement) ? reachable().indexOf(document.activeElement) : -1;
  host.replaceChildren(...nodes.flat().filter(Boolean));
  if (held >= 0) reachable()[held]?.focus({ preventScroll: true });
  tooltip.hide();
}
