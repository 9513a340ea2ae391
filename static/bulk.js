/* The pages about many accounts: a file can be dropped, and is looked at before it travels. All else works without. */
"use strict";
(() => {
  // What is about to be confirmed is not drawn anew under the hand that confirms it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.querySelector("details.confirmation[open]")) event.preventDefault();
  });

  // Whoever takes first passwords stays on the page; soon after, it says how long they can be had now, and who took them.
  document.addEventListener("submit", (event) => {
    if (!event.target.closest("#take-passwords")) return;
    [1000, 4000, 15000].forEach((after) => window.setTimeout(() => { // the server may be slow to begin
      document.getElementById("take-passwords")?.dispatchEvent(new Event("taken"));
    }, after));
  });

  const input = document.getElementById("f-file");
  const drop = document.getElementById("drop");
  const status = document.getElementById("drop-status");
  if (!input || !drop) return;
  const longest = Number(input.dataset.longest);

  function tell() {
    const [file] = input.files;
    const tooLong = file && file.size > longest;
    input.setCustomValidity(tooLong ? "too long" : "");
    input.toggleAttribute("aria-invalid", Boolean(tooLong));
    window.frontdesk.mend(input);
    status.dataset.kind = tooLong ? "bad" : "";
    if (!file) status.textContent = "";
    else if (tooLong) status.textContent = `${file.name} is larger than 30 MB. Split it, or leave out columns that are not needed.`;
    else status.textContent = `${file.name} is chosen.`;
    return !tooLong;
  }
  input.addEventListener("change", tell);
  document.getElementById("upload").addEventListener("submit", (event) => {
    if (!tell()) {
      event.preventDefault();
      event.stopPropagation(); // it is not under way
      input.focus();
    }
  });

  // Wherever on the page a file is dropped: a browser would leave the page and show it.
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drop.dataset.over = "";
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) delete drop.dataset.over;
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    delete drop.dataset.over;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  });
})();
