// Elements, built by a function. Text is always text: nothing here reads markup.

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) put(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function put(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name in element && typeof value !== "string") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

// A details element whose content is made when it is first opened.
export function twist(summary, make, { open = false, ...props } = {}) {
  const element = h("details", { class: "twist", ...props }, h("summary", {}, summary));
  let made = false;
  const fill = () => {
    if (!element.open || made) return;
    made = true;
    element.append(make());
  };
  element.addEventListener("toggle", fill);
  if (open) {
    element.open = true;
    fill();
  }
  return element;
}

export function button(text, act, { kind = "", ...props } = {}) {
  return h("button", { type: "button", class: kind || null, ...props, on: { click: act } }, text);
}

// A group of radio buttons that looks like one control.
export function choice(legend, name, options, chosen, change = () => {}) {
  const radio = ([value, text]) =>
    h("label", {}, h("input", { type: "radio", name, value, checked: value === chosen, on: { change: () => change(value) } }), h("span", {}, text));
  return h("fieldset", {}, h("legend", { class: "unseen" }, legend), h("div", { class: "choice" }, options.map(radio)));
}

// Brings an element into view, without motion for who wants none.
export function reveal(element, block = "nearest") {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  element.scrollIntoView({ block, behavior });
}

// Says something to who cannot see the page.
export function say(text) {
  document.getElementById("said").textContent = text;
}

export function visibilityLabel(visibility) {
  return h("span", { class: `label ${visibility}` }, visibility);
}
