// The page: what is drawn or filled in goes to the network, and what it makes of it is shown.

import { Board } from "./board.js";
import { makeForm } from "./row_form.js";
import { makeBars, paint, showAnswer, showLayers, showPictures } from "./views.js";

const byId = (id) => document.getElementById(id);
const about = await (await fetch("about")).json();
let found = null; // the newest answer

document.title = `${about.name} · chalkgrad`;
byId("title").textContent = about.name;
byId("facts").textContent = [about.layers, about.score].filter(Boolean).join(" · ");
byId("answer-title").textContent = about.classes.length ? "What it is" : about.goal;
makeBars(about.classes);
about.columns ? startForm() : startBoard();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(found));

function show(answer) {
  found = answer;
  showAnswer(found, about.classes);
  showLayers(found?.layers ?? []);
  byId("hidden").hidden = !found?.layers.length;
  if (!about.columns) showPictures(found, about.shape);
}

function complain(text) {
  byId("error").textContent = text;
  byId("error").hidden = !text;
}

/** Ask the network. Returns its answer, or null after a complaint. */
async function ask(path, type, body) {
  try {
    const response = await fetch(path, { method: "POST", headers: { "Content-Type": type }, body });
    complain(response.ok ? "" : await response.text());
    return response.ok ? await response.json() : null;
  } catch {
    complain("the server does not answer: is chalkgrad serve still running?");
    return null;
  }
}

/** A function that calls `work` again whenever it was called meanwhile: never twice at a time, and always a last time. */
function latest(work) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    byId("answering").ariaBusy = "true";
    while (again) {
      again = false;
      await work();
    }
    running = false;
    byId("answering").ariaBusy = "false";
  };
}

function startForm() {
  byId("filling").hidden = false;
  const update = latest(async () => {
    const cells = row();
    complain("");
    show(cells && (await ask("row", "application/json", JSON.stringify(cells))));
  });
  const row = makeForm(byId("row"), about.columns, update);
  update();
}

function startBoard() {
  const [channels] = about.shape;
  byId("drawing").hidden = byId("seeing").hidden = false;
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
  const colours = () => ({ board: style("board"), chalk: style("chalk"), cursor: style("gold") });
  const update = latest(async () => {
    byId("undo").disabled = !board.marks.length;
    byId("clear").disabled = board.empty;
    if (board.empty) complain("");
    show(board.empty ? null : await ask("picture", "image/png", await board.png()));
  });
  const board = new Board(byId("board"), update, colours);
  byId("undo").addEventListener("click", () => board.undo());
  byId("clear").addEventListener("click", () => board.wipe());
  const read = async (file) => {
    const answer = file && (await ask("picture", "image/png", file));
    if (!answer) return;
    const picture = document.createElement("canvas");
    const [, height, width] = about.shape;
    const pixels = (i) => answer.seen.slice(3 * i, 3 * i + 3);
    channels === 1
      ? paint(picture, width, height, () => [247, 245, 242], (i) => answer.seen[i])
      : paint(picture, width, height, pixels);
    board.put(picture);
    byId("undo").disabled = byId("clear").disabled = false;
    show(answer);
  };
  byId("upload").addEventListener("change", async (event) => {
    await read(event.target.files[0]);
    event.target.value = "";
  });
  byId("board").addEventListener("dragover", (event) => event.preventDefault());
  byId("board").addEventListener("drop", (event) => {
    event.preventDefault();
    read(event.dataTransfer.files[0]);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => board.show());
  update();
}
