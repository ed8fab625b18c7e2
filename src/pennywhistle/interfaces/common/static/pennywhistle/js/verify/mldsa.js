// ML-DSA-44 of FIPS 204, verification alone: pure mode, empty context (section 5.3, algorithm 8).

import { concat, equal, littleEndian } from "./bytes.js";

const [Q, N, K, L, TAU, OMEGA, D] = [8380417, 256, 4, 4, 39, 80, 13];
const [GAMMA_1, GAMMA_2, BETA] = [1 << 17, (Q - 1) / 88, 78];
export const KEY_BYTES = 1312;
const SIGNATURE_BYTES = 2420;
const MASK_64 = (1n << 64n) - 1n;

const turn = (lane, by) => (by ? ((lane << by) | (lane >> (64n - by))) & MASK_64 : lane);

// FIPS 202, section 3.2: how far each lane is turned, and the constants of the rounds.
const TURNS = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14].map(BigInt);
const ROUNDS = (() => {
  let register = 1;
  const bit = () => {
    const found = register & 1;
    register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    return BigInt(found);
  };
  return Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let j = 0n; j < 7n; j += 1n) constant |= bit() << ((1n << j) - 1n);
    return constant;
  });
})();

function permuted(lanes) {
  let a = lanes;
  for (const constant of ROUNDS) {
    const c = [0, 1, 2, 3, 4].map((x) => a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]);
    const d = [0, 1, 2, 3, 4].map((x) => c[(x + 4) % 5] ^ turn(c[(x + 1) % 5], 1n));
    const b = new Array(25);
    for (let at = 0; at < 25; at += 1) {
      const [x, y] = [at % 5, Math.floor(at / 5)];
      b[y + 5 * ((2 * x + 3 * y) % 5)] = turn(a[at] ^ d[x], TURNS[at]);
    }
    a = b.map((lane, at) => {
      const row = at - (at % 5);
      return lane ^ (~b[row + ((at + 1) % 5)] & MASK_64 & b[row + ((at + 2) % 5)]);
    });
    a[0] ^= constant;
  }
  return a;
}

/** SHAKE of FIPS 202, section 6.2: absorbs the data, then gives as many bytes as are asked for. */
function shake(rate, ...parts) {
  const data = concat(...parts);
  const padded = new Uint8Array((Math.floor(data.length / rate) + 1) * rate);
  padded.set(data);
  padded[data.length] = 0x1f;
  padded[padded.length - 1] |= 0x80;
  let lanes = new Array(25).fill(0n);
  for (let at = 0; at < padded.length; at += rate) {
    const block = padded.subarray(at, at + rate);
    lanes = lanes.map((lane, i) =>
      8 * i < rate ? lane ^ littleEndian(block.subarray(8 * i, 8 * i + 8)) : lane,
    );
    lanes = permuted(lanes);
  }
  let given = 0;
  return () => {
    if (given === rate) {
      lanes = permuted(lanes);
      given = 0;
    }
    const byte = Number((lanes[given >> 3] >> BigInt(8 * (given & 7))) & 0xffn);
    given += 1;
    return byte;
  };
}

const shake128 = (...parts) => shake(168, ...parts);
const shake256 = (...parts) => shake(136, ...parts);
const take = (next, count) => Uint8Array.from({ length: count }, next);
const modulo = (value) => ((value % Q) + Q) % Q;

// The powers of 1753 in the order of the turned bits of their numbers (appendix B).
const ZETAS = Array.from({ length: N }, (_, number) => {
  let turned = 0;
  for (let bit = 0; bit < 8; bit += 1) turned |= ((number >> bit) & 1) << (7 - bit);
  let power = 1;
  for (let i = 0; i < turned; i += 1) power = (power * 1753) % Q;
  return power;
});

function ntt(polynomial) {
  const w = polynomial.map(modulo);
  let m = 0;
  for (let size = 128; size >= 1; size >>= 1) {
    for (let start = 0; start < N; start += 2 * size) {
      m += 1;
      for (let j = start; j < start + size; j += 1) {
        const t = (ZETAS[m] * w[j + size]) % Q;
        w[j + size] = modulo(w[j] - t);
        w[j] = (w[j] + t) % Q;
      }
    }
  }
  return w;
}

function inverseNtt(polynomial) {
  const w = [...polynomial];
  let m = N;
  for (let size = 1; size < N; size <<= 1) {
    for (let start = 0; start < N; start += 2 * size) {
      m -= 1;
      for (let j = start; j < start + size; j += 1) {
        const t = w[j];
        w[j] = (t + w[j + size]) % Q;
        w[j + size] = (modulo(w[j + size] - t) * ZETAS[m]) % Q;
      }
    }
  }
  return w.map((value) => (value * 8347681) % Q);
}

