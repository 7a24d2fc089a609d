// The board: strokes of chalk by mouse, pen, finger or keyboard; all of them can be taken back.

const PEN = 0.075; // width of a stroke; the side of the board is 1
const STEP = 0.025; // of the arrow keys
const SENT = 280; // pixels of the picture that is sent
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Board {
  /** `changed` is called after every change; `colours` gives those of board and chalk. */
  constructor(canvas, changed, colours) {
    Object.assign(this, { canvas, changed, colours });
    this.marks = []; // {points}, {picture} (a canvas) or {wiped}, in the order in which they were made
    this.pointer = null; // who draws: several fingers make one stroke
    this.cursor = { x: 0.5, y: 0.5, shown: false, down: false };
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => this.lift(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => this.hideCursor());
    new ResizeObserver(() => this.show()).observe(canvas);
  }

  /** The marks since the board was last wiped. */
  get visible() {
    return this.marks.slice(this.marks.findLastIndex((mark) => mark.wiped) + 1);
  }

  get empty() {
    return this.visible.length === 0;
  }

  press(event) {
    if (this.pointer !== null || event.button > 0) return;
    this.hideCursor();
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.marks.push({ points: [this.place(event)] });
    this.update();
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const path = event.getCoalescedEvents?.() ?? [];
    for (const each of path.length ? path : [event]) this.marks.at(-1).points.push(this.place(each));
    this.update();
  }

  lift(event) {
    if (event.pointerId === this.pointer) this.pointer = null;
  }

  /** Where an event is; both from 0 to 1. */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  key(event) {
    const move = MOVES[event.key];
    if (move) this.steer(move, event.shiftKey ? 4 : 1);
    else if (event.key === " ") this.toggleChalk();
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
    else if (event.key === "Delete" || event.key === "Backspace") this.wipe();
    else return;
    event.preventDefault();
  }

  steer([right, down], steps) {
    const cursor = this.cursor;
    cursor.shown = true;
    cursor.x = Math.min(1, Math.max(0, cursor.x + right * STEP * steps));
    cursor.y = Math.min(1, Math.max(0, cursor.y + down * STEP * steps));
    if (cursor.down) this.marks.at(-1).points.push([cursor.x, cursor.y]);
    cursor.down ? this.update() : this.show();
  }

  toggleChalk() {
    const cursor = this.cursor;
    cursor.shown = true;
    cursor.down = !cursor.down;
    if (cursor.down) this.marks.push({ points: [[cursor.x, cursor.y]] });
    this.update();
  }

  hideCursor() {
    this.cursor.shown = this.cursor.down = false;
    this.show();
  }

  undo() {
    this.cursor.down = false;
    if (this.pointer === null && this.marks.pop()) this.update();
  }

  wipe() {
    this.cursor.down = false;
    if (this.pointer !== null || this.empty) return;
    this.marks.push({ wiped: true });
    this.update();
  }

  /** Put a picture on the board in place of what is there: `picture` is a canvas with light on transparent ground. */
  put(picture) {
    this.marks.push({ wiped: true }, { picture });
    this.show();
  }

  update() {
    this.show();
    this.changed();
  }

  show() {
    const side = Math.round(this.canvas.clientWidth * devicePixelRatio);
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const { board, chalk, cursor } = this.colours();
    const pen = this.paint(this.canvas, board, chalk);
    if (!this.cursor.shown) return;
    pen.beginPath();
    pen.arc(this.cursor.x * side, this.cursor.y * side, (PEN * side) / 2, 0, 7);
    pen.lineWidth = 2 * devicePixelRatio;
    pen.strokeStyle = pen.fillStyle = cursor;
    this.cursor.down ? pen.fill() : pen.stroke();
  }

  paint(canvas, board, chalk) {
    const pen = canvas.getContext("2d");
    const side = canvas.width;
    pen.fillStyle = board;
    pen.fillRect(0, 0, side, side);
    Object.assign(pen, { strokeStyle: chalk, lineWidth: PEN * side, lineCap: "round", lineJoin: "round" });
    for (const mark of this.visible) {
      if (mark.picture) pen.drawImage(mark.picture, 0, 0, side, side);
      else this.stroke(pen, mark.points, side);
    }
    return pen;
  }

  /** A curve through the middles between the points; of a single one, a dot. */
  stroke(pen, points, side) {
    pen.beginPath();
    const [first, ...rest] = points.map(([x, y]) => [x * side, y * side]);
    pen.moveTo(...first);
    rest.forEach((point, i) => {
      const next = rest[i + 1];
      next ? pen.quadraticCurveTo(...point, (point[0] + next[0]) / 2, (point[1] + next[1]) / 2) : pen.lineTo(...point);
    });
    if (!rest.length) pen.lineTo(first[0] + 0.01, first[1]);
    pen.stroke();
  }

  /** The drawing as a PNG, white on black. */
  png() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SENT;
    this.paint(canvas, "black", "white");
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }
}
