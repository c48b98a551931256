// What containers write, live. A hidden tab listens to nothing: a browser allows a server six
// connections, and each of these is one.

const logs = { of: null, lines: [], services: new Set(), service: "", search: "", reader: null };
const keptLines = 5000;
// What colours a terminal and moves its cursor (ECMA-48, 5.4).
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007]*(?:\u0007|\u001b\\)|.)/g;

function openLogs(environment, service = "") {
  logs.of = environment;
  logs.service = service;
  logs.search = "";
  logs.services = new Set(environment.services.map((one) => one.name));
  const panel = byId("logs");
  const choose = el("select", {
    "aria-label": "Service", change: () => { logs.service = choose.value; drawLogs(); },
  }, el("option", { value: "" }, "All services"),
  [...logs.services].map((name) => el("option", { value: name, selected: name === service }, name)));
  const search = el("input", {
    type: "search", placeholder: "Search", "aria-label": "Search the logs", spellcheck: "false",
    input: () => { logs.search = search.value.toLowerCase(); drawLogs(); },
  });
  panel.replaceChildren(
    el("header", null,
      el("h2", null, "Logs ", el("span", null, environment.name)), choose, search,
      el("span.count", { "aria-live": "off" }),
      button("Close", { "aria-label": "Close the logs", click: closeLogs })),
    el("div.lines", { tabindex: "0", role: "log", "aria-label": "Log lines", "aria-live": "off" }));
  panel.hidden = false;
  document.body.classList.add("with-logs");
  followLogs(true);
  search.focus();
}

function closeLogs() {
  logs.reader?.abort();
  logs.of = null;
  byId("logs").hidden = true;
  byId("logs").replaceChildren();
  document.body.classList.remove("with-logs");
}

async function followLogs(anew) {
  logs.reader?.abort();
  const reader = logs.reader = new AbortController();
  const environment = logs.of;
  const note = (text) => { if (logs.reader === reader) addLines([{ note: text }]); };
  if (anew) logs.lines = [];
  drawLogs();
  const query = anew ? "tail=500" : `tail=all&since=${encodeURIComponent(logs.seen ?? "1s")}`;
  try {
    const response = await fetch(
      `${place(environment)}/logs?follow=1&${query}&${within(environment)}`,
      { headers: headers(), cache: "no-store", signal: reader.signal });
    if (!response.ok) {
      const { error } = await response.json();
      note([error.message, ...error.hints].join("; "));
      return;
    }
    const stream = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await stream.read();
      if (done) break;
      const parts = (rest + value).split("\n");
      rest = parts.pop();
      logs.seen = new Date().toISOString();
      if (logs.reader === reader) addLines(parts.map(lineOf));
    }
    note("no more is written");
  } catch (error) {
    if (error.name !== "AbortError") note("the server does not answer");
  }
}

// `web-1  | text`, as Compose writes it.
function lineOf(text) {
  const clean = text.replace(escapes, "").replace(/\r/g, "");
  const [, container, line] = clean.match(/^(\S+)\s+\| ?(.*)$/s) ?? [null, "", clean];
  const service = container.replace(/-\d+$/, "");
  return { service: logs.services.has(service) ? service : container, container, line };
}

const isShown = (entry) => entry.note
  || ((!logs.service || entry.service === logs.service)
    && (!logs.search || entry.line.toLowerCase().includes(logs.search)));

// The same colour for a service wherever it is seen.
const hue = (name) => [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 6;

function row(entry) {
  if (entry.note) return el("p.note", null, entry.note);
  const line = el("span", null);
  const at = logs.search ? entry.line.toLowerCase().indexOf(logs.search) : -1;
  if (at < 0) {
    line.textContent = entry.line;
  } else {
    const end = at + logs.search.length;
    line.append(
      entry.line.slice(0, at), el("mark", null, entry.line.slice(at, end)), entry.line.slice(end));
  }
  return el("p", null, el(`b.hue${hue(entry.service)}`, null, entry.container), line);
}

function addLines(entries) {
  const box = byId("logs").querySelector(".lines");
  if (!box) return;
  const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  logs.lines.push(...entries);
  if (logs.lines.length > keptLines + 500) {
    logs.lines.splice(0, logs.lines.length - keptLines);
    drawLogs();
  } else {
    box.append(...entries.filter(isShown).map(row));
    countLogs();
  }
  if (isAtEnd) box.scrollTop = box.scrollHeight;
}

function drawLogs() {
  const box = byId("logs").querySelector(".lines");
  if (!box) return;
  box.replaceChildren(...logs.lines.filter(isShown).map(row));
  box.scrollTop = box.scrollHeight;
  countLogs();
}

function countLogs() {
  const shown = byId("logs").querySelector(".lines").childElementCount;
  byId("logs").querySelector(".count").textContent = plural(shown, "line");
}

document.addEventListener("visibilitychange", () => {
  if (!logs.of) return;
  if (document.hidden) logs.reader?.abort();
  else followLogs(false);
});

