// Ed25519 verification, RFC 8032, section 5.1.7. Encodings that are not the one right spelling are
// refused in either way: by the browser's own Ed25519 where it has it, else by what stands here.

import { concat, littleEndian } from "./bytes.js";
import { sha512 } from "./sha2.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (value) => ((value % P) + P) % P;

function power(base, exponent) {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

const inverse = (value) => power(value, P - 2n);
const D = mod(-121665n * inverse(121666n));
const ROOT_OF_MINUS_1 = power(2n, (P - 1n) / 4n);
const NEUTRAL = [0n, 1n, 1n, 0n];

/** The x of a point with this y and sign, or null (section 5.1.3). */
function xOf(y, sign) {
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * v ** 3n * power(mod(u * v ** 7n), (P - 5n) / 8n));
  if (mod(v * x * x) === mod(-u)) x = mod(x * ROOT_OF_MINUS_1);
  else if (mod(v * x * x) !== u) return null;
  if (x === 0n && sign === 1n) return null;
  return (x & 1n) === sign ? x : P - x;
}

/** A point in extended coordinates, or null where the 32 bytes are not the right spelling of one. */
function decode(bytes) {
  const number = littleEndian(bytes);
  const sign = number >> 255n;
  const y = number & (2n ** 255n - 1n);
  if (y >= P) return null;
  const x = xOf(y, sign);
  return x === null ? null : [x, y, 1n, mod(x * y)];
}

/** Section 5.1.4, complete: for doubling too. */
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function times(scalar, point) {
  let result = NEUTRAL;
  for (let double = point, left = scalar; left > 0n; left >>= 1n) {
    if (left & 1n) result = add(result, double);
    double = add(double, double);
  }
  return result;
}

const isSame = ([x1, y1, z1], [x2, y2, z2]) =>
  mod(x1 * z2 - x2 * z1) === 0n && mod(y1 * z2 - y2 * z1) === 0n;

const BASE_Y = mod(4n * inverse(5n));
const BASE_X = xOf(BASE_Y, 0n);
const BASE = [BASE_X, BASE_Y, 1n, mod(BASE_X * BASE_Y)];

/** Key point, R and S, or null where one of them is not spelled as RFC 8032 has it. */
function opened(publicKey, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return null;
  const key = decode(publicKey);
  const r = decode(signature.subarray(0, 32));
  const s = littleEndian(signature.subarray(32));
  return key && r && s < L ? { key, r, s } : null;
}

/** Whether the signature is this key's over the message, by what stands here alone. */
export function verifyHere(publicKey, message, signature) {
  const parts = opened(publicKey, signature);
  if (!parts) return false;
  const digest = sha512(concat(signature.subarray(0, 32), publicKey, message));
  const k = littleEndian(digest) % L;
  return isSame(times(parts.s, BASE), add(parts.r, times(k, parts.key)));
}

/** By the browser's own, or null where it has none. */
async function verifyThere(publicKey, message, signature) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return null;
  try {
    const key = await subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
    return await subtle.verify({ name: "Ed25519" }, key, signature, message);
  } catch {
    return null;
  }
}

/** Whether the signature (64 bytes) is this key's (32 bytes) over the message. */
export async function verify(publicKey, message, signature) {
  if (!opened(publicKey, signature)) return false;
  const answer = await verifyThere(publicKey, message, signature);
  return answer ?? verifyHere(publicKey, message, signature);
}
