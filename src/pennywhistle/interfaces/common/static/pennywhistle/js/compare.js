// Two formats, switched at the same place, and a blind X: see shop/compare.html, which works without.

let playing = null; // the page's comparison, with its sound

function setUp() {
  const box = document.querySelector("[data-compare]");
  if (playing?.box === box) return;
  leave(playing);
  playing = box ? { box, hidden: draw(), right: 0, total: 0, sounds: {}, source: null } : null;
}

const draw = () => (crypto.getRandomValues(new Uint8Array(1))[0] & 1 ? "A" : "B");

async function soundOf(state, side) {
  state.sounds[side] ??= load(state, side);
  try {
    return await state.sounds[side];
  } catch (error) {
    delete state.sounds[side];
    throw error;
  }
}

async function load(state, side) {
  const answer = await fetch(state.box.querySelector(`[data-side="${side}"]`).src);
  if (!answer.ok) throw new Error(`passage: ${answer.status}`);
  return state.context.decodeAudioData(await answer.arrayBuffer());
}

async function hear(state, name) {
  const failed = state.box.querySelector("[data-failed]");
  failed.hidden = true;
  // Within the click itself: after a wait, iPhones no longer let a page begin to sound.
  state.context ??= new AudioContext();
  state.context.resume();
  try {
    // Both are there before one sounds: the time that loading takes must not tell which X is.
    const [a, b] = await Promise.all([soundOf(state, "A"), soundOf(state, "B")]);
    const side = name === "X" ? state.hidden : name;
    start(state, side === "A" ? a : b);
    for (const button of state.box.querySelectorAll("[data-hear]")) {
      button.setAttribute("aria-pressed", String(button.dataset.hear === name));
    }
  } catch {
    failed.hidden = false;
  }
}

function start(state, buffer) {
  const { context } = state;
  const elapsed = state.source ? context.currentTime - state.began : 0;
  const place = elapsed % buffer.duration;
  hush(state);
  for (const player of state.box.querySelectorAll("audio")) player.pause();
  const source = new AudioBufferSourceNode(context, { buffer, loop: true });
  source.connect(context.destination);
  source.start(0, place);
  state.source = source;
  state.began = context.currentTime - place;
}

function hush(state) {
  state.source?.stop();
  state.source = null;
}

// Browsers allow a page only a few contexts.
function leave(state) {
  if (!state) return;
  hush(state);
  state.context?.close();
  state.context = null;
}

function guess(state, side) {
  state.total += 1;
  state.right += side === state.hidden ? 1 : 0;
  state.hidden = draw();
  hush(state);
  const score = state.box.querySelector("[data-score]");
  score.textContent = score.dataset.text
    .replace("RIGHT", state.right)
    .replace("TOTAL", state.total)
    .replace("CHANCE", chance(state.right, state.total).toFixed(1));
}

// Per cent of all ways in which tossing a coin so often is right as often, or more often.
function chance(right, total) {
  let ways = 1;
  let sum = 0;
  for (let hits = total; hits >= right; hits -= 1) {
    sum += ways;
    ways = (ways * hits) / (total - hits + 1);
  }
  return (100 * sum) / 2 ** total;
}

document.addEventListener("click", (event) => {
  if (!playing || !playing.box.contains(event.target)) return;
  const at = (name) => event.target.closest(name);
  if (at("[data-hear]")) hear(playing, at("[data-hear]").dataset.hear);
  else if (at("[data-guess]")) guess(playing, at("[data-guess]").dataset.guess);
  else if (at("[data-hush]")) hush(playing);
});
document.addEventListener("pennywhistle:page", setUp);
setUp();
