// Two kinds of charts: rows of bars, and histograms. Both draw every crystal pale and those that
// pass the filters in full colour, and filter when something in them is chosen.

// Rows of bars: items are {label, value, key, colour?}; choose(key) when one is pressed.
function barRows(items, { tally, choose, active, whole }) {
  const top = Math.max(1, ...items.map((item) => item.value));
  return h("div", { class: "bars", role: "group" }, items.map((item) => {
    const now = tally.get(item.key) ?? 0;
    const colour = item.colour ? { "--bar": item.colour } : {};
    const words = now === item.value ? count(now) : `${count(now)} of ${count(item.value)}`;
    return h("button", {
      class: "bar-row", type: "button", css: colour, "aria-pressed": String(active(item.key)),
      "aria-label": `${item.name ?? item.label}: ${words}`, title: item.name ?? null,
      onclick: () => choose(item.key),
    },
      h("span", { class: "bar-label" }, item.label),
      h("span", { class: "bar-track" },
        h("span", { class: "bar-all", css: { width: `${(100 * item.value) / top}%` } }),
        h("span", { class: "bar-now", css: { width: `${(100 * now) / top}%` } })),
      h("span", { class: "bar-value" }, count(now), h("small", null, percent(now, whole))));
  }));
}

// Steps of 1, 2 or 5 times a power of ten, so that about `wanted` of them fill the span.
function niceStep(span, wanted) {
  const raw = span / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) * power;
}

