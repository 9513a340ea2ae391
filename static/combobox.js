/* A text field with a list of suggestions (ARIA 1.2 combobox): the focus stays in the field, the active option is named. */
"use strict";
/* offered(): the options in order, and what of them is shown for what is typed; picked(option): somebody chose it. */
window.frontdesk.combobox = (input, list, offered, picked) => {
  let active = -1;

  function open() {
    const shown = offered();
    list.replaceChildren(...shown.map((text, at) => {
      const option = document.createElement("li");
      option.textContent = text;
      option.id = `${input.id}-option-${at}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
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
  function pick(option) {
    close();
    picked(option.textContent);
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
      pick(list.children[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    }
  });
  input.addEventListener("click", () => { if (list.hidden) open(); else close(); });
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(option);
  });
  return { open, close };
};
