// Receipts inside a zip (PKWARE APPNOTE 6.3.10), read from the end: of a download of gigabytes,
// the directory and the receipts alone are read. Stored and deflated members, ZIP64.

import { RefusedError, textOf } from "./bytes.js";
import { RECEIPT_BYTES_MAX } from "./receipt.js";

const RECEIPTS_MAX = 50;
const DIRECTORY_BYTES_MAX = 16 * 1024 * 1024;
const END_BYTES_MAX = 22 + 0xffff;
const [LOCAL, CENTRAL, END, END_64] = [0x04034b50, 0x02014b50, 0x06054b50, 0x06064b50];
const LOCATOR_64 = 0x07064b50;
const [FULL_16, FULL_32] = [0xffff, 0xffffffff];

const broken = () => new RefusedError("The zip is damaged or cut short.", "zip");

async function view(blob, start, size) {
  if (start < 0 || size < 0 || start + size > blob.size) throw broken();
  return new DataView(await blob.slice(start, start + size).arrayBuffer());
}

/** Where the central directory lies (sections 4.3.14 to 4.3.16). */
async function directoryOf(blob) {
  const start = Math.max(0, blob.size - END_BYTES_MAX);
  const tail = await view(blob, start, blob.size - start);
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== END) at -= 1;
  if (at < 0) throw broken();
  const [size, offset] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  const isFull = size === FULL_32 || offset === FULL_32 || tail.getUint16(at + 10, true) === FULL_16;
  const hasLocator = at >= 20 && tail.getUint32(at - 20, true) === LOCATOR_64;
  if (!isFull || !hasLocator) return { size, offset };
  const end = await view(blob, Number(tail.getBigUint64(at - 12, true)), 56);
  if (end.getUint32(0, true) !== END_64) throw broken();
  return { size: Number(end.getBigUint64(40, true)), offset: Number(end.getBigUint64(48, true)) };
}

/** The sizes and offset that did not fit into 32 bits (section 4.5.3). */
function widened(directory, { at, extraSize, numbers }) {
  for (let field = at; field + 4 <= at + extraSize;) {
    const end = Math.min(field + 4 + directory.getUint16(field + 2, true), at + extraSize);
    if (directory.getUint16(field, true) === 1) {
      let place = field + 4;
      return numbers.map((number) => {
        if (number !== FULL_32) return number;
        if (place + 8 > end) throw broken();
        place += 8;
        return Number(directory.getBigUint64(place - 8, true));
      });
    }
    field = end;
  }
  return numbers;
}

function* members(directory) {
  for (let at = 0; at + 46 <= directory.byteLength;) {
    if (directory.getUint32(at, true) !== CENTRAL) return;
    const [nameSize, extraSize, noteSize] = [28, 30, 32].map((from) =>
      directory.getUint16(at + from, true),
    );
    const end = at + 46 + nameSize + extraSize + noteSize;
    if (end > directory.byteLength) throw broken();
    const name = textOf(new Uint8Array(directory.buffer, at + 46, nameSize)) ?? "";
    const [full, packed, offset] = widened(directory, {
      at: at + 46 + nameSize,
      extraSize,
      numbers: [24, 20, 42].map((from) => directory.getUint32(at + from, true)),
    });
    yield { name, full, packed, offset, method: directory.getUint16(at + 10, true) };
    at = end;
  }
}

/** Inflate, and stop at the first byte too many. */
async function inflated(blob) {
  const stream = blob.stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
  const parts = [];
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    size += value.length;
    if (size > RECEIPT_BYTES_MAX) {
      await reader.cancel();
      throw new RefusedError(`A receipt has at most ${RECEIPT_BYTES_MAX} bytes.`, "too-large");
    }
    parts.push(value);
  }
}

async function contentOf(blob, { packed, full, offset, method }) {
  if (Math.max(packed, full) > RECEIPT_BYTES_MAX) {
    throw new RefusedError(`A receipt has at most ${RECEIPT_BYTES_MAX} bytes.`, "too-large");
  }
  const local = await view(blob, offset, 30);
  if (local.getUint32(0, true) !== LOCAL) throw broken();
  const start = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const bytes = await view(blob, start, packed);
  if (method === 0) return new Uint8Array(bytes.buffer);
  if (method !== 8 || !globalThis.DecompressionStream) throw broken();
  try {
    return await inflated(new Blob([bytes.buffer]));
  } catch (error) {
    throw error instanceof RefusedError ? error : broken();
  }
}

/** Whether a file begins as a zip does. */
export async function isZip(blob) {
  if (blob.size < 22) return false;
  const first = (await view(blob, 0, 4)).getUint32(0, true);
  return first === LOCAL || first === END;
}

/** The receipts of a zip, each with its name; at most fifty. */
export async function receiptsIn(blob) {
  const { size, offset } = await directoryOf(blob);
  if (size > DIRECTORY_BYTES_MAX) throw broken();
  const directory = await view(blob, offset, size);
  const found = [...members(directory)].filter(({ name }) => name.endsWith(".tlog-proof"));
  if (found.length === 0) {
    throw new RefusedError("No file in the zip ends in .tlog-proof.", "no-receipt-in-zip");
  }
  if (found.length > RECEIPTS_MAX) {
    throw new RefusedError(`The zip holds more than ${RECEIPTS_MAX} receipts.`, "zip-too-many");
  }
  const receipts = [];
  for (const member of found) {
    receipts.push({ name: member.name, data: await contentOf(blob, member) });
  }
  return receipts;
}
