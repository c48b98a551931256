// What the user does, and the beginning.

byId("new").addEventListener("click", () => askForNew());
byId("help").addEventListener("click", showKeys);
byId("filter").addEventListener("input", (event) => {
  filter = event.target.value.trim();
  draw();
});
byId("filter").addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    event.target.value = filter = "";
    event.target.blur();
    draw();
  } else if (event.key === "Enter" || event.key === "ArrowDown") {
    document.querySelector(".row button.name")?.focus();
    event.preventDefault();
  }
});

const press = (row, what) =>
  row?.querySelector(`.does [data-focus=${what}]:not(:disabled)`)?.click();

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, select, textarea, dialog");
  if (event.key === "Escape" && !byId("logs").hidden && !event.target.closest("dialog")) {
    closeLogs();
    return;
  }
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = event.target.closest(".row");
  const names = [...document.querySelectorAll(".row button.name")];
  const at = names.indexOf(row?.querySelector("button.name"));
  const keys = {
    "/": () => byId("filter").focus(),
    "?": showKeys,
    n: () => byId("new").click(),
    j: () => names[Math.min(at + 1, names.length - 1)]?.focus(),
    k: () => names[Math.max(at - 1, 0)]?.focus(),
    s: () => press(row, "power"),
    r: () => press(row, "restart"),
    l: () => press(row, "logs"),
    e: () => press(row, "open"),
  };
  const does = keys[event.key];
  if (!does) return;
  event.preventDefault();
  does();
});

setInterval(() => {
  for (const time of document.querySelectorAll("time.age[datetime]")) {
    time.textContent = age(time.dateTime);
  }
}, 10000);

showLink("waiting");
begin();
