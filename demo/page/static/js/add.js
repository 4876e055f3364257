// The view that adds knowledge: a text with a visibility, its way to the index, and a question for it.
import { button, choice, h, say } from "./dom.js";
import { exchangeView } from "./exchangeview.js";
import { complaint, exchange } from "./http.js";
import { CHUNK_TOPICS, chunkTrail } from "./trail.js";
import { TrailView } from "./trailview.js";

export const NOTE = {
  text: "The Lockkeepers' Company keeps a ferret named Admiral, who pulls a new rope through a blocked culvert in four minutes.",
  visibility: "internal",
  question: "What is the name of the Company's ferret?",
};
const PATIENCE = 20_000; // ms until the embedder has surely been heard of

export class AddView {
  title = "Add";
  #identity;
  #feed;
  #askAbout;
  #visibility = NOTE.visibility;
  #leave = () => {};

  constructor({ identity, feed, askAbout }) {
    this.#identity = identity;
    this.#feed = feed;
    this.#askAbout = askAbout;
    this.#build();
  }

  // Posts a chunk, and returns its exchange once the embedder has written its vector, or the gateway has refused it.
  async add({ text = this.text.value.trim(), visibility = this.#visibility } = {}) {
    this.text.value = text;
    this.#choose(visibility);
    const body = { doc_id: `page/note-${digest(visibility + text)}`, chunk_index: 0, text, visibility };
    this.state.textContent = "Sending…";
    this.state.classList.remove("bad");
    const made = await exchange("POST", "/chunks", { token: await this.#identity.token(), body });
    const embedded = this.#show(made, body);
    await embedded;
    this.#told(made);
    return made;
  }

  #choose(visibility) {
    this.#visibility = visibility;
    this.form.querySelector(`input[value="${visibility}"]`).checked = true;
  }

  #build() {
    this.text = h("textarea", { id: "text", name: "text", maxlength: "4096", required: true, rows: "4" }, NOTE.text);
    const options = ["public", "internal", "confidential"].map((one) => [one, one[0].toUpperCase() + one.slice(1)]);
    this.state = h("p", { class: "small soft", role: "status" });
    this.form = h(
      "form",
      { class: "form", on: { submit: (event) => { event.preventDefault(); this.add(); } } },
      h("div", { class: "field" }, h("label", { for: "text" }, "What the library should know"), this.text),
      h("div", { class: "field" }, h("span", { class: "small", "aria-hidden": "true" }, "Who may read it"), choice("Who may read it", "visibility", options, this.#visibility, (value) => { this.#visibility = value; })),
      h("div", { class: "row" }, h("button", { type: "submit", class: "primary" }, "Add"), this.state),
    );
    this.out = h("div", { class: "stack" });
    const head = h("div", { class: "head" }, h("h1", {}, "Add knowledge"), h("p", {}, "A writer may label a text no higher than what the writer's own tier reads. The rest of the way is the log's: the vectors travel on it too."));
    this.element = h("section", { class: "stack" }, head, h("div", { class: "sheet" }, this.form), this.out);
  }

  // Shows the answer and the way, and resolves once the vector is on its topic.
  #show(made, body) {
    this.#leave();
    const records = [];
    const trail = new TrailView(() => (made.status === 202 ? chunkTrail(made, records) : null));
    this.out.replaceChildren(h("div", { class: "sheet stack part" }, h("h2", {}, "Its way"), trail.element, exchangeView(made)));
    trail.redraw();
    return new Promise((resolve) => {
      if (made.status !== 202) return resolve();
      setTimeout(resolve, PATIENCE);
      const mine = (record) => record.key === `${body.doc_id}#0` && CHUNK_TOPICS.includes(record.topic) && record.timestamp >= made.document.timestamp;
      this.#leave = this.#feed.matching(mine, (found) => {
        records.push(...found);
        trail.redraw();
        if (records.some((record) => record.topic === "rag.embeddings")) resolve();
      });
    });
  }

  #told(made) {
    const fine = made.status === 202;
    const words = fine ? "Its vector is on the log, from where every index reads it." : complaint(made);
    const next = fine && this.text.value === NOTE.text ? button("Ask about it", () => this.#askAbout(NOTE.question), { kind: "link" }) : null;
    this.state.replaceChildren(words, " ", ...(next ? [next] : []));
    this.state.classList.toggle("bad", !fine);
    say(words);
  }
}

// The same note has the same id, so that adding it again replaces it (FNV-1a; it only has to tell notes apart).
function digest(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36);
}
