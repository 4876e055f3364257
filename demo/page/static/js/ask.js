// The view that asks: a question, its answer as it streams, and its way through Kafka.
import { Answer } from "./answer.js";
import { button, h, reveal, twist } from "./dom.js";
import { exchangeLine, exchangeView } from "./exchangeview.js";
import { ofQuery } from "./log.js";
import { Query } from "./query.js";
import { queryTrail } from "./trail.js";
import { TrailView } from "./trailview.js";

export const QUESTION = "What does the Lockkeepers' Company do when a lock gate leaks?";
const IDEAS = [QUESTION, "Who built the first pound lock?", "Where does the key to the shed at Alder Lock hang?", "What does Sluice do when Kafka is down?"];

export class AskView {
  title = "Ask";
  query = null;
  answer = null;
  #identity;
  #tokens;
  #passages;
  #feed;
  #openLog;
  #leave = () => {};

  constructor({ identity, tokens, passages, feed, openLog }) {
    this.#identity = identity;
    this.#tokens = tokens;
    this.#passages = passages;
    this.#feed = feed;
    this.#openLog = openLog;
    this.#build();
  }

  // Asks, and returns the query once the gateway has answered the POST.
  async ask(question = this.input.value.trim()) {
    if (!question) return null;
    this.input.value = question;
    const tier = this.#identity.tier;
    const query = new Query(question, { tier, token: async () => (await this.#tokens.of(tier)).token });
    this.query = query;
    this.answer = new Answer(query, this.#passages);
    this.#show(query, this.answer);
    await query.ask();
    return query;
  }

  // Scrolls so far that the answer can be seen.
  reveal() {
    reveal(this.out, innerWidth < 1024 ? "start" : "nearest");
  }

  // Opens or closes the request and its answer as they were on the wire.
  unfold(open = true) {
    const posted = this.out.querySelector("details");
    if (posted) posted.open = open;
  }

  propose(question) {
    this.input.value = question;
    this.input.focus();
  }

  #build() {
    this.input = h("input", { type: "text", id: "question", name: "question", maxlength: "2048", autocomplete: "off", required: true, value: QUESTION });
    const ideas = IDEAS.slice(1).map((idea) => button(idea, () => this.ask(idea), { kind: "link" }));
    const form = h(
      "form",
      { class: "form", on: { submit: (event) => { event.preventDefault(); this.ask(); } } },
      h("div", { class: "field" }, h("label", { for: "question" }, "Your question")),
      h("div", { class: "ask" }, this.input, h("button", { type: "submit", class: "primary" }, "Ask")),
      h("div", { class: "ideas" }, ideas),
    );
    this.out = h("div", { class: "stack" });
    const head = h("div", { class: "head" }, h("h1", {}, "Ask the library"), h("p", {}, "The answer is made from the passages that your tier may read, and from nothing else."));
    this.element = h("section", { class: "stack" }, head, h("div", { class: "sheet stack" }, form), this.out);
  }

  #show(query, answer) {
    this.#leave();
    const trail = new TrailView(() => queryTrail(query, this.#records(query)), (record) => this.#openLog(query, record));
    const posted = h("div", { class: "posted", hidden: true });
    const way = h("div", { class: "sheet stack part", hidden: true }, h("div", { class: "row" }, h("h2", {}, "Its way"), button("Its records in the log", () => this.#openLog(query), { kind: "link push small" })), trail.element);
    query.addEventListener("posted", () => {
      way.hidden = posted.hidden = false;
      posted.append(twist(h("span", { class: "row" }, exchangeLine(query.posted)), () => exchangeView(query.posted)));
      trail.redraw();
    });
    query.addEventListener("event", () => trail.redraw());
    this.#leave = this.#feed.matching((record) => query.id && ofQuery(record, query.id), () => trail.redraw());
    this.out.replaceChildren(h("div", { class: "sheet stack" }, posted, answer.element), way);
  }

  #records(query) {
    return this.#feed.records.filter((record) => ofQuery(record, query.id));
  }
}
