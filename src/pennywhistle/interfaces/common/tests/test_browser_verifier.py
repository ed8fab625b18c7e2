"""The browser's verifier says what the engine's says, on kept, hostile and mutated receipts."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from pennywhistle.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from pennywhistle.engines.tlog.cosignature import CosignatureKind, CosigningKey
from pennywhistle.engines.tlog.note import Signature
from pennywhistle.engines.tlog.policy import parse_policy
from pennywhistle.engines.tlog.receipt import build_receipt
from pennywhistle.engines.tlog.tests.kept_vectors import FOLDER, NOW_US, verdict_of
from pennywhistle.engines.tlog.tests.sealed_shop import KEY, KEYS, Shop
from pennywhistle.engines.tlog.verify import verify_receipt
from pennywhistle.interfaces.shop.verdict_words import verdict_words

HERE = Path(__file__).parent / "verify"
SCRIPTS = Path(__file__).parent.parent / "static" / "pennywhistle" / "js" / "verify"
PUBLISHED = Path(__file__).resolve().parents[5] / "shared" / "tlog-vectors"
KEPT: list[dict[str, Any]] = json.loads((FOLDER / "receipts.json").read_text(encoding="utf-8"))
SCRIPTS_ZIPPED_BYTES_MAX = 29_000
MUTATIONS = 400
MS_MAX = 3_000
# What follows is said in each verifier's own words: what is wrong with a head nobody can read.
OWN_WORDS = "The signed head of the log cannot be read:"


def node(*arguments: str, given: str = "") -> str:
    """What Node prints; the test is skipped where there is no Node that could run the scripts."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node.js, which runs the browser's verifier here, is not installed")
    done = subprocess.run(
        [program, *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={
            **os.environ,
            "KEPT_VECTORS": str(FOLDER),
            "PUBLISHED_VECTORS": str(PUBLISHED),
        },
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    return done.stdout


def judged(cases: list[tuple[bytes, list[str], int]]) -> list[dict[str, Any]]:
    """The verdicts of the browser's verifier, in English."""
    with translation.override("en"):
        words = verdict_words()
    given = [
        {"data": b64encode(data).decode(), "vkeys": vkeys, "nowUs": str(now_us)}
        for data, vkeys, now_us in cases
    ]
    sent = json.dumps({"cases": given, "words": words})
    found: list[dict[str, Any]] = json.loads(node(str(HERE / "judge_all.js"), given=sent))
    return found


def alike(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict without what each verifier says in its own words, and without its time."""
    if "refused" in verdict:
        return {"refused": True}
    checks = [
        {
            **each,
            "sentence": OWN_WORDS if each["sentence"].startswith(OWN_WORDS) else each["sentence"],
        }
        for each in verdict["checks"]
    ]
    return {"passed": verdict["passed"], "state": verdict["state"], "checks": checks}


def mutations(data: bytes, dice: random.Random) -> bytes:
    """The receipt with something changed: bits, a cut, digits, a line, or a piece of its JSON."""
    bent = bytearray(data)
    match dice.randrange(10):
        case 0:
            for _ in range(dice.choice([1, 1, 3])):
                bent[dice.randrange(len(bent))] ^= 1 << dice.randrange(8)
        case 1:
            del bent[dice.randrange(len(bent)) :]
        case 2:
            lines = bytes(bent).split(b"\n")
            one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            return b"\n".join(lines)
        case 3:
            start = dice.randrange(len(bent))
            bent[start : start + dice.randrange(1, 40)] = bent[: dice.randrange(40)]
        case _:
            return _with_other_json(data, dice)
    return bytes(bent)


def _with_other_json(data: bytes, dice: random.Random) -> bytes:
    head, extra, rest = data.split(b"\n", 2)
    document = json.loads(b64decode(extra.removeprefix(b"extra ")))
    place: Any = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = dice.choice(keys)
        if not (isinstance(place[key], dict | list) and place[key]) or dice.randrange(4) == 0:
            break
        place = place[key]
    values: list[object] = [
        0,
        1,
        -1,
        2**53 + 1,
        2**63 - 1,
        2**63,
        None,
        True,
        [],
        {},
        "",
        "EUR",
        "\ud800",
        "a\u200bb",
    ]
    if isinstance(place[key], int) and dice.randrange(2):
        place[key] += dice.choice([1, -1, 10**6])
    else:
        place[key] = dice.choice(values)
    text = json.dumps(document, separators=(",", ":")).encode()
    return b"\n".join([head, b"extra " + b64encode(text), rest])


def test_its_parts_hold_to_published_and_kept_vectors() -> None:
    assert "# fail 0" in node("--test", "--test-reporter=tap", str(HERE / "verify.test.js"))


def test_both_judge_honest_and_cheating_stores_alike() -> None:
    cases = [(each["receipt"].encode(), each["vkeys"], int(each["nowUs"])) for each in KEPT]

    for kept, found in zip(KEPT, judged(cases), strict=True):
        assert alike(found) == alike(kept["verdict"]), kept["name"]


def test_both_judge_mutated_receipts_alike_and_in_time() -> None:
    dice = random.Random(8)  # noqa: S311 (the same mutations at each run)
    receipts = [each["receipt"].encode() for each in KEPT]
    bent = [mutations(dice.choice(receipts), dice) for _ in range(MUTATIONS)]
    vkeys = [key.to_text() for key in KEYS]

    for data, found in zip(bent, judged([(each, vkeys, NOW_US) for each in bent]), strict=True):
        expected = verdict_of(data, keys=KEYS, now_us=NOW_US)
        assert alike(found) == alike(expected), data
        assert found["ms"] < MS_MAX


def test_both_judge_witnesses_alike_by_ed25519_and_ml_dsa() -> None:
    shop, times = Shop(), 1_790_000_000
    index = shop.sell()
    shop.close()
    receipt, text = shop.receipt(index), shop.checkpoint().decode().partition("\n\n")[0] + "\n"
    ml_dsa = CosigningKey(KEY.name, CosignatureKind.ML_DSA_44, b"m" * 32)
    north, south, coast = (
        CosigningKey(f"{name}.example", kind, name.encode()[:4] * 8)
        for name, kind in (
            ("north", CosignatureKind.ED25519),
            ("south", CosignatureKind.ML_DSA_44),
            ("coast", CosignatureKind.ML_DSA_44),
        )
    )
    named = {"north": north, "south": south, "coast": coast}
    lines = "".join(f"witness {n} {k.verifier.to_text()}\n" for n, k in named.items())
    wrong = CosigningKey(coast.name, coast.kind, b"x" * 32)
    forged = Signature(coast.name, coast.verifier.key_id, wrong.sign_at(text, time_s=times))
    heads = [
        sign_checkpoint(shop_head(shop), KEY, ml_dsa) + "".join(signed).encode()
        for signed in (
            [],
            [north.line_at(text, time_s=times)],
            [south.line_at(text, time_s=times), forged.to_line()],
            [each.line_at(text, time_s=times) for each in named.values()],
        )
    ]
    quorums = ("none", "north", "coast", "any 1", "most 2", "all 3")
    cases: list[dict[str, Any]] = []
    expected = []
    for note in heads:
        data = build_receipt(replace(receipt, checkpoint=note))
        for quorum in quorums:
            name, _, least = quorum.partition(" ")
            group = f"group {name} {least} north south coast\n" if least else ""
            policy = f"# a policy\n{lines}{group}quorum {name}\n"
            for key in (KEY.verifier, ml_dsa.verifier):
                verdict = verify_receipt(
                    data, keys=[key], now_us=NOW_US, policy=parse_policy(policy.encode())
                )
                expected.append([(c.code, c.passed, c.title, c.sentence) for c in verdict.checks])
                cases.append({"data": data, "vkeys": [key.to_text()], "policy": policy})
    with translation.override("en"):
        words = verdict_words()
    given = [
        {**each, "data": b64encode(each["data"]).decode(), "nowUs": str(NOW_US)} for each in cases
    ]
    sent = json.dumps({"cases": given, "words": words})
    found = json.loads(node(str(HERE / "judge_all.js"), given=sent))

    for case, verdict, wanted in zip(cases, found, expected, strict=True):
        told = [(c["code"], c["passed"], c["title"], c["sentence"]) for c in verdict["checks"]]
        assert told == wanted, case["policy"]
    assert {wanted[1][1] for wanted in expected} == {True, False, None}


def shop_head(shop: Shop) -> Checkpoint:
    return Checkpoint(KEY.name, len(shop.records), shop.tree().root)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x" * (1024 * 1024 + 1),
        b"\n" * (1024 * 1024),
        b"c2sp.org/tlog-proof@v1\nextra " + b64encode(b"[" * 700_000) + b"\nindex 0\n\nc\n",
        b"c2sp.org/tlog-proof@v1\nextra " + b64encode(b'"' * 700_000) + b"\nindex 0\n\nc\n",
        b"c2sp.org/tlog-proof@v1\nextra " + b64encode(b"9" * 700_000) + b"\nindex 0\n\nc\n",
    ],
    ids=["empty", "oversized", "newlines", "brackets", "quotes", "digits"],
)
def test_a_hostile_receipt_is_refused_at_once(data: bytes) -> None:
    (found,) = judged([(data, [KEYS[0].to_text()], NOW_US)])

    assert found["refused"]
    assert found["ms"] < MS_MAX
    assert verdict_of(data, keys=KEYS, now_us=NOW_US) == {"refused": True}


def test_the_mutations_reach_every_depth_of_the_check() -> None:
    dice = random.Random(8)  # noqa: S311 (the same mutations at each run)
    receipts = [each["receipt"].encode() for each in KEPT]
    bent = [mutations(dice.choice(receipts), dice) for _ in range(MUTATIONS)]
    found = [verdict_of(data, keys=KEYS, now_us=NOW_US) for data in bent]

    refused = sum("refused" in each for each in found)
    assert MUTATIONS // 5 < refused < MUTATIONS * 9 // 10
    codes = {
        check["code"]
        for each in found
        for check in each.get("checks", [])
        if check["passed"] is False
    }
    assert codes >= {"signature", "sale-in-log", "lines-match", "sums-to-zero", "price-paid"}
    assert codes >= {"page-in-log", "credited-1"}


def test_the_scripts_are_small_and_hold_to_the_content_policy() -> None:
    scripts = sorted(SCRIPTS.glob("*.js"))
    texts = [path.read_text(encoding="utf-8") for path in scripts]

    assert (
        sum(len(gzip.compress(text.encode(), mtime=0)) for text in texts) < SCRIPTS_ZIPPED_BYTES_MAX
    )
    policy = r"\beval\(|new Function|innerHTML|insertAdjacent|document\.write|setAttribute\(\"style"
    assert not [
        path.name for path, text in zip(scripts, texts, strict=True) if re.search(policy, text)
    ]
    # What was dropped stays: nothing here can send it anywhere.
    sending = r"\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket|EventSource|\.submit\(|import\("
    assert not [
        path.name for path, text in zip(scripts, texts, strict=True) if re.search(sending, text)
    ]
