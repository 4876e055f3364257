// A record of the log: a line, and everything that is in it once it is opened.
import { h } from "./dom.js";
import { headers, json } from "./exchangeview.js";
import { clock, short } from "./format.js";
import { CHUNK_TOPICS, QUERY_TOPICS } from "./trail.js";

export function recordView(record, { open = false } = {}) {
  const element = h("details", { class: "record", data: { id: record.id, topic: record.topic } }, line(record));
  const fill = () => {
    if (element.open && element.childElementCount === 1) element.append(inside(record));
  };
  element.addEventListener("toggle", fill);
  if (open) {
    element.open = true;
    fill();
  }
  return element;
}

function line(record) {
  return h(
    "summary",
    {},
    h("time", { class: "mono" }, clock(record.timestamp)),
    h("span", { class: "topic" }, steps(record.topic), h("span", { class: "mono" }, record.topic)),
    h("span", { class: "type soft" }, kind(record.type)),
    h("span", { class: "key mono soft" }, record.key ? short(record.key, 14, 6) : "no key"),
    h("span", { class: "at mono soft" }, `${record.partition}:${record.offset}`),
  );
}

// Where on its way this topic stands, as one dot among those of the way.
function steps(topic) {
  const way = [QUERY_TOPICS, CHUNK_TOPICS].find((topics) => topics.includes(topic)) ?? [];
  return h("span", { class: "steps", "aria-hidden": "true" }, way.map((one) => h("i", { class: one === topic ? "here" : null })));
}

// `rag.answer.delta.v1` without what all types have.
function kind(type) {
  return type ? type.replace(/^(rag|sluice)\./, "").replace(/\.v\d+$/, "") : "";
}

function inside(record) {
  const facts = [
    ["partition", String(record.partition)],
    ["offset", String(record.offset)],
    ["timestamp", String(record.timestamp)],
    ["key", record.key ?? "none"],
  ];
  return h(
    "div",
    { class: "inside" },
    h("section", {}, h("h3", {}, "Record"), headers(facts), h("h3", {}, "Headers"), headers(Object.entries(record.headers))),
    h("section", {}, h("h3", {}, size(record)), value(record)),
  );
}

function size(record) {
  return record.truncated ? `Value, ${record.bytes} bytes, shown in part` : `Value, ${record.bytes} bytes`;
}

function value(record) {
  if (record.value !== null && record.value !== undefined) return json(record.value, "Value");
  return h("p", { class: "small soft" }, record.bytes ? "Not JSON: it is for programs." : "None: the key is deleted.");
}
