// A trail drawn: one row a lane, time from left to right. The same in words for who does not see it.
import { h } from "./dom.js";
import { duration } from "./format.js";

const TICKS = 4;

// Draws what `trail()` says; `redraw` asks it again, at the next frame. A mark that is clicked gives `open` its record.
export class TrailView {
  #trail;
  #open;
  #asked = false;

  constructor(trail, open = () => {}) {
    this.#trail = trail;
    this.#open = open;
    this.element = h("div", { class: "trail", hidden: true });
  }

  redraw() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#draw();
    });
  }

  #draw() {
    const trail = this.#trail();
    this.element.hidden = !trail;
    if (!trail) return;
    const items = trail.lanes.map((lane) => this.#lane(lane));
    this.element.replaceChildren(h("ol", { "aria-label": "The way of this request" }, items), axis(trail.total));
  }

  #lane(lane) {
    const bars = lane.bars.map((bar) => placed(h("i", { class: "bar" }), bar.from, bar.to - bar.from));
    const marks = lane.marks.map((mark) => placed(h("i", { class: "dot", title: mark.title, on: { click: () => mark.record && this.#open(mark.record) } }), mark.at));
    const track = h("div", { class: "track", "aria-hidden": "true" }, bars, marks);
    return h("li", { class: `lane ${lane.kind}${lane.reached ? " reached" : ""}` }, h("span", { class: "name" }, lane.name), track, h("span", { class: "note nums" }, lane.note));
  }
}

function placed(element, from, width = null) {
  element.style.setProperty("--at", `${(from * 100).toFixed(3)}%`);
  if (width !== null) element.style.setProperty("--wide", `${(width * 100).toFixed(3)}%`);
  return element;
}

function axis(total) {
  const ticks = Array.from({ length: TICKS + 1 }, (_, number) => placed(h("span", {}, number ? duration((total * number) / TICKS) : "0"), number / TICKS));
  return h("div", { class: "axis nums", "aria-hidden": "true" }, h("div", { class: "ticks" }, ticks));
}
