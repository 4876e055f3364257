// A request and its answer, as they were on the wire.
import { h } from "./dom.js";
import { duration, short } from "./format.js";

export function exchangeView(made) {
  return h("div", { class: "exchange" }, h("section", { "aria-label": "Request" }, requested(made)), h("section", { "aria-label": "Answer" }, answered(made)));
}

// A few words for a summary: the method, the path without its ticket, and the status.
export function exchangeLine(made) {
  const bare = made.path.split("?")[0];
  return [h("span", { class: "mono" }, `${made.method} ${bare}`), status(made)];
}

export function status(made) {
  const fine = made.status >= 200 && made.status < 400;
  return h("span", { class: `status mono ${fine ? "fine" : "refused"}` }, made.status ? String(made.status) : "no answer");
}

function requested(made) {
  return [
    h("p", { class: "first mono" }, h("strong", {}, made.method), ` ${made.path}`),
    headers(Object.entries(made.headers).map(([name, value]) => [name, name === "authorization" ? `Bearer ${short(value.slice(7), 14, 8)}` : value])),
    made.body === undefined ? null : json(made.body),
  ];
}

function answered(made) {
  if (!made.status) return [h("p", { class: "first bad" }, `Nothing answered: ${made.failure}`)];
  return [
    h("p", { class: "first mono" }, status(made), h("span", { class: "soft" }, ` after ${duration(made.ended - made.begun)}`)),
    headers(Object.entries(made.answered)),
    made.document ? json(made.document) : null,
  ];
}

export function headers(pairs) {
  return h("dl", { class: "headers mono" }, pairs.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

// A document with its members' names made quieter than their values, and tickets cut short. What can be scrolled can be reached by keyboard.
export function json(document, name = "JSON") {
  const text = JSON.stringify(document, null, 2).replace(/ticket=([\w.-]+)/g, (_, ticket) => `ticket=${short(ticket, 10, 4)}`);
  const pieces = text.split(/("(?:[^"\\]|\\.)*"(?=:))/g);
  return h("pre", { class: "json", tabindex: "0", role: "group", "aria-label": name }, pieces.map((piece, number) => (number % 2 ? h("span", { class: "soft" }, piece) : piece)));
}
