// Starts the page: reads the data, fills header and footer, and follows tabs and the address.
const TABS = ["overview", "crystals", "failures", "about"];
let drawOverview = () => {};

function showTab(name) {
  for (const tab of TABS) {
    $(tab).hidden = tab !== name;
    const button = $(`tab-${tab}`);
    button.setAttribute("aria-selected", String(tab === name));
    button.tabIndex = tab === name ? 0 : -1;
  }
  document.body.dataset.tab = name;
  tooltip.hide();
  if (name === "overview") drawOverview();
  if (name === "crystals") drawList();
  if (name === "failures") listFailures();
}

function listFailures() {
  const words = $("failure-words").value.trim().toLowerCase();
  const { failures } = state.data;
  const found = failures.filter((one) => !words || Object.values(one).some((value) => value.toLowerCase().includes(words)));
  const most = 1000;
  $("failure-count").textContent = found.length > most ? `first ${count(most)} of ${plural(found.length, "failure")}` : plural(found.length, "failure");
  $("failure-rows").replaceChildren(...found.slice(0, most).map((one) => h("tr", null,
    h("td", null, h("code", null, one.id)), h("td", null, one.stage), h("td", null, h("span", { class: "pill flat bad" }, one.code)), h("td", null, one.message))));
}

function safeLink(url, words) {
  return /^https?:\/\//.test(url ?? "") ? h("a", { href: url, rel: "noreferrer" }, words) : words;
}

function buildHeader() {
  const { meta, statistics, failures } = state.data;
  const { source } = meta;
  $("name").textContent = meta.name;
  const parts = [h("span", null, "from ", safeLink(source.homepage, source.title || source.name)), source.version ? `version ${source.version}` : null,
    source.licence ? `licence ${source.licence}` : null];
  $("origin").replaceChildren(...parts.filter(Boolean).flatMap((part, i) => (i ? [" · ", part] : [part])));
  const length = state.measures.get(state.lengthKey);
  const { elements, space_groups: groups, minerals } = statistics;
  const named = state.rows - minerals.kinds.none;
  const tiles = [
    [count(state.rows), "crystals described"],
    [count(failures.length), failures.length === 1 ? "failure" : "failures", failures.length ? "bad" : "good"],
    [count(elements.different), "elements"],
    [count(groups.different), "space groups"],
    [percent(named, state.rows), "name a mineral"],
    [number(Math.round(length.spread.median)), `${length.limit ? "tokens" : "words"}, median`],
  ];
  if (length.limit) tiles.push([percent(length.spread.over_limit, state.rows), `over ${length.limit} tokens`]);
  $("tiles").replaceChildren(...tiles.map(([value, words, kind]) => h("div", { class: `tile ${kind ?? ""}` }, h("b", null, value), h("span", null, words))));
}

function buildAbout() {
  const { meta } = state.data;
  const { source, settings, versions, counts } = meta;
  const list = (entries) => h("dl", { class: "facts" }, entries.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => fact(name.replaceAll("_", " "), typeof value === "object" && !(value instanceof Node) ? JSON.stringify(value) : value)));
  const code = (value) => (value ? h("code", { class: "digest" }, value) : null);
  const splits = Object.entries(meta.splits ?? {});
  $("about").replaceChildren(h("div", { class: "grid" },
    card("Source", null, list([["name", source.name], ["title", source.title], ["homepage", safeLink(source.homepage, source.homepage)], ["file", source.file_name], ["version", source.version], ["licence", source.licence], ["note", source.licence_note], ["SHA-256", code(source.sha256)]])),
    card("Settings", `Digest ${meta.settings_digest}`, list(Object.entries(settings).map(([k, v]) => [k, v === null ? "none" : typeof v === "boolean" ? (v ? "yes" : "no") : Array.isArray(v) ? v.join(", ") || "none" : typeof v === "object" ? JSON.stringify(v) : String(v)]))),
    card("Made with", null, list([...Object.entries(versions), ["inputs", count(counts.inputs)], ["rows", count(counts.rows)], ["failures", count(counts.failures)], ["content digest", code(meta.content_digest)]])),
    source.citations?.length ? card("Please cite", null, h("ul", null, source.citations.map(({ text, url }) => h("li", null, safeLink(url, text))))) : null,
    splits.length ? h("div", { class: "wide" }, card("Splits", null, h("table", { class: "splits" },
      h("thead", null, h("tr", null, ["property", "origin", "train", "validation", "test", "dropped", "missing"].map((w, i) => h("th", { scope: "col", class: i > 1 ? "right" : null }, w)))),
      h("tbody", null, splits.map(([name, split]) => h("tr", null, h("th", { scope: "row" }, name.replaceAll("_", " ")), h("td", null, split.origin ?? ""),
        [...["train", "validation", "test"].map((s) => split.counts?.[s]), size(split.dropped), size(split.missing)].map((v) => h("td", { class: "right" }, v === undefined || v === null ? "–" : count(v))))))))) : null));
  $("footer").replaceChildren(
    `Made by crystext ${meta.made_with} from ${plural(counts.inputs, "input")}: ${plural(counts.rows, "row")}, ${plural(counts.failures, "failure")}. Settings `, h("code", null, meta.settings_digest), ", content ", h("code", null, (meta.content_digest ?? "none").slice(0, 16)),
    ". This page holds all its data and asks nothing of the network.");
}
function size(value) { // ids in a list, or in lists by part
  if (value === null || typeof value !== "object") return value;
  return Array.isArray(value) ? value.length : Object.values(value).flat().length;
}

function followAddress() {
  let id = "";
  try {
    id = decodeURIComponent(location.hash.slice(1));
  } catch {
    return; // not an address of ours
  }
  const row = state.rowOf.get(id);
  if (row !== undefined) {
    if (!state.isShown[row]) clearFilters();
    openCrystal(row, { history: false });
  } else if (state.selected !== null) openCrystal(null, { history: false });
}

function buildTabs() {
  $("tab-failures-count").textContent = count(state.data.failures.length);
  for (const tab of TABS) $(`tab-${tab}`).addEventListener("click", () => showTab(tab));
  $("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: TABS.length - 1 }[event.key];
    if (!step) return;
    const next = TABS[(TABS.indexOf(document.body.dataset.tab) + step) % TABS.length];
    showTab(next);
    $(`tab-${next}`).focus();
  });
  $("f-more").addEventListener("click", () => {
    const open = $("filters").classList.toggle("open");
    $("f-more").setAttribute("aria-expanded", String(open));
  });
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("failure-words").addEventListener("input", listFailures);
  $("matching").addEventListener("click", () => showTab("crystals"));
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) {
      event.preventDefault();
      $("f-words").focus();
    } else if (event.key === "Escape" && event.target === $("f-words")) {
      $("f-words").value = "";
      setFilter("words", "");
    } else if (event.key === "Escape" && !typing && state.selected !== null && event.target !== $("list")) openCrystal(null);
    else if (event.key === "ArrowDown" && event.target === $("f-words") && !$("crystals").hidden) {
      event.preventDefault();
      $("list").focus();
    }
  });
  addEventListener("hashchange", followAddress);
  addEventListener("popstate", followAddress);
}

function start(data) {
  prepare(data);
  buildHeader();
  buildAbout();
  buildBar();
  buildTabs();
  drawOverview = buildOverview();
  document.body.classList.add("ready"); // cards have their width from now on
  showTab("overview");
  apply();
  followAddress();
}
