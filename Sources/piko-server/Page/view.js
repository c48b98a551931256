// Drawing what is known. A row is made anew only when something in it is different.

const open = new Set();
let filter = "";
let isDrawing = false;

function draw() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    drawNotices();
    drawProjects();
  });
  // A hidden tab gets no frames, and is up to date when it is looked at.
  if (document.hidden) { isDrawing = false; drawNotices(); drawProjects(); }
}

const links = {
  live: "Live", lost: "Reconnecting", locked: "Locked", waiting: "Connecting",
};

function showLink(how) {
  state.link = how;
  const shown = byId("link");
  shown.textContent = links[how];
  shown.dataset.link = how;
}

function drawNotices() {
  const texts = state.notices;
  const box = byId("notices");
  if (box.dataset.texts === JSON.stringify(texts)) return;
  box.dataset.texts = JSON.stringify(texts);
  box.replaceChildren(...texts.map((text) => el("p.notice", { role: "alert" }, text)));
}

const visibleProject = () => {
  const row = document.activeElement?.closest(".row");
  const name = row?.dataset.key.split("/")[0] ?? state.projects[0]?.name;
  return state.projects.find((one) => one.name === name)?.root;
};

const matches = (environment) => {
  const text = [
    environment.project, environment.name, environment.branch, environment.state,
    ...environment.services.map((one) => one.name), ...environment.ports.map((one) => one.port),
  ].join(" ").toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
};

function drawProjects() {
  const box = byId("projects");
  const known = new Map([...box.children].map((one) => [one.dataset.project, one]));
  const sections = state.projects.map((project) => {
    const section = known.get(project.name) ?? newSection(project);
    fill(section, project);
    return section;
  });
  arrange(box, sections);
  const count = box.querySelectorAll(".row").length;
  box.dataset.count = count;
  document.title = count ? `piko (${count})` : "piko";
}

// Puts children in order without touching those that are in their place: what moves loses focus.
function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

function newSection(project) {
  const id = `project-${project.name}`;
  return el("section.project", { "aria-labelledby": id, "data-project": project.name },
    el("header", null, el("h2", { id }, project.name), el("span.root", null, project.root)),
    el("div.rows", { role: "list" }), el("p.empty"));
}

function fill(section, project) {
  const all = [...state.environments.values()].filter((one) => one.project === project.name)
    .sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  const shown = all.filter(matches);
  const box = section.querySelector(".rows");
  const known = new Map([...box.children].map((one) => [one.dataset.key, one]));
  // What is being made, or could not be, before there is an environment of that name.
  const names = new Set(all.flatMap((one) => [one.name, one.branch]));
  const pending = [...new Set([...state.actions.values()]
    .filter((one) => one.project === project.name && !one.isAway && one.state !== "done")
    .map((one) => one.environment))]
    .filter((name) => !names.has(name) && !filter);
  const rows = [
    ...pending.map((name) => ({ key: `${project.name}/${name}`, name, draw: pendingRow })),
    ...shown.map((one) => ({ key: keyOf(one), environment: one, draw: rowOf })),
  ].map((entry) => {
    const actions = [...actionsOf(entry.key), ...createsOf(entry)];
    const signature = JSON.stringify([entry.environment ?? entry.name, actions, open.has(entry.key)]);
    const old = known.get(entry.key);
    if (old?.signature === signature) return old;
    const fresh = entry.draw(entry, actions);
    fresh.signature = signature;
    if (old) keepFocus(old, fresh);
    return fresh;
  });
  arrange(box, rows);
  const empty = section.querySelector(".empty");
  empty.hidden = rows.length > 0;
  if (all.length) empty.textContent = "No environment here matches the filter.";
  else empty.replaceChildren("No environment yet. ", button("Make one", {
    click: () => askForNew({ project: project.root }),
  }));
}

// A create speaks of the branch that was typed; its environment may have another name.
const createsOf = ({ environment }) => !environment ? [] : [...state.actions.values()].filter(
  (one) => one.verb === "create" && one.project === environment.project && !one.isAway
    && one.state !== "done" && one.environment !== environment.name
    && one.environment === environment.branch);

