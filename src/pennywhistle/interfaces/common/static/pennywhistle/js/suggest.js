// Suggestions under the search box as somebody types: a combobox (ARIA 1.2) of links in groups.

const PAUSE_MS = 120;
let timer = 0;
let asking = null;

const formOf = (target) => target.closest?.("form[data-suggest]") ?? null;
const inputOf = (form) => form.querySelector("[role=combobox]");
const listOf = (form) => form.querySelector("[role=listbox]");
const options = (form) => [...listOf(form).querySelectorAll("[role=option]")];

function close(form) {
  clearTimeout(timer);
  asking?.abort();
  listOf(form).hidden = true;
  inputOf(form).setAttribute("aria-expanded", "false");
  inputOf(form).removeAttribute("aria-activedescendant");
}

/** Without this script it is a plain box; with it, one that opens a list. */
function prepare(form) {
  if (inputOf(form)) return;
  const input = form.querySelector("input[type=search]");
  const list = Object.assign(document.createElement("div"), { id: "search-suggestions", hidden: true });
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  form.append(list);
}

async function ask(form) {
  const text = inputOf(form).value.trim();
  asking?.abort();
  if (!text) {
    close(form);
    return;
  }
  asking = new AbortController();
  const url = `${form.action}/suggestions?${new URLSearchParams({ q: text })}`;
  const answer = await fetch(url, { signal: asking.signal, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
  // Meanwhile the visitor may have gone on, to another page or another word.
  if (!form.isConnected || inputOf(form).value.trim() !== text) return;
  listOf(form).replaceChildren(...page.body.childNodes);
  const isOpen = options(form).length > 0 && document.activeElement === inputOf(form);
  listOf(form).hidden = !isOpen;
  inputOf(form).setAttribute("aria-expanded", String(isOpen));
  inputOf(form).removeAttribute("aria-activedescendant");
}

function move(form, step) {
  const all = options(form);
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  // Past either end stands the box itself.
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
  for (const [number, option] of all.entries()) {
    option.setAttribute("aria-selected", String(number === next));
  }
  if (all[next]) {
    inputOf(form).setAttribute("aria-activedescendant", all[next].id);
    all[next].scrollIntoView({ block: "nearest" });
  } else inputOf(form).removeAttribute("aria-activedescendant");
}

document.addEventListener("input", ({ target }) => {
  const form = formOf(target);
  if (!form) return;
  prepare(form);
  clearTimeout(timer);
  timer = setTimeout(() => ask(form).catch(() => {}), PAUSE_MS);
});

document.addEventListener("keydown", (event) => {
  const form = formOf(event.target);
  if (!form || event.isComposing || (listOf(form)?.hidden ?? true)) return;
  const chosen = options(form).find((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    move(form, event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
  } else if (event.key === "Enter" && chosen && event.target === inputOf(form)) {
    event.preventDefault();
    chosen.click();
    close(form);
  } else if (event.key === "Escape") {
    close(form);
    inputOf(form).focus();
    event.preventDefault();
  }
});

document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const form = formOf(target);
  if (form && listOf(form) && !form.contains(relatedTarget)) close(form);
});
