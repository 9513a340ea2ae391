/* The page of a new account: usernames appear while the name is typed, are kept while the page is in use, and are given
   back when it is left. Without this script the same form works by its buttons. */
"use strict";
(() => {
  const form = document.getElementById("new-account");
  const input = document.getElementById("username");
  if (!form || !input) return;
  const frame = input.closest(".combobox-frame");
  const status = document.getElementById("username-status");
  const passed = document.getElementById("passed");
  const PAUSE = 250; // ms after the last key
  const PATIENCE = 20000; // ms for one answer
  const SLOW = 400; // ms after which a sign is shown that somebody is looking

  let own = input.value !== ""; // somebody typed a username; suggestions no longer replace it
  let picked = false; // somebody chose this one among the suggestions
  let submitting = false, asked = false;
  let place = form.elements.domain?.value; // the domain whose names are kept

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
  let looking = 0;
  async function askAloud(address, data, doing) { // a person waits for it
    let shown = 0;
    const timer = window.setTimeout(() => { shown = 1; looking += 1; frame.dataset.busy = ""; say(doing); }, SLOW);
    const answer = await ask(address, data);
    window.clearTimeout(timer);
    looking -= shown;
    if (!looking) delete frame.dataset.busy;
    return answer;
  }

  // Suggestions.
  const complete = () => [...form.querySelectorAll("[data-name][required]")].every((field) => field.value.trim());
  let gone = []; // names that were kept, and could not be kept longer: to be told with the next ones
  const suggest = latest(async (stale) => {
    if (!complete()) { offer([], 0); say("Type a first and a last name."); return; }
    asked = true;
    const since = Date.now();
    const answer = await askAloud(form.dataset.suggest, sent(), "Looking for free usernames…");
    if (stale()) return;
    if (answer.failed) { offer([], 0); say(answer.failed, "warn"); return; }
    if (place && place !== answer.domain) giveBack(place);
    place = answer.domain;
    const before = kept.names.join();
    offer(answer.names, answer.seconds, since);
    explain(answer.passed);
    const [first] = answer.names;
    const filled = !own && !(picked && answer.names.includes(input.value));
    if (filled) choose(first);
    if (answer.names.join() === before && !gone.length) return;
    if (own && gone.includes(typed())) check(0);
    say(`${lost(answer)}${many(answer.names)} free and kept for you. ${filled ? `${first} is filled in. ` : ""}Press the down arrow for the list.`);
    gone = [];
  });
  const many = (names) => `${names.length} ${names.length === 1 ? "username is" : "usernames are"}`;
  function lost(answer) { // a sentence for each name that the page had and has no longer
    const why = new Map(answer.passed.map((one) => [one.name, `: ${one.reason}`])); // numbers are not all told one by one
    const missed = gone.filter((name) => !answer.names.includes(name));
    return missed.map((name) => `${name} could not be kept${why.get(name) ?? ""}. `).join("");
  }
  function offer(names, seconds, since) {
    kept.keep(names, seconds, since);
    menu.close();
  }
  function giveBack(domain) {
    const data = sent();
    if (domain) data.set("domain", domain);
    navigator.sendBeacon(form.dataset.release, data);
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
  const typed = () => input.value.trim().toLowerCase();
  const check = latest(async (stale) => {
    const name = typed();
    if (!name || kept.names.includes(name)) {
      judge("");
      say(name ? `${name} is kept for you.` : "");
      return;
    }
    const data = sent();
    data.append("username", name);
    const answer = await askAloud(form.dataset.check, data, `Looking up ${name}…`);
    if (stale() || name !== typed()) return;
    judge(answer.reason);
    if (answer.reason && !input.hasAttribute("aria-activedescendant")) menu.close(); // the list lies over the words
    if (answer.failed) say(`Cannot tell now whether ${name} is free. ${answer.failed}`, "warn");
    else if (answer.reason) say(`${answer.address} cannot be had: ${answer.reason}.`, "bad");
    else say(`${answer.address} is free just now.`);
  });
  function judge(reason) {
    if (reason) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  function choose(name) {
    input.value = name ?? "";
    window.frontdesk.mend(input);
    own = picked = false;
    judge("");
    menu.close();
  }

  const kept = window.frontdesk.keeping({
    left: document.getElementById("hold-left"), again: document.getElementById("hold-again"), field: input, say,
    renew: () => ask(form.dataset.renew, sent()),
    lost: (names) => { gone = names; suggest(0); },
  });
  function fitting() {
    const found = kept.names.filter((name) => own && name.startsWith(typed()));
    return found.length ? found : kept.names;
  }
  const menu = window.frontdesk.combobox(input, document.getElementById("username-list"), fitting, (name) => {
    choose(name);
    picked = true;
    say(`${name} is chosen, and kept for you.`);
  });
  input.addEventListener("input", () => {
    own = input.value.trim() !== "";
    picked = false;
    judge(""); // what was said of another name
    if (own && kept.names.some((name) => name.startsWith(typed()))) menu.open();
    else menu.close();
    check(PAUSE);
  });

  // Where the account goes and which groups it joins, by the domain's rules.
  const follows = document.getElementById("follows");
  const settle = latest(async (stale) => {
    const data = sent();
    data.append("org_unit", form.elements.org_unit.value);
    const answer = await ask(form.dataset.placement, data);
    if (!stale() && !answer.failed && follows.textContent !== answer.follows) follows.textContent = answer.follows;
  });

  form.addEventListener("input", (event) => {
    if (form.dataset.placement && event.target.matches("[data-name], [name=org_unit]")) settle(PAUSE);
    if (event.target.matches("[data-name]")) suggest(PAUSE);
    if (event.target.name === "domain" && own) check(PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value === "suggest") {
      event.preventDefault();
      suggest(0);
    } else {
      submitting = kept.paused = true;
    }
  });
  window.addEventListener("pagehide", () => {
    if (!submitting && asked) giveBack(place);
  });
  window.addEventListener("pageshow", (event) => {
    submitting = kept.paused = false;
    if (event.persisted && complete()) suggest(0);
  });

  function element(tag, text) {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  }
  function say(text, kind = "") {
    status.textContent = text;
    status.dataset.kind = kind;
  }

  // What the page came with: the choice among buttons becomes the choice in the field.
  const radios = document.getElementById("f-choice");
  document.querySelectorAll("[data-scripts-hide]").forEach((hint) => { hint.hidden = true; });
  document.getElementById("username-label").textContent = "Username";
  if (radios) {
    const offered = [...radios.querySelectorAll("[name=choice]")];
    asked = true;
    offer(offered.map((radio) => radio.value), Number(radios.dataset.seconds));
    if (!own) choose((offered.find((radio) => radio.checked) ?? offered[0]).value);
    radios.remove();
  }
  window.frontdesk.ownToken(form.elements.holder, {
    gaveWay: () => { if (complete()) suggest(0); },
    met: kept.look,
  });
})();
