// SHA-256 and SHA-512 of FIPS 180-4. Browsers have them only on secure pages, and only later: a
// page of a store without TLS checks its receipts all the same.

const MASK_64 = (1n << 64n) - 1n;

function primes(count) {
  const found = [];
  for (let n = 2n; found.length < count; n += 1n) {
    if (found.every((prime) => n % prime !== 0n)) found.push(n);
  }
  return found;
}

/** The whole part of the root (the largest r with r to the power <= value). */
function rootOf(value, power) {
  let low = 0n;
  let high = value;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** power <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

// The first 64 bits of the fractional parts of the roots of the first primes (sections 4.2, 5.3).
const PRIMES = primes(80);
const CUBES = PRIMES.map((prime) => rootOf(prime << 192n, 3n) & MASK_64);
const SQUARES = PRIMES.slice(0, 8).map((prime) => rootOf(prime << 128n, 2n) & MASK_64);

const K_256 = Uint32Array.from(CUBES.slice(0, 64), (root) => Number(root >> 32n));
const H_256 = Uint32Array.from(SQUARES, (root) => Number(root >> 32n));

/** The message, a one bit, zeros, and its length in bits (section 5.1). */
function padded(data, block) {
  const room = block === 64 ? 8 : 16;
  const size = Math.ceil((data.length + 1 + room) / block) * block;
  const whole = new Uint8Array(size);
  whole.set(data);
  whole[data.length] = 0x80;
  new DataView(whole.buffer).setBigUint64(size - 8, BigInt(data.length) * 8n);
  return new DataView(whole.buffer);
}

const turn = (word, by) => (word >>> by) | (word << (32 - by));

export function sha256(data) {
  const message = padded(data, 64);
  const state = Uint32Array.from(H_256);
  const w = new Uint32Array(64);
  for (let start = 0; start < message.byteLength; start += 64) {
    for (let t = 0; t < 16; t += 1) w[t] = message.getUint32(start + 4 * t);
    for (let t = 16; t < 64; t += 1) {
      const s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ (w[t - 15] >>> 3);
      const s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ (w[t - 2] >>> 10);
      w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t += 1) {
      const big1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const one = (h + big1 + ((e & f) ^ (~e & g)) + K_256[t] + w[t]) | 0;
      const big0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const two = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] += word; });
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => digest.setUint32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

const turn64 = (word, by) => ((word >> by) | (word << (64n - by))) & MASK_64;

export function sha512(data) {
  const message = padded(data, 128);
  let state = SQUARES;
  for (let start = 0; start < message.byteLength; start += 128) {
    const w = Array.from({ length: 16 }, (_, t) => message.getBigUint64(start + 8 * t));
    for (let t = 16; t < 80; t += 1) {
      const s0 = turn64(w[t - 15], 1n) ^ turn64(w[t - 15], 8n) ^ (w[t - 15] >> 7n);
      const s1 = turn64(w[t - 2], 19n) ^ turn64(w[t - 2], 61n) ^ (w[t - 2] >> 6n);
      w.push((w[t - 16] + s0 + w[t - 7] + s1) & MASK_64);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 80; t += 1) {
      const big1 = turn64(e, 14n) ^ turn64(e, 18n) ^ turn64(e, 41n);
      const one = h + big1 + ((e & f) ^ ((e ^ MASK_64) & g)) + CUBES[t] + w[t];
      const big0 = turn64(a, 28n) ^ turn64(a, 34n) ^ turn64(a, 39n);
      const two = big0 + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & MASK_64, c, b, a, (one + two) & MASK_64];
    }
    state = [a, b, c, d, e, f, g, h].map((word, i) => (word + state[i]) & MASK_64);
  }
  const digest = new DataView(new ArrayBuffer(64));
  state.forEach((word, i) => digest.setBigUint64(8 * i, word));
  return new Uint8Array(digest.buffer);
}
