// The questions: a new environment, what goes with one that is destroyed, the token, the keys.

function dialog(title, ...content) {
  const box = el("dialog", { "aria-label": title },
    el("form", { method: "dialog" }, el("h2", null, title), ...content));
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}

const check = (name, label, help) => el("label.check", null,
  el("input", { type: "checkbox", name }),
  el("span", null, label, help ? el("small", null, help) : null));

// A failure in the verbs' words: what went wrong, the other program's words, what to type.
function failure(error) {
  return el("div.failure", { role: "alert" },
    el("p", null, error.message),
    error.detail ? el("pre", null, error.detail) : null,
    (error.hints ?? []).map((hint) => el("p.hint", null, hint)));
}

function askForNew(values = {}) {
  if (!state.projects.length) {
    const box = dialog("New environment",
      el("p", null, "There is no project yet. In a git repository, type:"),
      el("pre", null, "piko create NAME"),
      el("footer", null, button("Close", { click: () => box.close() })));
    return;
  }
  const project = el("select", { name: "project" },
    state.projects.map((one) => el("option", { value: one.root }, one.name)));
  const chosen = values.project ?? visibleProject();
  for (const option of project.options) option.selected = option.value === chosen;
  const name = el("input", {
    name: "name", required: true, autocomplete: "off", spellcheck: "false",
    autocapitalize: "off", placeholder: "feature/login", value: values.name,
  });
  const from = el("input", {
    name: "from", autocomplete: "off", spellcheck: "false", placeholder: "HEAD",
  });
  const told = el("div.told", { "aria-live": "polite" });
  const submit = el("button.primary", { type: "submit" }, "Create");
  const box = dialog("New environment",
    state.projects.length > 1 ? el("label", null, "Project", project) : null,
    el("label", null, "Branch or name", name),
    el("label", null, "A new branch begins at", from),
    el("details", null, el("summary", null, "Options"),
      check("noStart", "Make everything, start nothing"),
      check("freshVolumes", "Empty volumes", "that an earlier one of this name kept"),
      check("strict", "Refuse what cannot be isolated")),
    told,
    el("footer", null, button("Cancel", { click: () => box.close() }), submit));
  name.focus();
  // What would be run and was shown; another wish may be of a branch that brings other scripts.
  let shown = null;
  const forget = () => {
    shown = null;
    told.replaceChildren();
    submit.textContent = "Create";
  };
  for (const field of [project, name, from]) field.addEventListener("input", forget);
  box.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const is = (field) => box.querySelector(`[name=${field}]`).checked;
    const body = { name: name.value, project: project.value };
    if (from.value) body.from = from.value;
    if (is("noStart")) body.start = false;
    for (const field of ["freshVolumes", "strict"]) if (is(field)) body[field] = true;
    submit.disabled = true;
    submit.textContent = "Checking";
    let label = "Create";
    try {
      // First what it would do: a refusal is shown here, with nothing made.
      const { plan } = await ask("POST", "api/environments", { body: { ...body, dryRun: true } });
      const approval = plan.approval?.isNeeded ? plan.approval : null;
      if (approval && approval.digest !== shown) {
        shown = approval.digest;
        label = "Approve and create";
        told.replaceChildren(consent(plan));
        // Away from where Enter is pressed: a second one is no approval.
        told.querySelector("pre").focus();
      } else {
        if (approval) body.approve = shown;
        await ask("POST", "api/environments", { body, async: true });
        box.close();
      }
    } catch (error) {
      shown = null;
      told.replaceChildren(failure(error));
    }
    submit.disabled = false;
    submit.textContent = label;
  });
}

// What the user is asked to approve: all of it, as `piko create` shows it on a terminal.
const consent = ({ branch, approval }) => el("div.consent", null,
  el("p", null, `Branch ${branch} wants to run, on this machine and as you:`),
  el("pre", { tabindex: "0", "aria-label": "What would be run" }, approval.runs.join("\n")));

function askToApprove(environment, approval) {
  const box = dialog(`Start ${environment.name}`, consent({ branch: environment.branch, approval }),
    el("footer", null, button("Cancel", { click: () => box.close() }),
      el("button.primary", { type: "submit" }, "Approve and start")));
  box.querySelector("pre").focus();
  box.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    act(environment, "up", { approve: approval.digest });
    box.close();
  });
}

function askToDestroy(environment) {
  const plan = el("div.told", { "aria-live": "polite" });
  const submit = el("button.danger", { type: "submit", disabled: true }, "Destroy");
  const choices = [
    check("volumes", "Its volumes too", "the data in them is lost"),
    check("deleteBranch", "Its branch too"),
    check("force", "Even if work is lost", "uncommitted files, commits on no other branch"),
  ];
  const box = dialog(`Destroy ${environment.name}`, choices, plan,
    el("footer", null, button("Cancel", { click: () => box.close() }), submit));
  const body = () => Object.fromEntries(
    [...box.querySelectorAll("input")].map((input) => [input.name, input.checked]));
  let asked = 0;
  const look = async () => {
    const mine = ++asked;
    submit.disabled = true;
    plan.replaceChildren(el("p.faint", null, "Looking at what would go"));
    try {
      const { action } = await ask(
        "DELETE", `${place(environment)}?${within(environment)}`,
        { body: { ...body(), dryRun: true } });
      if (mine !== asked) return;
      plan.replaceChildren(el("pre", null, action.output.join("\n")));
      submit.disabled = false;
    } catch (error) {
      if (mine === asked) plan.replaceChildren(failure(error));
    }
  };
  for (const input of box.querySelectorAll("input")) input.addEventListener("change", look);
  box.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    act(environment, "destroy", body());
    box.close();
  });
  look();
}

let tokenBox = null;

function askForToken() {
  if (tokenBox) return;
  const field = el("input", {
    name: "token", required: true, autocomplete: "off", spellcheck: "false", type: "password",
  });
  tokenBox = dialog("Whose page is this?",
    el("p", null, "Only you may see and drive your environments. Open the address that ",
      el("code", null, "piko server"), " printed, or paste it here."),
    el("label", null, "Address or token", field),
    el("footer", null, el("button.primary", { type: "submit" }, "Continue")));
  tokenBox.addEventListener("close", () => { tokenBox = null; });
  tokenBox.addEventListener("submit", () => useToken(field.value));
  const arrived = tokenArrived;
  tokenArrived = () => { tokenBox?.close(); arrived(); };
}

function showKeys() {
  const keys = [
    ["/", "filter"], ["n", "new environment"], ["j  k", "next, previous environment"],
    ["Enter", "show or hide its details"], ["s", "start or stop"], ["r", "restart"],
    ["l", "logs"], ["e", "open in the editor"], ["Esc", "close"],
  ];
  const box = dialog("Keys",
    el("dl.keys", null, keys.map(([key, what]) =>
      [el("dt", null, el("kbd", null, key)), el("dd", null, what)])),
    el("footer", null, button("Close", { click: () => box.close() })));
}

