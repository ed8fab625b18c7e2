// Which keys a log has, and which witnesses must have seen a head: C2SP tlog-policy.

import { RefusedError } from "./bytes.js";
import { cosigners, parseWitnessKey } from "./note.js";

const NONE = "none";

function refuse(number) {
  throw new RefusedError(`Line ${number} of the policy cannot be read.`);
}

/** Keys of the log, witnesses, groups and the quorum; a name is given before it is used, and used once. */
export function parsePolicy(text) {
  const [vkeys, witnesses, groups, free] = [[], [], new Map(), new Set()];
  let quorum = null;
  const use = (name, number) => free.delete(name) || refuse(number);
  const give = (name, number) => {
    if (name === NONE || groups.has(name) || witnesses.some((each) => each.name === name)) refuse(number);
    free.add(name);
  };
  for (const [at, line] of text.split("\n").entries()) {
    const [kind, ...words] = line.trim().split(/[ \t]+/);
    const number = at + 1;
    if (kind === "" || kind.startsWith("#")) continue;
    if (kind === "log" && words.length >= 1) {
      vkeys.push(words[0]);
    } else if (kind === "witness" && words.length >= 2) {
      give(words[0], number);
      witnesses.push({ name: words[0], key: parseWitnessKey(words[1]) });
    } else if (kind === "group" && words.length >= 3) {
      const [name, least, ...members] = words;
      give(name, number);
      members.forEach((member) => use(member, number));
      const count = { any: 1, all: members.length }[least] ?? Number(least);
      if (!Number.isInteger(count) || count < 1 || count > members.length) refuse(number);
      groups.set(name, { least: count, members });
    } else if (kind === "quorum" && words.length === 1 && quorum === null) {
      [quorum] = words;
      if (quorum !== NONE) use(quorum, number);
    } else refuse(number);
  }
  if (quorum === null) throw new RefusedError("A policy has a quorum line.");
  return { vkeys, witnesses, groups, quorum };
}

function leastOf(name, groups) {
  const group = groups.get(name);
  if (!group) return 1;
  const each = group.members.map((member) => leastOf(member, groups)).sort((a, b) => a - b);
  return each.slice(0, group.least).reduce((sum, count) => sum + count, 0);
}

function isMet(name, groups, signed) {
  const group = groups.get(name);
  if (!group) return signed.includes(name);
  return group.members.filter((member) => isMet(member, groups, signed)).length >= group.least;
}

/** How many witnesses signed a head, and whether that is enough: a finding with its values. */
export async function witnessed(note, { witnesses, groups, quorum }) {
  const count = witnesses.length;
  if (!count) return { passed: null, finding: "nobody", values: {} };
  let signed = [];
  try {
    signed = (await cosigners(note, witnesses)).map((witness) => witness.name);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
  }
  const who = signed.length ? ` (${signed.join(", ")})` : "";
  const values = { signed: signed.length, count, who };
  if (quorum === NONE) return { passed: signed.length ? true : null, finding: "free", values };
  const passed = isMet(quorum, groups, signed);
  const least = leastOf(quorum, groups);
  return { passed, finding: passed ? "pass" : "fail", values: { ...values, least } };
}
