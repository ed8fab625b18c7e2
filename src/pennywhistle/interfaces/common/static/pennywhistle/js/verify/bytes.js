// Bytes and the texts that stand for them: each value has one spelling, all else is refused.

/** What was given is not what it should be; the sentence is for people. */
export class RefusedError extends Error {
  constructor(sentence, reason = "shape") {
    super(sentence);
    this.reason = reason;
  }
}

export const ascii = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
export const utf8 = (text) => new TextEncoder().encode(text);
export const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const fromHex = (text) =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** The text of UTF-8 bytes, or null. A byte order mark stays, so that it is refused later. */
export function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

export function toBase64(bytes) {
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}

/** The bytes of standard base64 (RFC 4648, sections 3.5 and 4), or null: no stray bits, padded. */
export function fromBase64(text) {
  if (typeof text !== "string") return null;
  try {
    const letters = atob(text);
    // atob forgives spaces, missing padding and stray bits; its opposite writes the one spelling.
    return btoa(letters) === text ? ascii(letters) : null;
  } catch {
    return null;
  }
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const equal = (one, other) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

/** A whole number as 8 bytes, big-endian, signed. */
export function int64(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value);
  return bytes;
}

export const readInt64 = (bytes) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigInt64(0);

/** A number of bytes, the smallest first. */
export function littleEndian(bytes) {
  return BigInt(`0x${hex(Uint8Array.from(bytes).reverse()) || "0"}`);
}
