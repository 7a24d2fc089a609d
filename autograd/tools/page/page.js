"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const all = (selector) => [...document.querySelectorAll(selector)];
const still = matchMedia("(prefers-reduced-motion: reduce)");
const FLIGHT = 700, GAP = 450, PAUSE = 900; // ms: an edge; between two edges; before the next step of a film
const last = data.steps.length;
const arrivals = data.nodes.map(() => []); // by node: the gradients that come to it, in their order
data.before.forEach((each) => arrivals[each.to].push({ ...each, step: -1 }));
arrivals[data.root].push({ ...data.start, step: 0 });
data.steps.forEach((step, i) => step.lines.forEach((line) => arrivals[line.to].push({ ...line, step: i + 1 })));
const turn = new Map(data.steps.map((step, i) => [step.node, i + 1])); // by node: the number of its step
const flights = new Set();
let position = 0, playing = 0;

function element(name, text = "", kind = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// What has come to a node, when `open` of the current step's gradients are still on their way.
function came(node, open) {
  return arrivals[node].filter((each) => each.step < position || (each.step === position && !open.has(each)));
}

function count(list) {
  return list.filter((each) => each.step >= 0).length;
}

function state(node, open) {
  const step = turn.get(node), here = came(node, open);
  if (step === position && position) return "current";
  if (step < position) return "done";
  if (!count(here)) return "idle";
  return count(here) < count(arrivals[node]) ? "waiting" : "ready";
}

function gradient(node, open) {
  const here = came(node, open), whole = count(here) === count(arrivals[node]);
  const { hooked, changed } = data.nodes[node];
  if (hooked && whole) return hooked;
  if (changed && turn.get(node) <= position) return changed;
  return here.length ? here.at(-1).total : "";
}

function badge(node, open) {
  const of = count(arrivals[node]);
  return of > 1 ? `${count(came(node, open))} of ${of}` : "";
}

function paintGraph(open = new Set()) {
  for (const group of all("[data-node]")) {
    const node = +group.dataset.node, now = state(node, open);
    for (const name of ["idle", "waiting", "ready", "current", "done"]) group.classList.toggle(name, name === now);
    const grad = group.querySelector(".grad"), text = gradient(node, open);
    grad.textContent = text || "not yet";
    grad.classList.toggle("none", !text);
    const of = group.querySelector(".badge");
    if (of) of.textContent = badge(node, open);
  }
  const gone = new Map(), now = new Set();
  arrivals.flat().forEach((each) => {
    if (each.edge === undefined || each.step > position || open.has(each)) return;
    gone.set(each.edge, each.amount);
    if (each.step === position) now.add(each.edge);
  });
  for (const group of all("[data-edge]")) {
    const edge = +group.dataset.edge;
    group.classList.toggle("gone", gone.has(edge));
    if (!group.classList.contains("flying")) group.classList.toggle("now", now.has(edge));
    group.querySelector(".amount").textContent = gone.get(edge) ?? "";
  }
  all(".order li").forEach((item, i) => {
    item.className = state(data.steps[i].node, open);
    item.querySelector("small").textContent = badge(data.steps[i].node, open);
    item.firstChild.toggleAttribute("aria-current", i + 1 === position);
  });
}

function paintText() {
  const step = data.steps[position - 1];
  find("heading").textContent = step ? `Step ${position}: ${step.title}` : "Before the first step";
  find("why").textContent = step ? step.why : data.start.why;
  find("lines").replaceChildren(...(step ? step.lines.map(told) : []));
  find("waits").replaceChildren(...data.nodes.flatMap((node, i) =>
    state(i, new Set()) === "waiting" ? [element("li", `${node.name} waits: ${badge(i, new Set())} contributions are in`)] : []));
  const sums = data.nodes.flatMap((node, i) => (node.leaf && came(i, new Set()).length ? [account(node, i)] : []));
  find("sums").replaceChildren(...sums);
  document.querySelector(".nothing").hidden = sums.length > 0;
  find("place").value = position;
  find("place").setAttribute("aria-valuetext", `step ${position} of ${last}`);
  find("where").textContent = `step ${position} of ${last}`;
  for (const id of ["first", "back"]) find(id).disabled = position === 0;
  for (const id of ["next", "last"]) find(id).disabled = position === last;
  const log = find("log"), told_so_far = [data.start.text, ...data.steps.map((each) => each.text)].slice(0, position + 1);
  while (log.children.length > told_so_far.length) log.lastChild.remove();
  told_so_far.slice(log.children.length).forEach((text) => log.append(element("li", text)));
}

function told(line) {
  const rule = `${line.rule}${line.numbers ? ` = ${line.numbers}` : ""}`, short = line.exact === line.amount;
  const box = element("div", "", "line"), code = element("code", `${rule}${short ? " " : "\n"}= `);
  code.append(element("strong", line.exact));
  box.append(element("span", `to ${data.nodes[line.to].name}`, "to"), code);
  if (line.about) box.append(element("span", line.about, "note"));
  if (line.of > 1) box.append(element("span", `${line.came} of ${line.of} contributions, ${line.total} so far`, "note"));
  return box;
}

function account(node, i) {
  const box = element("div"), head = element("dt", node.name), list = element("dd"), here = came(i, new Set());
  const largest = Math.max(...arrivals[i].map((each) => each.size), 0) || 1;
  head.append(element("code", gradient(i, new Set())));
  for (const each of here) {
    const bar = element("span", "", "bar"), mark = element("i");
    mark.style.width = `${Math.max(1, (100 * Math.min(each.size, largest)) / largest)}%`;
    bar.append(mark, element("b", each.amount));
    list.append(element("span", each.step < 0 ? "before" : each.step ? `from ${data.nodes[data.steps[each.step - 1].node].name}` : "the start"), bar);
  }
  if (node.hooked && count(here) === count(arrivals[i])) list.append(element("span", "a hook made"), element("span", node.hooked, "bar"));
  box.append(head, list);
  if (node.naive && position === last) box.append(element("p", `It would be ${node.naive} if no node waited for all its contributions.`));
  return box;
}

// A gradient on its way: a drop that follows the curve of its edge, in each of the two pictures.
function fly(line, delay, arrived) {
  const flight = { frame: 0 }, begin = performance.now() + delay;
  const drops = all(`[data-edge="${line.edge}"]`).map((group) => {
    const drop = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    drop.setAttribute("r", 6);
    drop.setAttribute("class", "drop");
    return { group, drop, path: group.querySelector(".flow"), length: group.querySelector(".flow").getTotalLength() };
  });
  flight.end = () => {
    cancelAnimationFrame(flight.frame);
    drops.forEach(({ group, drop }) => { drop.remove(); group.classList.remove("flying"); });
    flights.delete(flight);
  };
  const move = (now) => {
    const t = (now - begin) / FLIGHT;
    if (t >= 1) { flight.end(); arrived(); return; }
    if (t >= 0) {
      const eased = t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) * (1 - t);
      drops.forEach(({ group, drop, path, length }) => {
        if (!drop.parentNode) { group.classList.add("flying", "gone", "now"); group.append(drop); }
        const at = path.getPointAtLength(eased * length);
        drop.setAttribute("cx", at.x);
        drop.setAttribute("cy", at.y);
      });
    }
    flight.frame = requestAnimationFrame(move);
  };
  flights.add(flight);
  flight.frame = requestAnimationFrame(move);
}

