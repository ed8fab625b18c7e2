// Merkle tree hash and its proofs, RFC 9162, section 2.1. Sizes and indexes are BigInt.

import { concat, equal } from "./bytes.js";
import { sha256 } from "./sha2.js";

export const HASH_BYTES = 32;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (data) => sha256(concat(LEAF, data));
export const nodeHash = (left, right) => sha256(concat(NODE, left, right));

/** The root over leaf hashes (section 2.1.1): pairs from the left, a last single one moves up. */
export function treeRoot(hashes) {
  if (hashes.length === 0) return sha256(new Uint8Array());
  let level = hashes;
  while (level.length > 1) {
    const above = [];
    for (let at = 0; at + 1 < level.length; at += 2) above.push(nodeHash(level[at], level[at + 1]));
    if (level.length % 2) above.push(level.at(-1));
    level = above;
  }
  return level[0];
}

const areHashes = (hashes) => hashes.every((hash) => hash.length === HASH_BYTES);

/** Whether the leaf stands at `index` of the tree of this size and root (section 2.1.3.2). */
export function isIncluded({ leaf, index, size, path, root }) {
  if (index < 0n || index >= size || !areHashes([leaf, root, ...path])) return false;
  let fn = index;
  let sn = size - 1n;
  let r = leaf;
  for (const p of path) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      r = nodeHash(p, r);
      while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && equal(r, root);
}

/** Whether the tree still begins with the older one (section 2.1.4.2); from size 0, never. */
export function isConsistent({ oldSize, oldRoot, size, root, path }) {
  if (oldSize <= 0n || oldSize > size || !areHashes([oldRoot, root, ...path])) return false;
  if (oldSize === size) return path.length === 0 && equal(oldRoot, root);
  if (path.length === 0) return false;
  const nodes = (oldSize & (oldSize - 1n)) === 0n ? [oldRoot, ...path] : path;
  let fn = oldSize - 1n;
  let sn = size - 1n;
  while (fn & 1n) [fn, sn] = [fn >> 1n, sn >> 1n];
  let [fr, sr] = [nodes[0], nodes[0]];
  for (const c of nodes.slice(1)) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      [fr, sr] = [nodeHash(c, fr), nodeHash(c, sr)];
      while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      sr = nodeHash(sr, c);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && equal(fr, oldRoot) && equal(sr, root);
}
