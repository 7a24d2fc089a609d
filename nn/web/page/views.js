// What the network made of it, as bars and pictures.

const byId = (id) => document.getElementById(id);

/** A colour of the style sheet as [red, green, blue]. */
export function colour(name) {
  const text = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  return [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
}

const mixed = (from, to, share) => from.map((value, i) => value + (to[i] - value) * share);

export function percent(chance) {
  if (chance > 0.999 && chance < 1) return "> 99.9%";
  return chance > 0 && chance < 0.001 ? "< 0.1%" : `${(100 * chance).toFixed(1)}%`;
}

/** A bar for each class, still empty. */
export function makeBars(classes) {
  byId("bars").style.setProperty("--names", `${Math.min(9, 0.62 * Math.max(0, ...classes.map((name) => name.length)))}rem`);
  byId("bars").replaceChildren(
    ...classes.map((name) => {
      const row = document.createElement("li");
      for (const part of ["name", "track", "percent"]) row.append(Object.assign(document.createElement("span"), { className: part }));
      row.children[0].textContent = name;
      row.children[1].append(Object.assign(document.createElement("div"), { className: "bar" }));
      return row;
    }),
  );
}

/** The answer and its probabilities; null for none. */
export function showAnswer(found, classes) {
  const text = found === null ? "?" : typeof found.answer === "number" ? Number(found.answer.toPrecision(4)).toLocaleString("en") : found.answer;
  const best = found?.probabilities.length ? Math.max(...found.probabilities) : null;
  byId("winner").textContent = text;
  byId("winner").className = found === null ? "none" : text.length > 6 ? "long" : "";
  byId("chance").textContent = best === null ? "" : percent(best);
  [...byId("bars").children].forEach((row, i) => {
    const chance = found?.probabilities[i];
    row.classList.toggle("won", found !== null && classes[i] === found.answer);
    row.querySelector(".bar").style.width = `${100 * (chance ?? 0)}%`;
    row.querySelector(".percent").textContent = chance === undefined ? "" : percent(chance);
  });
}

/** Fill a canvas, one pixel per value, with the colours [red, green, blue] that `at` gives. */
export function paint(canvas, width, height, at, alpha = () => 255) {
  Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set([...at(i), alpha(i)], 4 * i);
  pen.putImageData(image, 0, 0);
}

/** The input of the network, and over it the gradient of the winning class; `found` is null for none. */
export function showPictures(found, shape) {
  const [channels, height, width] = shape;
  const [board, chalk, more, less] = ["board", "chalk", "more", "less"].map(colour);
  const grey = (i) => mixed(board, chalk, (found?.seen[i] ?? 0) / 255);
  const seen = channels === 1 || !found ? grey : (i) => found.seen.slice(3 * i, 3 * i + 3);
  paint(byId("seen"), width, height, seen);
  const size = width * height;
  const levels = Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let channel = 0; found && channel < channels; channel++) sum += found.gradient.levels[channel * size + i];
    return sum;
  });
  const peak = Math.max(1, ...levels.map(Math.abs));
  const tinted = (i) => mixed(mixed(board, seen(i), 0.7), levels[i] > 0 ? more : less, 0.9 * (Math.abs(levels[i]) / peak) ** 0.8);
  paint(byId("gradient"), width, height, tinted);
  byId("seen-note").textContent = `its input, ${height} × ${width} pixels`;
  byId("gradient-note").textContent = found ? `which pixels count for “${found.answer}”: the gradient` : "the gradient of the answer";
  byId("seen").setAttribute("aria-label", found ? `The input of the network, ${height} by ${width} pixels` : "Nothing yet");
  byId("gradient").setAttribute("aria-label", found ? `The gradient of the score of ${found.answer} with respect to each pixel` : "Nothing yet");
}

/** Each hidden layer: a cell for each unit, or the maps of a convolution. */
export function showLayers(layers) {
  const [ground, more, less] = ["track", "blue", "red"].map(colour);
  byId("layers").replaceChildren(
    ...layers.map(({ kind, count, shape, levels, peak }) => {
      const section = document.createElement("div");
      const title = document.createElement("h3");
      const maps = shape.length === 3;
      const live = levels.filter((level) => level > 0).length;
      title.textContent = maps
        ? `${count} channels of ${shape[1]} × ${shape[2]}, ${kind}` + (shape[0] < count ? `; the first ${shape[0]}` : "")
        : `${count} units, ${kind}: ${live} above 0, up to ${Number(peak.toPrecision(3))}`;
      const canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", title.textContent);
      const shade = (level) => mixed(ground, level > 0 ? more : less, Math.abs(level) / 127);
      maps ? paintMaps(canvas, shape, levels, shade) : paintUnits(canvas, levels, shade);
      section.append(title, canvas);
      return section;
    }),
  );
}

function paintUnits(canvas, levels, shade) {
  const columns = levels.length <= 20 ? levels.length : levels.length <= 64 ? 16 : 32;
  const rows = Math.ceil(levels.length / columns);
  tiles(canvas, columns, rows, levels.length, 14, (pen, i, x, y) => {
    pen.fillStyle = `rgb(${shade(levels[i]).join(" ")})`;
    pen.fillRect(x, y, 14, 14);
  });
}

function paintMaps(canvas, [count, height, width], levels, shade) {
  const tile = document.createElement("canvas");
  const longest = Math.max(height, width);
  const scale = Math.ceil(32 / longest); // a whole number, so that all pixels are alike
  tiles(canvas, Math.min(count, 8), Math.ceil(count / 8), count, scale * longest, (pen, i, x, y) => {
    paint(tile, width, height, (at) => shade(levels[i * height * width + at]));
    pen.imageSmoothingEnabled = false;
    pen.drawImage(tile, x, y, scale * width, scale * height);
  });
}

function tiles(canvas, columns, rows, count, side, draw) {
  const pitch = side + Math.max(2, Math.round(side / 7));
  Object.assign(canvas, { width: columns * pitch, height: rows * pitch });
  const pen = canvas.getContext("2d");
  for (let i = 0; i < count; i++) draw(pen, i, (i % columns) * pitch, Math.floor(i / columns) * pitch);
}
