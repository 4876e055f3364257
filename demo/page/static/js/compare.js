// The view that asks one question as three tiers, side by side.
import { Answer } from "./answer.js";
import { QUESTION } from "./ask.js";
import { h, visibilityLabel } from "./dom.js";
import { Query } from "./query.js";
import { TIERS } from "./tokens.js";

export class CompareView {
  title = "Compare";
  #tokens;
  #passages;

  constructor({ tokens, passages }) {
    this.#tokens = tokens;
    this.#passages = passages;
    this.#build();
  }

  // Asks three times at once, and returns once all three have ended.
  async compare(question = this.input.value.trim()) {
    if (!question) return [];
    this.input.value = question;
    const queries = Object.keys(TIERS).map((tier) => this.#one(question, tier));
    await Promise.all(queries.map((query) => query.ask()));
    return Promise.all(queries.map((query) => query.over));
  }

  #build() {
    this.input = h("input", { type: "text", id: "compared", name: "compared", maxlength: "2048", autocomplete: "off", required: true, value: QUESTION });
    const form = h(
      "form",
      { class: "form", on: { submit: (event) => { event.preventDefault(); this.compare(); } } },
      h("div", { class: "field" }, h("label", { for: "compared" }, "One question, three callers")),
      h("div", { class: "ask" }, this.input, h("button", { type: "submit", class: "primary" }, "Ask all three")),
    );
    this.columns = Object.fromEntries(Object.keys(TIERS).map((tier) => [tier, h("div", { class: "place" }, h("p", { class: "empty" }, "Not asked yet"))]));
    const column = ([tier, reads]) => h("section", { class: "sheet column", "aria-label": `Tier ${tier}` }, h("header", {}, h("h2", {}, tier[0].toUpperCase() + tier.slice(1)), h("p", {}, reads.map(visibilityLabel))), this.columns[tier]);
    const head = h("div", { class: "head" }, h("h1", {}, "The same question as three tiers"), h("p", {}, "Each caller has another token, and so another library. Nothing in the request says which: the tier is in the token alone."));
    this.element = h("section", { class: "stack" }, head, h("div", { class: "sheet" }, form), h("div", { class: "columns" }, Object.entries(TIERS).map(column)));
  }

  #one(question, tier) {
    const query = new Query(question, { tier, token: async () => (await this.#tokens.of(tier)).token });
    this.columns[tier].replaceChildren(new Answer(query, this.#passages).element);
    return query;
  }
}