function go(to, film = false) {
  const target = Math.max(0, Math.min(last, to)), forward = target === position + 1;
  [...flights].forEach((flight) => flight.end());
  position = target;
  paintText();
  const open = new Set();
  if (forward && !still.matches && !document.hidden) {
    const flown = arrivals.flat().filter((each) => each.step === position && each.edge !== undefined);
    flown.forEach((each) => open.add(each));
    flown.forEach((each, i) => fly(each, i * GAP, () => { open.delete(each); paintGraph(open); settle(film, open); }));
  }
  paintGraph(open);
  settle(film, open);
  showCurrent();
}

function settle(film, open) {
  document.body.dataset.position = position;
  document.body.dataset.settled = !open.size;
  if (film && playing && !open.size) playing = setTimeout(() => (position < last ? go(position + 1, true) : play(false)), PAUSE);
}

function play(on) {
  clearTimeout(playing);
  playing = on ? 1 : 0;
  document.body.classList.toggle("playing", on);
  find("play").setAttribute("aria-label", on ? "Pause" : "Play");
  if (on) go(position === last ? 0 : position + 1, true);
}

function stepTo(to) {
  if (playing) play(false);
  go(to);
}

function showCurrent() {
  const item = all(".order li")[position - 1];
  if (item) item.parentNode.scrollTo({ left: item.offsetLeft - item.parentNode.clientWidth / 2 + item.clientWidth / 2 });
  for (const picture of all(".picture")) {
    const card = picture.querySelector(`[data-node="${position ? data.steps[position - 1].node : data.root}"]`);
    if (!card || !picture.clientWidth) continue;
    const here = card.getBoundingClientRect(), frame = picture.getBoundingClientRect();
    picture.scrollBy({
      left: here.x + here.width / 2 - frame.x - frame.width / 2, top: here.y + here.height / 2 - frame.y - frame.height / 2,
      behavior: still.matches ? "auto" : "smooth",
    });
  }
}

data.steps.forEach((step, i) => {
  const item = element("li"), button = element("button", `${data.nodes[step.node].name} `);
  button.append(element("small"));
  button.title = `Step ${i + 1}`;
  button.onclick = () => stepTo(i + 1);
  item.append(button);
  document.querySelector(".order").append(item);
});
all("[data-node]").forEach((group) => {
  const node = +group.dataset.node;
  group.onclick = () => stepTo(turn.get(node) ?? Math.max(...arrivals[node].map((each) => each.step), 0));
});
all(".picture svg").forEach((svg) => { svg.style.minWidth = `${0.75 * svg.getAttribute("width")}px`; });
find("place").max = last;
find("play").disabled = !last;
find("place").oninput = () => stepTo(+find("place").value);
find("first").onclick = () => stepTo(0);
find("back").onclick = () => stepTo(position - 1);
find("next").onclick = () => stepTo(position + 1);
find("last").onclick = () => stepTo(last);
find("play").onclick = () => play(!playing);
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = {
    ArrowRight: () => stepTo(position + 1), ArrowLeft: () => stepTo(position - 1), Home: () => stepTo(0), End: () => stepTo(last),
    " ": () => play(!playing),
  };
  const on_button = event.key === " " && event.target.closest("button, #telling");
  if (keys[event.key] && !on_button) { event.preventDefault(); keys[event.key](); }
});
go(0);
