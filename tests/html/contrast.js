// Words of the page whose contrast with what lies behind them is below 4.5 to 1 (WCAG 2.1, 1.4.3).
// Backgrounds are put together from the element outwards; behind words of a chart lies the topmost
// shape of the same chart. Words that are hidden, of no size or of something switched off are not seen.
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const parsed = new Map();
function rgba(colour) {
  if (!parsed.has(colour)) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    parsed.set(colour, [r, g, b, a / 255]);
  }
  return parsed.get(colour);
}
const over = ([r, g, b, a], under) => [r, g, b].map((x, i) => a * x + (1 - a) * under[i]);
function luminance(colour) {
  const [r, g, b] = colour.map((x) => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
function behind(node) {
  const layers = [];
  for (let at = node; at; at = at.parentElement) {
    const colour = rgba(getComputedStyle(at).backgroundColor);
    layers.push(colour);
    if (colour[3] === 1) break;
  }
  const ground = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  return layers.reverse().reduce((under, layer) => over(layer, under), ground);
}
function behindInChart(node, root) {
  const inside = (outer, { left, right, top, bottom }) =>
    outer.left <= (left + right) / 2 && outer.right >= (left + right) / 2 && outer.top <= (top + bottom) / 2 && outer.bottom >= (top + bottom) / 2;
  const own = node.getBoundingClientRect();
  let under = behind(root);
  for (const shape of root.querySelectorAll("rect")) {
    if (shape.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING && inside(shape.getBoundingClientRect(), own)) {
      const { fill, opacity } = getComputedStyle(shape);
      const [r, g, b, a] = rgba(fill);
      under = over([r, g, b, a * opacity], under);
    }
  }
  return under;
}
const faint = new Map();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  const words = walker.currentNode.textContent.trim();
  const style = getComputedStyle(node);
  if (!words || node.closest("script, style, noscript, option, .sr, [hidden], :disabled") || style.fontSize === "0px" || !node.checkVisibility({ visibilityProperty: true })) continue;
  const chart = node.closest("svg");
  const under = chart ? behindInChart(node, chart) : behind(node);
  const [r, g, b, a] = rgba(chart ? style.fill : style.color);
  let opacity = a;
  for (let at = node; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
  const found = contrast(over([r, g, b, opacity], under), under);
  if (found < 4.5) faint.set(`${node.tagName.toLowerCase()}.${node.getAttribute("class") ?? ""}`, `${words.slice(0, 30)} ${found.toFixed(2)}`);
}
for (const box of document.querySelectorAll("input[placeholder]")) {
  if (box.disabled || !box.checkVisibility()) continue;
  const found = contrast(over(rgba(getComputedStyle(box, "::placeholder").color), behind(box)), behind(box));
  if (found < 4.5) faint.set(`placeholder of ${box.id}`, found.toFixed(2));
}
return Object.fromEntries(faint);
