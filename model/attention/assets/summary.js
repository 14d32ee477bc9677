// Attention over a corpus: kinds of words against layers.
const LISTED = 30;
const GROUPS = [["section", "Sections"], ["kind", "Kinds of words"]];
const HIDDEN = { ratio: ["special", "[CLS]", "[SEP]"], share: [] };

function start(data) {
  const { settings, rows, words } = data;
  const layers = [...Array(settings.layers).keys()].map((i) => i + 1);
  const names = (group) => rows.filter((r) => r.group === group && r.layer === 1 && r.crystals).map((r) => r.name);
  const find = new Map(rows.map((r) => [`${r.group} ${r.name} ${r.layer}`, r]));
  const at = (group, name, layer) => find.get(`${group} ${name} ${layer}`);
  const label = (group, name) => (name === "special" ? "special tokens" : name === "[CLS]" || name === "[SEP]" ? `of these ${name}` : name);
  const drawn = (which) => GROUPS.map(([group, title]) => [group, title,
    names(group).filter((name) => !HIDDEN[which].includes(name) && !(group === "kind" && name === "special"))]);
  const tell = (node, lines) => {
    node.addEventListener("pointermove", (event) => tooltip.show(lines, event.clientX, event.clientY));
    node.addEventListener("pointerleave", () => tooltip.hide());
    return node;
  };

  function heat(host, which, value, depth, tone, text) {
    const extra = which === "share" ? 1 : 2;
    host.style.setProperty("grid-template-columns", `max-content repeat(${layers.length}, minmax(38px, 1fr)) repeat(${extra}, 74px)`);
    host.append(h("span"), ...layers.map((layer) => h("span", { class: layer === settings.layer ? "head chosen" : "head" }, `layer ${layer}`)));
    host.append(h("span", { class: "right" }, "tokens, %"), ...(extra > 1 ? [h("span", { class: "right" }, "crystals")] : []));
    for (const [group, title, list] of drawn(which)) {
      host.append(h("span", { class: "title" }, title));
      for (const name of list) {
        host.append(tell(h("span", { class: "name" }, label(group, name)), [label(group, name), data.kinds[name] ?? ""]));
        for (const layer of layers) {
          const row = at(group, name, layer);
          const node = h("i", { class: "heat", css: { "--heat": `${(100 * depth(value(row))).toFixed(0)}%`, "--tone": tone(value(row)) } }, text(value(row)));
          host.append(tell(node, [`${label(group, name)}, layer ${layer}`,
            `${(100 * row.attention_mean).toFixed(2)} ± ${(100 * row.attention_sd).toFixed(2)} % of the attention`,
            `${(100 * row.tokens_mean).toFixed(2)} ± ${(100 * row.tokens_sd).toFixed(2)} % of the tokens`,
            `${ratio(row.ratio_mean)} ± ${ratio(row.ratio_sd)} times an average token of the text`,
            `${count(row.crystals)} of ${count(settings.crystals)} crystals have it`]));
        }
        const first = at(group, name, 1);
        host.append(h("span", { class: "right" }, (100 * first.tokens_mean).toFixed(1)));
        if (extra > 1) host.append(h("span", { class: "right" }, count(first.crystals)));
      }
    }
  }

  const ratios = drawn("ratio").flatMap(([group, , list]) => list.flatMap((name) => layers.map((layer) => at(group, name, layer).ratio_mean)));
  const far = Math.max(2, ...ratios.map((r) => Math.max(r, 1 / Math.max(r, 0.05))));
  heat($("ratio"), "ratio", (row) => row.ratio_mean, (r) => Math.min(1, Math.abs(Math.log(Math.max(r, 0.01))) / Math.log(far)),
    (r) => (r < 1 ? "var(--deep-less)" : "var(--deep)"), ratio);
  $("ratio-legend").append(h("span", null, `${ratio(1 / far)}×`), h("i"), h("span", null, `${ratio(far)}×`), h("span", null, "logarithmic; the middle is 1×"));
  heat($("share"), "share", (row) => row.attention_mean, (s) => Math.sqrt(s), () => "var(--deep)", (s) => (100 * s).toFixed(1));
  $("share-legend").append(h("span", null, "0"), h("i"), h("span", null, "100 %"));

  const top = words.slice(0, LISTED);
  const widest = Math.max(1, ...top.map((w) => w.ratio_mean));
  $("words-title").textContent = `Most attended words, layer ${settings.layer}`;
  $("words").append(...top.map((w) => h("div", { class: "bar", title: `in ${w.crystals} crystals` }, h("b", null, w.word), h("small", null, w.kind),
    h("div", { class: "track" }, h("i", { css: { width: `${(100 * w.ratio_mean) / widest}%` } }), h("u", { css: { left: `${100 / widest}%` } })),
    h("span", null, `${ratio(w.ratio_mean)} ± ${ratio(w.ratio_sd)}`))));
  if (!top.length) $("words").append(h("p", { class: "empty" }, "No word stands in enough crystals."));
  $("name").textContent = `What [CLS] of ${settings.encoder} attends to in ${settings.corpus}`;
  const cut = settings.truncated ? `; ${plural(settings.truncated, "text is", "texts are")} cut off at ${settings.max_tokens} tokens` : "";
  $("origin").textContent = `${plural(settings.crystals, "crystal")}, ${settings.section === "all" ? "whole texts" : `section ${settings.section}`}, sentences ${settings.sentences}, mean over ${settings.heads} heads${cut}. Layers are counted from 1.`;
  $("facts").append(...Object.entries(settings).filter(([, v]) => v !== null).flatMap(([k, v]) => [h("dt", null, k.replaceAll("_", " ")), h("dd", null, h("code", null, String(v)))]));
  $("footer").textContent = `crystext ${data.made_with}. Kinds are told by the grammar that descriptions are written with.`;
}
