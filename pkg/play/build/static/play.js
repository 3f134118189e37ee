// One page of the playground: controls in, a picture and numbers out. The worker does the mathematics.
import { Board } from "./board.js";
import { Handles } from "./handles.js";

const page = JSON.parse(document.getElementById("page").textContent);
const byId = (id) => document.getElementById(id);
const figure = byId("figure");
const controls = new Map(page.controls.map((c) => [c.ID, c]));
let state = { ...page.start, ...fromHash() };
let moved = "";
let worker = null;
let busy = false;
let wanted = false;
let next = 0;
let answers = 0;

// fromHash reads the permalink: what differs from the start. A value that is no value is left out.
function fromHash() {
  const out = {};
  for (const [id, value] of new URLSearchParams(location.hash.slice(1))) {
    const c = controls.get(id);
    if (!c || c.Kind === "action") continue;
    const known = c.Kind === "choice" ? c.Options.some((o) => o.Key === value)
      : c.Kind === "canvas" ? /^([0-9a-g]{64})?$/.test(value) : value !== "" && Number.isFinite(Number(value));
    if (known) out[id] = value;
  }
  if (out.run) out.run = "stop";
  return out;
}

let linkTimer = 0;
function link() {
  clearTimeout(linkTimer);
  linkTimer = setTimeout(() => {
    const kept = (id) => controls.get(id).Kind !== "action";
    const differs = Object.entries(state).filter(([id, v]) => v !== page.start[id] && kept(id));
    const hash = new URLSearchParams(differs).toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }, 250);
}

// change sets controls, and asks for a new picture.
function change(values, which) {
  state = { ...state, ...values };
  moved = which;
  show();
  link();
  ask();
}

// ask sends the newest state as soon as the worker is free.
function ask() {
  next = 0;
  if (busy) { wanted = true; return; }
  send(0);
}

function send(stage) {
  if (!worker) return;
  busy = true;
  wanted = false;
  const width = Math.round(figure.clientWidth);
  worker.postMessage({ id: stage, request: { page: page.name, state, moved, stage, width } });
}

function answered({ answer, milliseconds }) {
  busy = false;
  if (answer.error) {
    byId("text").textContent = answer.error;
    say(answer.error);
  } else if (!wanted) {
    draw(answer);
    next = answer.next || 0;
  } else {
    draw({ ...answer, state: null });
  }
  figure.dataset.milliseconds = milliseconds.toFixed(1);
  figure.dataset.answers = ++answers;
  if (wanted) send(0);
  else if (next > 0) send(next);
  figure.dataset.done = String(!busy);
}

function draw(answer) {
  byId("picture").innerHTML = answer.svg;
  byId("text").textContent = answer.text;
  verdict(answer);
  rows(answer);
  handles.place(answer.handles || []);
  stick();
  if (answer.state) {
    state = answer.state;
    show();
    link();
    say(`${answer.text} ${answer.verdict || ""}`);
  }
}

// stick keeps a low picture in sight on narrow screens; what gets the focus is not to hide behind it.
function stick() {
  const low = figure.offsetHeight < 0.5 * innerHeight;
  figure.classList.toggle("low", low);
  const stuck = low && getComputedStyle(figure).position === "sticky";
  document.documentElement.style.scrollPaddingTop = stuck ? `${figure.offsetHeight + 8}px` : "";
}

function verdict(answer) {
  const box = byId("verdict");
  box.hidden = !answer.verdict;
  box.textContent = answer.verdict || "";
  box.className = answer.good ? "verdict good" : "verdict";
}

// say tells a screen reader what the picture shows once the reader pauses.
let sayTimer = 0;
function say(text) {
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => { byId("said").textContent = text; }, 500);
}

function rows(answer) {
  const cell = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const body = document.createElement("tbody");
  if (answer.heads) {
    const head = document.createElement("tr");
    const named = (h) => Object.assign(cell("th", h), { scope: "col" });
    head.append(document.createElement("td"), ...answer.heads.map(named));
    body.append(head);
  }
  for (const r of answer.rows || []) {
    const line = document.createElement("tr");
    const name = Object.assign(cell("th", r.label), { scope: "row" });
    if (r.class) name.className = `key k-${r.class}`;
    if (r.best) line.className = "best";
    line.append(name, cell("td", r.value), ...(answer.heads ? [cell("td", r.other || "")] : []));
    body.append(line);
  }
  byId("rows").replaceChildren(body);
}

// show puts the state into the controls.
function show() {
  for (const [id, c] of controls) {
    const value = state[id];
    if (c.Kind === "range") {
      byId(id).value = value;
      byId(`${id}-value`).textContent = value.replace("-", "−");
    } else if (c.Kind === "choice") {
      byId(`${id}-${value}`).checked = true;
    } else if (c.Kind === "canvas") {
      board.show(value);
    }
  }
}

const handles = new Handles(byId("handles"), figure, controls, () => state, change);
let board = null;

function listen() {
  for (const [id, c] of controls) {
    if (c.Kind === "range") byId(id).addEventListener("input", (e) => change(settle(id, e.target.value), id));
    if (c.Kind === "choice") {
      for (const o of c.Options) byId(`${id}-${o.Key}`).addEventListener("change", () => change({ [id]: o.Key }, id));
    }
    if (c.Kind === "action") {
      byId(id).addEventListener("click", () => change({ [id]: String(Number(state[id]) + 1) }, id));
    }
    if (c.Kind === "canvas") {
      board = new Board(byId(id), (text) => change({ [id]: text }, id));
      byId(`${id}-clear`).addEventListener("click", () => { board.clear(); change({ [id]: "" }, id); });
    }
  }
  byId("reset").addEventListener("click", () => { board?.clear(); change({ ...page.start }, ""); });
  byId("copy").addEventListener("click", copy);
  addEventListener("hashchange", () => { state = { ...page.start, ...fromHash() }; show(); ask(); });
  let width = figure.clientWidth;
  new ResizeObserver(() => {
    if (Math.abs(figure.clientWidth - width) > 8) { width = figure.clientWidth; ask(); }
  }).observe(figure);
}

// settle is a slider's new value; choosing another image puts a drawing away.
function settle(id, value) {
  if (id !== "image" || !controls.has("drawn")) return { [id]: value };
  board.clear();
  return { [id]: value, drawn: "" };
}

async function copy() {
  const button = byId("copy");
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The address bar has the link";
  }
  setTimeout(() => { button.textContent = "Copy link"; }, 1600);
}

function loaded(part) {
  byId("bar").style.inlineSize = `${Math.round(100 * part)}%`;
  byId("load").setAttribute("aria-valuenow", String(Math.round(100 * part)));
}

function failed(why) {
  byId("load").hidden = true;
  byId("text").textContent = `The library cannot run here (${why}). The picture above is a still one.`;
}

function start() {
  listen();
  show();
  if (typeof WebAssembly !== "object" || typeof DecompressionStream !== "function") {
    failed("this browser has no WebAssembly or no DecompressionStream: use one of 2023 or later");
    return;
  }
  byId("load").hidden = false;
  const name = `${page.file} ${page.size}`; // what the worker loads
  const library = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name });
  library.onerror = () => failed("the worker did not start: open the page through a web server, as tightrope play is");
  library.onmessage = ({ data }) => {
    if (data.loaded !== undefined) loaded(data.loaded);
    else if (data.failed) failed(data.failed);
    else if (data.ready) {
      worker = library;
      byId("load").hidden = true;
      byId("asleep").remove();
      byId("controls").disabled = false;
      ask();
    } else answered(data);
  };
}

start();
