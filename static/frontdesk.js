/* Small improvements of pages that work without them: copying, revealing, speaking, waiting, not losing what was typed.
   Everything is found by data attributes, listened for on the document, and so works in what htmx puts in later. */
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripts");

  // Speaking: #live is polite and unseen; #toast is seen and spoken at once.
  let toastTimer;
  function say(text) {
    const live = document.getElementById("live");
    if (!live) return;
    live.textContent = "";
    window.setTimeout(() => { live.textContent = text; }, 50); // an unchanged text would not be spoken again
  }
  function show(text) {
    const toast = document.getElementById("toast");
    if (!toast) return;
    toast.textContent = text;
    toast.hidden = false;
    window.clearTimeout(toastTimer);
    toastTimer = window.setTimeout(() => { toast.hidden = true; }, 8000);
  }

  // Copying. Where the clipboard is refused the text is selected, and we say which keys to press.
  function mark(button, words) {
    const label = button.querySelector("span");
    if (!label) return;
    button.dataset.words ||= label.textContent;
    label.textContent = words;
    window.setTimeout(() => { label.textContent = button.dataset.words; }, 2500);
  }
  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    const text = "value" in source ? source.value : source.textContent;
    try {
      await navigator.clipboard.writeText(text);
      mark(button, "Copied");
      say("Copied.");
    } catch {
      unmask(source);
      source.focus();
      if (source.select) source.select();
      else window.getSelection().selectAllChildren(source);
      mark(button, "Selected");
      show("The text is selected. Press Ctrl+C, or ⌘C on a Mac, to copy it.");
    }
  }

  // Secrets: shown by the page, masked by us, shown again on demand.
  const revealer = (field) => document.querySelector(`[data-reveal="${CSS.escape(field.id)}"]`);
  function setMasked(field, masked) {
    field.type = masked ? "password" : "text";
    const button = revealer(field);
    if (!button) return;
    button.setAttribute("aria-pressed", String(!masked));
    button.querySelector("span").textContent = masked ? "Reveal" : "Hide";
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, masked ? "#eye" : "#eye-off"));
  }
  function unmask(field) {
    if (field.type === "password" && revealer(field)) setMasked(field, false);
  }
  function prepare(scope) {
    scope.querySelectorAll("[data-secret] [data-value]").forEach((field) => setMasked(field, true));
    scope.querySelectorAll("time[data-local]").forEach(showLocally);
  }
  function showLocally(time) {
    const when = new Date(time.dateTime);
    if (Number.isNaN(when.getTime())) return;
    const today = when.toDateString() === new Date().toDateString();
    time.title ||= time.textContent;
    const words = when.toLocaleString(undefined, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
    time.textContent = words.replace(/\s([AP]M)$/, "\u00a0$1"); // narrow columns break lines elsewhere
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.copy) copy(button);
    if (button?.dataset.reveal) {
      const field = document.getElementById(button.dataset.reveal);
      setMasked(field, field.type !== "password");
    }
    if (button?.hasAttribute("data-print")) window.print();
    if (button?.hasAttribute("data-close")) fold(button.closest("details"));
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = event.target.closest?.("details.menu[open], details.confirmation[open]");
    if (open) fold(open);
    const toast = document.getElementById("toast");
    if (toast) toast.hidden = true;
  });
  function fold(details) {
    if (!details) return;
    details.open = false;
    details.querySelector("summary")?.focus();
  }

  // Forms: one submit at a time, with a sign that it is under way; typed text is not left by accident.
  const changed = new Set();
  function mend(field) { // what was wrong with it was wrong with what stood there before
    const wrong = document.getElementById(`${field.id}-error`);
    if (!wrong) return;
    wrong.remove();
    field.removeAttribute("aria-invalid");
  }
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) changed.add(form);
  });
  document.addEventListener("input", (event) => mend(event.target));
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    changed.delete(form);
    if (event.defaultPrevented || form.hasAttribute("hx-post") || form.hasAttribute("data-download")) return;
    form.dataset.busy = "yes";
    (event.submitter ?? form.querySelector("[type=submit]"))?.setAttribute("aria-busy", "true");
    say("Working…");
  });
  window.addEventListener("pageshow", () => { // also when the browser shows the page again from its own memory
    document.querySelectorAll("form[data-busy]").forEach((form) => {
      delete form.dataset.busy;
      form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    });
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => form.isConnected)) event.preventDefault();
  });

  // htmx: the token with every change, the focus where it was, the outcome spoken, a failure shown.
  let focused = "";
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  document.addEventListener("htmx:configRequest", (event) => {
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRF-Token"] = token;
  });
  let asked = true; // by a person, and not by a row that looks again from time to time
  document.addEventListener("htmx:beforeRequest", (event) => {
    asked = event.detail.requestConfig.triggeringEvent?.type === "submit";
    event.detail.elt.setAttribute("aria-busy", "true");
    if (asked) say("Working…");
  });
  document.addEventListener("htmx:afterRequest", (event) => event.detail.elt.removeAttribute("aria-busy"));
  let announced = ""; // by the row that is replaced
  document.addEventListener("htmx:beforeSwap", (event) => {
    announced = event.detail.target.dataset.announce;
    const inside = event.detail.target.contains(document.activeElement);
    focused = inside ? document.activeElement.id : "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const fresh = document.getElementById(event.detail.elt.id) ?? event.detail.elt;
    prepare(fresh);
    const wanted = fresh.querySelector("[data-focus]") ?? document.getElementById(focused);
    if (focused) (wanted ?? document.getElementById("content"))?.focus();
    focused = "";
    const news = fresh.dataset?.announce;
    if (news && (asked || news !== announced)) say(news);
  });
  document.addEventListener("htmx:responseError", (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const what = page.querySelector("[data-what]")?.dataset.what;
    show(what || `That did not work (error ${event.detail.xhr.status}). Load the page again, then try once more.`);
  });
  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => {
    show("No answer. Look whether you are online, then try again. What you typed is still here.");
  }));

  prepare(document);
  document.querySelector("[data-focus]")?.focus();
  window.frontdesk = { say, show, mend }; // for the scripts of single pages
})();
