// C2SP signed-note, tlog-checkpoint and tlog-cosignature: who signed which state of the log, by
// Ed25519 or ML-DSA-44.

import {
  concat,
  equal,
  fromBase64,
  fromHex,
  hex,
  int64,
  readInt64,
  RefusedError,
  textOf,
  utf8,
} from "./bytes.js";
import { verify } from "./ed25519.js";
import { HASH_BYTES } from "./merkle.js";
import { KEY_BYTES, verifyMlDsa } from "./mldsa.js";
import { sha256 } from "./sha2.js";

// Sixteen signatures of post-quantum size must be read (signed-note).
const NOTE_BYTES_MAX = 256 * 1024;
const SIGNATURES_MAX = 64;
const SIZE_MAX = 2n ** 63n - 1n;
// Signature types, and how many bytes a key of each has.
const [ED25519, COSIGNED, ML_DSA] = [1, 4, 6];
const KEY_SIZES = new Map([[ED25519, 32], [COSIGNED, 32], [ML_DSA, KEY_BYTES]]);
const CONTROL = /[\x00-\x09\x0b-\x1f]/;
// Unicode's spaces; a byte order mark, which scripts take for one, is none.
const SPACE = /\x85|(?!\ufeff)\s/;

const isName = (name) =>
  name !== "" && !name.includes("+") && !CONTROL.test(name) && !SPACE.test(name);

/** Four bytes that tell keys of one name apart. */
const keyId = (name, key) => sha256(concat(utf8(`${name}\n`), key)).subarray(0, 4);

/** A key, `name+hash+base64`, of one of these types; the base64 may itself hold a plus. */
function readKey(text, types) {
  const parts = /^([^+]+)\+([0-9a-fA-F]{8})\+([^]+)$/.exec(text);
  if (!parts || !isName(parts[1])) throw new RefusedError("A key is written name+hash+base64.", "key");
  const key = fromBase64(parts[3]);
  if (!types.includes(key?.[0]) || key.length !== KEY_SIZES.get(key[0]) + 1) {
    throw new RefusedError(`Only keys of type ${types.join(" and ")} are known here.`, "key");
  }
  const [name, id] = [parts[1], keyId(parts[1], key)];
  if (!equal(id, fromHex(parts[2]))) {
    throw new RefusedError(`The hash of key ${name} should be ${hex(id)}.`, "key");
  }
  return { name, id, type: key[0], publicKey: key.subarray(1) };
}

/** What a log signs with: Ed25519, or ML-DSA-44. */
export const parseKey = (text) => readKey(text, [ED25519, ML_DSA]);

/** What a witness signs with. */
export const parseWitnessKey = (text) => readKey(text, [COSIGNED, ML_DSA]);

function short(text) {
  const bytes = utf8(text);
  if (bytes.length < 1 || bytes.length > 255) throw new RefusedError("A name has 1 to 255 bytes.");
  return concat(Uint8Array.of(bytes.length), bytes);
}

/** Whether this is the key's signature under a text; a cosignature begins with its time. */
async function hasSigned({ type, name, publicKey }, text, signature) {
  if (type === ED25519) return verify(publicKey, utf8(text), signature);
  const [time, rest] = [signature.subarray(0, 8), signature.subarray(8)];
  // Times from 2^63 on are refused, as sizes are.
  if (rest.length === 0 || time[0] & 0x80) return false;
  try {
    const head = parseCheckpoint(text);
    if (type === COSIGNED) {
      const seconds = readInt64(time);
      return verify(publicKey, utf8(`cosignature/v1\ntime ${seconds}\n${text}`), rest);
    }
    const label = utf8("subtree/v1\n\0");
    const numbers = concat(int64(0n), int64(head.size));
    const message = concat(label, short(name), time, short(head.origin), numbers, head.root);
    return verifyMlDsa(publicKey, message, rest);
  } catch (error) {
    if (error instanceof RefusedError) return false;
    throw error;
  }
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
    const key = keys.find((each) => each.name === name && equal(each.id, id));
    if (!key) continue;
    if (!(await hasSigned(key, text, signature))) {
      throw new RefusedError(`The signature of ${name} does not match the text.`, "forged");
    }
    names.add(name);
  }
  if (names.size === 0) {
    throw new RefusedError("None of the known keys has signed this.", "unsigned");
  }
  return { text, names };
}

/** Those of the witnesses whose right cosignature is under a head; a wrong one counts as none. */
export async function cosigners(data, witnesses) {
  const { text, lines } = splitNote(data);
  const found = new Set();
  for (const { name, id, signature } of lines.map(readSignature)) {
    for (const witness of witnesses) {
      const { key } = witness;
      if (found.has(witness) || key.name !== name || !equal(key.id, id)) continue;
      if (await hasSigned(key, text, signature)) found.add(witness);
    }
  }
  return witnesses.filter((witness) => found.has(witness));
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
