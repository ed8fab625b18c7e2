// The verifier's parts against published vectors, the kept ones, and the cryptography of Node.

import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";

const HERE = "../../static/pennywhistle/js/verify";
const { ascii, concat, fromBase64, fromHex, hex, toBase64, utf8 } = await import(`${HERE}/bytes.js`);
const { verify, verifyHere } = await import(`${HERE}/ed25519.js`);
const { parseJson } = await import(`${HERE}/json.js`);
const { isConsistent, isIncluded, leafHash, treeRoot } = await import(`${HERE}/merkle.js`);
const { openCheckpoint, parseCheckpoint, parseKey } = await import(`${HERE}/note.js`);
const { parsePolicy } = await import(`${HERE}/policy.js`);
const { parseProof } = await import(`${HERE}/receipt.js`);
const { sha256, sha512 } = await import(`${HERE}/sha2.js`);
const { isZip, receiptsIn } = await import(`${HERE}/zip.js`);

const { KEPT_VECTORS: kept, PUBLISHED_VECTORS: published } = process.env;
const read = (...parts) => readFileSync(join(...parts));
const json = (...parts) => JSON.parse(read(...parts));
const where = existsSync(published)
  ? {}
  : { skip: "the published tlog vectors are not beside the project (../shared)" };
const bytes = (text) => Uint8Array.from(Buffer.from(text ?? "", "base64"));
const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((each) => {
    const path = join(folder, each.name);
    return each.isDirectory() ? filesBelow(path) : path;
  });

test("hashes are those of FIPS 180-4 at every length around a block", () => {
  for (const size of [0, 1, 55, 56, 63, 64, 65, 111, 112, 119, 127, 128, 129, 1000]) {
    const data = Uint8Array.from({ length: size }, (_, at) => (at * 7) & 0xff);
    assert.equal(hex(sha256(data)), createHash("sha256").update(data).digest("hex"));
    assert.equal(hex(sha512(data)), createHash("sha512").update(data).digest("hex"));
  }
});

// RFC 8032, section 7.1: tests 1, 2 and 3.
const RFC_8032 = [
  [
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
].map((texts) => texts.map(fromHex));

/** Both ways: the browser's own where it is there, and what the store brings. */
async function bothSay(expected, key, message, signature) {
  assert.equal(verifyHere(key, message, signature), expected);
  assert.equal(await verify(key, message, signature), expected);
}

test("signatures of RFC 8032 hold, and with any bit of them turned they do not", async () => {
  for (const [key, message, signature] of RFC_8032) {
    await bothSay(true, key, message, signature);
    for (const bit of [0, 100, 255, 256, 300, 507, 511]) {
      const bent = Uint8Array.from(signature);
      bent[bit >> 3] ^= 1 << (bit & 7);
      await bothSay(false, key, message, bent);
    }
    await bothSay(false, key, concat(message, ascii("x")), signature);
  }
});

test("signatures that other software makes hold", async () => {
  for (let round = 0; round < 5; round += 1) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const key = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
    const message = utf8(`message ${round}`);
    await bothSay(true, Uint8Array.from(key), message, Uint8Array.from(sign(null, message, privateKey)));
  }
});

