// What “Do it” does for each step of the walkthrough; what the steps say is in walkthrough.json.
import { NOTE } from "./add.js";
import { QUESTION } from "./ask.js";

const PATIENCE = 10_000; // ms that a record may take from Kafka to the page

// A function for each id. Each resolves to a few words on what is to be seen, or throws.
export function steps({ router, identity, ask, compare, add, tamper, log, feed }) {
  const at = (view) => {
    router.go(view);
    return identity.fold();
  };
  const asked = async () => {
    if (!ask.query || ask.query.end === "refused") await ask.ask(QUESTION);
    if (ask.query.posted.status !== 202) throw new Error(`the gateway answered ${ask.query.posted.status}`);
    return ask.query;
  };
  const tampered = (id) => async () => {
    await at("tamper");
    const made = await tamper.attempt(id);
    tamper.reveal(id);
    return `${made.map((one) => one.status).join(" and ")}, as it should be. Why is written below the answer.`;
  };
  return {
    async identity() {
      await identity.choose("standard");
      await identity.reveal();
      return "You are alice in the tier standard. Her token is open above the view.";
    },
    async ask() {
      await at("ask");
      const query = await ask.ask(QUESTION);
      ask.unfold();
      ask.reveal();
      return `${query.posted.status}. The request and the gateway's answer are open below the question.`;
    },
    async stream() {
      await at("ask");
      const query = await asked();
      await query.over;
      ask.unfold(false);
      ask.reveal();
      const opened = await ask.answer.openFirst();
      return opened ? "The passage behind the first citation is open." : "The answer is there; it quotes nothing.";
    },
    async log() {
      const query = await asked();
      await query.over;
      await at("log");
      await passed(feed, (record) => record.topic === "rag.results" && record.query_key === query.id);
      log.follow(query);
      log.open((data) => data.topic === "rag.queries", { scroll: false });
      log.reveal();
      return "The first record is open: its headers say who asked.";
    },
    async add() {
      await at("add");
      if (identity.tier === "free") await identity.choose("standard");
      const made = await add.add(NOTE);
      if (made.status !== 202) throw new Error(`the gateway answered ${made.status}`);
      return "202. Its vector is on the log, from where every index reads it.";
    },
    async tiers() {
      await at("compare");
      const queries = await compare.compare(QUESTION);
      if (queries.some((query) => query.end !== "done")) throw new Error("not every answer came to its end");
      return "Three answers, from three libraries.";
    },
    forged: tampered("forged"),
    stranger: tampered("stranger"),
    schema: tampered("schema"),
    expired: tampered("expired"),
  };
}

// Resolves once such a record has passed; a log that is slow is not an error of the step.
function passed(feed, fits) {
  return new Promise((resolve) => {
    let leave = () => {};
    const done = () => {
      leave();
      resolve();
    };
    setTimeout(done, PATIENCE);
    leave = feed.matching(fits, () => queueMicrotask(done));
  });
}
