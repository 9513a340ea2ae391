/* How long a page's names are kept: shown by the second, told when it matters, made longer while the page is in use.
   And the page's token, by which the server knows whose the names are: never two pages with the same one. */
"use strict";
/* left: where the time stands; again: the button for names that are no longer kept; field: has the focus after it;
   renew(): {names, seconds} or {failed}; lost(names): what could not be kept; say: tells, politely. */
window.frontdesk.keeping = ({ left, again, field, renew, lost, say }) => {
  const IDLE = 180000; // ms without a key or a pointer, or out of sight, after which the page is not in use
  const RETRY = 10000; // ms between two attempts
  const WARNING = 30; // s
  const kept = { names: [], paused: false, keep, look: extend };
  let seconds = 0, until = 0, touched = Date.now(), tried = 0, asking = false, warned = false, failing = false;

  function keep(names, time, since = Date.now()) {
    kept.names = names;
    seconds = time;
    until = since + time * 1000;
    warned = failing = false;
    tried = 0;
    tick();
  }
  function tick() {
    const rest = Math.max(0, Math.round((until - Date.now()) / 1000));
    const over = kept.names.length > 0 && rest === 0;
    left.hidden = kept.names.length === 0;
    left.textContent = over ? "The suggestions are no longer kept for you."
      : `Suggestions are kept for you for ${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}`;
    left.classList.toggle("over", over);
    if (over && again.hidden) say("The suggestions are no longer kept for you: somebody else may take them. What you typed is still here, and there is a button to keep them again.");
    if (!over && document.activeElement === again) field.focus();
    again.hidden = !over;
    if (over || left.hidden || kept.paused) return;
    const used = Date.now() - touched < IDLE;
    if (used && rest < seconds / 3 && Date.now() - tried > RETRY) extend();
    if ((!used || failing) && !warned && rest <= WARNING && seconds > WARNING) {
      warned = true;
      say(`The suggestions are kept for you for ${rest} more seconds.`);
    }
  }
  async function extend() {
    if (asking || !kept.names.length) return;
    const before = kept.names, since = Date.now(), over = !again.hidden;
    asking = true;
    tried = since;
    const answer = await renew();
    asking = false;
    if (kept.names !== before) return; // there have been other names since
    if (answer.failed) {
      if (!failing || over) say(`The suggestions could not be kept longer. ${answer.failed}`);
      failing = true;
      return;
    }
    const gone = before.filter((name) => !answer.names.includes(name));
    if (gone.length < before.length) keep(before.filter((name) => !gone.includes(name)), answer.seconds, since);
    if (gone.length) lost(gone);
    else if (over) say("The suggestions are kept for you again.");
  }

  function touch() { touched = Date.now(); }
  ["input", "keydown", "pointerdown"].forEach((kind) => document.addEventListener(kind, touch));
  document.addEventListener("visibilitychange", () => { // who comes back uses the page; timers slept meanwhile
    if (document.visibilityState !== "visible") return;
    touch();
    tick();
  });
  again.addEventListener("click", extend);
  window.setInterval(tick, 1000);
  return kept;
};

/* The server gives each page that it makes a token of its own. A browser that sends a form again, as it does for a
   duplicated tab, gets the same page twice: then the younger one takes another token. gaveWay(): this page did, and
   has no names yet; met(): another page had used the token of this one, and may have changed what it holds. */
window.frontdesk.ownToken = (field, { gaveWay, met }) => {
  const channel = new BroadcastChannel("frontdesk-page-tokens");
  const page = { born: performance.timeOrigin, id: random() };
  const announce = () => channel.postMessage({ ...page, token: field.value });

  function random() { // 128 bits, as the server's own
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  channel.addEventListener("message", ({ data }) => {
    if (data.token !== field.value) return;
    if (data.born < page.born || (data.born === page.born && data.id < page.id)) {
      field.value = random();
      gaveWay();
    } else {
      announce();
      met();
    }
  });
  announce();
};