test("a second spelling of a signature or key is refused", async () => {
  const [key, message, signature] = RFC_8032[0];
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${hex(signature.slice(32).reverse())}`) + order;
  const spelled = fromHex(s.toString(16).padStart(64, "0")).reverse();
  await bothSay(false, key, message, concat(signature.slice(0, 32), spelled));
  // y = p + 1 says the same as y = 1, the neutral point; so does x = 0 with the sign of -0.
  const more = fromHex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  const minus = fromHex("0100000000000000000000000000000000000000000000000000000000000080");
  for (const neutral of [more, minus]) {
    await bothSay(false, neutral, message, concat(neutral, new Uint8Array(32)));
    await bothSay(false, key, message, concat(neutral, signature.slice(32)));
  }
  await bothSay(false, key.slice(1), message, signature);
  await bothSay(false, key, message, signature.slice(1));
});

test("without the browser's Ed25519 the verdict is the same", async (context) => {
  const [key, message, signature] = RFC_8032[1];
  const importKey = () => Promise.reject(new Error("NotSupportedError"));
  context.mock.method(globalThis.crypto.subtle, "importKey", importKey);
  assert.equal(await verify(key, message, signature), true);
  assert.equal(await verify(key, ascii("no"), signature), false);
});

function probes(cases, holds) {
  for (const [name, probe, expected] of cases) assert.equal(holds(probe), expected, name);
}

const inclusion = ({ leaf, index, size, path, root }) =>
  isIncluded({ leaf, index: BigInt(index), size: BigInt(size), path, root });
const consistency = ({ oldSize, oldRoot, size, path, root }) =>
  isConsistent({ oldSize: BigInt(oldSize), oldRoot, size: BigInt(size), path, root });

test("kept proofs of small trees are judged as they are kept", () => {
  const { inclusion: paths, consistency: growths } = json(kept, "merkle.json");
  assert.ok(paths.length > 40 && growths.length > 40);
  const opened = (each) => ({
    ...each,
    leaf: bytes(each.leaf),
    root: bytes(each.root),
    oldRoot: bytes(each.oldRoot),
    path: each.path.map(bytes),
  });
  probes(paths.map((each) => [each.leaf, opened(each), each.holds]), inclusion);
  probes(growths.map((each) => [each.oldRoot, opened(each), each.holds]), consistency);
});

test("published proofs are judged as they are published", where, () => {
  const all = (kind) => filesBelow(join(published, "merkle-proofs/testdata", kind));
  const paths = all("inclusion").map((file) => {
    const { leafIdx, treeSize, root, leafHash: leaf, proof, wantErr } = json(file);
    const path = (proof ?? []).map(bytes);
    const probe = { leaf: bytes(leaf), index: leafIdx, size: treeSize, path, root: bytes(root) };
    return [file, probe, !wantErr];
  });
  const growths = all("consistency").map((file) => {
    const { size1, size2, root1, root2, proof, wantErr } = json(file);
    const [oldRoot, root] = [bytes(root1), bytes(root2)];
    const path = (proof ?? []).map(bytes);
    // One probe passes two equal "roots" of 12 bytes; here a hash has 32 bytes or is refused.
    const expected = !wantErr && oldRoot.length === 32;
    return [file, { oldSize: size1, oldRoot, size: size2, path, root }, expected];
  });
  assert.ok(paths.length > 80 && growths.length > 90);
  probes(paths, inclusion);
  probes(growths, consistency);
});

test("published roots are found", where, () => {
  const known = json(published, "derived/rfc6962_roots.json");
  const hashes = known.leaf_inputs_hex.map((text) => leafHash(fromHex(text)));
  for (const [size, root] of known.roots_hex_by_size.entries()) {
    assert.equal(hex(treeRoot(hashes.slice(0, size))), root);
  }
});

const VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

test("every published head is signed, and altered it is not", where, async () => {
  const key = parseKey(VKEY);
  for (let size = 0; size < 16; size += 1) {
    const note = new Uint8Array(read(published, `tessera-log/testdata/log/checkpoint.${size}`));
    const head = await openCheckpoint(note, { keys: [key], origin: key.name });
    assert.equal(head.size, BigInt(size));
    const altered = Uint8Array.from(note);
    altered[key.name.length + 4] ^= 1;
    await assert.rejects(openCheckpoint(altered, { keys: [key], origin: key.name }));
  }
});

test("published heads and proofs are parsed as published", where, () => {
  const heads = json(published, "derived/checkpoint_parse.json");
  for (const text of heads.invalid) assert.throws(() => parseCheckpoint(text), text);
  for (const text of heads.valid) {
    // These have roots of any length, which only a parser of syntax accepts.
    assert.throws(() => parseCheckpoint(text), /third line/);
    const lines = text.split("\n");
    lines[2] = toBase64(new Uint8Array(32));
    assert.equal(parseCheckpoint(lines.join("\n")).size, BigInt(lines[1]));
  }
  const proofs = json(published, "derived/tlog_proof_parse.json");
  for (const text of proofs.invalid) assert.throws(() => parseProof(utf8(text)), text);
  for (const text of proofs.valid_shape) assert.equal(parseProof(utf8(text)).index, 0n);
});

test("a key that is not one is refused", () => {
  const wrong = ["", "log+33d7b496", `${VKEY}!`, VKEY.slice(0, -4), VKEY.replace("/log", " log")];
  for (const text of [...wrong, VKEY.replace("33d7b496", "33d7b497"), VKEY.replace("Ae", "Be")]) {
    assert.throws(() => parseKey(text), text);
  }
  assert.equal(parseKey(VKEY).name, "example.com/log/testdata");
});

test("a policy names every key of the log that is believed", () => {
  const text = "# retired 2026-11-22: old+1+a\nlog new+2+b https://a.example/log\nlog old+1+a\nquorum none\n";
  assert.deepEqual(parsePolicy(text).vkeys, ["new+2+b", "old+1+a"]);
  assert.throws(() => parsePolicy("log\nquorum none\n"), /Line 1/);
});

test("base64 has one spelling", () => {
  for (const text of ["", "AA==", "AAA=", "AAAA", "+/+/"]) {
    assert.equal(toBase64(fromBase64(text)), text);
  }
  for (const text of ["A", "AA", "AAA", "AB==", "AAB=", " AAAA", "AAAA\n", "AA==AA==", "-_-_", "é"]) {
    assert.equal(fromBase64(text), null, text);
  }
});

test("JSON is read whole and strictly", () => {
  const parsed = parseJson(utf8(' {"a": [1, -0, 9223372036854775807, "\\u00e9[[[[[[[["], "b": null} '));
  assert.deepEqual(parsed.get("a"), [1n, 0n, 9223372036854775807n, "é[[[[[[[["]);
  const deep = (depth) => "[".repeat(depth) + "]".repeat(depth);
  parseJson(utf8(deep(6)));
  const wrong = [
    "", "{", "[1,]", '{"a":1,}', "{'a':1}", '"a\nb"', '"a', '"\\x"', "01", "1.0", "1e3", "+1", "NaN",
    "9223372036854775808", "-9223372036854775808", "1 2", "\ufeff1", "tru", '{"a":1,"a":1}', deep(7),
    "[".repeat(500_000), '"'.repeat(300_001), `"${'\\"'.repeat(300_000)}`, "1".repeat(5000),
  ];
  for (const text of wrong) {
    assert.throws(() => parseJson(utf8(text)), { name: "Error" }, text.slice(0, 40));
  }
  assert.throws(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22)));
});

