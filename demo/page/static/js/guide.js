// The walkthrough beside the views: ten steps, each with what happens, the same with curl, and a button that does it.
import { button, h, reveal, say, twist } from "./dom.js";

const KEPT = "walkthrough"; // in the tab's storage: which steps are done, and which is open

export class Guide {
  #place;
  #acts;
  #steps = [];
  #state = kept();

  // `acts` has a function for each id, which resolves to a few words on what is to be seen.
  constructor(place, acts) {
    this.#place = place;
    this.#acts = acts;
  }

  async load() {
    const answer = await fetch("walkthrough.json");
    if (!answer.ok) throw new Error(`the walkthrough is not there (${answer.status})`);
    const told = await answer.json();
    this.#steps = told.steps ?? told;
    this.#show();
  }

  #show({ focus = false } = {}) {
    const { at } = this.#state;
    const items = this.#steps.map((step, number) => this.#item(step, number));
    const small = h(
      "div",
      { class: "now row" },
      h("p", {}, h("span", { class: "soft nums" }, `${at + 1} of ${this.#steps.length}  `), h("strong", {}, this.#steps[at].title)),
      button(this.#state.folded ? "More" : "Less", () => this.#fold(), { kind: "quiet push", id: "fold", "aria-expanded": String(!this.#state.folded), "aria-controls": "steps" }),
    );
    this.#place.classList.toggle("folded", this.#state.folded);
    this.#place.replaceChildren(h("div", { class: "inner" }, h("h2", {}, "Walkthrough"), small, h("ol", { id: "steps" }, items)));
    if (focus) this.#place.querySelector("li[aria-current] .title").focus();
  }

  #item(step, number) {
    const current = number === this.#state.at;
    const done = this.#state.done.includes(step.id);
    const mark = h("span", { class: "mark-of", "aria-hidden": "true" }, done ? "✓" : String(number + 1));
    const title = button([mark, h("span", {}, step.title), done ? h("span", { class: "unseen" }, " (done)") : null], () => this.#open(number), { kind: "title", "aria-expanded": String(current) });
    return h("li", { id: `step-${step.id}`, class: done ? "done" : null, "aria-current": current ? "step" : null }, title, current ? this.#body(step, number) : null);
  }

  #body(step, number) {
    const outcome = h("p", { class: "outcome small", role: "status" });
    const act = button("Do it", () => this.#do(step, act, outcome), { kind: "primary do" });
    const next = number + 1 < this.#steps.length ? button("Next", () => this.#open(number + 1)) : null;
    return h(
      "div",
      { class: "body" },
      h("p", { class: "text" }, step.text),
      h("div", { class: "row acts" }, act, next),
      outcome,
      twist("The same with curl", () => commands(step), { class: "twist curl" }),
    );
  }

  async #do(step, act, outcome) {
    act.disabled = true;
    outcome.classList.remove("bad");
    outcome.textContent = "…";
    try {
      outcome.textContent = await this.#acts[step.id]();
      if (!this.#state.done.includes(step.id)) this.#state.done.push(step.id);
      keep(this.#state);
      this.#mark(step);
      say(outcome.textContent);
    } catch (error) {
      outcome.classList.add("bad");
      outcome.textContent = `It did not work: ${error.message}.`;
    }
    act.disabled = false;
    if (document.activeElement === document.body) act.focus();
  }

  #mark(step) {
    const item = document.getElementById(`step-${step.id}`);
    item.classList.add("done");
    item.querySelector(".mark-of").textContent = "✓";
  }

  #open(number) {
    this.#state.at = number;
    keep(this.#state);
    this.#show({ focus: true });
  }

  #fold() {
    this.#state.folded = !this.#state.folded;
    keep(this.#state);
    this.#show();
    document.getElementById("fold").focus();
    if (!this.#state.folded) reveal(this.#place.querySelector("li[aria-current]"));
  }
}

function commands(step) {
  const lines = [step.commands ?? step.curl].flat();
  return h("div", { class: "stack" }, lines.map((line) => h("div", { class: "command" }, h("pre", { tabindex: "0", role: "group", "aria-label": "Command" }, line), copier(line))), step.expected ? h("p", { class: "small soft" }, step.expected) : null);
}

function copier(text) {
  const act = button("Copy", async () => {
    await navigator.clipboard.writeText(text);
    act.textContent = "Copied";
  }, { kind: "quiet" });
  return act;
}

function kept() {
  const fresh = { at: 0, done: [], folded: true };
  try {
    return { ...fresh, ...JSON.parse(sessionStorage.getItem(KEPT)) };
  } catch {
    return fresh;
  }
}

function keep(state) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(state));
  } catch {
    // It holds until the page is left.
  }
}
