"use strict";
const $ = id => document.getElementById(id), inputs = [...document.querySelectorAll("[type=number]")];
const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const number = (x, digits = 0) => (+x.toFixed(digits) + 0).toFixed(digits).replace("-", "−").replace(".", words.decimal);
const percent = share => words.percent.replace("{n}", number(100 * share));
const plural = new Intl.PluralRules(words.language);
const amount = x => (page.forms[plural.select(x)] || page.forms.other).replace("{n}", number(x));
const whole = each => each.step === "1" ? Math.round(each.value) : +each.value;
const inside = each => Math.min(each.max, Math.max(each.min, whole(each)));
const read = () => Object.fromEntries(inputs.map(each => [each.id, inside(each)]));

// What follows from the inputs; as quote_promise and best_promise have it where the spread is 1.
function follow(v) {
  const {window, quote} = page.least[v.least - 50], {kept: seen, median, n} = page.windows[window];
  const move = time => Math.max(0, Math.ceil(+(median + v.spread * (time - median)).toFixed(9)));
  const kept = Array(move(seen.length - 1) + 1).fill(0);
  seen.forEach((share, time) => { kept[move(time)] = share; });
  kept.forEach((share, d) => { kept[d] = Math.max(share, d && kept[d - 1]); });
  const last = kept.length - 1, came = kept.map((share, d) => share - (d && kept[d - 1]));
  const gap = (time, d) => time <= d ? d - time : -v.worse * Math.min(time - d, page.cap);
  const feels = d => came.reduce((sum, share, time) => sum + share * gap(time, d), gap(Infinity, d) * (1 - kept[last]));
  const row = d => {
    const share = kept[Math.min(d, last)], profit = Math.exp(-v.slope / 100 * d) * (v.margin - v.loss * (1 - share));
    return {d, kept: share, feels: feels(d), profit, allowed: share >= v.least / 100};
  };
  const rows = Array.from({length: Math.max(last, page.end) + 1}, (_, d) => row(d));
  const allowed = rows.filter(each => each.allowed && each.d <= last);
  const best = allowed.length ? allowed.reduce((most, each) => each.profit > most.profit ? each : most) : null;
  return {rows, best, last, n, now: rows[v.promised], quote: quote === null ? null : move(quote)};
}

// Drawing: one x for all charts, text never wider than the picture.
const pen = document.createElement("canvas").getContext("2d");
let wide, step, font;
const x = d => (Math.min(d, page.end + 1) + 0.5) * step;
function word(at, y, text, kind = "", side = 0.5) {
  pen.font = kind.includes("strong") ? "bold " + font : font;
  const room = pen.measureText(text).width + 2;
  return `<text class="${kind}" x="${Math.max(0, Math.min(wide - room, at - room * side))}" y="${y}">${text}</text>`;
}
const line = (x1, x2, y1, y2 = y1) => `<line class="rule" x1="${x1}" x2="${x2}" y1="${y1}" y2="${y2}"/>`;
const dot = (x, y, kind) => `<circle class="${kind}" cx="${x}" cy="${y}" r="6"/>`;
const path = (points, kind) => `<path class="${kind}" d="M${points.map(point => point.join(" ")).join("L")}"/>`;
function height(values, top) {
  const high = Math.max(0, ...values), low = Math.min(0, ...values);
  return value => top + 120 * (high - value) / (high - low || 1);
}
function ticks(y, after = "") {
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find(n => n * step > 40) || 5000;
  const last = Math.floor(page.end / every), at = Array.from({length: last + 1}, (_, i) => i * every);
  const shown = at.filter(d => !after || d * step < wide - 70).map(d => word(x(d), y, number(d), "grey"));
  return shown.join("") + (after && word(wide, y, after, "grey"));
}
function chart(name, tall, finding, about, labels, marks) {
  $(name).setAttribute("viewBox", `0 0 ${wide} ${tall}`);
  $(name).innerHTML = `<title>${finding}</title><desc>${[about, ...labels].join(". ")}.</desc>${marks}`;
  $(name + "_finding").textContent = finding;
  $(name + "_about").textContent = about;
}

