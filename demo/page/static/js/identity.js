// Who asks: the choice of a tier, what it may read, and its token taken apart.
import { button, choice, h, reveal, say, visibilityLabel } from "./dom.js";
import { clock } from "./format.js";
import { TIERS, decoded } from "./tokens.js";

const WHY = {
  iss: "who vouches for it",
  aud: "whom it is meant for",
  sub: "whose questions and results these are",
  tier: "what may be read, and how fast",
  scope: "what may be done",
  iat: "made",
  exp: "good until",
};

// Fires `change` with the tier as `detail`.
export class Identity extends EventTarget {
  #tokens;
  #place;
  #open = false;

  constructor(tokens, place) {
    super();
    this.tier = "standard";
    this.#tokens = tokens;
    this.#place = place;
  }

  async token() {
    return (await this.#tokens.of(this.tier)).token;
  }

  async show() {
    const one = await this.#tokens.of(this.tier);
    const options = Object.keys(TIERS).map((tier) => [tier, tier[0].toUpperCase() + tier.slice(1)]);
    const toggle = button("Token", () => this.#toggle(), { kind: "quiet push twisted", id: "toggle-token", "aria-expanded": String(this.#open), "aria-controls": "token" });
    this.#place.replaceChildren(
      h(
        "div",
        { class: "who" },
        h("p", { class: "as" }, "You are ", h("strong", {}, one.sub)),
        choice("Tier", "tier", options, this.tier, (tier) => this.choose(tier, { focus: true })),
        h("p", { class: "reads", "aria-label": `This tier reads ${TIERS[this.tier].join(", ")}` }, TIERS[this.tier].map(visibilityLabel)),
        toggle,
      ),
      h("div", { id: "token", hidden: !this.#open }, taken(one.token)),
    );
  }

  async choose(tier, { focus = false } = {}) {
    this.tier = tier;
    await this.show();
    if (focus) this.#place.querySelector("input:checked").focus();
    say(`Tier ${tier}: reads ${TIERS[tier].join(", ")}`);
    this.dispatchEvent(new CustomEvent("change", { detail: tier }));
  }

  async reveal() {
    this.#open = true;
    await this.show();
    reveal(document.body, "start");
  }

  async fold() {
    this.#open = false;
    await this.show();
  }

  async #toggle() {
    this.#open = !this.#open;
    await this.show();
    document.getElementById("toggle-token").focus();
  }
}

// A token as it is sent, and what its payload says.
export function taken(token) {
  const { parts, header, payload } = decoded(token);
  const dot = () => h("span", { class: "dot" }, ".");
  const claims = Object.entries(payload).flatMap(([name, value]) => [
    h("dt", {}, name),
    h("dd", { class: "is" }, h("span", { class: name === "tier" || name === "sub" ? "main" : null }, readable(name, value)), WHY[name] ? h("span", { class: "why" }, `  ${WHY[name]}`) : null),
  ]);
  return h(
    "div",
    { class: "token sheet" },
    h("p", { class: "raw mono", tabindex: "0", role: "group", "aria-label": "The token as it is sent: header, payload, signature" }, h("span", { class: "header" }, parts.header), dot(), h("span", { class: "payload" }, parts.payload), dot(), h("span", { class: "signature" }, parts.signature)),
    h("dl", { class: "claims" }, claims),
    h("p", { class: "small soft" }, `Signed with ${header.alg} by the key “${header.kid}”. Anybody can read a token; to change one letter of it takes the issuer's key.`),
  );
}

function readable(name, value) {
  if (name === "iat" || name === "exp") return clock(value * 1000).slice(0, 8);
  return Array.isArray(value) ? value.join(", ") : String(value);
}
