// What a receipt proves, check by check, as docs/algorithms/proof.md lists them. A check carries
// the names of its title and finding, and the values that the words of the page are filled with.

import { RefusedError } from "./bytes.js";
import { isIncluded, treeRoot } from "./merkle.js";
import { openCheckpoint, parseKey } from "./note.js";
import { parsePolicy, witnessed } from "./policy.js";
import { parseReceipt } from "./receipt.js";
import { splitPublished } from "./terms.js";

export { RefusedError };

const MICRO = 1_000_000n;
// Clocks of buyers go wrong, and by more than an hour where the time zone is.
const CLOCK_WRONG_MAX_US = 86_400_000_000n;

/** An amount in full, with two decimals at least: 0.70 EUR. */
export function amountText(micro, currency) {
  const size = micro < 0n ? -micro : micro;
  const decimals = String(size % MICRO).padStart(6, "0").replace(/0{1,4}$/, "");
  return `${micro < 0n ? "-" : ""}${size / MICRO}.${decimals} ${currency}`;
}

const check = (code, passed, finding, values = {}) => ({
  code,
  passed,
  title: code,
  finding: `${code}.${finding}`,
  values,
});

function totals(lines) {
  const found = new Map();
  for (const { currency, amount } of lines) {
    found.set(currency, (found.get(currency) ?? 0n) + amount);
  }
  return found;
}

const withoutZeros = (amounts) => [...amounts].filter(([, amount]) => amount !== 0n);
const sorted = (amounts) => [...amounts].sort(([one], [other]) => (one < other ? -1 : 1));
const texts = (amounts) => amounts.map(([currency, amount]) => amountText(amount, currency));
const negative = (amounts) => amounts.map(([currency, amount]) => [currency, -amount]);

async function signature(receipt, keys) {
  const { origin, checkpoint } = receipt;
  try {
    const head = await openCheckpoint(checkpoint, { keys, origin });
    return [check("signature", true, "pass", { origin, size: head.size }), head];
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const finding = error.reason === "shape" ? "unreadable" : error.reason;
    return [check("signature", false, finding, { origin, reason: error.message }), null];
  }
}

function saleInLog({ leaf, index, path }, head) {
  if (!head) return check("sale-in-log", null, "unsigned");
  const isThere = isIncluded({ leaf: leaf.hash, index, size: head.size, path, root: head.root });
  return check("sale-in-log", isThere, isThere ? "pass" : "fail", { index, size: head.size });
}

function linesMatch({ leaf, lines }) {
  const values = { shown: lines.length, sealed: leaf.lineCount };
  if (BigInt(lines.length) !== leaf.lineCount) return check("lines-match", false, "count", values);
  const root = treeRoot(lines.map((line) => line.hash));
  const isSame = root.every((byte, at) => byte === leaf.linesRoot[at]);
  return check("lines-match", isSame, isSame ? "pass" : "differ", values);
}

function sumsToZero({ lines }) {
  const left = withoutZeros(totals(lines));
  if (left.length === 0) return check("sums-to-zero", true, "pass");
  return check("sums-to-zero", false, "fail", { amounts: texts(left).join(", ") });
}

/** The price of each item once, added up by currency; null where two lines disagree. */
function prices(lines) {
  const items = new Map();
  for (const { item, currency, price } of lines) {
    const known = items.get(item) ?? { currency, amount: price };
    if (known.currency !== currency || known.amount !== price) return null;
    items.set(item, known);
  }
  return totals(items.values());
}

function pricePaid({ lines, buyer }) {
  const found = prices(lines);
  if (!found) return check("price-paid", false, "two-prices");
  const due = sorted(withoutZeros(found));
  const moved = sorted(withoutZeros(totals(lines.filter((line) => line.account === buyer))));
  const values = { account: buyer, price: texts(due), paid: texts(negative(moved)) };
  const isSame = (one, other) => texts(one).join() === texts(other).join();
  if (isSame(moved, negative(due))) return check("price-paid", true, "pass", values);
  if (isSame(moved, due)) return check("price-paid", true, "returned", values);
  return check("price-paid", false, "fail", values);
}

function dated({ lines }, nowUs) {
  const isPast = lines.every((line) => line.at <= nowUs + CLOCK_WRONG_MAX_US);
  return check("dated", isPast, isPast ? "pass" : "fail");
}

