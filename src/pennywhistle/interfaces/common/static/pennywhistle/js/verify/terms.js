// The split of a sale and the terms that were published before it, as docs/algorithms/proof.md has it.

import { isIncluded } from "./merkle.js";

const CODE = "split-published";

/** What is wrong with where the terms stand, or with what they are of: a finding, or nothing. */
function placeProblem({ terms, lines, index }, head) {
  const { leaf, area } = terms;
  const inLog = { leaf: leaf.hash, index: terms.index, path: terms.path };
  const inLeaf = { leaf: area.hash, index: terms.place, path: terms.areaPath };
  const isThere =
    leaf.kind === "C" &&
    isIncluded({ ...inLog, size: head.size, root: head.root }) &&
    isIncluded({ ...inLeaf, size: terms.count, root: leaf.digest });
  if (!isThere) return "fail";
  if (terms.index >= index) return "late";
  const isOfIt = lines.every(
    ({ item, currency, territory }) =>
      item === leaf.subject && item === area.item && currency === area.currency && area.covers(territory),
  );
  return isOfIt ? null : "other";
}

/** What each account but the buyer's got, and in how many postings; of a reversal, turned around. */
function received({ lines, buyer }) {
  const paid = lines.reduce((sum, each) => sum + (each.account === buyer ? each.amount : 0n), 0n);
  const got = new Map();
  for (const { account, amount } of lines) {
    if (account === buyer) continue;
    const known = got.get(account) ?? { sum: 0n, count: 0n };
    got.set(account, { sum: known.sum + (paid > 0n ? -amount : amount), count: known.count + 1n });
  }
  return got;
}

/** To the micro-unit, for each posting: parts are rounded so that they add up. */
function isShare({ sum, count }, { numerator, denominator }, total) {
  const off = sum * denominator - numerator * total;
  return (off < 0n ? -off : off) <= denominator * (count || 1n);
}

const lowestFirst = (accounts) => [...accounts].sort((one, other) => (one < other ? -1 : 1));

function splitProblem(receipt, isExact, amountText) {
  const { shares, total, currency } = receipt.terms.area;
  const got = received(receipt);
  const stranger = lowestFirst(got.keys()).find((account) => !shares.has(account));
  if (stranger !== undefined) {
    const amount = amountText(got.get(stranger).sum, currency);
    return { finding: "stranger", values: { account: stranger, amount } };
  }
  if (!isExact) return null;
  for (const account of lowestFirst(shares.keys())) {
    const own = got.get(account) ?? { sum: 0n, count: 0n };
    const share = lowestTerms(shares.get(account));
    if (isShare(own, share, total)) continue;
    const values = {
      account,
      amount: amountText(own.sum, currency),
      share: `${share.numerator}/${share.denominator}`,
      total: amountText(total, currency),
    };
    return { finding: "share", values };
  }
  return null;
}

function lowestTerms({ numerator, denominator }) {
  let [one, other] = [numerator < 0n ? -numerator : numerator, denominator];
  while (other) [one, other] = [other, one % other];
  return { numerator: numerator / one, denominator: denominator / one };
}

/** One check; open where the receipt shows no terms, or was of another price than the published one. */
export function splitPublished(receipt, head, { check, amountText }) {
  const { terms, lines } = receipt;
  if (!terms) return check(CODE, null, "none");
  if (!head) return check(CODE, null, "unsigned");
  const place = placeProblem(receipt, head);
  if (place) return check(CODE, false, place, { index: terms.index });
  const isExact = lines.every((line) => line.price === terms.area.price);
  const problem = splitProblem(receipt, isExact, amountText);
  if (problem) return check(CODE, false, problem.finding, problem.values);
  return check(CODE, isExact || null, isExact ? "pass" : "named", { index: terms.index });
}
