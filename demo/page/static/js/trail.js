// The way of one request through Sluice, as lanes with what happened on them and when.

// Kafka's clock and the browser's are two: nothing is shown before the POST that caused it.
const after = (begun, at) => Math.max(at, begun);

export const QUERY_TOPICS = ["rag.queries", "rag.contexts", "rag.results"];
export const CHUNK_TOPICS = ["rag.chunks", "rag.embeddings"];

// What is known of a query, from its POST, its records and its stream.
export function queryTrail(query, records) {
  const begun = query.posted?.begun;
  if (begun === undefined) return null;
  const [asked, found, told] = QUERY_TOPICS.map((topic) => marks(records, topic, begun));
  const heard = query.events.filter((event) => event.name !== "queued");
  return lanes(begun, [
    { name: "POST /queries", kind: "edge", bars: [posted(query.posted)], note: postNote(query.posted) },
    { name: "rag.queries", kind: "topic", marks: asked, note: place(asked) },
    { name: "retriever", kind: "worker", ...work(asked.at(0), found.at(0)) },
    { name: "rag.contexts", kind: "topic", marks: found, note: place(found) },
    { name: "generator", kind: "worker", ...work(found.at(0), told.at(-1)) },
    { name: "rag.results", kind: "topic", marks: told, note: many(told, "record") },
    { name: "GET /results", kind: "edge", marks: heard.map((event) => ({ at: event.at, title: event.name })), note: many(heard, "event") },
  ]);
}

// What is known of a chunk, from its POST and its records.
export function chunkTrail(made, records) {
  const [stored, embedded] = CHUNK_TOPICS.map((topic) => marks(records, topic, made.begun));
  return lanes(made.begun, [
    { name: "POST /chunks", kind: "edge", bars: [posted(made)], note: postNote(made) },
    { name: "rag.chunks", kind: "topic", marks: stored, note: place(stored) },
    { name: "embedder", kind: "worker", ...work(stored.at(0), embedded.at(0)) },
    { name: "rag.embeddings", kind: "topic", marks: embedded, note: place(embedded) },
  ]);
}

// Everything as shares of the whole time, and whether a lane has been reached.
function lanes(begun, described) {
  const times = described.flatMap((lane) => [...(lane.bars ?? []).map((bar) => bar.to), ...(lane.marks ?? []).map((mark) => mark.at)]);
  const total = Math.max(40, ...times.map((at) => at - begun));
  const share = (at) => (after(begun, at) - begun) / total;
  const placed = described.map((lane) => ({
    name: lane.name,
    kind: lane.kind,
    note: lane.note ?? "",
    bars: (lane.bars ?? []).map((bar) => ({ from: share(bar.from), to: share(bar.to) })),
    marks: (lane.marks ?? []).map((mark) => ({ ...mark, at: share(mark.at) })),
  }));
  return { total, lanes: placed.map((lane) => ({ ...lane, reached: lane.bars.length + lane.marks.length > 0 })) };
}

function posted(made) {
  return { from: made.begun, to: made.ended };
}

function postNote(made) {
  return `${made.status || "no answer"} after ${Math.round(made.ended - made.begun)} ms`;
}

function marks(records, topic, begun) {
  return records.filter((record) => record.topic === topic).map((record) => ({ at: after(begun, record.timestamp), title: record.type ?? topic, record }));
}

// A worker writes nothing of its own: it worked from the record that it read to the one that it wrote.
function work(from, to) {
  if (!from || !to) return {};
  return { bars: [{ from: from.at, to: to.at }], note: `${Math.round(to.at - from.at)} ms` };
}

function place(found) {
  const record = found[0]?.record;
  return record ? `partition ${record.partition}, offset ${record.offset}` : "";
}

function many(found, what) {
  return found.length ? `${found.length} ${what}${found.length === 1 ? "" : "s"}` : "";
}