function drawCame(v, m, said) {
  const bars = Array.from({length: page.end + 1}, (_, d) => m.rows[d].kept - (d && m.rows[d - 1].kept));
  bars.push(1 - m.rows[page.end].kept);
  const top = Math.max(...bars), edge = x(v.promised) + step / 2;
  const bar = (share, d) => `<rect class="${d > v.promised ? "late" : "kept"}" x="${(d + 0.08) * step}" ` +
    `width="${0.84 * step}" y="${170 - 130 * share / top}" height="${130 * share / top}"/>`;
  const marks = bars.map(bar).join("") + line(0, wide, 170) + line(edge, edge, 28, 176) + ticks(190, `> ${page.end}`) +
    word(0, 16, said.in_time, "strong kept") + word(wide, 16, said.late, "strong late") +
    word(edge, 212, said.label, "strong");
  chart("came", 218, say(words.came, said), say(words.came_about, said), [said.in_time, said.late], marks);
}
function drawFelt(v, m, said) {
  const rows = m.rows.slice(0, page.end + 1), first = rows.find(row => row.feels >= 0);
  const y = height(rows.map(row => row.feels), 26);
  const curve = cut => rows.map(row => [x(row.d), y(cut(row.feels, 0))]);
  const part = (kind, cut) => path([[x(0), y(0)], ...curve(cut), [x(page.end), y(0)]], kind);
  const short = m.now.feels < 0, at = x(v.promised), up = y(m.now.feels);
  const marks = part("late", Math.min) + part("kept", Math.max) + line(0, wide, y(0)) + ticks(192) + dot(at, up, "dot") +
    word(at, up + (short ? 22 : -12), said.feels, "strong", short ? 0 : 1);
  const finding = first ? say(words.felt, {first: amount(first.d)}) : words.never_felt;
  chart("felt", 198, finding, say(words.felt_about, said), [said.feels], marks);
}
function drawPaid(v, m, said) {
  const rows = m.rows.slice(0, page.end + 1), y = height(rows.map(row => row.profit), 34);
  const at = row => [x(row.d), y(row.profit)], curve = (some, kind) => path(some.map(at), kind);
  const from = rows.findIndex(row => row.allowed), barred = from < 0 ? rows : rows.slice(0, from + 1);
  let marks = line(0, wide, y(0)) + curve(barred, "line barred") + ticks(196);
  marks += (from < 0 ? "" : curve(rows.slice(from), "line")) + dot(...at(m.now), "dot");
  const beside = m.best && m.best.d < v.promised ? 1 : 0, over = m.best && m.now.profit > m.best.profit;
  const label = (row, text, kind, side, up) => word(x(row.d), y(row.profit) + (up ? -14 : 24), text, kind, side);
  if (m.best) marks += dot(...at(m.best), "kept") + label(m.best, said.top, "strong kept", 0.5, !over);
  if (m.best !== m.now) marks += label(m.now, said.paid, "strong", beside, over);
  const finding = m.best ? say(words.paid, said) : words.none_paid;
  chart("paid", 202, finding, say(words.paid_about, said), m.best ? [said.top, said.paid] : [said.paid], marks);
}

function draw() {
  const v = read(), m = follow(v), {now, best} = m;
  wide = Math.max(240, $("came").clientWidth);
  step = wide / (page.end + 2);
  font = `${getComputedStyle($("came")).fontSize} ${getComputedStyle($("came")).fontFamily}`;
  const said = {n: m.n, promised: amount(v.promised), kept: percent(now.kept), cap: amount(page.cap)};
  Object.assign(said, {least: percent(v.least / 100), worse: number(v.worse)});
  said.in_time = say(words.in_time, said);
  said.late = say(words.late, {late: percent(1 - now.kept)});
  said.quote = m.quote === null ? words.unknown : amount(m.quote);
  said.feels = `${said.promised}: ${number(now.feels, 1)}`;
  said.profit = number(now.profit, 2);
  said.label = say(words.promised, said);
  said.paid = `${said.promised}: ${said.profit}`;
  said.best = best && amount(best.d);
  said.top = best && say(words.top, said) + `, ${number(best.profit, 2)}`;
  const answer = !best ? words.none : best === now ? words.same : words.best;
  const values = {...said, kept: best && percent(best.kept), most: best && number(best.profit, 2)};
  $("said").textContent = say(answer, values) + (best && best.d === m.last ? " " + words.edge : "");
  drawCame(v, m, said);
  drawFelt(v, m, said);
  drawPaid(v, m, said);
  const cell = text => `<td class="number">${text}</td>`;
  const cells = row => [amount(row.d), percent(row.kept), number(row.feels, 1), number(row.profit, 2)];
  if (document.querySelector("details").open) {
    $("table").innerHTML = m.rows.map(row => `<tr>${cells(row).map(cell).join("")}</tr>`).join("");
  }
  for (const each of inputs) $(each.id + "_slider").value = v[each.id];
  if (window.frameElement) window.frameElement.style.height = document.documentElement.offsetHeight + 8 + "px";
  window.drawn = m;
}

document.forms[0].addEventListener("input", ({target}) => {
  if (target.type === "range") $(target.id.replace("_slider", "")).value = target.value;
  draw();
});
document.forms[0].addEventListener("change", ({target}) => { target.value = read()[target.id] ?? target.value; });
document.forms[0].addEventListener("submit", event => event.preventDefault());
document.forms[0].addEventListener("reset", () => setTimeout(draw));
$("take").addEventListener("click", () => { if (drawn.best) $("promised").value = drawn.best.d; draw(); });
document.querySelector("details").addEventListener("toggle", draw);
addEventListener("resize", draw);
draw();
