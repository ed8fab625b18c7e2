// A puzzle before a payment: find a number whose SHA-256 with the challenge begins with zeros.
// See shop/top_up.html, which works without, and apps/payments/puzzle.py.

const SLICE_MS = 25; // the page stays alive between slices

// The first 32 bits of the fractional parts of roots of primes (FIPS 180-4, sections 4.2.2, 5.3.3).
const K = [];
const START = [];
for (let n = 2; K.length < 64; n += 1) {
  let prime = true;
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
  if (!prime) continue;
  if (START.length < 8) START.push((n ** (1 / 2) * 2 ** 32) | 0);
  K.push((n ** (1 / 3) * 2 ** 32) | 0);
}

const turn = (x, n) => (x >>> n) | (x << (32 - n));
const W = new Int32Array(64);

function block(state, bytes, at) {
  for (let i = 0; i < 16; i += 1) {
    const p = at + 4 * i;
    W[i] = (bytes[p] << 24) | (bytes[p + 1] << 16) | (bytes[p + 2] << 8) | bytes[p + 3];
  }
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15];
    const y = W[i - 2];
    const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
    const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const out = [a, b, c, d, e, f, g, h];
  return out.map((word, i) => (word + state[i]) | 0);
}

// The challenge's whole blocks are hashed once; each try hashes only what is left and the number.
function begin(text) {
  const bytes = new TextEncoder().encode(text);
  let state = START;
  let at = 0;
  for (; at + 64 <= bytes.length; at += 64) state = block(state, bytes, at);
  return { state, rest: bytes.subarray(at), length: bytes.length };
}

export function firstWord(begun, number) {
  const digits = String(number);
  const used = begun.rest.length + digits.length;
  const tail = new Uint8Array(used + 9 <= 64 ? 64 : 128);
  tail.set(begun.rest);
  for (let i = 0; i < digits.length; i += 1) tail[begun.rest.length + i] = digits.charCodeAt(i);
  tail[used] = 0x80;
  new DataView(tail.buffer).setUint32(tail.length - 4, (begun.length + digits.length) * 8);
  let state = begun.state;
  for (let at = 0; at < tail.length; at += 64) state = block(state, tail, at);
  return state[0] >>> 0;
}

export const begun = (token) => begin(`${token}:`);

async function solve(token, bits) {
  const start = begun(token);
  const most = 2 ** (32 - bits);
  for (let number = 0; ; ) {
    const until = performance.now() + SLICE_MS;
    do {
      if (firstWord(start, number) < most) return String(number);
      number += 1;
    } while (performance.now() < until);
    await new Promise((go) => setTimeout(go));
  }
}

async function setUp() {
  const box = document.querySelector("[data-puzzle]:not([data-begun])");
  if (!box) return;
  box.dataset.begun = "";
  const form = document.querySelector('form:has([name="challenge"])');
  let wanted = false;
  const hold = (event) => {
    event.preventDefault();
    wanted = true;
  };
  form.addEventListener("submit", hold);
  form.elements.solution.value = await solve(form.elements.challenge.value, Number(box.dataset.puzzle));
  form.removeEventListener("submit", hold);
  const said = box.querySelector("[data-puzzle-state]");
  said.textContent = said.dataset.done;
  if (wanted) form.requestSubmit();
}

if (globalThis.document) {
  document.addEventListener("pennywhistle:page", setUp);
  setUp();
}
