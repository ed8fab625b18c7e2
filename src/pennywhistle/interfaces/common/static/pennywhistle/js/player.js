// The player. Its sound is an Audio object that is in no document, so it plays on while htmx
// exchanges pages, also on Back; only its controls are drawn again. It never starts by itself.

const STORED = "player";
const STEP_S = 5;
const PRELOAD_S = 20; // seconds before the end at which the next track is fetched
const RESTART_S = 3; // "previous" goes back to the start of a track that has played this long

let sound = new Audio();
let spare = new Audio(); // holds the next track, fetched ahead
let queue = [];
let index = -1;
let resumeAt = 0; // where a track kept from an earlier document goes on
let resumeOf = 0; // and how long it is
let isSeeking = false;
let hasFailed = false;

const current = () => queue[index];
const part = (name) => document.querySelector(`[data-player-${name}]`);
const bar = () => document.querySelector("[data-player]");

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((n, i) => (i === 0 ? String(n) : String(n).padStart(2, "0"))).join(":");
}

const isLoaded = () => sound.getAttribute("src") === current()?.src;
const position = () => (isLoaded() ? sound.currentTime : resumeAt);

function duration() {
  if (!isLoaded()) return resumeOf;
  return Number.isFinite(sound.duration) ? sound.duration : 0;
}

// What is played --------------------------------------------------------------------------------

function read(row) {
  const { src, kind, title, by, release, url, cover, gainDb } = row.dataset;
  return { src, kind, title, by, release, url, cover, gainDb };
}

function rowsBeside(row) {
  const list = row.closest("[data-queue]");
  return list ? [...list.querySelectorAll("[data-track]")] : [row];
}

/** Only downwards: an element's volume ends at one, and a Web Audio graph is silent across origins. */
function volumeOf(track) {
  const gainDb = Number.parseFloat(track.gainDb);
  return Number.isFinite(gainDb) ? Math.min(1, 10 ** (gainDb / 20)) : 1;
}

function load(track) {
  sound.pause();
  if (spare.getAttribute("src") === track.src) {
    [sound, spare] = [spare, sound];
  } else {
    sound.src = track.src;
  }
  spare.removeAttribute("src");
  sound.volume = volumeOf(track);
}

async function play() {
  if (!current()) return;
  hasFailed = false;
  if (!isLoaded()) {
    const startAt = resumeAt;
    load(current());
    if (startAt > 0) {
      sound.addEventListener("loadedmetadata", () => { sound.currentTime = startAt; }, { once: true });
    }
  }
  resumeAt = 0;
  draw();
  try {
    await sound.play();
  } catch (error) {
    // Another track was chosen meanwhile, or the browser wants a gesture first.
    if (error.name !== "AbortError" && error.name !== "NotAllowedError") fail();
  }
}

function playAt(place) {
  if (!queue[place]) return;
  index = place;
  resumeAt = 0;
  if (isLoaded()) sound.currentTime = 0;
  play();
}

function toggle() {
  if (sound.paused) play();
  else sound.pause();
}

function previous() {
  if (position() > RESTART_S || index === 0) seek(0);
  else playAt(index - 1);
}

function seek(seconds) {
  if (!duration()) return;
  const at = Math.min(Math.max(0, seconds), duration() - 0.25);
  if (isLoaded()) sound.currentTime = at;
  else resumeAt = at;
  drawPosition();
}

function fail() {
  hasFailed = true;
  draw();
}

function fetchNext() {
  const next = queue[index + 1];
  if (!next || spare.getAttribute("src") || duration() - sound.currentTime > PRELOAD_S) return;
  spare.preload = "auto";
  spare.src = next.src;
  spare.load();
}

// What is drawn ---------------------------------------------------------------------------------

function drawRows() {
  for (const row of document.querySelectorAll("[data-track]")) {
    const isCurrent = row.dataset.src === current()?.src;
    const isPlaying = isCurrent && !sound.paused;
    row.classList.toggle("is-current", isCurrent);
    row.querySelector("[data-play]")?.setAttribute("aria-pressed", String(isPlaying));
    for (const icon of row.querySelectorAll("[data-when]")) {
      icon.toggleAttribute("hidden", (icon.dataset.when === "playing") !== isPlaying);
    }
    drawWave(row.querySelector("[data-wave]"), isCurrent && row.dataset.kind === "full");
  }
}

function drawWave(wave, isShown) {
  if (!wave) return;
  const done = wave.querySelector(".is-done");
  if (isShown && !done) {
    const copy = wave.querySelector("svg").cloneNode(true);
    copy.classList.add("is-done");
    wave.append(copy);
  } else if (!isShown && done) {
    done.remove();
  }
}

function drawPosition() {
  const range = part("seek");
  if (!range || !current()) return;
  const { labelPosition } = bar().dataset;
  const [at, whole] = [position(), duration()];
  range.max = String(Math.ceil(whole));
  if (!isSeeking) range.value = String(Math.floor(at));
  const shown = isSeeking ? Number(range.value) : at;
  part("position").textContent = clock(shown);
  part("duration").textContent = clock(whole);
  range.setAttribute(
    "aria-valuetext",
    labelPosition.replace("%(position)s", clock(shown)).replace("%(duration)s", clock(whole)),
  );
  const played = whole ? `${(100 * at) / whole}%` : "0%";
  document.querySelector(".is-current [data-wave]")?.style.setProperty("--played", played);
}

