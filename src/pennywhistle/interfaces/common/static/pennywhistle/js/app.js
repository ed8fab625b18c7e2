// What scripts add to pages that work without them.

const root = document.documentElement;
const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

// Theme: system, light, dark

const THEMES = ["system", "light", "dark"];
const theme = () => root.dataset.theme ?? "system";

function drawTheme() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    for (const icon of button.querySelectorAll("[data-theme-icon]")) {
      icon.hidden = icon.dataset.themeIcon !== theme();
    }
    const label = button.dataset[`label${theme()[0].toUpperCase()}${theme().slice(1)}`];
    button.querySelector("[data-theme-name]").textContent = label;
    button.title = label;
  }
}

function turnTheme() {
  const chosen = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  if (chosen === "system") delete root.dataset.theme;
  else root.dataset.theme = chosen;
  try {
    localStorage.setItem("theme", chosen);
  } catch {
    // It holds for this page.
  }
  drawTheme();
}

// Copying

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const words = button.querySelector(".vh");
  const before = words.textContent;
  words.textContent = button.dataset.copied;
  button.title = button.dataset.copied;
  announce(button.dataset.copied);
  setTimeout(() => {
    words.textContent = before;
    button.removeAttribute("title");
  }, 2000);
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest?.(selector);
  if (at("[data-theme-switch]")) turnTheme();
  else if (at("[data-copy]")) copy(at("[data-copy]")).catch(() => {});
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Swaps

function announce(text) {
  const region = document.querySelector("[data-announce]");
  // A live region that has just come speaks only of what changes in it later.
  if (region && text) setTimeout(() => { region.textContent = text; }, 150);
}

const address = () => location.pathname + location.search;
let addressBefore = address();
let focusedBefore = "";

document.addEventListener("htmx:before:swap", () => {
  focusedBefore = document.activeElement?.id ?? "";
});

/** A new page is read from its heading; the same page again, from where the visitor was. */
function arrive({ isRestored }) {
  const isSamePage = address() === addressBefore;
  addressBefore = address();
  const kept = isSamePage && focusedBefore ? document.getElementById(focusedBefore) : null;
  const place = kept ?? document.querySelector("h1") ?? document.querySelector("main");
  if (place && !kept) place.tabIndex = -1;
  place?.focus({ preventScroll: true });
  if (!isSamePage && !isRestored && !location.hash) scrollTo(0, 0);
  announce(document.querySelector("[data-messages]")?.textContent.trim().replace(/\s+/g, " "));
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target === document.body) {
    arrive({ isRestored: Boolean(ctx.request?.headers?.["HX-History-Restore-Request"]) });
  }
  wake();
});

// A form that leads back to its own page is no new page in the history.
document.addEventListener("htmx:before:history:update", ({ detail: { history } }) => {
  if (new URL(history.path, location.href).href === location.href) history.type = "replace";
});

document.addEventListener("htmx:error", ({ detail }) => {
  const text = document.body.dataset.labelOffline;
  if (!detail.ctx || !text || detail.ctx.request?.signal?.aborted) return;
  document.querySelector("[data-offline]")?.remove();
  const notice = document.createElement("p");
  notice.className = "notice is-error";
  notice.dataset.offline = "";
  notice.setAttribute("role", "alert");
  document.querySelector("main")?.prepend(notice);
  notice.textContent = text;
});

document.addEventListener("focusin", ({ target: { form } }) => form?.dataset.suggest && import(form.dataset.suggest));

// Drop zones

const UNITS = ["B", "kB", "MB", "GB"];

function sizeText(bytes) {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 100 ? 1 : 0;
  return `${value.toLocaleString(root.lang, { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

/** All files below an entry, each with its path; folders give at most 100 names at a time. */
async function filesBelow(entry) {
  if (entry.isFile) {
    const file = await new Promise((done, fail) => entry.file(done, fail));
    return [{ file, path: entry.fullPath }];
  }
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const batch = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (batch.length === 0) return files;
    for (const child of batch) files.push(...(await filesBelow(child)));
  }
}

async function take(zone, transfer) {
  const input = zone.querySelector("input[type=file]");
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = entries.length
    ? (await Promise.all(entries.map(filesBelow))).flat()
    : [...transfer.files].map((file) => ({ file, path: file.name }));
  const taken = input.multiple ? found : found.slice(0, 1);
  const chosen = new DataTransfer();
  for (const { file } of taken) chosen.items.add(file);
  input.files = chosen.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  tellPaths(zone, taken.map(({ path }) => path));
}

/** Browsers send a file's name alone; the folder that it was dropped in is told beside it. */
function tellPaths(zone, paths) {
  const told = zone.closest("form")?.querySelector("[data-drop-paths]");
  if (told) told.value = JSON.stringify(paths);
}

function listFiles(zone) {
  const list = zone.querySelector("[data-drop-list]");
  if (!list) return;
  const { files } = zone.querySelector("input[type=file]");
  list.hidden = files.length === 0;
  list.replaceChildren(
    ...[...files].map((file) => {
      const line = document.createElement("li");
      line.textContent = `${file.name} · ${sizeText(file.size)}`;
      return line;
    }),
  );
}

for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("is-over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") take(zone, event.dataTransfer).catch(() => {});
  });
}

document.addEventListener("change", (event) => {
  const zone = event.target.closest?.("[data-drop]");
  if (!zone) return;
  listFiles(zone);
  tellPaths(zone, [...event.target.files].map((file) => file.webkitRelativePath || file.name));
});

// Uploads

function send(form) {
  const meter = form.querySelector("[data-upload-meter]");
  const bar = meter.querySelector("progress");
  const status = meter.querySelector("[data-upload-status]");
  const buttons = form.querySelectorAll("button[type=submit]");
  const request = new XMLHttpRequest();
  const settle = (text) => {
    status.textContent = text;
    for (const button of buttons) button.disabled = false;
  };
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.max = total;
    bar.value = loaded;
    meter.querySelector("[data-upload-text]").textContent = fill(meter.dataset.labelSent, {
      sent: sizeText(loaded),
      total: sizeText(total),
    });
  });
  request.upload.addEventListener("load", () => {
    status.textContent = meter.dataset.labelWaiting;
  });
  request.addEventListener("error", () => settle(meter.dataset.labelFailed));
  request.addEventListener("abort", () => settle(meter.dataset.labelFailed));
  request.addEventListener("load", () => {
    settle("");
    const { pathname, search } = new URL(request.responseURL, location.href);
    // The answer is a whole page (the redirect was followed): show it without stopping the music.
    window.htmx.swap({
      sourceElement: form,
      target: document.body,
      swap: "outerHTML",
      push: pathname + search,
      text: request.responseText,
    });
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
  meter.hidden = false;
  status.textContent = "";
  for (const button of buttons) button.disabled = true;
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-upload]");
  if (!form || !window.htmx || !form.querySelector("[data-upload-meter]")) return;
  event.preventDefault();
  send(form);
});

/** Draw what depends on the page; and tell scripts of single pages that a new page stands. */
function wake() {
  drawTheme();
  document.dispatchEvent(new CustomEvent("pennywhistle:page"));
}

wake();
