// The records of docs/algorithms/proof.md: a tag, then each field behind its length (uint16,
// big-endian). Numbers are 8 bytes, signed; texts are UTF-8.

import { ascii, concat, int64, readInt64, RefusedError, utf8 } from "./bytes.js";
import { HASH_BYTES, leafHash } from "./merkle.js";

const FIELD_BYTES_MAX = 255;
// Control, format, unassigned and private letters, and all spaces but the plain one.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

function record(tag, ...fields) {
  const parts = fields.map((field) => {
    return concat(Uint8Array.of(field.length >> 8, field.length & 0xff), field);
  });
  return concat(ascii(tag), ...parts);
}

/** The fields of a record with this tag, as many as it must have (or as it has). */
function open(bytes, tag, count) {
  const fields = [];
  for (let at = 1; at < bytes.length;) {
    const size = at + 2 <= bytes.length ? bytes[at] * 256 + bytes[at + 1] : Infinity;
    if (at + 2 + size > bytes.length) throw new RefusedError("The record is cut short.");
    fields.push(bytes.subarray(at + 2, at + 2 + size));
    at += 2 + size;
  }
  if (bytes[0] !== tag.charCodeAt(0) || fields.length !== (count ?? fields.length)) {
    throw new RefusedError(`This is not a record ${tag} with ${count} fields.`);
  }
  return fields;
}

function count(bytes) {
  if (bytes.length !== 8) throw new RefusedError(`A number has 8 bytes, not ${bytes.length}.`);
  const value = readInt64(bytes);
  if (value < 0n) throw new RefusedError(`${value} is out of range.`);
  return value;
}

function root(bytes) {
  if (bytes.length === HASH_BYTES) return bytes;
  throw new RefusedError(`A root has ${HASH_BYTES} bytes, not ${bytes.length}.`);
}

/** S for a sale or its reversal, E for any other entry. */
export function readEntryLeaf(bytes) {
  const tag = bytes[0] === 0x53 ? "S" : "E";
  const [lineCount, linesRoot] = open(bytes, tag, 2);
  return { lineCount: count(lineCount), linesRoot: root(linesRoot), hash: leafHash(bytes) };
}

export function readPageLeaf(bytes) {
  const fields = open(bytes, "P", 5);
  const [number, accountCount, firstIndex, endIndex] = fields.slice(0, 4).map(count);
  const linesRoot = root(fields[4]);
  if (firstIndex > endIndex) throw new RefusedError("A page ends before it begins.");
  return { number, accountCount, firstIndex, endIndex, linesRoot, hash: leafHash(bytes) };
}

function checkText(text) {
  if (UNPRINTABLE.test(text) || utf8(text).length > FIELD_BYTES_MAX) {
    throw new RefusedError(
      `An item or territory is one printable line of ${FIELD_BYTES_MAX} bytes at most.`,
    );
  }
}

/** Hash of a posting, which stands in its entry's tree and in its account's. */
export function lineHash(line) {
  if (!/^[A-Z]{3}$/.test(line.currency)) {
    throw new RefusedError("A currency has three capital letters.");
  }
  checkText(line.item);
  checkText(line.territory);
  return leafHash(
    record(
      "L",
      line.salt,
      line.entry,
      int64(line.j),
      int64(line.account),
      int64(line.amount),
      utf8(line.currency),
      utf8(line.item),
      int64(line.price),
      utf8(line.territory),
      int64(line.at),
    ),
  );
}

/** Hash of an account's line on a page. */
export function accountLineHash({ salt, account, postingCount, postingsRoot }) {
  return leafHash(record("K", salt, int64(account), int64(postingCount), postingsRoot));
}

const SHARE = /^(-?[1-9][0-9]{0,17}|0)\/([1-9][0-9]{0,17})$/;
const TERRITORIES = /^-?(?:[A-Z]{2}(?: [A-Z]{2})*)?$/;

function text(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RefusedError("A text in a record is UTF-8.");
  }
}

function signed(bytes) {
  if (bytes.length !== 8) throw new RefusedError(`A number has 8 bytes, not ${bytes.length}.`);
  return readInt64(bytes);
}

/** C for terms, T for a statement, O for a payout: a subject and a digest. */
export function readAnnouncedLeaf(bytes) {
  const kind = ["C", "T", "O"].find((tag) => bytes[0] === tag.charCodeAt(0)) ?? "C";
  const [subjectBytes, digest] = open(bytes, kind, 2);
  const subject = text(subjectBytes);
  if (UNPRINTABLE.test(subject) || !subject.length || subjectBytes.length > FIELD_BYTES_MAX) {
    throw new RefusedError("A subject is one printable line of 1 to 255 bytes.");
  }
  return { kind, subject, digest: root(digest), hash: leafHash(bytes) };
}

function readPart(bytes) {
  const account = count(bytes.subarray(0, 8));
  const share = SHARE.exec(new TextDecoder("latin1").decode(bytes.subarray(8)));
  if (!share) throw new RefusedError("A part of the terms is an account and a share.");
  return [account, { numerator: BigInt(share[1]), denominator: BigInt(share[2]) }];
}

/** The terms of an item in some territories; behind a hyphen, in all but these. */
export function readTermsArea(bytes) {
  const fields = open(bytes, "A");
  if (fields.length < 6) throw new RefusedError("This is not a record A with 6 fields or more.");
  const [item, territories, currency] = fields.slice(1, 4).map(text);
  const [price, total] = fields.slice(4, 6).map(signed);
  const parts = fields.slice(6).map(readPart);
  const shares = new Map(parts);
  if (fields[0].length !== HASH_BYTES || shares.size !== parts.length) {
    throw new RefusedError("Terms have a salt, and each account once.");
  }
  if (!TERRITORIES.test(territories)) {
    throw new RefusedError("Terms name territories by codes of two letters.");
  }
  const named = territories.replace(/^-/, "").split(" ");
  const covers = (code) => named.includes(code) !== territories.startsWith("-");
  return { item, currency, price, total, shares, covers, hash: leafHash(bytes) };
}
