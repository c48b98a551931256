// Making elements. What comes from outside becomes text and attributes, never markup.

const byId = (id) => document.getElementById(id);

// el("a.port", {href}, "web", …): a tag with classes, its attributes, its children. A function is a
// listener, false leaves an attribute out, null leaves a child out.
function el(what, attributes, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(3).filter((child) => child != null && child !== false));
  return element;
}

function button(label, attributes, ...children) {
  return el("button.quiet", { type: "button", ...attributes }, label, ...children);
}

// Tells a screen reader what has happened.
function say(text) {
  byId("said").textContent = text;
}

async function copy(text, from) {
  try {
    await navigator.clipboard.writeText(text);
    const label = from.textContent;
    from.textContent = "Copied";
    say("Copied");
    setTimeout(() => { from.textContent = label; }, 1200);
  } catch {
    const range = document.createRange();
    const shown = from.parentElement?.querySelector("code");
    if (!shown) return;
    range.selectNodeContents(shown);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }
}

const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function age(time) {
  const seconds = Math.max(0, (Date.now() - Date.parse(time)) / 1000);
  if (seconds < 60) return `${Math.floor(seconds)}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}

// A word as a POSIX shell takes it.
const quoted = (word) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

