// The page's program. All text that a model or a user wrote is put in by
// textContent, never as HTML.
"use strict";

const byId = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
let model = null;
let signatures = {};
let shown = null;

async function start() {
  try {
    model = (await ask("/healthz")).model;
    const found = await ask(`/v1/models/${encodeURIComponent(model)}/metadata`);
    signatures = found.metadata.signature_def.signature_def;
  } catch (error) {
    byId("error").textContent = error.message;
    return;
  }
  byId("model").textContent = model;
  document.title = `${model} - tfformer`;
  byId("beam-field").hidden = !("n_best" in signatures);
  document.body.dataset.ready = "true";
}

// Reads JSON, and the numbers that it lacks: -Infinity is the score of a
// sentence that the model did not decode.
function parse(text) {
  const standard = text.replace(
    /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g,
    (found) => (found[0] === '"' ? found : "null"),
  );
  return JSON.parse(standard);
}

async function ask(path, body) {
  let response;
  try {
    response = await fetch(
      path,
      body && { method: "POST", body: JSON.stringify(body) },
    );
  } catch {
    throw new Error("The server does not answer. Is it running?");
  }
  const answer = parse(await response.text());
  if (!response.ok) {
    // /healthz says by its status that no version is served.
    const said = answer.error || answer.status;
    throw new Error(said || `Status ${response.status}`);
  }
  return answer;
}

function predict(signature, inputs) {
  const path = `/v1/models/${encodeURIComponent(model)}:predict`;
  return ask(path, { signature_name: signature, inputs });
}

async function send(event) {
  event.preventDefault();
  const button = byId("send");
  const text = byId("text").value;
  if (button.getAttribute("aria-disabled") === "true" || !text.trim()) return;
  button.setAttribute("aria-disabled", "true");
  byId("error").textContent = "";
  byId("status").textContent = "Working…";
  try {
    await answer(text);
  } catch (error) {
    byId("status").textContent = "";
    byId("error").textContent = error.message;
    byId("answer").hidden = true;
  } finally {
    button.setAttribute("aria-disabled", "false");
  }
}

async function answer(text) {
  const began = performance.now();
  const best = (await predict("serving_default", { text: [text] })).outputs;
  const seconds = (performance.now() - began) / 1000;
  const words = text.trim().split(/\s+/).length;
  byId("answer").hidden = false;
  show(best.outputs[0]);
  const score = best.scores[0];
  byId("status").textContent =
    `${(seconds * 1000).toFixed(0)} ms, ` +
    `${(words / seconds).toFixed(0)} words/s, score ${written(score)}`;
  try {
    await Promise.all([alternatives(text), attention(text)]);
  } catch (error) {
    // The answer itself is there and stays.
    byId("error").textContent = error.message;
  }
}

const written = (score) => (score === null ? "none" : score.toFixed(2));

function show(output) {
  const tree = readTree(output);
  byId("output").hidden = tree !== null;
  byId("output").textContent = output;
  byId("tree").hidden = tree === null;
  byId("tree").replaceChildren();
  if (tree) {
    byId("tree").setAttribute("aria-label", `Parse tree: ${output}`);
    byId("tree").append(drawTree(tree));
  }
}

async function alternatives(text) {
  const section = byId("alternatives");
  section.hidden = true;
  if (!("n_best" in signatures)) return;
  const beam = Number(byId("beam").value) || 1;
  const inputs = { text: [text], beam_size: beam };
  const found = (await predict("n_best", inputs)).outputs;
  const items = found.outputs[0].map((output, i) => {
    const item = document.createElement("li");
    const choose = document.createElement("button");
    choose.type = "button";
    choose.textContent = output || "(none)";
    choose.addEventListener("click", () => show(output));
    const score = document.createElement("span");
    score.className = "score";
    score.textContent = written(found.scores[0][i]);
    item.append(choose, score);
    return item;
  });
  byId("n-best").replaceChildren(...items);
  section.hidden = false;
}

async function attention(text) {
  byId("attention").hidden = true;
  if (!("attention" in signatures)) return;
  const found = (await predict("attention", { text: [text] })).outputs;
  shown = {
    weights: found.attention[0],
    source: found.source_pieces[0],
    target: found.target_pieces[0],
  };
  // A search that samples draws this anew, and an alternative may be chosen.
  byId("attended").textContent = found.outputs[0] || "(none)";
  choices(byId("layer"), shown.weights.length);
  choices(byId("head"), shown.weights[0].length);
  drawAttention();
  byId("attention").hidden = false;
}