function keepFocus(old, fresh) {
  const focused = document.activeElement;
  if (!old.contains(focused)) {
    old.replaceWith(fresh);
    return;
  }
  const key = focused.dataset.focus ?? focused.textContent;
  old.replaceWith(fresh);
  [...fresh.querySelectorAll("button, a, select")].find(
    (one) => (one.dataset.focus ?? one.textContent) === key)?.focus();
}

function pendingRow({ key, name }, actions) {
  return el("article.row", { role: "listitem", "data-key": key, "data-state": "creating" },
    el("div.line", null, el("div.who", null, el("span.name", null, name))),
    actions.map(progress));
}

function rowOf({ key, environment }, actions) {
  const isOpen = open.has(key);
  const isRunning = ["running", "degraded", "ready"].includes(environment.state);
  const isBroken = ["broken", "creating", "destroying"].includes(environment.state);
  const busy = isBusy(key);
  const toggle = el("button.name", {
    type: "button", "aria-expanded": String(isOpen), "data-focus": "name",
    click: () => { if (!open.delete(key)) open.add(key); draw(); },
  }, environment.name);
  const does = (label, verb, attributes) => button(label, {
    "data-focus": verb, disabled: busy, "aria-label": `${label} ${environment.name}`,
    click: () => act(environment, verb), ...attributes,
  });
  return el("article.row", {
    role: "listitem", "data-key": key, "data-state": environment.state, "aria-busy": String(busy),
  },
  el("div.line", null,
    el("div.who", null, toggle,
      environment.branch !== environment.name
        ? el("span.branch", { title: "branch" }, environment.branch || "detached") : null),
    el("span.state", { "data-state": environment.state }, stateText(environment)),
    changes(environment.git),
    el("ul.services", { "aria-label": "Services" }, environment.services.map(chip),
      shared(environment).map(chip),
      hostPorts(environment).map((port) => el("li", null, portLink(port, port.service)))),
    el("time.age", { datetime: environment.createdAt, title: environment.createdAt },
      environment.createdAt ? age(environment.createdAt) : ""),
    el("div.does", null,
      isBroken ? null : isRunning ? does("Stop", "down", { "data-focus": "power" })
        : does("Start", "up", { "data-focus": "power", click: () => start(environment) }),
      isRunning && environment.services.length ? does("Restart", "restart") : null,
      environment.services.length ? button("Logs", {
        "data-focus": "logs", "aria-label": `Logs of ${environment.name}`,
        click: () => openLogs(environment),
      }) : null,
      isBroken ? null : does("Edit", "open"),
      button("Destroy", {
        "data-focus": "destroy", disabled: busy, "aria-label": `Destroy ${environment.name}`,
        click: () => askToDestroy(environment),
      }))),
  actions.map(progress),
  isOpen ? details(environment) : null);
}

function stateText(environment) {
  const count = environment.containers;
  const state = environment.state ?? "unknown";
  return count ? `${state} ${count.running}/${count.total}` : state;
}

function changes(git) {
  const parts = [];
  // Null where git was asked and did not answer in time.
  if (git?.changed == null) parts.push(el("span.faint", { title: "git has not answered yet" }, "…"));
  if (git?.changed) parts.push(el("span", null, plural(git.changed, "change")));
  if (git?.ahead) parts.push(el("span", { "aria-label": `${git.ahead} ahead` }, `↑${git.ahead}`));
  if (git?.behind) parts.push(el("span", { "aria-label": `${git.behind} behind` }, `↓${git.behind}`));
  const clean = git && git.changed === 0 && !parts.length;
  return el("span.changes", null, clean ? el("span.faint", null, "clean") : parts);
}

// How a service is: what its health check says, else its state.
function condition(service) {
  if (service.state === "exited" && service.exitCode === 0) return "done";
  if (service.state === "running") return service.health ?? "running";
  return service.state ?? "unknown";
}

// Those that run once for several environments; they are on no list of its own containers.
const shared = (environment) => (environment.sharedServices ?? []).map((one) => (
  { ...one, name: one.service, shared: true }));

