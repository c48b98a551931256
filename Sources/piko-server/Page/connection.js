// The token, requests, and the one event stream that all tabs of this browser share.

let token = takeToken();
let tokenArrived = () => {};

// The address carries it behind `#`, which no request sends; then it is kept for later visits.
function takeToken() {
  const given = location.hash.match(/^#([0-9a-f]{64})$/)?.[1];
  if (given) {
    localStorage.setItem("piko-token", given);
    history.replaceState(null, "", location.pathname);
  }
  return given ?? localStorage.getItem("piko-token") ?? "";
}

function useToken(text) {
  token = text.trim().replace(/^.*#/, "");
  localStorage.setItem("piko-token", token);
  tokenArrived();
}

// Another tab was opened with a new token, or this one by typing it into the address.
addEventListener("storage", (event) => {
  if (event.key !== "piko-token" || !event.newValue) return;
  token = event.newValue;
  tokenArrived();
});
addEventListener("hashchange", () => {
  if (!/^#[0-9a-f]{64}$/.test(location.hash)) return;
  token = takeToken();
  tokenArrived();
});

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (digits) => parseInt(digits, 16));
const hexOf = (bytes) => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");

// Whether who answers at this port has the token. Once the server has ended another user's program
// can have the port, and the token is not for that.
async function isOwnServer(signal) {
  const nonce = hexOf(crypto.getRandomValues(new Uint8Array(32)));
  const response = await fetch(`api/proof?nonce=${nonce}`, { cache: "no-store", signal });
  const { proof } = await response.json();
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw", text.encode(token), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  return crypto.subtle.verify(
    "HMAC", key, bytesOf(proof), text.encode(`${location.port || 80} ${nonce}`));
}

// A request with the token, for nobody but this page's server.
async function send(path, { headers, ...options } = {}) {
  if (/^[0-9a-f]{64}$/.test(token) && !(await isOwnServer(options.signal))) {
    const message = "the server has another token than this page";
    return Response.json({ error: { message, hints: [] } }, { status: 401 });
  }
  return fetch(path, {
    ...options, cache: "no-store", headers: { Authorization: `Bearer ${token}`, ...headers },
  });
}

// A request of the API. What it refuses is thrown, in the verbs' own words.
async function ask(method, path, { body, async = false, signal } = {}) {
  let response;
  try {
    response = await send(path, {
      method, signal, headers: async ? { Prefer: "respond-async" } : {},
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw { message: "the server does not answer", hints: ["start it again: 'piko server'"] };
  }
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401) askForToken();
  if (!response.ok) {
    throw answer.error ?? { message: `the server answers ${response.status}`, hints: [] };
  }
  return answer;
}

const place = (environment) =>
  `api/environments/${encodeURIComponent(environment.name)}`;
const within = (environment) => `project=${encodeURIComponent(environment.project)}`;

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// One tab listens, the one that has the lock, and tells the others; when it goes, the next one does.
const tabs = new BroadcastChannel("piko");
let leads = false;

tabs.onmessage = ({ data }) => {
  if (data.wants === "snapshot") {
    if (leads && state.isKnown) {
      tabs.postMessage({ event: "snapshot", data: snapshot() });
      tabs.postMessage({ link: state.link });
    }
  } else if (data.link) {
    if (!leads) showLink(data.link);
  } else if (!leads) {
    receive(data.event, data.data);
  }
};

function begin() {
  tabs.postMessage({ wants: "snapshot" });
  navigator.locks.request("piko-events", async () => {
    leads = true;
    await listen();
  });
}

function link(how) {
  tabs.postMessage({ link: how });
  showLink(how);
}

async function listen() {
  let pause = 250;
  for (;;) {
    try {
      const silence = new AbortController();
      let timer = setTimeout(() => silence.abort(), 60000);
      const response = await send("api/events", { signal: silence.signal });
      if (response.status === 401) {
        clearTimeout(timer);
        link("locked");
        const arrived = new Promise((done) => { tokenArrived = done; });
        askForToken();
        await arrived;
        continue;
      }
      if (!response.ok) throw new Error(response.status);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), 60000);
        rest += value;
        for (let end; (end = rest.indexOf("\n\n")) >= 0; rest = rest.slice(end + 2)) {
          take(rest.slice(0, end));
        }
        pause = 250;
      }
      clearTimeout(timer);
    } catch { /* it is tried again */ }
    link("lost");
    await sleep(pause);
    pause = Math.min(pause * 2, 4000);
  }
}

// One event of the stream (html.spec.whatwg.org, "Server-sent events").
function take(block) {
  let event = null;
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) event = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (!event) return;
  const value = JSON.parse(data);
  if (event === "snapshot") link("live");
  tabs.postMessage({ event, data: value });
  receive(event, value);
}