function drawBar() {
  const [track, root] = [current(), bar()];
  root.hidden = !track;
  if (!track) return;
  const title = part("title");
  title.textContent = track.title;
  if (track.url) title.setAttribute("href", track.url);
  else title.removeAttribute("href");
  part("by").textContent = [track.by, track.release].filter(Boolean).join(" · ");
  const cover = part("cover");
  cover.hidden = !track.cover;
  if (track.cover && cover.getAttribute("src") !== track.cover) cover.src = track.cover;
  part("kind").textContent = track.kind === "full" ? root.dataset.labelFull : root.dataset.labelPreview;
  for (const icon of root.querySelectorAll("[data-player-icon]")) {
    icon.hidden = (icon.dataset.playerIcon === "pause") === sound.paused;
  }
  part("toggle-name").textContent = sound.paused ? root.dataset.labelPlay : root.dataset.labelPause;
  part("previous").disabled = index === 0 && duration() === 0;
  part("next").disabled = index >= queue.length - 1;
  part("status").textContent = hasFailed ? root.dataset.labelFailed : "";
  part("status").classList.toggle("vh", !hasFailed);
}

function draw() {
  if (!bar()) return;
  drawBar();
  drawRows();
  drawPosition();
  tellSystem();
}

// The system's own controls (lock screen, headset) ----------------------------------------------

function tellSystem() {
  const { mediaSession } = navigator;
  const track = current();
  if (!mediaSession || !track) return;
  mediaSession.playbackState = sound.paused ? "paused" : "playing";
  if (mediaSession.metadata?.title === track.title && mediaSession.metadata.album === track.release) return;
  mediaSession.metadata = new MediaMetadata({
    title: track.title,
    artist: track.by,
    album: track.release,
    artwork: track.cover ? [{ src: track.cover, sizes: "320x320", type: "image/jpeg" }] : [],
  });
}

const SYSTEM_KEYS = {
  play,
  pause: () => sound.pause(),
  previoustrack: previous,
  nexttrack: () => playAt(index + 1),
  seekbackward: ({ seekOffset }) => seek(position() - (seekOffset ?? STEP_S)),
  seekforward: ({ seekOffset }) => seek(position() + (seekOffset ?? STEP_S)),
  seekto: ({ seekTime }) => seek(seekTime),
};
for (const [name, handler] of Object.entries(SYSTEM_KEYS)) {
  try {
    navigator.mediaSession?.setActionHandler(name, handler);
  } catch {
    // This browser does not know that key.
  }
}

// What is heard and pressed; everything is listened for at the document, since pages come and go ----

for (const player of [sound, spare]) {
  const mine = (handler) => () => player === sound && handler();
  player.addEventListener("play", mine(draw));
  player.addEventListener("pause", mine(draw));
  player.addEventListener("durationchange", mine(draw));
  player.addEventListener("timeupdate", mine(() => { drawPosition(); fetchNext(); }));
  player.addEventListener("ended", mine(() => (queue[index + 1] ? playAt(index + 1) : draw())));
  player.addEventListener("error", mine(() => sound.getAttribute("src") && fail()));
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest?.(selector);
  if (at("[data-play]")) choose(at("[data-track]"));
  else if (at("[data-player-toggle]")) toggle();
  else if (at("[data-player-previous]")) previous();
  else if (at("[data-player-next]")) playAt(index + 1);
  else if (at(".is-current [data-wave]")) seekByWave(at("[data-wave]"), event);
});

function choose(row) {
  if (row.dataset.src === current()?.src) {
    toggle();
    return;
  }
  const rows = rowsBeside(row);
  queue = rows.map(read);
  playAt(rows.indexOf(row));
}

/** A short cut for the pointer; the slider in the player does the same by key. */
function seekByWave(wave, event) {
  if (current().kind !== "full") return;
  const box = wave.getBoundingClientRect();
  seek(((event.clientX - box.x) / box.width) * duration());
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-player-seek]")) return;
  isSeeking = true;
  drawPosition();
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-player-seek]")) return;
  isSeeking = false;
  seek(Number(event.target.value));
});

document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("[data-player]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = {
    ArrowLeft: () => seek(position() - STEP_S),
    ArrowRight: () => seek(position() + STEP_S),
    " ": event.target.matches("button, a") ? null : toggle,
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("htmx:after:swap", draw);

// A whole new document (another language, signing in): the queue stays, silent until asked --------

addEventListener("pagehide", () => {
  try {
    sessionStorage.setItem(STORED, JSON.stringify({ queue, index, at: position(), of: duration() }));
  } catch {
    // No storage, no memory; nothing else depends on it.
  }
});

try {
  const kept = JSON.parse(sessionStorage.getItem(STORED));
  if (Array.isArray(kept?.queue)) ({ queue, index, at: resumeAt, of: resumeOf } = kept);
} catch {
  queue = [];
}
draw();