const isShared = (service) => service.shared || service.ports.some((port) => port.shared);

function chip(service) {
  const how = condition(service);
  return el("li", { "data-condition": how, title: `${service.name}: ${how}` },
    el("span.dot", { role: "img", "aria-label": how }),
    service.ports.length ? service.ports.map((port, index) =>
      portLink(port, index ? "" : service.name)) : el("span", null, service.name),
    isShared(service) ? el("em", { title: `serves ${(service.consumers ?? []).join(", ")}` }, "shared")
      : null);
}

const hostPorts = (environment) => {
  const names = new Set(
    [...environment.services, ...shared(environment)].map((one) => one.name));
  return environment.ports.filter((port) => !names.has(port.service));
};

// A port that a browser can open; others are numbers.
function portLink(port, name) {
  const text = [name, el("span.port", null, `:${port.port}`)];
  if (port.protocol !== "tcp") return el("span", null, text, el("small", null, port.protocol));
  const scheme = [443, 8443].includes(port.target) ? "https" : "http";
  return el("a", {
    href: `${scheme}://localhost:${port.port}`, target: "_blank", rel: "noopener noreferrer",
    title: `${port.service} ${port.target} on localhost:${port.port}`,
  }, text);
}

function progress(action) {
  const last = action.lines.at(-1) ?? "";
  if (action.state === "running") {
    return el("div.progress", { role: "status" },
      el("span.spinner", { "aria-hidden": "true" }),
      el("span", null, el("b", null, action.verb), " ", last.replace(/^✓ /, "")),
      action.lines.length > 1 ? el("details", null, el("summary", null, "All it said"),
        el("pre", null, action.lines.join("\n"))) : null);
  }
  const error = action.error ?? { message: "it failed", hints: [] };
  return el("div.outcome", null,
    el("b", null, action.verb), failure(error),
    button("Dismiss", { click: () => putAway(action.id) }));
}

function details(environment) {
  const line = `eval "$(piko env ${quoted(environment.name)})"`;
  const copied = (label, text) => el("div.copy", null, el("span", null, label),
    el("code", null, text),
    button("Copy", { "aria-label": `Copy: ${label}`, click: (event) => copy(text, event.target) }));
  return el("div.details", null,
    table(environment),
    el("div.use", null,
      copied("Variables", line),
      copied("Worktree", `cd ${quoted(environment.path)}`),
      environment.services.length ? copied("Compose", environment.composeProject) : null,
      copied("Session", environment.session)));
}

function table(environment) {
  const rows = [
    ...[...environment.services, ...shared(environment)].map(
      (one) => ({ ...one, condition: condition(one) })),
    ...hostPorts(environment).map((port) => ({ name: port.service, ports: [port] })),
  ];
  if (!rows.length) return el("p.faint", null, "It has neither services nor ports.");
  return el("table", null,
    el("caption.hidden", null, `Services and ports of ${environment.name}`),
    el("thead", null, el("tr", null,
      ["Service", "State", "Container port", "Host port", ""].map(
        (name) => el("th", { scope: "col" }, name)))),
    el("tbody", null, rows.flatMap((one) =>
      (one.ports.length ? one.ports : [null]).map((port, index) => el("tr", null,
        el("th", { scope: "row" }, index ? "" : one.name,
          !index && isShared(one) ? el("em", null, "shared") : null),
        el("td", { "data-condition": one.condition }, index || !one.condition ? ""
          : [el("span.dot", { "aria-hidden": "true" }), one.condition,
            one.exitCode ? ` (${one.exitCode})` : ""]),
        el("td", null, port ? `${port.target}${port.protocol === "tcp" ? "" : `/${port.protocol}`}`
          : ""),
        el("td", null, port ? portLink(port, port.address || "localhost") : ""),
        el("td", null, index || !one.condition || one.shared ? "" : [
          button("Logs", {
            "aria-label": `Logs of ${one.name}`, click: () => openLogs(environment, one.name),
          }),
          button("Restart", {
            "aria-label": `Restart ${one.name}`,
            click: () => act(environment, "restart", { service: one.name }),
          }),
        ]))))));
}

