// The view of what is not allowed: four attempts, each with the request, the answer, and why it is that one.
import { button, h, reveal, say, twist } from "./dom.js";
import { exchangeView } from "./exchangeview.js";
import { exchange } from "./http.js";
import { taken } from "./identity.js";

const TRICKS = [
  {
    id: "forged",
    title: "Forge a higher tier",
    text: "Take the free token, write “enterprise” into its payload, keep its signature.",
    why: "Envoy checks the signature over header and payload before anything else sees the request. One changed letter, and the issuer has never signed it. No processor was asked, nothing was written.",
    async attempt({ tokens }) {
      const token = await tokens.tampered("forged");
      return { token, made: [await exchange("POST", "/queries", { token, body: { question: "What does the lock master earn?" } })] };
    },
  },
  {
    id: "stranger",
    title: "Read somebody else's result",
    text: "Bob has a good token, and Alice's query id. He asks for her result, then for one that never existed: an id with another last letter.",
    why: "An id carries a keyed tag over itself and its owner. Bob's request fails that check without a lookup, and he gets the very answer of an id that never existed: he cannot even learn that Alice asked.",
    async attempt({ tokens, asked }) {
      const { token } = await tokens.stranger();
      const id = await asked();
      const read = (one) => exchange("GET", `/results/${one}`, { token });
      return { made: [await read(id), await read(id.slice(0, -1) + (id.endsWith("A") ? "B" : "A"))] };
    },
  },
  {
    id: "schema",
    title: "Break the schema",
    text: "Send a chunk without its doc_id, with a negative index, and with a number where text belongs.",
    why: "The body is checked against its JSON Schema before it can become a record. Every violation is told at once, each with a pointer to its place. What is on Kafka is well formed, so no worker has to wonder.",
    async attempt({ tokens }) {
      const { token } = await tokens.of("standard");
      return { made: [await exchange("POST", "/chunks", { token, body: { chunk_index: -1, text: 42, visibility: "secret" } })] };
    },
  },
  {
    id: "expired",
    title: "Use an expired token",
    text: "The token is genuine, and its time is over.",
    why: "The signature is right and the claim exp has passed, so Envoy answers 401 and says in WWW-Authenticate what is wrong, as RFC 6750 has it. A stream that is open when its token ends is ended too, after a warning.",
    async attempt({ tokens }) {
      const token = await tokens.tampered("expired");
      return { token, made: [await exchange("POST", "/queries", { token, body: { question: "Is it too late?" } })] };
    },
  },
];

export class TamperView {
  title = "Tamper";
  #tokens;
  #asked;
  #places = {};

  // `asked` gives the id of a query of Alice's.
  constructor({ tokens, asked }) {
    this.#tokens = tokens;
    this.#asked = asked;
    const head = h("div", { class: "head" }, h("h1", {}, "Tamper"), h("p", {}, "Four things that must not work, tried against the gateway that runs. The requests are real, and so are the answers."));
    this.element = h("section", { class: "stack" }, head, TRICKS.map((trick) => this.#sheet(trick)));
  }

  // Tries one, shows what came, and returns the exchanges.
  async attempt(id) {
    const trick = TRICKS.find((one) => one.id === id);
    const { made, token } = await trick.attempt({ tokens: this.#tokens, asked: this.#asked });
    const shown = token ? twist("The token that was sent", () => taken(token)) : null;
    this.#places[id].replaceChildren(...made.map(exchangeView), h("p", { class: "why" }, trick.why), ...(shown ? [shown] : []));
    say(`${trick.title}: the gateway answered ${made.map((one) => one.status).join(" and ")}`);
    return made;
  }

  reveal(id) {
    reveal(document.getElementById(`trick-${id}`), "start");
  }

  #sheet({ id, title, text }) {
    this.#places[id] = h("div", { class: "out" });
    return h("section", { class: "sheet trick", id: `trick-${id}`, "aria-label": title }, h("div", { class: "row" }, h("div", {}, h("h2", {}, title), h("p", { class: "soft" }, text)), button("Try it", () => this.attempt(id), { kind: "push", "aria-label": `Try it: ${title}` })), this.#places[id]);
  }
}