/** Numbers of so many bits in a row, the lowest bit first. */
function unpacked(bytes, bits) {
  const numbers = [];
  let [kept, count] = [0, 0];
  for (const byte of bytes) {
    kept += byte * 2 ** count;
    count += 8;
    while (count >= bits) {
      numbers.push(kept % 2 ** bits);
      kept = Math.floor(kept / 2 ** bits);
      count -= bits;
    }
  }
  return numbers;
}

const polynomials = (bytes, bits) => {
  const size = (N * bits) / 8;
  return Array.from({ length: bytes.length / size }, (_, i) =>
    unpacked(bytes.subarray(i * size, (i + 1) * size), bits),
  );
};

/** Which coefficients are hinted at, or null where that is not written in its one way. */
function hints(bytes) {
  const found = Array.from({ length: K }, () => new Set());
  let index = 0;
  for (let i = 0; i < K; i += 1) {
    const end = bytes[OMEGA + i];
    if (end < index || end > OMEGA) return null;
    for (const first = index; index < end; index += 1) {
      if (index > first && bytes[index - 1] >= bytes[index]) return null;
      found[i].add(bytes[index]);
    }
  }
  return bytes.subarray(index, OMEGA).some((byte) => byte) ? null : found;
}

/** One polynomial of the matrix, evenly from the seed (algorithm 30). */
function sampled(rho, s, r) {
  const next = shake128(rho, Uint8Array.of(s, r));
  const found = [];
  while (found.length < N) {
    const value = next() + next() * 256 + (next() & 0x7f) * 65536;
    if (value < Q) found.push(value);
  }
  return found;
}

/** The challenge: 39 coefficients of 1 or -1 (algorithm 29). */
function inBall(seed) {
  const next = shake256(seed);
  const signs = littleEndian(take(next, 8));
  const c = new Array(N).fill(0);
  for (let i = N - TAU; i < N; i += 1) {
    let j = next();
    while (j > i) j = next();
    c[i] = c[j];
    c[j] = (signs >> BigInt(i + TAU - N)) & 1n ? -1 : 1;
  }
  return c;
}

/** The high part of a coefficient, corrected where it is hinted at (algorithms 36 and 40). */
function highPart(value, isHinted) {
  let low = value % (2 * GAMMA_2);
  if (low > GAMMA_2) low -= 2 * GAMMA_2;
  let high = (value - low) / (2 * GAMMA_2);
  if (value - low === Q - 1) [high, low] = [0, low - 1];
  if (!isHinted) return high;
  return (high + (low > 0 ? 1 : 43)) % 44;
}

function packedSix(numbers) {
  const bytes = [];
  for (let at = 0; at < numbers.length; at += 4) {
    const [a, b, c, d] = numbers.slice(at, at + 4);
    const all = a + b * 64 + c * 4096 + d * 262144;
    bytes.push(all & 0xff, (all >> 8) & 0xff, all >> 16);
  }
  return Uint8Array.from(bytes);
}

/** Whether this is the key's signature of the message. */
export function verifyMlDsa(key, message, signature) {
  if (key.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  const challenge = signature.subarray(0, 32);
  const z = polynomials(signature.subarray(32, 32 + L * 576), 18).map((each) =>
    each.map((value) => GAMMA_1 - value),
  );
  const hinted = hints(signature.subarray(32 + L * 576));
  if (!hinted || z.flat().some((value) => Math.abs(value) >= GAMMA_1 - BETA)) return false;
  const rho = key.subarray(0, 32);
  const t1 = polynomials(key.subarray(32), 10);
  const tr = take(shake256(key), 64);
  const mu = take(shake256(tr, Uint8Array.of(0, 0), message), 64);
  const c = ntt(inBall(challenge));
  const zs = z.map(ntt);
  const high = t1.map((t, r) => {
    const shifted = ntt(t.map((value) => value * 2 ** D));
    const sum = new Array(N).fill(0);
    zs.forEach((each, s) => {
      const a = sampled(rho, s, r);
      for (let i = 0; i < N; i += 1) sum[i] = (sum[i] + a[i] * each[i]) % Q;
    });
    const w = inverseNtt(sum.map((value, i) => modulo(value - ((c[i] * shifted[i]) % Q))));
    return packedSix(w.map((value, i) => highPart(value, hinted[r].has(i))));
  });
  return equal(challenge, take(shake256(mu, ...high), 32));
}
