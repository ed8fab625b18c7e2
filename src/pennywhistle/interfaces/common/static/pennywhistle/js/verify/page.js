// The page that checks receipts: a file that is dropped or chosen is judged here and stays here.
// The form still leads to the store, which then checks itself; a document runs this once.

import { hex } from "./bytes.js";
import { parsePolicy } from "./policy.js";
import { RECEIPT_BYTES_MAX } from "./receipt.js";
import { RefusedError, verifyReceipt } from "./verify.js";
import { fill, told } from "./words.js";
import { isZip, receiptsIn } from "./zip.js";

const root = document.documentElement;
const part = (name) =>
  document.getElementById("verify-parts").content.querySelector(name).cloneNode(true);

let words = {};
let latest = 0;

async function receiptsOf(file) {
  if (await isZip(file)) return receiptsIn(file);
  if (file.size > RECEIPT_BYTES_MAX) {
    throw new RefusedError(`A receipt has at most ${RECEIPT_BYTES_MAX} bytes.`, "too-large");
  }
  return [{ name: file.name, data: new Uint8Array(await file.arrayBuffer()) }];
}

/** One line of the paper, as the page's own sample has it. */
function row(kind, { label, amount = "", note = "" }) {
  const line = part(`.is-${kind}`);
  line.querySelector("dt bdi").textContent = label;
  line.querySelector(".till-amount bdi").textContent = amount;
  const foot = line.querySelector(".till-note");
  if (note) foot.firstElementChild.textContent = note;
  else foot.remove();
  return line;
}

function paragraph(text) {
  const inner = document.createElement("bdi");
  inner.textContent = text;
  const outer = document.createElement("p");
  outer.append(inner);
  return outer;
}

/** The day of the sale; what no calendar reaches is told as it stands. */
function dayOf(microseconds) {
  const day = new Date(Number(microseconds / 1000n));
  if (Number.isNaN(day.getTime())) return String(microseconds);
  return new Intl.DateTimeFormat(root.lang, { dateStyle: "medium", timeZone: "UTC" }).format(day);
}

function countryOf(code) {
  try {
    return new Intl.DisplayNames(root.lang, { type: "region" }).of(code);
  } catch {
    return code;
  }
}

const NO_RECEIPT = new Set(["too-large", "no-proof", "shape"]);
const KINDS = new Map([[true, "check-pass"], [false, "check-fail"], [null, "check-open"]]);

function drawn(verdict, name) {
  const paper = part(".till");
  const { till } = verdict;
  paper.querySelector("h2").textContent = words.verdict;
  paper
    .querySelector(".till-head")
    .append(...[name, till.origin, dayOf(till.at), countryOf(till.territory)].map(paragraph));
  const [sale, checks] = [part(".till-rows"), part(".till-rows")];
  const numbered = (number) => fill(words.account, { number });
  sale.replaceChildren(
    ...till.items.map(({ item, title, artist, amount }) =>
      row("line", { label: title || item, amount, note: artist }),
    ),
    ...till.parties.map(({ account, name: called, amount }) =>
      row("sub", { label: called || numbered(account), amount }),
    ),
  );
  checks.replaceChildren(
    ...verdict.checks.map((check) => {
      const { title, sentence } = told(check, words, { isolate: root.dir === "rtl" });
      return row(KINDS.get(check.passed), { label: title, note: sentence });
    }),
  );
  paper.querySelector(".till-rows").replaceWith(sale, checks);
  const stamp = document.createElement("div");
  stamp.className = "till-stamp";
  stamp.append(part(verdict.passed ? ".stamp.is-sealed" : ".stamp.is-refused"));
  checks.after(stamp);
  const foot = paper.querySelector(".till-foot");
  const reference = hex(till.entry);
  foot.querySelector("code").textContent = reference;
  foot.querySelector("[data-copy]").dataset.copy = reference;
  foot.prepend(paragraph(words.here), paragraph(words.shown));
  return paper;
}

function refusal(error) {
  const notice = part(".notice");
  const [sentence, detail] = notice.querySelectorAll("p");
  const reason = words.refusals[error.reason] ?? words.refusals.shape;
  sentence.textContent = NO_RECEIPT.has(error.reason) ? `${words.refused} ${reason}` : reason;
  detail.textContent = error.message;
  notice.setAttribute("role", "alert");
  return notice;
}

async function judged({ name, data }, vkeys, policy) {
  const nowUs = BigInt(Date.now()) * 1000n;
  try {
    const verdict = await verifyReceipt(data, { vkeys, nowUs, policy, isPatient: true });
    return { passed: verdict.passed, paper: drawn(verdict, name) };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { passed: false, paper: refusal(error) };
  }
}

function conclusion(results) {
  const isGood = results.every(({ passed }) => passed);
  if (results.length > 1) return isGood ? words.passed_all : words.failed_some;
  return isGood ? words.passed : words.failed;
}

async function check(form) {
  const [file] = form.querySelector("input[type=file]").files;
  if (!file) return;
  latest += 1;
  const turn = latest;
  words = JSON.parse(document.getElementById("verify-words").textContent);
  const [status, papers] = ["[data-verify-status]", "[data-verify-papers]"].map((each) =>
    document.querySelector(each),
  );
  document.querySelector("[data-verify-store]")?.remove();
  status.hidden = false;
  status.textContent = words.working;
  papers.replaceChildren();
  const given = form.elements.vkey.value.trim();
  const { policy: published } = form.dataset;
  let results;
  try {
    const { vkeys } = parsePolicy(published);
    // This store's witnesses watch this store's log, not that of a key from elsewhere.
    const policy = given && !vkeys.includes(given) ? null : published;
    results = [];
    for (const receipt of await receiptsOf(file)) {
      results.push(await judged(receipt, given ? [given] : vkeys, policy));
    }
  } catch (error) {
    // A file that cannot be read, too: what it is called, and why.
    results = [{ passed: false, paper: refusal(error) }];
  }
  // Another file was chosen meanwhile.
  if (turn !== latest) return;
  const isRefused = results.length === 1 && results[0].paper.matches(".notice");
  status.hidden = isRefused;
  status.textContent = isRefused ? "" : `${conclusion(results)} ${words.here}`;
  papers.replaceChildren(...results.map(({ paper }) => paper));
  (isRefused ? papers : status).scrollIntoView({ block: "nearest" });
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-verify]");
  if (form) check(form);
});

// Before htmx, which would send the form: only the button that says so asks the store.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target.closest("form[data-verify]");
    if (!form || event.submitter?.value === "store") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    check(form);
  },
  { capture: true },
);