// Edges of the bins of a measure: even on a linear or a logarithmic axis; far outliers of a linear
// one share the last bin at either end.
function binsOf(measure) {
  const sorted = measure.values.filter((v) => v !== null && v !== undefined).sort((a, b) => a - b);
  if (!sorted.length) return null;
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  if (measure.log && least > 0) return logBins(measure, sorted, least, most);
  const [low, high] = [quantile(sorted, 0.002), quantile(sorted, 0.995)];
  const far = 0.35 * (high - low);
  let [from, to] = [low - least > far && far > 0 ? low : least, most - high > far && far > 0 ? high : most];
  if (measure.limit && to > measure.limit * 0.6) to = Math.max(to, measure.limit * 1.04);
  if (to === from) to = from + (measure.whole ? 1 : Math.abs(from) || 1);
  let step = niceStep(to - from, 44);
  if (measure.whole) step = Math.max(1, step);
  const edges = [];
  const start = Math.floor(from / step + 1e-9);
  const end = Math.floor(to / step + 1e-9) + 1;
  for (let i = start; i <= end; i += 1) edges.push(Number((i * step).toPrecision(12)));
  return { edges, sorted, scale: (x) => x, overflow: most >= edges[edges.length - 1], underflow: least < edges[0] };
}
function logBins(measure, sorted, least, most) {
  const edges = [];
  const perDecade = measure.whole ? 6 : 12;
  const start = Math.floor(Math.log10(least) * perDecade + 1e-9);
  for (let i = start; ; i += 1) {
    const raw = 10 ** (i / perDecade);
    const edge = measure.whole ? Math.round(raw) : Number(raw.toPrecision(3));
    if (edge !== edges[edges.length - 1]) edges.push(edge);
    if (edge > most) break;
  }
  return { edges, sorted, scale: Math.log10, overflow: false, underflow: false };
}
function binOf(edges, value) {
  let [low, high] = [0, edges.length - 2];
  if (value < edges[0]) return 0;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function axisTicks(bins, width) {
  const { edges, scale } = bins;
  const [from, to] = [edges[0], edges[edges.length - 1]];
  if (scale === Math.log10) {
    const ticks = [];
    for (let p = Math.floor(Math.log10(from)); p <= Math.ceil(Math.log10(to)); p += 1) {
      for (const f of Math.log10(to / from) > 2.4 ? [1] : [1, 2, 5]) {
        const value = Number((f * 10 ** p).toPrecision(3));
        if (value >= from * 0.999 && value <= to * 1.001) ticks.push(value);
      }
    }
    return ticks;
  }
  const step = niceStep(to - from, Math.max(3, width / 70));
  const ticks = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i += 1) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

// Draws a histogram of one measure into a host element.
function histogram(host, measure, { height = 196 } = {}) {
  const width = Math.max(240, host.clientWidth);
  measure.bins ??= binsOf(measure);
  const { bins } = measure;
  if (!bins) {
    swap(host, h("p", { class: "empty" }, "No crystal has this value."));
    return;
  }
  const { edges, scale } = bins;
  const all = new Uint32Array(edges.length - 1);
  const now = new Uint32Array(edges.length - 1);
  measure.values.forEach((value, row) => {
    if (value === null || value === undefined) return;
    const bin = binOf(edges, value);
    all[bin] += 1;
    now[bin] += state.isShown[row];
  });
  const box = { left: 44, right: 12, top: 26, bottom: 42 };
  const inner = { w: width - box.left - box.right, h: height - box.top - box.bottom };
  const [s0, s1] = [scale(edges[0]), scale(edges[edges.length - 1])];
  const x = (value) => box.left + (inner.w * (scale(value) - s0)) / (s1 - s0);
  const top = Math.max(...all, 1);
  const step = Math.max(1, niceStep(top, 3));
  const ceiling = Math.ceil(top / step) * step;
  const y = (value) => box.top + inner.h * (1 - value / ceiling);
  const parts = [];
  for (let value = 0; value <= ceiling; value += step) {
    parts.push(svg("line", { class: "grid", x1: box.left, x2: width - box.right, y1: y(value), y2: y(value) }),
      svg("text", { class: "tick", x: box.left - 6, y: y(value) + 4, "text-anchor": "end" }, count(value)));
  }
  for (const value of axisTicks(bins, inner.w)) {
    parts.push(svg("text", { class: "tick", x: x(value), y: height - box.bottom + 16, "text-anchor": "middle" }, number(value)));
  }
  const range = (i) => [
    i === 0 && bins.underflow ? -Infinity : edges[i],
    i === all.length - 1 ? (bins.overflow ? Infinity : edges[i + 1]) : measure.whole ? edges[i + 1] - 1 : below(edges[i + 1]),
  ];
  const bars = [...all.keys()].filter((i) => all[i]).map((i) => {
    const [left, w] = [x(edges[i]) + 0.5, Math.max(1, x(edges[i + 1]) - x(edges[i]) - 1)];
    return {
      at: [left + w / 2, y(all[i])],
      lines: [rangeText(measure, ...range(i)), now[i] === all[i] ? plural(all[i], "crystal") : `${count(now[i])} of ${plural(all[i], "crystal")}`],
      choose: () => toggleRange(measure.key, ...range(i)),
      node: svg("g", { class: "column" },
        svg("rect", { class: "hit", x: left, y: box.top, width: w, height: inner.h }),
        svg("rect", { class: "all", x: left, y: y(all[i]), width: w, height: y(0) - y(all[i]) }),
        now[i] ? svg("rect", { class: "now", x: left, y: Math.min(y(now[i]), y(0) - 1), width: w, height: Math.max(1, y(0) - y(now[i])) }) : null),
    };
  });
  const limit = measure.limit && measure.limit < edges[edges.length - 1]
    ? [svg("line", { class: "limit", x1: x(measure.limit), x2: x(measure.limit), y1: box.top - 2, y2: y(0) }),
      svg("text", { class: "limit-word", x: x(measure.limit) + 5, y: 38 }, `limit ${measure.limit}`)] : [];
  const ends = [bins.underflow ? `first bar: under ${number(edges[1])}` : null, bins.overflow ? `last bar: ${number(edges[edges.length - 2])} and more` : null].filter(Boolean);
  swap(host, plot(`Histogram: ${measure.label}`, width, height, [
    ...parts, ...bars.map((bar) => bar.node), ...limit,
    svg("text", { class: "axis", x: box.left + inner.w / 2, y: height - 6, "text-anchor": "middle" },
      `${measure.label}${measure.unit && measure.unit !== "sites" ? `, ${unitText(measure.unit)}` : ""}${scale === Math.log10 ? " (log scale)" : ""}`),
    ends.length ? svg("text", { class: "tick", x: width - box.right, y: 11, "text-anchor": "end" }, ends.join(", ")) : null,
    svg("text", { class: "axis", x: 0, y: 11 }, "crystals"),
  ], bars));
}
const below = (value) => value - Math.max(Math.abs(value), 2 ** -996) * 2 ** -52;
function rangeText(measure, low, high) {
  if (measure.whole && low === high) return withUnit(number(low), measure.unit);
  if (low === -Infinity) return withUnit(`≤ ${number(high)}`, measure.unit);
  if (high === Infinity) return withUnit(`≥ ${number(low)}`, measure.unit);
  return withUnit(`${number(low)} to ${number(high)}`, measure.unit);
}
function toggleRange(key, low, high) {
  const [oldLow, oldHigh] = state.filters.ranges.get(key) ?? [];
  if (oldLow === low && oldHigh === high) setRange(key, null);
  else setRange(key, low, high);
}

// An SVG whose items answer to pointer and keyboard: arrows walk through them, Enter chooses.
function plot(label, width, height, parts, items) {
  let at = -1;
  const root = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, tabindex: 0, role: "group", "aria-roledescription": "chart", "aria-label": `${label}; arrow keys walk through it, Enter filters` }, parts);
  const mark = (index, event) => {
    items[at]?.node.classList.remove("hot");
    at = index;
    if (!items[at]) return tooltip.hide();
    items[at].node.classList.add("hot");
    root.setAttribute("aria-label", `${label}: ${items[at].lines.join(", ")}`);
    const box = root.getBoundingClientRect();
    const [x, y] = event ? [event.clientX, event.clientY] : [box.left + items[at].at[0], box.top + items[at].at[1]];
    return tooltip.show(items[at].lines, x, y);
  };
  const nearest = (event) => {
    const x = event.clientX - root.getBoundingClientRect().left;
    let best = -1;
    items.forEach((item, i) => {
      if (best < 0 || Math.abs(item.at[0] - x) < Math.abs(items[best].at[0] - x)) best = i;
    });
    return best >= 0 && Math.abs(items[best].at[0] - x) < 24 ? best : -1;
  };
  root.addEventListener("pointermove", (event) => mark(nearest(event), event));
  root.addEventListener("pointerleave", () => mark(-1));
  root.addEventListener("blur", () => mark(-1));
  root.addEventListener("click", (event) => items[nearest(event)]?.choose());
  root.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) mark(Math.min(items.length - 1, Math.max(0, at + step)));
    else if (event.key === "Enter" && items[at]) items[at].choose();
    else if (event.key === "Escape") mark(-1);
    else return;
    event.preventDefault();
  });
  return root;
}
