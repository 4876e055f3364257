// Which view is shown: the one that the address names after its #.

export class Router {
  #views;
  #place;
  #links;

  constructor(views, { place, links }) {
    this.#views = views;
    this.#place = place;
    this.#links = [...links];
    place.append(...Object.values(views).map((view) => view.element));
    addEventListener("hashchange", () => this.#show({ focus: true }));
    this.#show({ focus: false });
  }

  // Shows a view without taking the focus from where it is.
  go(name) {
    if (this.#name() !== name) history.pushState(null, "", `#${name}`);
    this.#show({ focus: false });
  }

  #name() {
    const name = location.hash.slice(1);
    return name in this.#views ? name : Object.keys(this.#views)[0];
  }

  #show({ focus }) {
    const current = this.#name();
    for (const [name, view] of Object.entries(this.#views)) view.element.hidden = name !== current;
    for (const link of this.#links) {
      if (link.hash === `#${current}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = `${this.#views[current].title} · Sluice`;
    if (focus) {
      this.#place.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }
}
