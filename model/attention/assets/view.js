// One text with what [CLS] attends to in it, for a chosen layer and head.
const MEAN = 0;
const TOP_WORDS = 15;
const share = (value, digits = 1) => `${(100 * value).toFixed(value > 0 && value < 0.001 ? 2 : digits)} %`;
const sum = (values) => values.reduce((a, b) => a + b, 0);

function start(data) {
  const { text, words, sentences, tokens, layers, heads } = data;
  const length = tokens.length;
  const state = { layer: data.layer, head: data.head, by: "sum", scale: "linear", quantity: "global" };
  const wordOf = data.token_words;
  const kinds = data.kinds.map(([name]) => name);
  const special = kinds.indexOf("special");
  const kindOf = wordOf.map((word) => (word === data.special ? special : words[word][2]));
  const sections = data.sections.map(([name]) => name);
  const sectionOf = wordOf.map((word) => (word === data.special ? 2 : sentences[words[word][3]][2]));
  const piecesOf = words.map(() => []);
  wordOf.forEach((word, token) => word !== data.special && piecesOf[word].push(token));
  const readEnd = data.first_unread < words.length ? words[data.first_unread][0] : Infinity;
  const spelt = (word) => text.slice(words[word][0], words[word][1]);

  // Weights on tokens of one head, or of the mean over heads.
  function row(layer, head) {
    const of = (h) => data.weights.slice(((layer - 1) * heads + h) * length, ((layer - 1) * heads + h + 1) * length);
    if (head !== MEAN) return of(head - 1).map((w) => w * data.unit);
    const total = Array.from({ length }, () => 0);
    for (let h = 0; h < heads; h += 1) of(h).forEach((w, i) => (total[i] += (w * data.unit) / heads));
    return total;
  }
  const inGroups = (weights, groupOf, count) => {
    const found = Array.from({ length: count }, () => 0);
    groupOf.forEach((group, token) => (found[group] += weights[token]));
    return found;
  };
  const counted = (groupOf, count) => inGroups(Array.from({ length }, () => 1), groupOf, count);
  const kindTokens = counted(kindOf, kinds.length);
  const sectionTokens = counted(sectionOf, sections.length);
  const textTokens = length - kindTokens[special];

  // What is drawn once: words, sentences, controls.
  const nodes = words.map(([from, to], i) =>
    h("span", { class: i >= data.first_unread ? "word unread" : "word heat", "data-word": i }, text.slice(from, to)));
  const shares = sentences.map(() => [h("span"), h("i")]);
  const host = $("text");
  const chips = tokens.map((token, i) => [token, i]).filter(([, i]) => wordOf[i] === data.special)
    .map(([token, i]) => [h("span", { class: "word heat", "data-token": i }, token), h("small"), i]);
  host.append(
    h("div", { class: "part special" }, h("b", null, "Special tokens"), h("span", { class: "note", id: "part-2" })),
    h("div", { class: "chips" }, chips.map(([node, note]) => [node, note])));
  let previous = -1;
  sentences.forEach(([from, to, section], s) => {
    if (section !== previous) {
      host.append(h("div", { class: `part ${sections[section]}` }, h("b", null, sections[section]),
        h("span", null, data.sections[section][1]),
        sentences.findIndex((one) => one[2] === section) === s && h("span", { class: "note", id: `part-${section}` })));
    }
    previous = section;
    const line = h("p");
    let at = from;
    words.forEach(([a, b, , sentence], i) => {
      if (sentence !== s) return;
      line.append(text.slice(at, a));
      if (data.unread && i === data.first_unread) {
        line.append(h("span", { class: "limit" }, `${data.encoder} reads no further: limit of ${data.limit} tokens, ${data.unread} left`));
      }
      line.append(nodes[i]);
      at = b;
    });
    line.append(text.slice(at, to));
    host.append(h("div", { class: `sentence ${sections[section]}` },
      h("div", { class: "share" }, shares[s][0], h("div", { class: "meter" }, shares[s][1])), line));
  });
  for (let layer = 1; layer <= layers; layer += 1) $("layer").append(h("option", { value: layer }, `${layer} of ${layers}`));
  $("head").append(h("option", { value: MEAN }, `mean of ${heads}`));
  for (let head = 1; head <= heads; head += 1) $("head").append(h("option", { value: head }, `${head} of ${heads}`));
  $("quantity").append(h("option", { value: "global" }, "the global section"), h("option", { value: "local" }, "the local section"), h("option", { value: "special" }, "special tokens"));

  function draw() {
    const weights = row(state.layer, state.head);
    const bySum = piecesOf.map((pieces) => sum(pieces.map((i) => weights[i])));
    const shown = state.by === "sum" ? bySum : bySum.map((w, i) => w / Math.max(1, piecesOf[i].length));
    const most = Math.max(1e-9, ...shown);
    const depth = (w) => (state.scale === "root" ? Math.sqrt(Math.min(1, w / most)) : Math.min(1, w / most));
    const paint = (node, w) => node.style.setProperty("--heat", `${(100 * depth(w)).toFixed(1)}%`);
    nodes.forEach((node, i) => paint(node, shown[i]));
    chips.forEach(([node, note, i]) => {
      paint(node, weights[i]);
      note.textContent = share(weights[i]);
    });
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((t) => (state.scale === "root" ? t * t : t) * most);
    $("legend").replaceChildren(h("i"), ...ticks.map((t) => h("span", null, share(t, most < 0.02 ? 2 : 1))));
    $("legend").setAttribute("aria-label", `Colours: from 0 to ${share(most)} of the attention on a word`);

    const ofSentence = sentences.map(() => 0);
    bySum.forEach((w, i) => (ofSentence[words[i][3]] += w));
    const top = Math.max(1e-9, ...ofSentence);
    shares.forEach(([label, bar], s) => {
      label.textContent = sentences[s][0] < readEnd ? (100 * ofSentence[s]).toFixed(1) : "–";
      bar.style.setProperty("width", `${(100 * ofSentence[s]) / top}%`);
    });
    const bySection = inGroups(weights, sectionOf, sections.length);
    const average = (sum(weights) - bySection[2]) / Math.max(1, textTokens);
    sections.forEach((name, i) => {
      if ($(`part-${i}`)) $(`part-${i}`).textContent = `${share(bySection[i])} of the attention, ${share(sectionTokens[i] / length)} of the tokens`;
    });
    const times = (attention, count) => (count ? `${ratio(attention / count / average)}×` : "–");
    $("sections").replaceChildren(
      h("div", { class: "stack" }, sections.map((name, i) => h("i", { class: name, css: { width: `${100 * bySection[i]}%` } }))),
      h("table", null, h("thead", null, h("tr", null, ["section", "attention", "tokens", "per token"].map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", null, sections.map((name, i) => h("tr", { class: name }, h("td", null, h("span", { class: "dot" }), name === "special" ? "[CLS], [SEP]" : name),
          h("td", null, share(bySection[i])), h("td", null, share(sectionTokens[i] / length)), h("td", null, times(bySection[i], sectionTokens[i])))))));

    const byKind = inGroups(weights, kindOf, kinds.length);
    const onText = Math.max(1e-9, sum(weights) - byKind[special]);
    const widest = Math.max(...byKind.map((w, i) => (i === special ? 0 : w / onText)), ...kindTokens.map((n, i) => (i === special ? 0 : n / textTokens)));
    $("kinds").replaceChildren(...kinds.map((name, i) => i === special ? null :
      h("div", { class: kindTokens[i] ? "kind" : "kind none", title: data.kinds[i][1] }, h("span", null, name),
        h("div", { class: "track" }, h("i", { css: { width: `${(100 * byKind[i]) / onText / widest}%` } }), h("u", { css: { left: `calc(${(100 * kindTokens[i]) / textTokens / widest}% - 2px)` } })),
        h("span", null, kindTokens[i] ? share(byKind[i] / onText) : "none"),
        h("span", { class: byKind[i] / kindTokens[i] > average ? "more" : null }, times(byKind[i], kindTokens[i])))).filter(Boolean));

    const order = shown.map((w, i) => i).filter((i) => i < data.first_unread).sort((a, b) => shown[b] - shown[a]);
    const rank = new Map(order.map((word, i) => [word, i + 1]));
    $("words").replaceChildren(h("table", null, h("tbody", null, order.slice(0, TOP_WORDS).map((i) =>
      h("tr", null, h("td", null, spelt(i)), h("td", null, h("small", null, `${kinds[words[i][2]]}, ${sections[sentences[words[i][3]][2]]}`)), h("td", null, share(shown[i], 2)))))));

    drawMap();
    const headWords = state.head === MEAN ? `mean of ${heads} heads` : `head ${state.head} of ${heads}`;
    $("origin").textContent = `What the [CLS] token of ${data.encoder} attends to: layer ${state.layer} of ${layers}, ${headWords}, ` +
      `${data.section === "all" ? "whole text" : `section ${data.section}`}, ${count(length)} of ${count(length + data.unread)} tokens. Layers and heads are counted from 1.`;
    $("layer").value = state.layer;
    $("head").value = state.head;
    describeWord = (i) => [
      spelt(i),
      ...(i >= data.first_unread ? ["not read: behind the limit"] : [
        `${share(bySum[i], 2)} of the attention, rank ${rank.get(i)} of ${order.length}`,
        `${times(bySum[i], piecesOf[i].length)} an average token of the text`]),
      `${kinds[words[i][2]]}, ${sections[sentences[words[i][3]][2]]} section`,
      ...(piecesOf[i].length > 1 ? [piecesOf[i].map((t) => `${tokens[t]} ${share(weights[t], 2)}`).join("   ")] : []),
    ];
    describeToken = (i) => [tokens[i], `${share(weights[i], 2)} of the attention`, "special token"];
  }
  let describeWord;
  let describeToken;

  const quantityOf = {};
  for (let layer = 1; layer <= layers; layer += 1) {
    for (let head = 0; head <= heads; head += 1) quantityOf[`${layer} ${head}`] = inGroups(row(layer, head), sectionOf, sections.length);
  }
  function drawMap() {
    const which = sections.indexOf(state.quantity);
    const most = Math.max(1e-9, ...Object.values(quantityOf).map((q) => q[which]));
    const cells = [h("span", null, "layer"), h("span", null, "mean"), ...[...Array(heads).keys()].map((i) => h("span", null, i + 1))];
    for (let layer = 1; layer <= layers; layer += 1) {
      cells.push(h("span", null, layer));
      for (let head = 0; head <= heads; head += 1) {
        const value = quantityOf[`${layer} ${head}`][which];
        cells.push(h("button", {
          type: "button", class: "heat", css: { "--heat": `${(100 * value) / most}%` },
          "aria-pressed": layer === state.layer && head === state.head ? "true" : "false",
          "aria-label": `layer ${layer}, ${head ? `head ${head}` : "mean"}: ${share(value)}`,
          onclick: () => choose({ layer, head }),
        }, (100 * value).toFixed(0)));
      }
    }
    $("map").style.setProperty("grid-template-columns", `34px 36px repeat(${heads}, minmax(20px, 1fr))`);
    swap($("map"), ...cells);
  }
  function choose(change) {
    Object.assign(state, change);
    history.replaceState(null, "", `#layer=${state.layer}&head=${state.head || "mean"}&by=${state.by}&colour=${state.scale}`);
    draw();
  }
  for (const name of ["layer", "head"]) $(name).addEventListener("change", (event) => choose({ [name]: Number(event.target.value) }));
  for (const name of ["by", "scale", "quantity"]) $(name).addEventListener("change", (event) => choose({ [name]: event.target.value }));
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  host.addEventListener("pointermove", (event) => {
    const node = event.target.closest?.(".word");
    if (!node) return tooltip.hide();
    const { word, token } = node.dataset;
    return tooltip.show(word === undefined ? describeToken(Number(token)) : describeWord(Number(word)), event.clientX, event.clientY);
  });
  host.addEventListener("pointerleave", () => tooltip.hide());

  const asked = new URLSearchParams(location.hash.slice(1));
  const upTo = (name, most) => (asked.get(name) >= 1 && asked.get(name) <= most ? Math.trunc(asked.get(name)) : null);
  state.layer = upTo("layer", layers) ?? state.layer;
  state.head = asked.get("head") === "mean" ? MEAN : upTo("head", heads) ?? state.head;
  if (asked.get("by") === "mean") state.by = $("by").value = "mean";
  if (asked.get("colour") === "root") state.scale = $("scale").value = "root";
  $("name").replaceChildren(...formulaNodes(data.formula), h("small", null, data.id));
  $("footer").textContent = `crystext ${data.made_with}. Weights are shares of all the attention of [CLS], special tokens included, and are not renormalised; a word has the sum of its tokens unless the mean is chosen. Numbers with × compare with an average token of the text, special ones left out.`;
  draw();
}
