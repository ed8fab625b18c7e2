// A check in the visitor's words: the page brings the sentences, the check its values.

/** Put values into a sentence with places such as %(page)s. */
export const fill = (text, values) =>
  text.replace(/%\((\w+)\)s/g, (place, name) => String(values[name] ?? place));

/** Title and sentence of a check. Values stand apart where text runs from right to left. */
export function told(check, words, { isolate = false } = {}) {
  const apart = (value) => (isolate && value !== "" ? `\u2068${value}\u2069` : String(value));
  const joined = (value) =>
    Array.isArray(value) ? value.map(apart).join(` ${words.and} `) || words.nothing : apart(value);
  const values = Object.fromEntries(
    Object.entries(check.values).map(([name, value]) => [name, joined(value)]),
  );
  return {
    title: fill(words.titles[check.title], values),
    sentence: fill(words.findings[check.finding], values),
  };
}
