// Reads the embedded data: base64, then gzip. Browsers since 2023 unpack gzip themselves; the
// decoder below (RFC 1951) serves the others.
async function unpack(base64, native = typeof DecompressionStream === "function") {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (!native) return new TextDecoder().decode(gunzip(packed));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

// Codes of a prefix code by length: how many codes each length has, and the symbols in order.
function prefixCode(lengths) {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] += 1;
  counts[0] = 0;
  const offsets = new Uint16Array(16);
  for (let i = 1; i < 16; i += 1) offsets[i] = offsets[i - 1] + counts[i - 1];
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length) symbols[offsets[length]++] = symbol;
  });
  return { counts, symbols };
}

function gunzip(input) {
  let at = 10; // the header that Python's gzip writes has no optional parts
  let bits = 0;
  let held = 0;
  const size = new DataView(input.buffer).getUint32(input.length - 4, true);
  const output = new Uint8Array(size);
  let end = 0;

  function take(wanted) {
    while (held < wanted) {
      bits |= input[at++] << held;
      held += 8;
    }
    const value = bits & ((1 << wanted) - 1);
    bits >>>= wanted;
    held -= wanted;
    return value;
  }
  function symbolOf({ counts, symbols }) {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length < 16; length += 1) {
      code |= take(1);
      if (code - counts[length] < first) return symbols[index + code - first];
      index += counts[length];
      first = (first + counts[length]) << 1;
      code <<= 1;
    }
    throw new Error("the embedded data are damaged");
  }
  const steps = (start, extra) => {
    const bases = [];
    for (let i = 0, base = start; i < extra.length; base += 1 << extra[i], i += 1) bases.push(base);
    return bases;
  };
  const lengthExtra = [...Array(28).keys()].map((i) => (i < 8 ? 0 : (i >> 2) - 1)).concat(0);
  const lengthBase = [...steps(3, lengthExtra.slice(0, 28)), 258];
  const farExtra = [...Array(30).keys()].map((i) => (i < 4 ? 0 : (i >> 1) - 1));
  const farBase = steps(1, farExtra);

  function codesOfBlock() {
    const [literals, distances, meta] = [take(5) + 257, take(5) + 1, take(4) + 4];
    const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    const metaLengths = new Uint8Array(19);
    for (let i = 0; i < meta; i += 1) metaLengths[order[i]] = take(3);
    const metaCode = prefixCode(metaLengths);
    const lengths = [];
    while (lengths.length < literals + distances) {
      const symbol = symbolOf(metaCode);
      if (symbol < 16) lengths.push(symbol);
      else {
        const value = symbol === 16 ? lengths[lengths.length - 1] : 0;
        const repeat = symbol === 16 ? take(2) + 3 : symbol === 17 ? take(3) + 3 : take(7) + 11;
        for (let i = 0; i < repeat; i += 1) lengths.push(value);
      }
    }
    return [prefixCode(lengths.slice(0, literals)), prefixCode(lengths.slice(literals))];
  }
  const fixed = [
    prefixCode([...Array(288).keys()].map((i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
    prefixCode(Array(30).fill(5)),
  ];
  for (let last = 0; !last; ) {
    last = take(1);
    const kind = take(2);
    if (kind === 0) {
      bits = held = 0;
      const length = input[at] | (input[at + 1] << 8);
      output.set(input.subarray(at + 4, at + 4 + length), end);
      at += 4 + length;
      end += length;
      continue;
    }
    const [literalCode, distanceCode] = kind === 1 ? fixed : codesOfBlock();
    for (let symbol = symbolOf(literalCode); symbol !== 256; symbol = symbolOf(literalCode)) {
      if (symbol < 256) output[end++] = symbol;
      else {
        const length = lengthBase[symbol - 257] + take(lengthExtra[symbol - 257]);
        const far = symbolOf(distanceCode);
        const from = end - farBase[far] - take(farExtra[far]);
        for (let i = 0; i < length; i += 1) output[end++] = output[from + i];
      }
    }
  }
  return output;
}