// "Mean", then 1 to count; keeps what is chosen where it can.
function choices(select, count) {
  const kept = Number(select.value) <= count ? select.value : "0";
  const options = Array.from({ length: count + 1 }, (_, i) => {
    return new Option(i ? String(i) : "mean of all", String(i));
  });
  select.replaceChildren(...options);
  select.value = kept || "0";
}

function drawAttention() {
  if (!shown) return;
  const chosen = (values, select) => {
    const number = Number(byId(select).value);
    return number ? [values[number - 1]] : values;
  };
  const heads = chosen(shown.weights, "layer").flatMap((layer) =>
    chosen(layer, "head"),
  );
  const matrix = byId("matrix");
  matrix.replaceChildren();
  const caption = matrix.createCaption();
  caption.textContent = "Rows: output; columns: input";
  const top = matrix.createTHead().insertRow();
  top.append(document.createElement("td"));
  for (const piece of shown.source) top.append(header(piece, "col"));
  const body = matrix.createTBody();
  shown.target.forEach((piece, t) => {
    if (piece === "") return;
    const row = body.insertRow();
    row.append(header(piece, "row"));
    shown.source.forEach((source, s) => {
      const weight =
        heads.reduce((sum, head) => sum + head[t][s], 0) / heads.length;
      const cell = row.insertCell();
      cell.title = `${piece} → ${source}: ${weight.toFixed(3)}`;
      const fill = document.createElement("i");
      fill.style.setProperty("--weight", weight.toFixed(3));
      cell.append(fill);
    });
  });
}

function header(piece, scope) {
  const cell = document.createElement("th");
  cell.scope = scope;
  const text = document.createElement("span");
  text.textContent = piece;
  cell.append(text);
  return cell;
}

// Reads "(S (NN word))"; null where a text is no tree. A tree's root has
// trees below it only, which no bracketed sentence looks like.
function readTree(text) {
  const tokens = text.match(/[()]|[^ \t\n\r\f\v()]+/g) || [];
  let place = 0;
  function node() {
    if (tokens[place] !== "(") return null;
    place += 1;
    const label = tokens[place];
    if (label === undefined || label === "(" || label === ")") return null;
    place += 1;
    const children = [];
    while (place < tokens.length && tokens[place] !== ")") {
      if (tokens[place] === "(") {
        const child = node();
        if (child === null) return null;
        children.push(child);
      } else {
        children.push({ label: tokens[place], children: [], word: true });
        place += 1;
      }
    }
    if (tokens[place] !== ")" || !children.length) return null;
    place += 1;
    return { label, children, word: false };
  }
  const root = node();
  if (root === null || place !== tokens.length) return null;
  return root.children.every((child) => !child.word) ? root : null;
}

const STEP = 48;
const GAP = 14;

// Leaves side by side, every other node above the middle of its children,
// and all words on one line at the bottom.
function drawTree(root) {
  const svg = document.createElementNS(SVG, "svg");
  const context = document.createElement("canvas").getContext("2d");
  context.font = "600 14px system-ui, sans-serif";
  let x = GAP;
  let left = 0;
  let depth = 0;
  (function measure(node, level) {
    depth = Math.max(depth, level);
    node.children.forEach((child) => measure(child, level + 1));
    const width = context.measureText(node.label).width;
    if (node.word) {
      node.x = x + width / 2;
      x += width + GAP;
      return;
    }
    const [first, last] = [node.children[0], node.children.at(-1)];
    node.x = (first.x + last.x) / 2;
    node.y = level * STEP + 20;
    // A label may be wider than the first word, which it stands above.
    left = Math.min(left, node.x - width / 2 - GAP);
    const right = node.x + width / 2;
    if (right + GAP > x) x = right + GAP;
  })(root, 0);
  (function draw(node, parent) {
    if (node.word) node.y = depth * STEP + 20;
    if (parent) {
      const line = document.createElementNS(SVG, "line");
      line.setAttribute("x1", parent.x);
      line.setAttribute("y1", parent.y + 6);
      line.setAttribute("x2", node.x);
      line.setAttribute("y2", node.y - 14);
      svg.append(line);
    }
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("x", node.x);
    text.setAttribute("y", node.y);
    if (node.word) text.setAttribute("class", "word");
    text.textContent = node.label;
    svg.append(text);
    node.children.forEach((child) => draw(child, node));
  })(root, null);
  const height = depth * STEP + 40;
  svg.setAttribute("width", x - left);
  svg.setAttribute("height", height);
  svg.setAttribute("viewBox", `${left} 0 ${x - left} ${height}`);
  return svg;
}

byId("form").addEventListener("submit", send);
byId("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    send(event);
  }
});
byId("layer").addEventListener("change", drawAttention);
byId("head").addEventListener("change", drawAttention);
start();