function pageInLog(receipt, head) {
  const { leaf, index, path } = receipt.page;
  const { number, firstIndex, endIndex } = leaf;
  const values = { page: number, index, sale: receipt.index, first: firstIndex, last: endIndex - 1n };
  if (!head) return check("page-in-log", null, "unsigned");
  if (!isIncluded({ leaf: leaf.hash, index, size: head.size, path, root: head.root })) {
    return check("page-in-log", false, "fail", values);
  }
  if (index < endIndex) return check("page-in-log", false, "early", values);
  if (firstIndex === endIndex) return check("page-in-log", false, "empty", values);
  if (receipt.index < firstIndex || receipt.index >= endIndex) {
    return check("page-in-log", false, "other", values);
  }
  return check("page-in-log", true, "pass", values);
}

/** Line k of the page, at index k of M, holds each of the sale's postings to account k. */
function credited({ lines, page, shown }, account) {
  const { leaf, accounts, places } = page;
  const own = lines.filter((line) => line.account === account);
  const sums = sorted(totals(own));
  const code = texts(sums).join(" and ").startsWith("-") ? "charged-account" : "credited-account";
  const name = shown.parties.findLast((party) => party.account === account)?.name ?? "";
  const size = texts(sums).map((text, place) => (place ? text : text.replace(/^-/, "")));
  const values = { account, name: name && ` (${name})`, page: leaf.number, amount: size };
  const result = (passed, finding, more) => ({
    ...check(code, passed, finding, { ...values, ...more }),
    code: `credited-${account}`,
  });
  const opening = accounts.get(account);
  const line = { leaf: opening.hash, index: account, path: opening.path };
  if (!isIncluded({ ...line, size: leaf.accountCount, root: leaf.linesRoot })) {
    return result(false, "no-line");
  }
  const missing = lines.findIndex((each, at) => {
    if (each.account !== account) return false;
    const { position, path } = places[at];
    const tree = { size: opening.postingCount, root: opening.postingsRoot };
    return !isIncluded({ leaf: each.hash, index: position, path, ...tree });
  });
  if (missing < 0) return result(true, "pass");
  return result(false, "no-posting", {
    posting: amountText(lines[missing].amount, lines[missing].currency),
  });
}

function pageChecks(receipt, head) {
  const everybody = (finding) => check("credited", null, finding);
  if (!receipt.page) return [check("page-in-log", null, "waiting"), everybody("waiting")];
  const page = pageInLog(receipt, head);
  if (!page.passed) return [page, everybody("unproven")];
  const accounts = new Set(receipt.lines.map((line) => line.account));
  // The same receipt, handed to several people, would pass for each: only they know who they are.
  const buyer = check("buyer", null, "own", { account: receipt.buyer });
  return [page, ...[...accounts].map((account) => credited(receipt, account)), buyer];
}

/** What the till prints: amounts are proven by the checks, names and titles only shown. */
function till({ origin, entry, lines, buyer, shown }) {
  const accounts = [...new Set(lines.map((line) => line.account))];
  const sold = new Map(lines.filter((line) => line.item).map((line) => [line.item, line]));
  return {
    origin,
    entry,
    at: lines[0].at,
    territory: lines[0].territory,
    items: [...sold].map(([item, { price, currency }]) => ({
      ...(shown.items.findLast((each) => each.item === item) ?? { item, title: "", artist: "" }),
      amount: amountText(price, currency),
    })),
    parties: accounts
      .filter((account) => account !== buyer)
      .flatMap((account) => {
        const name = shown.parties.findLast((each) => each.account === account)?.name ?? "";
        const own = totals(lines.filter((line) => line.account === account));
        return texts([...own]).map((amount) => ({ account, name, amount }));
      }),
  };
}

/** Whether the policy's witnesses signed; of a sale that no page covers yet, they may still do. */
async function watched({ checkpoint, page }, policy, isPatient) {
  if (policy === null) return [];
  const { passed, finding, values } = await witnessed(checkpoint, parsePolicy(policy));
  const isEarly = isPatient && !page && passed === false;
  return [check("witnessed", isEarly ? null : passed, isEarly ? "early" : finding, values)];
}

/**
 * Check a receipt's bytes against verifier keys, and, with a policy's text, that its witnesses
 * signed too; RefusedError where they are no receipt.
 */
export async function verifyReceipt(data, { vkeys, nowUs, policy = null, isPatient = false }) {
  const keys = vkeys.map(parseKey);
  const receipt = parseReceipt(data);
  const [signed, head] = await signature(receipt, keys);
  const checks = [
    signed,
    ...(await watched(receipt, policy, isPatient)),
    saleInLog(receipt, head),
    linesMatch(receipt),
    sumsToZero(receipt),
    pricePaid(receipt),
    dated(receipt, nowUs),
    splitPublished(receipt, head, { check, amountText }),
    ...pageChecks(receipt, head),
  ];
  const passed = checks.every((each) => each.passed !== false);
  return { checks, passed, state: receipt.page ? "paged" : "sealed", till: till(receipt) };
}
