// A receipt: a C2SP tlog-proof with JSON in its extra data, read to the last field or refused.

import { ascii, fromBase64, fromHex, RefusedError } from "./bytes.js";
import { parseJson } from "./json.js";
import { HASH_BYTES } from "./merkle.js";
import {
  accountLineHash,
  lineHash,
  readAnnouncedLeaf,
  readEntryLeaf,
  readPageLeaf,
  readTermsArea,
} from "./records.js";

export const RECEIPT_BYTES_MAX = 1024 * 1024;
const HEADER = "c2sp.org/tlog-proof@v1";
const FORMAT = "pennywhistle-receipt/1";
const NUMBER_MAX = 2n ** 63n - 1n;
const PATH_MAX = 63;
const LINES_MAX = 2000;
const TEXT_MAX = 300;
const SHARED = ["currency", "item", "price", "territory", "at"];
// Control letters, line ends, changes of direction, halves of pairs.
const UNSHOWABLE = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]|\p{Cs}/u;

/** One JSON object, of which each field is taken once, by name and kind. */
class Fields {
  constructor(value, where) {
    if (!(value instanceof Map)) throw new RefusedError(`The ${where} is not an object.`);
    this.left = new Map(value);
    this.where = where;
  }

  refuse(name, what) {
    throw new RefusedError(`In the ${this.where}, “${name}” ${what}.`);
  }

  take(name) {
    if (!this.left.has(name)) this.refuse(name, "is missing");
    const value = this.left.get(name);
    this.left.delete(name);
    return value;
  }

  close() {
    for (const name of this.left.keys()) this.refuse(name.slice(0, 40), "is not known");
  }

  text(name) {
    const value = this.take(name);
    const isText = typeof value === "string" && value.length <= 2 * TEXT_MAX;
    if (!isText || [...value].length > TEXT_MAX || UNSHOWABLE.test(value)) {
      this.refuse(name, `is not a text of one line and at most ${TEXT_MAX} characters`);
    }
    return value;
  }

  number(name, atLeast = 0n) {
    const value = this.take(name);
    if (typeof value !== "bigint" || value < atLeast) {
      this.refuse(name, `is not a whole number from ${atLeast}`);
    }
    return value;
  }

  octets(name, size) {
    const value = fromBase64(this.take(name));
    if (!value || (size !== undefined && value.length !== size)) {
      this.refuse(name, "is not base64 of the right length");
    }
    return value;
  }

  identity(name) {
    const value = this.take(name);
    if (typeof value !== "string" || !/^[0-9a-f]{32}$/.test(value)) {
      this.refuse(name, "is not 32 hexadecimal digits");
    }
    return fromHex(value);
  }

  list(name, countMax) {
    const value = this.take(name);
    if (!Array.isArray(value) || value.length > countMax) {
      this.refuse(name, `is not a list of at most ${countMax}`);
    }
    return value;
  }

  fields(name) {
    return new Fields(this.take(name), `${name} of the ${this.where}`);
  }

  /** Each object of a list, read by `read` to its last field. */
  each(name, read) {
    return this.list(name, LINES_MAX).map((value, place) => {
      const fields = new Fields(value, `${name}, place ${place}, of the ${this.where}`);
      const found = read(fields, place);
      fields.close();
      return found;
    });
  }

  /** An inclusion path: places in the row of all hashes of the document. */
  path(name, nodes) {
    return this.list(name, PATH_MAX).map((place) => {
      if (typeof place !== "bigint") this.refuse(name, "is not a list of whole numbers");
      const node = place >= 0n && place < BigInt(nodes.length) ? nodes[Number(place)] : null;
      return node ?? this.refuse(name, "points at a hash that is not there");
    });
  }
}

/** Where two newlines stand in a row, or -1. */
function emptyLine(data) {
  for (let at = 0; at + 1 < data.length; at += 1) {
    if (data[at] === 0x0a && data[at + 1] === 0x0a) return at;
  }
  return -1;
}

/** The lines of a tlog-proof: index, path, extra data; the checkpoint is not read yet. */
export function parseProof(data) {
  if (data.length > RECEIPT_BYTES_MAX) {
    throw new RefusedError(`A receipt has at most ${RECEIPT_BYTES_MAX} bytes.`, "too-large");
  }
  const end = emptyLine(data);
  if (end < 0 || end + 2 === data.length) {
    throw new RefusedError("A proof has an empty line and then a checkpoint.", "no-proof");
  }
  const lines = new TextDecoder("latin1").decode(data.subarray(0, end)).split("\n");
  if (lines.shift() !== HEADER) {
    throw new RefusedError(`A proof begins with the line ${HEADER}.`, "no-proof");
  }
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift().slice(6)) : ascii("");
  if (!extra) throw new RefusedError("A line of the proof is not standard base64.");
  const index = /^index (0|[1-9][0-9]{0,18})$/.exec(lines.shift() ?? "");
  if (!index || BigInt(index[1]) > NUMBER_MAX) {
    throw new RefusedError("A proof gives the index of its entry as a decimal number.");
  }
  const path = lines.map(fromBase64);
  if (path.length > PATH_MAX || path.some((node) => node?.length !== HASH_BYTES)) {
    throw new RefusedError(
      `A proof's path has at most ${PATH_MAX} hashes of ${HASH_BYTES} bytes, in base64.`,
    );
  }
  return { index: BigInt(index[1]), path, checkpoint: data.subarray(end + 2), extra };
}

