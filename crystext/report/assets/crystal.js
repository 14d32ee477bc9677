// The picture of a structure: the unit cell with atoms and lines to near neighbours on a canvas,
// turned by dragging or with the arrow keys. It is a picture only: the texts use robocrys' CrystalNN.
const NEAR = 1.15; // lines join an atom to neighbours within this times its shortest distance,
const REACH = 1.4; // and within this times the sum of covalent radii
const FACE = 0.02; // fractional; an atom this near to a face is drawn on the opposite one too
const MOST_STUBS = 30; // atoms; in larger pictures no stick leaves the cell
const MOST_ATOMS = 1500;

// Lattice vectors in Å, rows; a along x, b in the xy plane.
function latticeOf([a, b, c, alpha, beta, gamma]) {
  const [ca, cb, cg] = [alpha, beta, gamma].map((angle) => Math.cos((angle * Math.PI) / 180));
  const sg = Math.sin((gamma * Math.PI) / 180);
  const [cx, cy] = [c * cb, (c * (ca - cb * cg)) / sg];
  return [[a, 0, 0], [b * cg, b * sg, 0], [cx, cy, Math.sqrt(Math.max(0, c * c - cx * cx - cy * cy))]];
}
const cartesian = (lattice, f) => [0, 1, 2].map((k) => f[0] * lattice[0][k] + f[1] * lattice[1][k] + f[2] * lattice[2][k]);
const minus = (p, q) => [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
const norm = (p) => Math.hypot(...p);

// For each atom of the cell its neighbours as [atom, image, distance].
function neighbours(lattice, zs, fracs) {
  const spots = fracs.map((f) => cartesian(lattice, f));
  const reach = lattice.map((v) => (norm(v) < 3.2 ? 2 : 1));
  const images = [];
  for (let i = -reach[0]; i <= reach[0]; i += 1)
    for (let j = -reach[1]; j <= reach[1]; j += 1)
      for (let k = -reach[2]; k <= reach[2]; k += 1) images.push([[i, j, k], cartesian(lattice, [i, j, k])]);
  const found = zs.map(() => []);
  const least = zs.map(() => Infinity);
  spots.forEach((p, i) => {
    for (let j = 0; j < spots.length; j += 1) {
      const limit = REACH * (element(zs[i]).radius + element(zs[j]).radius);
      for (const [image, shift] of images) {
        const d = Math.hypot(spots[j][0] + shift[0] - p[0], spots[j][1] + shift[1] - p[1], spots[j][2] + shift[2] - p[2]);
        if (d < 0.1 || d > limit) continue;
        found[i].push([j, image, d]);
        least[i] = Math.min(least[i], d);
      }
    }
  });
  return found.map((list, i) => list.filter(([j, , d]) => d <= NEAR * least[i] || d <= NEAR * least[j]));
}

// Atoms and sticks of a block of cells, centred; sticks that leave the block end half-way.
function modelOf(row, cells) {
  const { cell, atoms } = state.data.columns;
  if (!cell[row]) return null;
  const lattice = latticeOf(cell[row]);
  const [runs, flat] = atoms[row];
  const zs = runs.split(" ").flatMap((run) => {
    const [, symbol, many] = run.match(/^([A-Za-z]+)(\d+)$/);
    return Array(Number(many)).fill(zOf(symbol));
  });
  if (!zs.every(Boolean)) return null;
  const fracs = zs.map((_, i) => [flat[3 * i], flat[3 * i + 1], flat[3 * i + 2]].map((n) => (n / 1e4) % 1));
  const near = neighbours(lattice, zs, fracs);
  const placed = new Map();
  fracs.forEach((f, i) => {
    const spans = f.map((x) => {
      const from = x > 1 - FACE ? -1 : 0;
      const to = x < FACE ? cells : cells - 1;
      return [...Array(to - from + 1).keys()].map((n) => n + from);
    });
    for (const u of spans[0]) for (const v of spans[1]) for (const w of spans[2]) {
      placed.set(`${i} ${u} ${v} ${w}`, { i, z: zs[i], shift: [u, v, w], at: cartesian(lattice, [f[0] + u, f[1] + v, f[2] + w]) });
    }
  });
  const centre = cartesian(lattice, [cells / 2, cells / 2, cells / 2]);
  const sticks = [];
  const crowded = zs.length * cells ** 3 > MOST_STUBS;
  for (const [name, atom] of placed) {
    for (const [j, image] of near[atom.i]) {
      const [u, v, w] = image.map((n, k) => n + atom.shift[k]);
      const other = placed.get(`${j} ${u} ${v} ${w}`);
      const to = other ? other.at : cartesian(lattice, [fracs[j][0] + u, fracs[j][1] + v, fracs[j][2] + w]);
      if (other && name > `${j} ${u} ${v} ${w}`) continue;
      if (!other && (crowded || atom.shift.some((n) => n < 0 || n >= cells))) continue;
      sticks.push({ from: minus(atom.at, centre), to: minus(to, centre), zs: [atom.z, zs[j]], whole: Boolean(other) });
    }
  }
  const atomsShown = [...placed.values()].map(({ z, at }) => ({ z, at: minus(at, centre) }));
  const corner = (u, v, w) => minus(cartesian(lattice, [u, v, w]), centre);
  const edges = [];
  for (const [k, unit] of [[0, [1, 0, 0]], [1, [0, 1, 0]], [2, [0, 0, 1]]]) {
    for (const s of [0, 1]) for (const t of [0, 1]) {
      const start = [0, 0, 0];
      [start[(k + 1) % 3], start[(k + 2) % 3]] = [s, t];
      edges.push([corner(...start), corner(...start.map((x, m) => x + unit[m]))]);
    }
  }
  const spots = [...edges.flat(), ...atomsShown.map((atom) => atom.at)];
  return { lattice, atoms: atomsShown, sticks, edges, spots, size: Math.max(...spots.map(norm)) + 1, zs };
}

const ballRadius = (z) => 0.24 + 0.2 * element(z).radius; // Å, small enough to see between
const sprites = new Map();
function sprite(z) {
  if (sprites.has(z)) return sprites.get(z);
  const canvas = h("canvas", { width: 96, height: 96 });
  const pen = canvas.getContext("2d");
  const { colour } = element(z);
  pen.beginPath();
  pen.arc(48, 48, 46, 0, 2 * Math.PI);
  pen.fillStyle = colour;
  pen.fill();
  const light = pen.createRadialGradient(34, 30, 4, 48, 48, 48);
  light.addColorStop(0, "rgba(255,255,255,.75)");
  light.addColorStop(0.35, "rgba(255,255,255,.08)");
  light.addColorStop(1, "rgba(0,0,0,.42)");
  pen.fillStyle = light;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = "rgba(0,0,0,.45)";
  pen.stroke();
  sprites.set(z, canvas);
  return canvas;
}

function times(m, n) {
  return m.map((line) => [0, 1, 2].map((k) => line[0] * n[0][k] + line[1] * n[1][k] + line[2] * n[2][k]));
}
const turnX = (t) => [[1, 0, 0], [0, Math.cos(t), -Math.sin(t)], [0, Math.sin(t), Math.cos(t)]];
const turnY = (t) => [[Math.cos(t), 0, Math.sin(t)], [0, 1, 0], [-Math.sin(t), 0, Math.cos(t)]];
const unitOf = (v) => v.map((x) => x / norm(v));
const cross = (p, q) => [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];

// A rotation that looks along one lattice vector, another one pointing up.
function along(lattice, axis) {
  const z = unitOf(lattice[axis]);
  const up = lattice[axis === 2 ? 1 : 2];
  const x = unitOf(cross(up, z));
  return [x, cross(z, x), z];
}
const firstTurn = (lattice) => times(turnX(0.22), times(turnY(-0.42), along(lattice, 0)));

function paint(canvas, model, pose) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width) return;
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const eye = 5 * model.size; // distance of the eye in Å: a gentle perspective
  const turned = (rows) => (p) => rows.map((line) => line[0] * p[0] + line[1] * p[1] + line[2] * p[2]);
  const turn = turned(pose.turn);
  const first = model.spots.map(turned(firstTurn(model.lattice)));
  const span = (k) => Math.max(...first.map((p) => Math.abs(p[k]))) + 0.9;
  const scale = pose.zoom * Math.min((0.46 * width) / span(0), (0.43 * height) / span(1), (0.56 * height) / model.size);
  const project = (p) => {
    const depth = eye / (eye - p[2]);
    return [width / 2 + p[0] * scale * depth, height / 2 - p[1] * scale * depth, depth];
  };
  const ink = getComputedStyle(canvas).color;
  const things = [];
  const line = (p, q, colour, wide, edge) => {
    const [a, b] = [project(p), project(q)];
    things.push([(p[2] + q[2]) / 2 - (edge ? 0 : 0.8), () => { // cell edges run behind what lies on them
      pen.lineCap = "butt";
      for (const [style, w] of edge ? [["rgba(0,0,0,.45)", wide + 1.4], [colour, wide]] : [[colour, wide]]) {
        pen.strokeStyle = style;
        pen.lineWidth = w * (edge ? a[2] : 1);
        pen.beginPath();
        pen.moveTo(a[0], a[1]);
        pen.lineTo(b[0], b[1]);
        pen.stroke();
      }
    }]);
  };
  const mix = (p, q, t) => p.map((x, k) => x + (q[k] - x) * t);
  for (const [from, to] of model.edges) {
    const [p, q] = [turn(from), turn(to)];
    for (let i = 0; i < 8; i += 1) line(mix(p, q, i / 8), mix(p, q, (i + 1) / 8), ink, 1, false);
  }
  const thick = Math.max(1.6, 0.16 * scale);
  for (const { from, to, zs, whole } of model.sticks) {
    const [p, q] = [turn(from), turn(to)];
    const long = norm(minus(q, p));
    const [start, end] = [(0.85 * ballRadius(zs[0])) / long, 1 - (0.85 * ballRadius(zs[1])) / long];
    line(mix(p, q, start), mix(p, q, 0.5), element(zs[0]).colour, thick, true);
    if (whole) line(mix(p, q, 0.5), mix(p, q, end), element(zs[1]).colour, thick, true);
  }
  for (const { z, at } of model.atoms) {
    const p = turn(at);
    const [x, y, depth] = project(p);
    const r = Math.max(2, ballRadius(z) * scale * depth);
    things.push([p[2], () => pen.drawImage(sprite(z), x - r, y - r, 2 * r, 2 * r)]);
  }
  things.sort((a, b) => a[0] - b[0]);
  for (const [, draw] of things) draw();
  paintAxes(pen, model.lattice, turn, height, ink);
  canvas.dataset.drawn = String(model.atoms.length);
}

