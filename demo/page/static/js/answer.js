// An answer as it streams: its words, the numbers of its citations, its sources, and what it cost.
import { button, h, say, visibilityLabel } from "./dom.js";
import { count, duration, money } from "./format.js";
import { complaint } from "./http.js";

// Shows a query until it ends, and stays as it was then.
export class Answer {
  #query;
  #passages;
  #quoted = []; // distinct passages, in the order of their numbers
  #used = null;

  constructor(query, passages) {
    this.#query = query;
    this.#passages = passages;
    this.#build();
    query.addEventListener("posted", () => this.#say(query.posted.status === 202 ? "Accepted. Waiting for the first event…" : ""));
    query.addEventListener("event", (event) => this.#take(event.detail));
    query.addEventListener("waiting", () => this.#say("The stream has broken; coming back…"));
    query.addEventListener("ended", (event) => this.#ended(event.detail));
  }

  // Opens the passage of the first citation; `false` where nothing was cited.
  async openFirst() {
    if (!this.#quoted.length) return false;
    await this.#passages.open(this.#quoted[0], this.#query.tier);
    return true;
  }

  #build() {
    this.state = h("p", { class: "state" }, "Sending…");
    this.text = h("div", { class: "words", "aria-label": "Answer", role: "region", "aria-busy": "true" });
    this.sources = h("div", { class: "sources", hidden: true });
    this.foot = h("p", { class: "foot nums", hidden: true });
    this.cancel = button("Cancel", () => this.#cancelNow(), { kind: "quiet push cancel" });
    this.element = h("article", { class: "answer", data: { state: "open" } }, h("div", { class: "row" }, this.state, this.cancel), this.text, this.sources, this.foot);
  }

  async #cancelNow() {
    this.cancel.disabled = true;
    const made = await this.#query.cancel();
    if (made.status !== 202) this.#say(complaint(made));
  }

  #take({ name, data }) {
    const act = {
      queued: () => this.#say(queued(data)),
      retrieved: () => this.#retrieved(data.sources),
      delta: () => this.#delta(data.text),
      citation: () => this.#cite(data),
      usage: () => { this.#used = data; },
      reset: () => this.#reset(data),
      reconnect: () => this.#say("The server is leaving; going on with another…"),
    }[name];
    act?.();
  }

  #retrieved(sources) {
    this.#say(sources.length ? `Found ${count(sources.length, "passage")}. The model reads…` : "Nothing that you may see fits.");
    this.sources.hidden = false;
    const items = sources.map((source) => this.#source(source));
    this.sources.replaceChildren(h("h3", {}, sources.length ? "What it may use" : "Nothing to use"), h("ol", {}, items));
  }

  #source(source) {
    const label = h("span", { class: "where" });
    const item = h(
      "li",
      { data: { passage: `${source.doc_id}#${source.chunk_index}` } },
      button(h("span", {}, source.doc_id, h("span", { class: "soft nums" }, ` #${source.chunk_index}`)), () => this.#passages.open(source, this.#query.tier), { kind: "link" }),
      label,
    );
    this.#passages.get(source, this.#query.tier).then((made) => {
      if (made.status === 200) label.append(visibilityLabel(made.document.visibility));
    });
    return item;
  }

  #delta(text) {
    if (this.state.textContent !== "Answering…") this.#say("Answering…");
    this.text.append(text);
  }

  #cite(citation) {
    const key = (one) => `${one.doc_id}#${one.chunk_index}`;
    let number = this.#quoted.findIndex((one) => key(one) === key(citation)) + 1;
    if (!number) number = this.#quoted.push(citation);
    const open = button(String(number), () => this.#passages.open(citation, this.#query.tier), { kind: "cite", "aria-label": `Citation ${number}: ${citation.doc_id}` });
    this.text.append(h("sup", {}, open));
    for (const item of this.sources.querySelectorAll("li")) if (item.dataset.passage === key(citation)) item.classList.add("cited");
  }

  #reset({ attempt, reason }) {
    this.#say(`Starting again (${reason}, attempt ${attempt})…`);
    this.#quoted = [];
    this.text.replaceChildren();
    for (const item of this.sources.querySelectorAll("li")) item.classList.remove("cited");
  }

  #ended(how) {
    this.element.dataset.state = how;
    this.text.setAttribute("aria-busy", "false");
    this.cancel.remove();
    const last = this.#query.events.at(-1)?.data ?? {};
    if (how === "done") this.#done(last);
    else this.#say({ cancelled: "Cancelled", refused: complaint(this.#query.posted), error: `${last.title ?? "Error"}: ${last.detail ?? ""}`, lost: "The stream was lost" }[how], how !== "cancelled");
    say(how === "done" ? `The answer for ${this.#query.tier} is complete` : this.state.textContent);
  }

  #done(result) {
    this.#say(result.model ? "Done" : "Done, without asking a model");
    this.foot.hidden = false;
    const tokens = result.token_usage.total_tokens;
    const facts = [result.model, duration(result.latency_ms), tokens ? `${tokens} tokens` : null, this.#used?.cost_usd ? money(this.#used.cost_usd) : null];
    this.foot.textContent = facts.filter(Boolean).join("  ·  ");
    if (!this.text.textContent) this.text.textContent = result.answer;
  }

  #say(text, bad = false) {
    this.state.textContent = text;
    this.state.classList.toggle("bad", bad);
  }
}

function queued({ position, eta_seconds: eta }) {
  if (!position) return "Queued…";
  const when = eta ? `, about ${Math.ceil(eta)} s` : "";
  return `Queued at position ${position}${when}…`;
}