/** A small zip: local headers, members, directory, end (no checksums, which nobody reads here). */
function zipOf(files, { method = 0 } = {}) {
  const [locals, directory] = [[], []];
  let at = 0;
  for (const [name, content] of files) {
    const packed = method === 8 ? new Uint8Array(deflateRawSync(content)) : content;
    const header = (size, fields) => {
      const made = new DataView(new ArrayBuffer(size));
      for (const [from, value, width] of fields) {
        if (width === 2) made.setUint16(from, value, true);
        else made.setUint32(from, value, true);
      }
      return new Uint8Array(made.buffer);
    };
    const local = header(30, [[0, 0x04034b50], [8, method, 2], [26, name.length, 2]]);
    directory.push(
      header(46, [
        [0, 0x02014b50], [10, method, 2], [20, packed.length], [24, content.length],
        [28, name.length, 2], [42, at],
      ]),
      ascii(name),
    );
    locals.push(local, ascii(name), packed);
    at += 30 + name.length + packed.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, at, true);
  return new Blob([...locals, ...directory, new Uint8Array(end.buffer)]);
}

test("receipts are found in a zip, stored or deflated", async () => {
  const files = [["a/song.flac", new Uint8Array(9000)], ["a/receipt.tlog-proof", ascii("proof")]];
  for (const method of [0, 8]) {
    const zip = zipOf(files, { method });
    assert.equal(await isZip(zip), true);
    const found = await receiptsIn(zip);
    assert.deepEqual(found, [{ name: "a/receipt.tlog-proof", data: ascii("proof") }]);
  }
  assert.equal(await isZip(new Blob(["c2sp.org/tlog-proof@v1\nindex 0\n"])), false);
});

test("a zip that is damaged, empty of receipts or a bomb is refused", async () => {
  const bomb = zipOf([["a.tlog-proof", new Uint8Array(20_000_000)]], { method: 8 });
  await assert.rejects(receiptsIn(bomb), { reason: "too-large" });
  const lying = new Uint8Array(await bomb.arrayBuffer());
  new DataView(lying.buffer).setUint32(lying.length - 22 - 12 - 46 + 24, 5, true);
  await assert.rejects(receiptsIn(new Blob([lying])), { reason: "too-large" });
  await assert.rejects(receiptsIn(zipOf([["a.txt", ascii("a")]])), { reason: "no-receipt-in-zip" });
  const many = Array.from({ length: 51 }, (_, i) => [`${i}.tlog-proof`, ascii("a")]);
  await assert.rejects(receiptsIn(zipOf(many)), { reason: "zip-too-many" });
  const whole = new Uint8Array(await zipOf([["a.tlog-proof", ascii("abc")]]).arrayBuffer());
  for (let size = 4; size < whole.length; size += 1) {
    await assert.rejects(receiptsIn(new Blob([whole.slice(0, size)])), { reason: "zip" });
  }
});

test("a zip with any byte changed gives a receipt or a reason", async () => {
  const whole = new Uint8Array(await zipOf([["a.tlog-proof", ascii("abc")]]).arrayBuffer());
  for (let at = 0; at < whole.length; at += 1) {
    const bent = Uint8Array.from(whole);
    bent[at] ^= 0xff;
    await receiptsIn(new Blob([bent])).catch((error) => assert.equal(error.name, "Error"));
  }
});
