// Passages that a tier may read, asked for once, and the dialog that shows one.
import { button, h, visibilityLabel } from "./dom.js";
import { complaint, exchange } from "./http.js";

export class Passages {
  #tokens;
  #dialog;
  #held = new Map();

  constructor(tokens, dialog) {
    this.#tokens = tokens;
    this.#dialog = dialog;
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  // The exchange that brought the passage; its `document` is the passage where `status` is 200.
  async get(source, tier) {
    const key = `${tier} ${source.doc_id}#${source.chunk_index}`;
    if (!this.#held.has(key)) this.#held.set(key, this.#ask(source, tier));
    const made = await this.#held.get(key);
    if (made.status !== 200) this.#held.delete(key);
    return made;
  }

  async open(source, tier) {
    const made = await this.get(source, tier);
    this.#dialog.replaceChildren(made.status === 200 ? this.#inside(made.document, source.cited_text) : this.#refused(source, made));
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.querySelector("button").focus();
  }

  async #ask(source, tier) {
    const { token } = await this.#tokens.of(tier);
    // A slash in an id stays one: Envoy takes no escaped slashes.
    const path = source.doc_id.split("/").map(encodeURIComponent).join("/");
    return exchange("GET", `passages/${path}/${source.chunk_index}`, { token });
  }

  #inside(passage, cited) {
    return h(
      "div",
      { class: "inside" },
      h("div", { class: "row" }, h("h2", { id: "passage-title" }, passage.doc_id), h("span", { class: "soft nums" }, `passage ${passage.chunk_index}`), visibilityLabel(passage.visibility), this.#close()),
      h("p", { class: "text" }, marked(passage.text, cited)),
      passage.source_url ? h("p", { class: "small soft mono" }, passage.source_url) : null,
    );
  }

  #refused(source, made) {
    return h("div", { class: "inside" }, h("div", { class: "row" }, h("h2", { id: "passage-title" }, source.doc_id), this.#close()), h("p", { class: "bad" }, complaint(made)));
  }

  #close() {
    return button("Close", () => this.#dialog.close(), { kind: "push" });
  }
}

// The passage with what was quoted of it marked.
function marked(text, cited) {
  const at = cited ? text.indexOf(cited.trim()) : -1;
  if (at < 0) return [text];
  const end = at + cited.trim().length;
  return [text.slice(0, at), h("mark", {}, text.slice(at, end)), text.slice(end)];
}
