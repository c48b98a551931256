// What containers write, live. A hidden tab listens to nothing: a browser allows a server six
// connections, and each of these is one.

const logs = {
  of: null, lines: [], services: new Set(), service: "", search: "", reader: null,
  isFollowing: false, seen: new Map(),
};
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
  logs.isFollowing = false;
  byId("logs").hidden = true;
  byId("logs").replaceChildren();
  document.body.classList.remove("with-logs");
}

async function followLogs(anew) {
  logs.reader?.abort();
  const reader = logs.reader = new AbortController();
  const environment = logs.of;
  const note = (text) => { if (logs.reader === reader) addLines([{ note: text }]); };
  if (anew) {
    logs.lines = [];
    logs.seen = new Map();
  }
  logs.isFollowing = true;
  drawLogs();
  try {
    await inTurn(reader.signal, note, async () => {
      const response = await send(
        `${place(environment)}/logs?follow=1&timestamps=1&${unseen()}&${within(environment)}`,
        { signal: reader.signal });
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
        if (logs.reader === reader) addLines(parts.map(lineOf).filter(isNew));
      }
      note("no more is written");
    });
  } catch (error) {
    if (error.name !== "AbortError") note("the server does not answer");
  } finally {
    if (logs.reader === reader) logs.isFollowing = false;
  }
}

// Three pages of a browser show logs at once: of its six connections some are left for events and for
// what is pressed.
async function inTurn(signal, note, work) {
  for (const slot of [0, 1, 2]) {
    const isDone = await navigator.locks.request(
      `piko-logs-${slot}`, { ifAvailable: true }, async (lock) => lock && (await work(), true));
    if (isDone) return;
  }
  note("three other pages show logs; this one waits until one of them is closed or hidden");
  await navigator.locks.request("piko-logs-0", { signal }, work);
}

// What has not been read: containers take turns, so it begins a little before the last line.
function unseen() {
  const last = [...logs.seen.values()].sort().at(-1);
  if (!last) return "tail=500";
  const since = new Date(Date.parse(last) - 5000).toISOString();
  return `tail=all&since=${encodeURIComponent(since)}`;
}

// A container's lines come in the order of their times, which all have one width.
function isNew({ container, time }) {
  if (!time) return true;
  if (time <= (logs.seen.get(container) ?? "")) return false;
  logs.seen.set(container, time);
  return true;
}

// Reads on when there is something to read again: containers run, the server answers.
function resumeLogs() {
  if (!logs.of || logs.isFollowing || document.hidden) return;
  const now = state.environments.get(keyOf(logs.of));
  if (now?.containers?.running) followLogs(false);
}

// `web-1  | 2026-11-21T08:41:59.123456789Z text`, as Compose writes it.
function lineOf(text) {
  const clean = text.replace(escapes, "").replace(/\r/g, "");
  const [, container, time, line] =
    clean.match(/^(\S+)\s+\| (?:(\d{4}-\d\d-\d\dT[\d:.]{8,}Z) ?)?(.*)$/s) ?? [null, "", "", clean];
  const service = container.replace(/-\d+$/, "");
  return { service: logs.services.has(service) ? service : container, container, time, line };
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
  return el("p", { title: entry.time }, el(`b.hue${hue(entry.service)}`, null, entry.container), line);
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
  if (document.hidden) {
    logs.reader?.abort();
    logs.isFollowing = false;
  }
  else followLogs(false);
});

