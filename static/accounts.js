/* The page of a new account: usernames appear while the name is typed, are kept while the page is in use, and are given
   back when it is left. Without this script the same form works by its buttons. */
"use strict";
(() => {
  const form = document.getElementById("new-account");
  const input = document.getElementById("username");
  if (!form || !input) return;
  const list = document.getElementById("username-list");
  const status = document.getElementById("username-status");
  const left = document.getElementById("hold-left");
  const passed = document.getElementById("passed");
  const PAUSE = 250; // ms after the last key
  const PATIENCE = 20000; // ms for one answer

  let names = [];
  let own = input.value !== ""; // somebody typed a username; suggestions no longer replace it
  let seconds = 0, keptUntil = 0, touched = 0, submitting = false;

  // One request of a kind at a time: a later one waits for the earlier, whose answer is then out of date and dropped.
  // Cutting the earlier one off would leave the server working on it, and two answers would fight over the same names.
  function latest(send) {
    let timer, busy = false, again = false;
    async function run() {
      if (busy) { again = true; return; }
      busy = true;
      do {
        again = false;
        await send(() => again);
      } while (again);
      busy = false;
    }
    return (delay) => { window.clearTimeout(timer); timer = window.setTimeout(run, delay); };
  }

  function sent() {
    const data = new FormData();
    for (const [name, value] of new FormData(form)) {
      if (["csrf_token", "holder", "domain", "firstname", "lastname"].includes(name) || name.startsWith("field-")) data.append(name, value);
    }
    return data;
  }
  function words(problem) { // a title alone has no full stop
    const end = /[.!?]$/.test(problem.detail) ? "" : ".";
    const id = problem.status >= 500 && !problem.retry ? ` Request id: ${problem.request_id}.` : "";
    return `${problem.detail}${end} ${problem.advice}${id}`;
  }
  async function ask(address, data) {
    try {
      const answer = await fetch(address, {
        method: "POST", body: data, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE),
      });
      const body = await answer.json();
      return answer.ok ? body : { failed: words(body) };
    } catch {
      return { failed: "No answer. Look whether you are online; what you typed is still here." };
    }
  }

  // Suggestions.
  const complete = () => [...form.querySelectorAll("[data-name][required]")].every((field) => field.value.trim());
  const suggest = latest(async (stale) => {
    if (!complete()) { keep([], 0); say("Type a first and a last name."); return; }
    if (!names.length) say("Looking for free usernames…");
    const answer = await ask(form.dataset.suggest, sent());
    if (stale()) return;
    if (answer.failed) { keep([], 0); say(answer.failed); return; }
    const before = names.join();
    keep(answer.names, answer.seconds);
    explain(answer.passed);
    if (!own) choose(names[0]);
    if (names.join() !== before) {
      say(`${names.length} ${names.length === 1 ? "username is" : "usernames are"} free and kept for you. ${own ? "" : `${names[0]} is filled in. `}Press the down arrow for the list.`);
    }
  });
  function keep(found, time) {
    names = found;
    seconds = time;
    keptUntil = Date.now() + time * 1000;
    close();
    tick();
  }
  function explain(reasons) {
    passed.replaceChildren();
    if (!reasons.length) return;
    const items = reasons.map((one) => element("li", `${one.name}: ${one.reason}`));
    const details = element("details", "");
    details.append(element("summary", "Names that are not offered, and why"), element("ul", ""));
    details.lastChild.append(...items);
    passed.append(details);
  }

  // A typed username is looked up, and the reason said why it cannot be had.
  const check = latest(async (stale) => {
    const typed = input.value.trim().toLowerCase();
    if (!typed || names.includes(typed)) { judge(""); return; }
    const data = sent();
    data.append("username", typed);
    const answer = await ask(form.dataset.check, data);
    if (stale()) return;
    if (answer.failed) { say(answer.failed); return; }
    judge(answer.reason);
    say(answer.reason ? `${answer.address} cannot be had: ${answer.reason}.` : `${answer.address} is free just now.`);
  });
  function judge(reason) {
    if (reason) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  // The list (ARIA 1.2 combobox): the focus stays in the field, the active option is named.
  let active = -1;
  function open() {
    const typed = own ? input.value.trim().toLowerCase() : "";
    const fitting = names.filter((name) => name.startsWith(typed));
    const shown = fitting.length ? fitting : names;
    list.replaceChildren(...shown.map((name, at) => {
      const option = element("li", name);
      option.id = `username-option-${at}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.name = name;
      return option;
    }));
    list.hidden = shown.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    activate(-1);
  }
  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    activate(-1);
  }
  function activate(at) {
    active = at;
    [...list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    if (at < 0) { input.removeAttribute("aria-activedescendant"); return; }
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  }
  function choose(name) {
    input.value = name ?? "";
    window.frontdesk.mend(input);
    own = false;
    judge("");
    close();
  }
  function pick(name) {
    choose(name);
    say(`${name} is chosen, and kept for you.`);
  }
  input.addEventListener("keydown", (event) => {
    const count = list.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (list.hidden) { open(); if (!list.hidden && !event.altKey) activate(step > 0 ? 0 : list.children.length - 1); }
      else activate((active + step + (active < 0 && step < 0 ? 1 : 0) + count) % count);
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      event.preventDefault();
      pick(list.children[active].dataset.name);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    }
  });
  input.addEventListener("input", () => {
    own = input.value.trim() !== "";
    if (own && names.some((name) => name.startsWith(input.value.trim().toLowerCase()))) open();
    else close();
    check(PAUSE);
  });
  input.addEventListener("click", () => { if (list.hidden) open(); else close(); });
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(option.dataset.name);
  });

  // The time for which the names are kept; it begins again while the page is in use.
  function tick() {
    const rest = Math.max(0, Math.round((keptUntil - Date.now()) / 1000));
    left.hidden = names.length === 0;
    left.textContent = rest ? `Suggestions are kept for you for ${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}` : "The suggestions are no longer kept for you.";
    const used = touched > keptUntil - seconds * 1000 && document.visibilityState === "visible";
    if (names.length && used && rest < seconds / 4 && !submitting) suggest(0);
  }
  window.setInterval(tick, 1000);
  ["input", "keydown", "pointerdown"].forEach((kind) => document.addEventListener(kind, () => { touched = Date.now(); }));

  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-name]")) suggest(PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value === "suggest") {
      event.preventDefault();
      suggest(0);
    } else {
      submitting = true;
    }
  });
  window.addEventListener("pagehide", () => {
    if (!submitting && names.length) navigator.sendBeacon(form.dataset.release, sent());
  });
  window.addEventListener("pageshow", (event) => {
    submitting = false;
    if (event.persisted && complete()) suggest(0);
  });

  function element(tag, text) {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  }
  function say(text) { status.textContent = text; }

  // What the page came with: the choice among buttons becomes the choice in the field.
  const radios = document.getElementById("f-choice");
  document.querySelectorAll("[data-scripts-hide]").forEach((hint) => { hint.hidden = true; });
  document.getElementById("username-label").textContent = "Username";
  if (radios) {
    const offered = [...radios.querySelectorAll("[name=choice]")];
    keep(offered.map((radio) => radio.value), Number(radios.dataset.seconds));
    if (!own) choose((offered.find((radio) => radio.checked) ?? offered[0]).value);
    radios.remove();
  }
})();
