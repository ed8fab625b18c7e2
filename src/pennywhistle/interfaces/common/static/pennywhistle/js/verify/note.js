// C2SP signed-note and tlog-checkpoint: who signed which state of the log. Ed25519 alone is known.

import { concat, equal, fromBase64, fromHex, hex, RefusedError, textOf, utf8 } from "./bytes.js";
import { verify } from "./ed25519.js";
import { HASH_BYTES } from "./merkle.js";
import { sha256 } from "./sha2.js";

// Sixteen signatures of post-quantum size must be read (signed-note).
const NOTE_BYTES_MAX = 256 * 1024;
const SIGNATURES_MAX = 64;
const SIZE_MAX = 2n ** 63n - 1n;
const ED25519 = Uint8Array.of(1);
const CONTROL = /[\x00-\x09\x0b-\x1f]/;
// Unicode's spaces; a byte order mark, which scripts take for one, is none.
const SPACE = /\x85|(?!\ufeff)\s/;

const isName = (name) =>
  name !== "" && !name.includes("+") && !CONTROL.test(name) && !SPACE.test(name);

/** Four bytes that tell keys of one name apart. */
const keyId = (name, key) => sha256(concat(utf8(`${name}\n`), ED25519, key)).subarray(0, 4);

/** A verifier key, `name+hash+base64`; the base64 may itself hold a plus. */
export function parseKey(text) {
  const parts = /^([^+]+)\+([0-9a-fA-F]{8})\+([^]+)$/.exec(text);
  if (!parts || !isName(parts[1])) throw new RefusedError("A key is written name+hash+base64.", "key");
  const key = fromBase64(parts[3]);
  if (!key || key.length !== 33 || key[0] !== 1) {
    throw new RefusedError("Only Ed25519 keys (type 1, 32 bytes) are known here.", "key");
  }
  const [name, publicKey] = [parts[1], key.subarray(1)];
  if (!equal(keyId(name, publicKey), fromHex(parts[2]))) {
    const id = hex(keyId(name, publicKey));
    throw new RefusedError(`The hash of key ${name} should be ${id}.`, "key");
  }
  return { name, publicKey };
}

function readSignature(line) {
  const parts = /^\u2014 ([^ \n]+) ([^ \n]+)$/.exec(line);
  if (!parts) throw new RefusedError("A signature line is a dash, a name and a signature.");
  if (!isName(parts[1])) {
    throw new RefusedError("A key's name is not empty and has neither spaces nor plus.");
  }
  const signature = fromBase64(parts[2]);
  if (!signature) throw new RefusedError("A key or signature is not standard base64.");
  if (signature.length <= 4) throw new RefusedError(`The signature of ${parts[1]} is empty.`);
  return { name: parts[1], id: signature.subarray(0, 4), signature: signature.subarray(4) };
}

function splitNote(data) {
  if (data.length > NOTE_BYTES_MAX) {
    throw new RefusedError(`A note has at most ${NOTE_BYTES_MAX} bytes.`);
  }
  const note = textOf(data);
  if (note === null) throw new RefusedError("A note is UTF-8 text.");
  const at = note.lastIndexOf("\n\n");
  const signatures = note.slice(at + 2);
  if (at < 0 || !signatures.endsWith("\n") || CONTROL.test(note)) {
    throw new RefusedError("A note is text, an empty line, and lines of signatures.");
  }
  const lines = signatures.slice(0, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) {
    throw new RefusedError(`A note has at most ${SIGNATURES_MAX} signatures.`);
  }
  return { text: note.slice(0, at + 1), lines };
}

/** The text and the names of those known keys that signed it; one wrong signature spoils it. */
export async function openNote(data, keys) {
  const { text, lines } = splitNote(data);
  const names = new Set();
  for (const { name, id, signature } of lines.map(readSignature)) {
    const key = keys.find((each) => each.name === name && equal(keyId(name, each.publicKey), id));
    if (!key) continue;
    if (!(await verify(key.publicKey, utf8(text), signature))) {
      throw new RefusedError(`The signature of ${name} does not match the text.`, "forged");
    }
    names.add(name);
  }
  if (names.size === 0) {
    throw new RefusedError("None of the known keys has signed this.", "unsigned");
  }
  return { text, names };
}

/** Origin, size and root; further lines are extensions, which are allowed and not read. */
export function parseCheckpoint(text) {
  if (!text.endsWith("\n")) throw new RefusedError("A checkpoint ends with a newline.");
  const lines = text.slice(0, -1).split("\n");
  if (lines.length < 3 || lines.includes("")) {
    throw new RefusedError("A checkpoint has three lines or more, none empty.");
  }
  const [origin, size] = lines;
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(size) || BigInt(size) > SIZE_MAX) {
    throw new RefusedError("The second line of a checkpoint is the size of the log.");
  }
  const root = fromBase64(lines[2]);
  if (root?.length !== HASH_BYTES) {
    throw new RefusedError("The third line of a checkpoint is the root hash in base64.");
  }
  return { origin, size: BigInt(size), root };
}

/** The head of log `origin`, signed by a key that carries the log's name. */
export async function openCheckpoint(data, { keys, origin }) {
  const { text, names } = await openNote(data, keys);
  const head = parseCheckpoint(text);
  if (head.origin !== origin) {
    throw new RefusedError(`The checkpoint is of ${head.origin}, not of ${origin}.`);
  }
  if (!names.has(origin)) {
    throw new RefusedError(`None of the known keys of ${origin} has signed this.`, "unsigned");
  }
  return head;
}
