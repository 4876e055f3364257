// One request with what was sent and what came back, so that the page can show both.
import { now } from "./format.js";

// Headers that say something about Sluice; the rest of an answer is plumbing.
const TOLD = ["content-type", "location", "retry-after", "www-authenticate", "ratelimit", "ratelimit-policy", "idempotent-replayed", "allow", "etag"];

// Never throws: where nothing answers, `status` is 0 and `failure` says why.
export async function exchange(method, path, { token = "", body = undefined, headers = {} } = {}) {
  const sent = { ...headers };
  if (token) sent.authorization = `Bearer ${token}`;
  if (body !== undefined) sent["content-type"] = "application/json";
  const made = { method, path, headers: sent, body, begun: now() };
  try {
    const response = await fetch(path, { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await response.text();
    return { ...made, status: response.status, answered: told(response), document: parsed(text), text, ended: now() };
  } catch (error) {
    return { ...made, status: 0, answered: {}, document: null, text: "", failure: String(error.message ?? error), ended: now() };
  }
}

// The gateway's own words for what went wrong.
export function complaint(made) {
  if (made.status === 0) return `Nothing answered: ${made.failure}`;
  const { title, detail } = made.document ?? {};
  return [`${made.status} ${title ?? ""}`.trim(), detail].filter(Boolean).join(". ");
}

function told(response) {
  return Object.fromEntries(TOLD.filter((name) => response.headers.has(name)).map((name) => [name, response.headers.get(name)]));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
