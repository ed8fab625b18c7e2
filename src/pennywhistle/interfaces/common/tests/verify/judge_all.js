// Judges receipts for the tests that compare both verifiers: reads a JSON list of
// {data (base64), vkeys, nowUs (text)}, writes a list of verdicts in the words of `words`.

import { readFileSync } from "node:fs";

import { fromBase64 } from "../../static/pennywhistle/js/verify/bytes.js";
import { RefusedError, verifyReceipt } from "../../static/pennywhistle/js/verify/verify.js";
import { told } from "../../static/pennywhistle/js/verify/words.js";

const { cases, words } = JSON.parse(readFileSync(0, "utf8"));

async function judged({ data, vkeys, nowUs, policy = null }) {
  const started = performance.now();
  const spent = () => performance.now() - started;
  try {
    const verdict = await verifyReceipt(fromBase64(data), { vkeys, nowUs: BigInt(nowUs), policy });
    const checks = verdict.checks.map((check) => ({
      code: check.code,
      passed: check.passed,
      ...told(check, words),
    }));
    return { checks, passed: verdict.passed, state: verdict.state, ms: spent() };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { refused: error.message, ms: spent() };
  }
}

const verdicts = [];
for (const each of cases) verdicts.push(await judged(each));
process.stdout.write(JSON.stringify(verdicts));
