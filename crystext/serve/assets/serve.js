// The page: takes a file or a text, sends it to this machine's server, and shows the answer. What
// comes back is set as text; the picture alone is markup, parsed as SVG, with all but shapes left out.
(() => {
  "use strict";
  const by = (id) => document.getElementById(id);
  const MOST = 5_000_000;
  const SHAPES = new Set(["svg", "title", "defs", "radialgradient", "stop", "path", "circle"]);
  const FORMATS = ["cif", "poscar", "xdatcar", "extxyz", "xsf", "cssr", "shelx", "aims", "gen", "castep", "espresso", "pwmat", "vasprun", "json"];
  let chosen = null;

  const made = (tag, words, kind) => {
    const one = document.createElement(tag);
    if (words !== undefined) one.textContent = words;
    if (kind) one.className = kind;
    return one;
  };

  const say = (words, kind) => {
    by("state").textContent = words;
    by("state").className = kind || "";
  };

  function drawn(svg) {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
    const root = parsed.documentElement;
    const all = [root, ...root.querySelectorAll("*")];
    const sound = all.every((one) => SHAPES.has(one.localName.toLowerCase()) && [...one.attributes].every((a) => !a.name.toLowerCase().startsWith("on")));
    return sound && root.localName === "svg" ? document.importNode(root, true) : null;
  }

  function table(facts) {
    const body = made("table");
    for (const [name, value] of Object.entries(facts)) {
      const row = body.insertRow();
      row.append(made("th", name), made("td", value));
    }
    return body;
  }

  function predicted(predictions) {
    if (!predictions || !predictions.length) return [];
    const lines = predictions.flatMap((one) => {
      if (one.code) return [made("p", `[${one.code}] ${one.message}`, "bad")];
      const words = made("p", `${one.property}: ${one.value}`, "prediction");
      return [words, ...one.notes.map((note) => made("p", `Note: ${note}`, "note"))];
    });
    return [made("h3", "Predictions"), ...lines];
  }

  function card(one) {
    const box = made("article", undefined, "card");
    const words = made("div");
    words.append(made("h2", one.id));
    if (one.code) {
      words.append(made("p", `[${one.code}] ${one.message}`, "bad"));
      box.append(words);
      return box;
    }
    const picture = one.svg ? drawn(one.svg) : null;
    words.append(table(one.facts), ...predicted(one.predictions));
    words.append(made("h3", "Whole crystal"), made("p", one.global, "global"));
    if (one.local) words.append(made("h3", "Sites"), made("p", one.local, "local"));
    words.append(...one.notes.map((note) => made("p", `Note: ${note}`, "note")));
    if (picture) box.append(picture);
    box.append(words);
    return box;
  }

  async function send() {
    try {
      await describe();
    } catch (error) {
      say("The server does not answer; is crystext serve still running?", "bad");
    } finally {
      by("go").disabled = false;
      const { dataset } = document.documentElement;
      dataset.done = String(Number(dataset.done || 0) + 1);
    }
  }

  async function describe() {
    const data = chosen || new Blob([by("text").value]);
    if (!data.size) return say("Drop a file or paste a text first.");
    if (data.size > MOST) return say("The file is larger than 5 MB; use crystext describe.", "bad");
    const asked = new URLSearchParams({ name: chosen ? chosen.name : "", format: by("format").value, disorder: by("disorder").value });
    by("go").disabled = true;
    by("results").replaceChildren();
    say("Describing …");
    const answer = await fetch(`/describe?${asked}`, { method: "POST", headers: { "X-Crystext": "1" }, body: data });
    const told = await answer.json();
    if (!answer.ok) return say(told.message, "bad");
    by("results").replaceChildren(...told.results.map(card));
    const many = told.results.length;
    const left = told.left ? `; ${told.left} more were left out: use crystext describe` : "";
    return say(`${many} ${many === 1 ? "structure" : "structures"}${left}`);
  }

  function take(file) {
    chosen = file;
    by("text").value = "";
    send();
  }

  by("format").append(...FORMATS.map((name) => new Option(name, name)));
  by("form").addEventListener("submit", (event) => { event.preventDefault(); send(); });
  by("text").addEventListener("input", () => { chosen = null; by("file").value = ""; });
  by("file").addEventListener("change", () => { if (by("file").files[0]) take(by("file").files[0]); });
  for (const name of ["dragover", "dragleave", "drop"]) {
    window.addEventListener(name, (event) => {
      event.preventDefault();
      by("form").classList.toggle("over", name === "dragover");
      if (name !== "drop") return;
      const file = event.dataTransfer.files[0];
      const text = event.dataTransfer.getData("text/plain");
      if (file) take(file);
      else if (text) { chosen = null; by("text").value = text; send(); }
    });
  }
  document.documentElement.dataset.ready = "1";
})();
