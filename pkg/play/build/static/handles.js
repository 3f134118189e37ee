// Handles lie over the picture: places that can be dragged with mouse, finger or pen, and moved by the arrow keys. They
// outlive a redraw, so that neither a drag nor the focus is lost.
export class Handles {
  constructor(layer, figure, controls, state, change) {
    Object.assign(this, { layer, figure, controls, state, change, all: new Map() });
  }

  // place puts the handles of an answer where they belong.
  place(list) {
    const present = new Set(list.map((h) => h.id));
    for (const [id, { element }] of this.all) {
      if (!present.has(id)) { element.remove(); this.all.delete(id); }
    }
    for (const h of list) {
      if (!this.all.has(h.id)) this.add(h.id);
      const entry = this.all.get(h.id);
      entry.handle = h;
      entry.element.style.insetInlineStart = `${h.x}%`;
      entry.element.style.insetBlockStart = `${h.y}%`;
      this.describe(entry.element, h);
    }
  }

  describe(element, h) {
    const values = h.moves.map((m) => this.state()[m.control]);
    if (h.moves.length > 1) {
      element.setAttribute("aria-label", `${h.label}: ${values.join(", ")}; arrow keys move it`);
      return;
    }
    const c = this.controls.get(h.moves[0].control);
    element.setAttribute("role", "slider");
    element.setAttribute("aria-label", h.label);
    element.setAttribute("aria-valuemin", c.Min);
    element.setAttribute("aria-valuemax", c.Max);
    element.setAttribute("aria-valuenow", values[0]);
    element.setAttribute("aria-orientation", h.moves[0].vertical ? "vertical" : "horizontal");
  }

  add(id) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "handle";
    element.dataset.handle = id;
    this.layer.append(element);
    this.all.set(id, { element, handle: null });
    element.addEventListener("pointerdown", (e) => {
      element.setPointerCapture(e.pointerId);
      element.focus({ preventScroll: true });
      e.preventDefault();
    });
    element.addEventListener("pointermove", (e) => {
      if (element.hasPointerCapture(e.pointerId)) this.drag(id, e);
    });
    element.addEventListener("keydown", (e) => this.key(id, e));
  }

  // drag moves the handle's controls to where the pointer is.
  drag(id, event) {
    const svg = this.figure.querySelector("svg");
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const at = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    const values = {};
    const { moves } = this.all.get(id).handle;
    for (const m of moves) values[m.control] = this.snapped(m.control, m.zero + m.slope * at[m.vertical ? 1 : 0]);
    this.send(values, moves[0].control);
  }

  // key moves by a step, five with shift, ten with page up or down, or to an end.
  key(id, event) {
    const { moves } = this.all.get(id).handle;
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const along = { ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    let m = moves.find((x) => (along === undefined) !== Boolean(x.vertical)) || moves[0];
    let value = NaN;
    const c = () => this.controls.get(m.control);
    if (across !== undefined || along !== undefined) {
      value = Number(this.state()[m.control]) + (across ?? along) * c().Step * (event.shiftKey ? 5 : 1);
    } else if (event.key === "Home") value = c().Min;
    else if (event.key === "End") value = c().Max;
    else return;
    event.preventDefault();
    this.send({ [m.control]: this.snapped(m.control, value) }, m.control);
  }

  send(values, control) {
    const now = this.state();
    if (Object.entries(values).some(([id, v]) => v !== now[id])) this.change(values, control);
  }

  // snapped is a number on the control's step and in its range, as text.
  snapped(id, value) {
    const c = this.controls.get(id);
    const at = c.Min + Math.round((value - c.Min) / c.Step) * c.Step;
    return Math.min(c.Max, Math.max(c.Min, at)).toFixed(c.decimals);
  }
}
