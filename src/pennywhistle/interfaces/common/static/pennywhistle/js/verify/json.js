// JSON of RFC 8259 that a stranger sent: numbers are whole (BigInt, below 2⁶³), a name stands once
// in an object (a Map), nesting ends at six. JSON.parse rounds numbers and takes the last of two.

import { RefusedError, textOf } from "./bytes.js";

const DEPTH_MAX = 6;
const NUMBER_MAX = 2n ** 63n - 1n;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
const WORDS = [["true", true], ["false", false], ["null", null]];

function deeper(depth) {
  if (depth < DEPTH_MAX) return depth + 1;
  throw new RefusedError(`The document is nested deeper than ${DEPTH_MAX}.`);
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  refuse() {
    throw new RefusedError("The receipt is not JSON text.");
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found;
  }

  /** Whether the next letter is this one, which is then taken. */
  takes(letter) {
    this.match(SPACE);
    if (this.text[this.at] !== letter) return false;
    this.at += 1;
    return true;
  }

  value(depth) {
    if (this.takes("{")) return this.object(deeper(depth));
    if (this.takes("[")) return this.list(deeper(depth));
    if (this.text[this.at] === '"') return this.string();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  object(depth) {
    const found = new Map();
    if (this.takes("}")) return found;
    do {
      this.match(SPACE);
      const name = this.string();
      if (found.has(name)) {
        throw new RefusedError("A name is given twice in one object of the document.");
      }
      if (!this.takes(":")) this.refuse();
      found.set(name, this.value(depth));
    } while (this.takes(","));
    if (!this.takes("}")) this.refuse();
    return found;
  }

  list(depth) {
    const found = [];
    if (this.takes("]")) return found;
    do found.push(this.value(depth));
    while (this.takes(","));
    if (!this.takes("]")) this.refuse();
    return found;
  }

  string() {
    const start = this.at;
    if (this.text[start] !== '"') this.refuse();
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === "\\" ? 2 : 1;
    this.at = end + 1;
    try {
      // Escapes and control characters are as in any JSON.
      return JSON.parse(this.text.slice(start, this.at));
    } catch {
      return this.refuse();
    }
  }

  number() {
    const found = this.match(NUMBER) ?? this.refuse();
    const isWhole = found[1] === undefined && found[2] === undefined && found[0].length <= 20;
    const value = isWhole ? BigInt(found[0]) : null;
    if (value === null || value > NUMBER_MAX || value < -NUMBER_MAX) {
      throw new RefusedError("Numbers in the document are whole and below 2⁶³.");
    }
    return value;
  }
}

/** The value that the bytes say; RefusedError for whatever else they are. */
export function parseJson(bytes) {
  const reader = new Reader(textOf(bytes) ?? "");
  const value = reader.value(0);
  reader.match(SPACE);
  if (reader.at !== reader.text.length) reader.refuse();
  return value;
}
