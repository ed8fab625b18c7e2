// Runs compare.js on a page of straw, and prints in which order it touches sound and network.

const events = [];
const listeners = {};
let contexts = 0;

globalThis.AudioContext = class {
  number = ++contexts;
  currentTime = 0;
  resume = () => events.push(`resume ${this.number}`);
  close = () => events.push(`close ${this.number}`);
  decodeAudioData = async () => ({ duration: 10 });
};
globalThis.AudioBufferSourceNode = class {
  connect() {}
  start = () => events.push("start");
  stop = () => events.push("stop");
};
globalThis.fetch = async (address) => {
  events.push(`fetch ${address}`);
  return { ok: true, arrayBuffer: async () => new ArrayBuffer(1) };
};

function page(name) {
  const failed = { hidden: true };
  return {
    contains: () => true,
    querySelector: (what) => (what === "[data-failed]" ? failed : { src: `${name}-${what}` }),
    querySelectorAll: () => [],
  };
}

let box = page("first");
globalThis.document = {
  querySelector: () => box,
  addEventListener: (name, listener) => (listeners[name] = listener),
};
const hear = async () => {
  const button = { dataset: { hear: "A" } };
  listeners.click({ target: { closest: (name) => (name === "[data-hear]" ? button : null) } });
  events.push("clicked");
  await new Promise((done) => setTimeout(done, 20));
};

await import(process.argv[2]);
await hear();
listeners["pennywhistle:page"](); // the same page, told of again
await hear();
box = page("second");
listeners["pennywhistle:page"]();
await hear();
box = null;
listeners["pennywhistle:page"]();
console.log(JSON.stringify(events));
