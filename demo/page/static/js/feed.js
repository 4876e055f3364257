// Every record on every topic, as it passes. Keeps the latest of them; the oldest are forgotten first.

const MOST = 3000;
const BACK = 60; // seconds that the server goes back
const AGAIN = 2000; // ms until it is tried again where EventSource has given up

// Fires `records` with an array, at most once a frame, and `lost` with how many were not shown.
export class Feed extends EventTarget {
  records = [];
  #known = new Set();
  #fresh = [];
  #source = null;
  #seen = 0;

  // A hidden page lets its connection go, of which a browser has six to one host.
  follow() {
    const look = () => (document.hidden ? this.#close() : this.#open());
    document.addEventListener("visibilitychange", look);
    addEventListener("pagehide", () => this.#close());
    look();
  }

  clear() {
    this.records = [];
  }

  // Calls `take` with those that match, the past ones at once; returns what ends it.
  matching(fits, take) {
    const look = (event) => {
      const found = event.detail.filter(fits);
      if (found.length) take(found);
    };
    const past = this.records.filter(fits);
    if (past.length) take(past);
    this.addEventListener("records", look);
    return () => this.removeEventListener("records", look);
  }

  #open() {
    if (this.#source) return;
    const since = this.#seen ? Math.min(BACK, Math.ceil((Date.now() - this.#seen) / 1000) + 1) : BACK;
    this.#source = new EventSource(`records?since=${since}`);
    this.#source.addEventListener("record", (event) => this.#take(JSON.parse(event.data)));
    this.#source.addEventListener("lost", (event) => this.dispatchEvent(new CustomEvent("lost", { detail: JSON.parse(event.data) })));
    this.#source.addEventListener("open", () => this.dispatchEvent(new CustomEvent("state", { detail: "live" })));
    this.#source.addEventListener("error", () => this.#broken());
  }

  // EventSource comes back by itself when a connection breaks, but not after an answer that is none, as while nobody is there.
  #broken() {
    this.dispatchEvent(new CustomEvent("state", { detail: "waiting" }));
    if (this.#source?.readyState !== EventSource.CLOSED) return;
    this.#close();
    setTimeout(() => document.hidden || this.#open(), AGAIN);
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }

  // Coming back brings some records twice.
  #take(record) {
    this.#seen = Date.now();
    const id = `${record.topic}/${record.partition}/${record.offset}`;
    if (this.#known.has(id)) return;
    this.#known.add(id);
    if (this.#known.size > 2 * MOST) this.#known = new Set([...this.#known].slice(-MOST));
    if (!this.#fresh.length) requestAnimationFrame(() => this.#tell());
    this.#fresh.push({ ...record, id });
  }

  #tell() {
    const fresh = this.#fresh.sort((one, other) => one.timestamp - other.timestamp); // partitions come as they come
    this.#fresh = [];
    this.records.push(...fresh);
    this.records.splice(0, this.records.length - MOST);
    this.dispatchEvent(new CustomEvent("records", { detail: fresh }));
  }
}
