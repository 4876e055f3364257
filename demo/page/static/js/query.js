// A question from its POST to the end of its stream.
import { exchange } from "./http.js";
import { now } from "./format.js";

const EVENTS = ["queued", "retrieved", "delta", "citation", "usage", "done", "error", "cancelled", "reset", "gap", "auth_expiring", "reconnect"];
const LAST = new Set(["done", "error", "cancelled"]);

// Fires `posted`, `event` for each event of the stream, and `ended`. `over` resolves at the end, whatever it is.
export class Query extends EventTarget {
  posted = null; // the exchange
  events = []; // {name, data, id, at}
  end = null; // the name of the last event, "refused" or "lost"
  #token;
  #source = null;
  #settle;

  constructor(question, { token, tier }) {
    super();
    this.question = question;
    this.tier = tier;
    this.#token = token;
    this.over = new Promise((resolve) => { this.#settle = resolve; });
  }

  get id() {
    return this.posted?.document?.query_id ?? "";
  }

  // Returns once the gateway has answered the POST; the stream then goes on by itself.
  async ask() {
    this.posted = await exchange("POST", "/queries", { token: await this.#token(), body: { question: this.question } });
    this.#fire("posted", this.posted);
    if (this.posted.status === 202) this.#listen(this.posted.document.stream_url);
    else this.#finish("refused");
    return this.posted;
  }

  async cancel() {
    return exchange("DELETE", `/queries/${this.id}`, { token: await this.#token() });
  }

  // EventSource sends no token: the address has a ticket, and whenever it reconnects, a cookie and the last id admit it.
  #listen(url) {
    this.#source = new EventSource(url);
    for (const name of EVENTS) this.#source.addEventListener(name, (event) => this.#take(name, event));
    this.#source.addEventListener("error", (event) => {
      if (!(event instanceof MessageEvent) && this.#source?.readyState === EventSource.CLOSED) this.#finish("lost");
    });
  }

  #take(name, event) {
    if (!(event instanceof MessageEvent)) return; // `error` is also what EventSource itself fires
    const taken = { name, data: JSON.parse(event.data), id: event.lastEventId, at: now() };
    this.events.push(taken);
    this.#fire("event", taken);
    if (name === "auth_expiring") this.#renew();
    if (LAST.has(name)) this.#finish(name);
  }

  async #renew() {
    await exchange("POST", `/results/${this.id}/auth`, { token: await this.#token() });
  }

  #finish(how) {
    this.#source?.close();
    this.#source = null;
    if (this.end) return;
    this.end = how;
    this.#fire("ended", how);
    this.#settle(this);
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