function readLines(fields, entry) {
  const common = fields.fields("common").left;
  for (const name of common.keys()) {
    if (!SHARED.includes(name)) fields.refuse("common", "has a field that is not known");
  }
  const lines = fields.each("lines", (own, place) => {
    for (const [name, value] of common) if (!own.left.has(name)) own.left.set(name, value);
    const line = {
      entry,
      j: BigInt(place),
      account: own.number("account"),
      salt: own.octets("salt", HASH_BYTES),
      amount: own.number("amount", -NUMBER_MAX),
      currency: own.text("currency"),
      item: own.text("item"),
      price: own.number("price"),
      territory: own.text("territory"),
      at: own.number("at", -NUMBER_MAX),
    };
    return { ...line, hash: lineHash(line) };
  });
  if (lines.length === 0) fields.refuse("lines", "is empty");
  return lines;
}

function readShown(shown) {
  const items = shown.each("items", (each) => ({
    item: each.text("item"),
    title: each.text("title"),
    artist: each.text("artist"),
  }));
  const parties = shown.each("parties", (each) => ({
    account: each.number("account"),
    name: each.text("name"),
    role: each.text("role"),
  }));
  shown.close();
  return { items, parties };
}

/** Hashes in a row, in base64. */
function readHashes(fields, name, countMax = Infinity) {
  const bytes = fields.octets(name);
  if (bytes.length % HASH_BYTES || bytes.length > countMax * HASH_BYTES) {
    fields.refuse(name, `is not made of hashes of ${HASH_BYTES} bytes`);
  }
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, place) =>
    bytes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES),
  );
}

function readTerms(fields) {
  const terms = {
    leaf: readAnnouncedLeaf(fields.octets("leaf")),
    index: fields.number("index"),
    path: readHashes(fields, "path", PATH_MAX),
    area: readTermsArea(fields.octets("area")),
    place: fields.number("place"),
    count: fields.number("count"),
    areaPath: readHashes(fields, "areaPath", PATH_MAX),
  };
  fields.close();
  return terms;
}

function readPage(receipt, lines) {
  const nodes = readHashes(receipt, "nodes");
  const page = receipt.fields("page");
  const leaf = readPageLeaf(page.octets("leaf"));
  const index = page.number("index");
  const path = page.path("path", nodes);
  const openings = page.each("accounts", (each) => {
    const line = {
      account: each.number("account"),
      salt: each.octets("salt", HASH_BYTES),
      postingCount: each.number("count"),
      postingsRoot: each.octets("root", HASH_BYTES),
    };
    return { ...line, hash: accountLineHash(line), path: each.path("path", nodes) };
  });
  const places = page.each("places", (each) => ({
    position: each.number("position"),
    path: each.path("path", nodes),
  }));
  page.close();
  const accounts = new Map(openings.map((opening) => [opening.account, opening]));
  const wanted = new Set(lines.map((line) => line.account));
  const isEachOnce = accounts.size === openings.length && accounts.size === wanted.size;
  if (!isEachOnce || ![...wanted].every((account) => accounts.has(account))) {
    page.refuse("accounts", "does not have each account of the sale once");
  }
  if (places.length !== lines.length) {
    page.refuse("places", "does not have one place for each line of the sale");
  }
  return { leaf, index, path, accounts, places };
}

/** All that a receipt says; whether it is true is `verify.js`'s question. */
export function parseReceipt(data) {
  const proof = parseProof(data);
  const fields = new Fields(parseJson(proof.extra), "receipt");
  if (fields.text("format") !== FORMAT) fields.refuse("format", `is not ${FORMAT}`);
  const origin = fields.text("origin");
  const entry = fields.identity("entry");
  const lines = readLines(fields, entry);
  const receipt = {
    origin,
    entry,
    lines,
    shown: readShown(fields.fields("shown")),
    buyer: fields.number("buyer"),
    leaf: readEntryLeaf(fields.octets("leaf")),
    index: proof.index,
    path: proof.path,
    checkpoint: proof.checkpoint,
    page: fields.left.has("page") ? readPage(fields, lines) : null,
    terms: fields.left.has("terms") ? readTerms(fields.fields("terms")) : null,
  };
  fields.close();
  return receipt;
}
