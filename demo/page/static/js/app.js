// Puts the page together, and hands each part what it needs.
import { AddView } from "./add.js";
import { AskView } from "./ask.js";
import { CompareView } from "./compare.js";
import { Feed } from "./feed.js";
import { Guide } from "./guide.js";
import { Identity } from "./identity.js";
import { LogView } from "./log.js";
import { Passages } from "./passages.js";
import { Router } from "./router.js";
import { steps } from "./steps.js";
import { TamperView } from "./tamper.js";
import { themeSwitch } from "./theme.js";
import { Tokens } from "./tokens.js";

const at = (id) => document.getElementById(id);

async function main() {
  themeSwitch(at("theme"));
  const tokens = new Tokens();
  const feed = new Feed();
  const identity = new Identity(tokens, at("identity"));
  const passages = new Passages(tokens, at("passage"));
  const log = new LogView(feed);
  const compare = new CompareView({ tokens, passages });
  const ask = new AskView({ identity, tokens, passages, feed, openLog });
  const add = new AddView({ identity, feed, askAbout });
  const tamper = new TamperView({ tokens, asked });
  const router = new Router({ ask, compare, add, tamper, log }, { place: at("view"), links: document.querySelectorAll(".views a") });

  function openLog(query, record = null) {
    router.go("log");
    log.follow(query);
    if (record) log.open((data) => data.id === record.id);
  }

  function askAbout(question) {
    router.go("ask");
    ask.propose(question);
  }

  // The id of a query of Alice's, asked for where there is none yet.
  async function asked() {
    if (!ask.query?.id) await ask.ask();
    return ask.query.id;
  }

  // Its # names no view: only the focus goes there.
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    at("view").focus();
  });

  feed.follow();
  await identity.show();
  const guide = new Guide(at("guide"), steps({ router, identity, ask, compare, add, tamper, log, feed }));
  await guide.load();
}

main().catch((error) => {
  at("view").prepend(Object.assign(document.createElement("p"), { className: "sheet bad", textContent: `The page could not start: ${error.message}. Is the demo running?` }));
});
