// Board is a place to draw a digit on: 32 x 32 fields for pointers, and 8 x 8 pixels for the keyboard.
const FIELDS = 32;
const SIDE = 8;
const LEVELS = "0123456789abcdefg";

export class Board {
  constructor(canvas, changed) {
    Object.assign(this, { canvas, changed, pixels: "", cursor: [3, 3], last: null });
    this.marked = new Uint8Array(FIELDS * FIELDS);
    canvas.width = canvas.height = 320;
    canvas.addEventListener("pointerdown", (e) => {
      canvas.setPointerCapture(e.pointerId);
      if (this.pixels !== "" && !this.drawing) this.marked.fill(0);
      this.drawing = true;
      this.last = this.at(e);
      this.stroke(this.last);
    });
    canvas.addEventListener("pointermove", (e) => {
      if (canvas.hasPointerCapture(e.pointerId)) this.stroke(this.at(e));
    });
    canvas.addEventListener("pointerup", () => { this.last = null; this.tell(); });
    canvas.addEventListener("keydown", (e) => this.key(e));
    for (const event of ["focus", "blur"]) canvas.addEventListener(event, () => this.paint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  at(e) {
    const box = this.canvas.getBoundingClientRect();
    return [(e.clientX - box.left) / box.width * FIELDS, (e.clientY - box.top) / box.height * FIELDS];
  }

  // stroke marks a thick line from the last place to this one.
  stroke(to) {
    const from = this.last || to;
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let k = 0; k <= steps; k++) {
      this.dab(from[0] + (to[0] - from[0]) * k / steps, from[1] + (to[1] - from[1]) * k / steps);
    }
    this.last = to;
    this.paint();
    this.tell();
  }

  dab(x, y) {
    const r = 2.8;
    for (let i = Math.floor(y - r); i <= y + r; i++) {
      for (let j = Math.floor(x - r); j <= x + r; j++) {
        const inside = i >= 0 && j >= 0 && i < FIELDS && j < FIELDS;
        if (inside && Math.hypot(i + 0.5 - y, j + 0.5 - x) <= r) this.marked[i * FIELDS + j] = 1;
      }
    }
  }

  // tell gives the board as 256 hexadecimal digits.
  tell() {
    let text = "";
    for (let i = 0; i < this.marked.length; i += 4) {
      text += (8 * this.marked[i] + 4 * this.marked[i + 1] + 2 * this.marked[i + 2] + this.marked[i + 3]).toString(16);
    }
    this.changed(text);
  }

  // key moves the cursor by the arrows and turns its pixel by the space bar.
  key(e) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[e.key];
    if (step) this.cursor = this.cursor.map((c, i) => Math.min(SIDE - 1, Math.max(0, c + step[i])));
    else if (e.key === " " || e.key === "Enter") {
      const levels = (this.pixels || "0".repeat(SIDE * SIDE)).split("");
      const at = this.cursor[0] * SIDE + this.cursor[1];
      levels[at] = levels[at] === "0" ? "g" : "0";
      this.drawing = false;
      this.changed(levels.join(""));
    } else return;
    e.preventDefault();
    this.paint();
  }

  clear() {
    this.marked.fill(0);
    this.pixels = "";
    this.drawing = false;
    this.paint();
  }

  // show takes over what the library made of the board.
  show(pixels) {
    if (pixels.length > SIDE * SIDE) return;
    if (pixels === "" && this.pixels !== "") this.marked.fill(0);
    this.pixels = pixels;
    this.paint();
  }

  paint() {
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(this.canvas);
    const cell = this.canvas.width / (this.drawing ? FIELDS : SIDE);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.fillStyle = style.color;
    const value = (i) => this.drawing ? this.marked[i] : Math.max(0, LEVELS.indexOf(this.pixels[i])) / 16;
    const side = this.drawing ? FIELDS : SIDE;
    for (let i = 0; i < side * side; i++) {
      context.globalAlpha = value(i);
      const [x, y] = [i % side * cell, Math.floor(i / side) * cell];
      if (context.globalAlpha > 0) context.fillRect(x, y, cell + 0.5, cell + 0.5);
    }
    context.globalAlpha = 1;
    if (document.activeElement === this.canvas && !this.drawing) {
      context.strokeStyle = style.getPropertyValue("--accent");
      context.lineWidth = 4;
      context.strokeRect(this.cursor[1] * cell + 2, this.cursor[0] * cell + 2, cell - 4, cell - 4);
    }
  }
}