function paintAxes(pen, lattice, turn, height, ink) {
  const origin = [34, height - 34];
  const colours = ["#d1495b", "#3a9d4f", "#3b7dd8"];
  pen.font = "600 12px system-ui, sans-serif";
  lattice.map((v, k) => [turn(unitOf(v)), k]).sort((a, b) => a[0][2] - b[0][2]).forEach(([v, k]) => {
    const end = [origin[0] + 22 * v[0], origin[1] - 22 * v[1]];
    pen.strokeStyle = pen.fillStyle = colours[k];
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(...origin);
    pen.lineTo(...end);
    pen.stroke();
    pen.fillText("abc"[k], origin[0] + 30 * v[0] - 3, origin[1] - 30 * v[1] + 4);
  });
  pen.fillStyle = ink;
}

// Canvas, buttons, legend and note of one crystal.
function crystalPicture(row) {
  let cells = 1;
  let model = modelOf(row, cells);
  const label = `Unit cell of ${state.data.columns.formula[row]}, ${plural(state.data.columns.n_sites[row], "site")}`;
  const canvas = h("canvas", { class: "crystal", tabindex: 0, role: "img", "aria-label": `${label}; drag or use arrow keys to turn, plus and minus to zoom` });
  if (!model) return [canvas, null, null, "The structure could not be read for a picture."];
  const pose = { turn: firstTurn(model.lattice), zoom: 1 };
  let asked = false;
  const draw = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; paint(canvas, model, pose); });
  };
  const turnBy = (dx, dy) => { pose.turn = times(turnX(dy), times(turnY(dx), pose.turn)); draw(); };
  const zoomBy = (factor) => { pose.zoom = Math.min(6, Math.max(0.4, pose.zoom * factor)); draw(); };
  let held = null;
  canvas.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    turnBy((event.clientX - held[0]) / 110, (event.clientY - held[1]) / 110);
    held = [event.clientX, event.clientY];
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { held = null; });
  canvas.addEventListener("keydown", (event) => {
    const turns = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15] };
    if (turns[event.key]) turnBy(...turns[event.key]);
    else if (event.key === "+" || event.key === "=") zoomBy(1.15);
    else if (event.key === "-") zoomBy(1 / 1.15);
    else return;
    event.preventDefault();
  });
  canvas.addEventListener("shown", () => paint(canvas, model, pose));
  new ResizeObserver(draw).observe(canvas);
  const button = (words, title, work) => h("button", { type: "button", class: "icon", title, "aria-label": title, onclick: work }, words);
  const block = button("2×2×2", "show eight cells", () => {
    cells = 3 - cells;
    model = modelOf(row, cells);
    block.setAttribute("aria-pressed", String(cells === 2));
    draw();
  });
  block.disabled = 8 * state.data.columns.n_sites[row] > MOST_ATOMS;
  const look = (axis) => button("abc"[axis], `look along ${"abc"[axis]}`, () => { pose.turn = along(model.lattice, axis); draw(); });
  const controls = h("div", { class: "controls" }, [0, 1, 2].map(look), button("↺", "first view", () => { pose.turn = firstTurn(model.lattice); pose.zoom = 1; draw(); }),
    button("−", "smaller", () => zoomBy(1 / 1.2)), button("+", "larger", () => zoomBy(1.2)), block);
  const legend = h("div", { class: "legend" }, [...new Set(model.zs)].map((z) => h("span", null, h("i", { class: "ball", css: { background: element(z).colour } }), element(z).symbol)));
  return [canvas, controls, legend, `Cell as given. Lines join atoms to neighbours within ${NEAR} × their shortest distance; the text uses CrystalNN.`];
}
