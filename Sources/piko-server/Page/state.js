// What is known, and what the events do to it.

const state = {
  isKnown: false, link: "waiting", projects: [], notices: [],
  environments: new Map(), actions: new Map(),
};

const keyOf = (environment) => `${environment.project}/${environment.name}`;

const snapshot = () => ({
  projects: state.projects, notices: state.notices,
  environments: [...state.environments.values()], actions: [...state.actions.values()],
});

function receive(event, data) {
  switch (event) {
    case "snapshot":
      state.isKnown = true;
      byId("new").disabled = false;
      state.projects = data.projects;
      state.notices = data.notices;
      state.environments = new Map(data.environments.map((one) => [keyOf(one), one]));
      // What was put away stays away.
      state.actions = new Map(data.actions.map((one) => [
        one.id, { ...one, isAway: state.actions.get(one.id)?.isAway ?? one.state !== "running" },
      ]));
      resumeLogs();
      break;
    case "projects":
      state.projects = data.projects;
      state.notices = data.notices;
      break;
    case "environment":
      state.environments.set(keyOf(data), data);
      resumeLogs();
      break;
    case "gone": state.environments.delete(keyOf(data)); break;
    case "action":
      state.actions.set(data.id, data);
      if (data.state === "done") say(`${data.verb} ${data.environment}: done`);
      if (data.state === "failed") say(`${data.verb} ${data.environment}: ${data.error?.message}`);
      break;
    case "progress": {
      const action = state.actions.get(data.id);
      if (action) state.actions.set(data.id, { ...action, lines: [...action.lines, data.line] });
      break;
    }
  }
  draw();
}

// The actions of an environment that are worth a look: what runs, and what failed.
const actionsOf = (key) => [...state.actions.values()].filter(
  (one) => keyOf({ project: one.project, name: one.environment }) === key && !one.isAway
    && one.state !== "done");

const isBusy = (key) => actionsOf(key).some((one) => one.state === "running");

function putAway(id) {
  const action = state.actions.get(id);
  if (action) state.actions.set(id, { ...action, isAway: true });
  draw();
}

// Asks for a verb; what it does and how it ends comes as events.
async function act(environment, verb, body) {
  try {
    const path = verb === "destroy" ? place(environment) : `${place(environment)}/${verb}`;
    const { action } = await ask(
      verb === "destroy" ? "DELETE" : "POST", `${path}?${within(environment)}`,
      { body: body ?? {}, async: true });
    say(`${action.verb} ${action.environment}: begun`);
  } catch (error) {
    fail(environment, verb, error);
  }
}

// Starts it, once the user has seen what its branch brings to be run.
async function start(environment) {
  let wanted = null;
  try {
    const path = `${place(environment)}/approval?${within(environment)}`;
    ({ approval: wanted } = await ask("GET", path));
  } catch { /* the verb says what is wrong */ }
  if (wanted?.isNeeded) askToApprove(environment, wanted);
  else act(environment, "up");
}

// A request that did not get as far as a verb is shown where the verb's failure would be.
function fail(environment, verb, error) {
  const id = `local-${Date.now()}`;
  receive("action", {
    id, verb, project: environment.project, environment: environment.name, state: "failed",
    lines: [], output: [], error,
  });
}

