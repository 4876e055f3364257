// The view of the event log: each record as it passes, by topic, and the way of one query among them.
import { button, h, reveal, say } from "./dom.js";
import { count } from "./format.js";
import { recordView } from "./recordview.js";
import { QUERY_TOPICS, queryTrail } from "./trail.js";
import { TrailView } from "./trailview.js";

const ROWS = 200; // the oldest beyond them leave the page
const HUM = new Set(["rag.load", "rag.sessions"]); // what machines tell one another all the time
const ORDER = ["rag.queries", "rag.contexts", "rag.results", "rag.answers", "rag.cancels", "rag.chunks", "rag.embeddings", "rag.idempotency", "rag.dead-letters", "rag.audit", "rag.sessions", "rag.load"];

export class LogView {
  title = "Log";
  #feed;
  #query = null;
  #hidden = new Set(HUM);
  #counts = new Map();
  #paused = false;

  constructor(feed) {
    this.#feed = feed;
    this.#build();
    feed.addEventListener("records", (event) => this.#take(event.detail));
    feed.addEventListener("lost", (event) => { this.lost.textContent = `${count(event.detail.count ?? 0, "record")} passed too fast to be shown.`; });
    feed.addEventListener("state", (event) => { this.live.dataset.state = event.detail; this.live.textContent = event.detail === "live" ? "Live" : "Waiting for the demo…"; });
  }

  // Shows one query alone, in the order of its way; `null` shows everything, the newest first.
  follow(query) {
    this.#query?.removeEventListener("event", this.#redraw);
    this.#query = query;
    query?.addEventListener("event", this.#redraw);
    this.scope.hidden = !query;
    this.scope.replaceChildren(...(query ? [h("span", {}, "Only ", h("strong", { class: "mono" }, query.id)), button("Show everything", () => this.follow(null), { kind: "link" })] : []));
    this.#again();
  }

  // Opens a record, by its id or the first of a topic; `false` where it is not there.
  open(fits, { scroll = true } = {}) {
    const row = [...this.list.children].find((element) => fits(element.dataset));
    if (!row) return false;
    row.open = true;
    if (scroll) reveal(row, "center");
    return true;
  }

  // Scrolls to the way of the query, and to what is below it.
  reveal() {
    reveal(this.scope, "start");
  }

  #build() {
    this.live = h("span", { class: "live", data: { state: "waiting" } }, "Waiting for the demo…");
    this.lost = h("p", { class: "small soft" });
    this.scope = h("p", { class: "row scope small", hidden: true });
    this.topics = h("div", { class: "topics", role: "group", "aria-label": "Topics that are shown" });
    this.trail = new TrailView(() => this.#query && queryTrail(this.#query, this.#own()), (record) => this.open((data) => data.id === record.id));
    this.list = h("div", { class: "records" });
    this.nothing = h("p", { class: "empty" }, "Nothing yet. Ask something, and watch its records pass.");
    this.pause = button("Pause", () => this.#pause(), { "aria-pressed": "false" });
    const head = h("div", { class: "head" }, h("h1", {}, "Event log"), h("p", {}, "Every record on every Kafka topic, as it passes. Open one for its headers: who asked, in which tier, and the signature over both."));
    this.element = h("section", { class: "stack" }, head, h("div", { class: "sheet stack" }, h("div", { class: "row" }, this.live, this.lost, h("span", { class: "push row" }, this.pause, button("Clear", () => this.#clear()))), this.topics, this.scope, this.trail.element, this.list, this.nothing));
    this.#redraw = () => this.trail.redraw();
  }

  #redraw = () => {};

  #own() {
    return this.#feed.records.filter((record) => ofQuery(record, this.#query.id));
  }

  #take(records) {
    for (const record of records) this.#counts.set(record.topic, (this.#counts.get(record.topic) ?? 0) + 1);
    this.#showTopics();
    if (this.#paused) return;
    const fitting = records.filter((record) => this.#fits(record));
    if (!fitting.length) return;
    const rows = fitting.map((record) => recordView(record));
    if (this.#query) this.list.append(...rows);
    else this.list.prepend(...rows.reverse());
    while (this.list.childElementCount > ROWS) (this.#query ? this.list.firstElementChild : this.list.lastElementChild).remove();
    this.nothing.hidden = true;
    this.trail.redraw();
  }

  #fits(record) {
    return this.#query ? ofQuery(record, this.#query.id) : !this.#hidden.has(record.topic);
  }

  #again() {
    const fitting = this.#feed.records.filter((record) => this.#fits(record)).slice(-ROWS);
    const rows = (this.#query ? fitting : fitting.reverse()).map((record) => recordView(record));
    this.list.replaceChildren(...rows);
    this.nothing.hidden = rows.length > 0;
    this.topics.hidden = Boolean(this.#query);
    this.trail.redraw();
  }

  #showTopics() {
    const known = ORDER.filter((topic) => this.#counts.has(topic));
    const held = new Map([...this.topics.children].map((element) => [element.dataset.topic, element]));
    for (const topic of known) {
      const element = held.get(topic) ?? this.#topic(topic);
      element.lastElementChild.textContent = this.#counts.get(topic);
      if (!held.has(topic)) this.topics.append(element);
    }
  }

  #topic(topic) {
    const element = button([h("span", { class: "mono" }, topic), h("span", { class: "soft nums" })], () => {
      if (!this.#hidden.delete(topic)) this.#hidden.add(topic);
      element.setAttribute("aria-pressed", String(!this.#hidden.has(topic)));
      this.#again();
    }, { "aria-pressed": String(!this.#hidden.has(topic)), data: { topic } });
    return element;
  }

  #pause() {
    this.#paused = !this.#paused;
    this.pause.textContent = this.#paused ? "Go on" : "Pause";
    this.pause.setAttribute("aria-pressed", String(this.#paused));
    say(this.#paused ? "The log is paused" : "The log goes on");
    if (!this.#paused) this.#again();
  }

  #clear() {
    this.#feed.clear();
    this.#counts.clear();
    this.topics.replaceChildren();
    this.lost.textContent = "";
    this.#again();
  }
}

export function ofQuery(record, id) {
  return record.query_key === id || (record.key === id && QUERY_TOPICS.includes(record.topic));
}
