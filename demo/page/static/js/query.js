// A question from its POST to the end of its stream.
import { exchange } from "./http.js";
import { now } from "./format.js";

const EVENTS = ["queued", "retrieved", "delta", "citation", "usage", "done", "error", "cancelled", "reset", "gap", "auth_expiring", "reconnect"];
const AGAIN = 2000; // ms until a stream is asked for again where EventSource has given up
const TRIES = 10;
const LAST = new Set(["done", "error", "cancelled"]);

// Fires `posted`, `event` for each event of the stream, and `ended`. `over` resolves at the end, whatever it is.
export class Query extends EventTarget {
  posted = null; // the exchange
  events = []; // {name, data, id, at}
  end = null; // the name of the last event, "refused" or "lost"
  #token;
  #source = null;
  #tries = 0;
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
      if (!(event instanceof MessageEvent) && this.#source?.readyState === EventSource.CLOSED) this.#again();
    });
  }

  // A server that was away has answered otherwise than by a stream. Once it has, the cookie admits and the last id goes on.
  #again() {
    if (this.end) return;
    if (++this.#tries > TRIES) {
      this.#finish("lost");
      return;
    }
    this.#fire("waiting", this.#tries);
    const { stream_url: first, results_url: later } = this.posted.document;
    const last = this.events.findLast((event) => event.id)?.id;
    setTimeout(() => this.#listen(last ? `${later}?lastEventId=${encodeURIComponent(last)}` : first), AGAIN);
  }

  #take(name, event) {
    if (!(event instanceof MessageEvent)) return; // `error` is also what EventSource itself fires
    const taken = { name, data: JSON.parse(event.data), id: event.lastEventId, at: now() };
    this.events.push(taken);
    this.#tries = 0;
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
